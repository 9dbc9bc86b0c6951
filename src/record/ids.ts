/**
 * Ids of records: the first 32 hex digits of SHA-256 over the kind of record and what distinguishes it from all others of its kind,
 * joined by NUL. They are made of what was on the wire and when, never of frame numbers, names of files or what else
 * is in the run, so that two captures of one conversation give the same.
 */
import { hashText } from "#primitives";
import type { Instant } from "../time.js";

type When = Pick<Instant, "seconds" | "nanos">;

/**
 * `place`: the TCP sequence number of the request's first byte, or the name of the SMB message that carried it, and `at` the
 * time of its first frame; the response's where no request was captured.
 */
export function callId(
  communityId: string,
  at: When,
  callNumber: number,
  contextId: number,
  place: number | string,
): string {
  return id(`call\0${communityId}\0${nanoseconds(at)}\0${callNumber}\0${contextId}\0${placeText(place)}`);
}

/**
 * `at` and `place`: time and TCP sequence number of the first segment that was seen; in a pipe time and name of the first
 * SMB message.
 */
export function associationId(communityId: string, at: When, place: number | string): string {
  return id(`association\0${communityId}\0${nanoseconds(at)}\0${placeText(place)}`);
}

function placeText(place: number | string): string | number {
  return typeof place === "number" ? place >>> 0 : place;
}

/** `first`: the id of the offer's first call; of its first association where no call was captured. */
export function offerId(first: string): string {
  return id(`offer\0${first}`);
}

/** `ordinal`: from 0, among notes of which all the rest is the same. */
export function noteId(code: string, communityId: string | null, at: When | null, ordinal: number): string {
  return id(`note\0${code}\0${communityId ?? ""}\0${at === null ? "" : nanoseconds(at)}\0${ordinal}`);
}

/** `of`: what it rests on, sorted: ids of calls, of other records where there are none. */
export function detectionId(rule: string, of: readonly string[]): string {
  return id(`detection\0${rule}\0${of.join(",")}`);
}

function id(fields: string): string {
  return hashText("sha256", fields, "hex").slice(0, 32);
}

const BILLION = 1_000_000_000n;

/** Nanoseconds since 1970 in decimal. They do not fit a number: the digits are put together. */
export function nanoseconds({ seconds, nanos }: When): string {
  if (seconds > 0 && Number.isSafeInteger(seconds)) return `${seconds}${String(nanos).padStart(9, "0")}`;
  // Damaged captures claim any time.
  const whole = Number.isFinite(seconds) ? BigInt(Math.trunc(seconds)) : 0n;
  return String(whole * BILLION + BigInt(nanos));
}
