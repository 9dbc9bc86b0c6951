/** What `raiscope show` is to show, as it is typed, and what of a run that is. */
import { InvalidArgumentError } from "commander";
import type { CallRecord, OfferRecord } from "../events.js";
import { isDatagram } from "../output/transport.js";
import { CommandError } from "./failure.js";

/** A call by its conversation and call_id, and which of several. */
export interface CallName {
  /** null: over TCP or in datagrams. */
  over: "tcp" | "udp" | null;
  stream: number;
  callId: number;
  /** From 1; null where there should be only one. */
  ordinal: number | null;
}

/** What commander makes of the options that select. */
export interface SelectionChoices {
  frame?: number;
  call?: CallName;
  offer?: number;
  id?: string;
  all?: boolean;
}

export type Selection =
  | { by: "frame"; frame: number }
  | { by: "call"; call: CallName }
  | { by: "offer"; offer: number }
  | { by: "id"; id: string }
  | { by: "all" };

const CALL = /^(?:(tcp|udp)[: ])?(\d{1,10}):(\d{1,10}|0x[0-9a-f]{1,8})(?:#([1-9]\d{0,8}))?$/i;
/** Fewer digits would be of too many records. */
const SHORTEST_ID = 6;

/** `3:7`, `3:7#2`, `udp:2:7`. Throws InvalidArgumentError. */
export function parseCall(text: string): CallName {
  const [, over, stream, callId, ordinal] = CALL.exec(text.trim()) ?? [];
  if (stream === undefined) {
    throw new InvalidArgumentError(
      "Give STREAM:CALL_ID, as 3:7; 3:7#2 is the second of several, udp:2:7 one in datagrams.",
    );
  }
  return {
    over: over === undefined ? null : (over.toLowerCase() as "tcp" | "udp"),
    stream: Number(stream),
    callId: Number(callId),
    ordinal: ordinal === undefined ? null : Number(ordinal),
  };
}

/** An id of a record, or its beginning. Throws InvalidArgumentError. */
export function parseId(text: string): string {
  const id = text.trim().toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(id) || id.length < SHORTEST_ID) {
    throw new InvalidArgumentError(`Give the id of a record, or ${SHORTEST_ID} or more of its first digits.`);
  }
  return id;
}

/** The one thing that is asked for. Throws CommandError where there is none, or several. */
export function selectionOf({ frame, call, offer, id, all }: SelectionChoices): Selection {
  const found: Selection[] = [];
  if (frame !== undefined) found.push({ by: "frame", frame });
  if (call !== undefined) found.push({ by: "call", call });
  if (offer !== undefined) found.push({ by: "offer", offer });
  if (id !== undefined) found.push({ by: "id", id });
  if (all === true) found.push({ by: "all" });
  const [only, ...others] = found;
  if (only === undefined) {
    throw new CommandError(
      "nothing is selected: give --frame N, --call STREAM:CALL_ID, --offer N, --id ID or --all",
      "raiscope -T table FILE lists the calls with their conversations and frames",
      "usage",
    );
  }
  if (others.length > 0) {
    throw new CommandError(
      `--${only.by} and --${others[0]!.by} select different things: give one of them`,
      null,
      "usage",
    );
  }
  return only;
}

/** Whether a call goes by that name, whichever of several it is. */
export function isNamed(call: CallRecord, { over, stream, callId }: CallName): boolean {
  if (call.stream !== stream || call.call_id !== callId) return false;
  return over === null || (over === "udp") === isDatagram(call.transport);
}

/** How a name is typed. */
export function spelt({ over, stream, callId, ordinal }: CallName): string {
  return `${over === null ? "" : `${over}:`}${stream}:${callId}${ordinal === null ? "" : `#${ordinal}`}`;
}

/** The calls of an offer, by their ids. */
export function callsOf(offer: OfferRecord): ReadonlySet<string> {
  return new Set(offer.call_ids ?? []);
}
