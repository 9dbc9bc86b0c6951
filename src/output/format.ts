/** The small pieces that the human views share: names, outcomes, times, frames, sizes. Pure text, not yet visible. */

import { IREMUNKNOWN, IREMUNKNOWN2 } from "../../dissectors/dcom/iids.js";
import type { CallRecord, Note, OfferRecord, SummaryRecord } from "../events.js";
import type { Style } from "./paint.js";

/** Microseconds with a unit that keeps three or four digits; null is `-`. */
export function duration(us: number | null): string {
  if (us === null) return "-";
  if (Math.abs(us) < 1_000) return `${Math.round(us)} µs`;
  if (Math.abs(us) < 1_000_000) return `${(us / 1_000).toFixed(us < 10_000 ? 2 : 1)} ms`;
  return seconds(us / 1_000_000);
}

/** Seconds as `2.35 s`, `3 min 05 s` or `2 h 03 min`. */
export function seconds(s: number): string {
  if (s < 60) return `${s.toFixed(s < 10 ? 2 : 1)} s`;
  const whole = Math.round(s);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Seconds in a sentence, where one digit behind the point is enough: `7.5 s`, `30 ms`, `3 min 05 s`. */
export function about(s: number): string {
  if (s >= 59.95) return seconds(s);
  if (s >= 0.9995) return `${s.toFixed(1)} s`;
  return s > 0 && s < 0.001 ? "less than 1 ms" : `${Math.round(s * 1_000)} ms`;
}

/** Bytes in a sentence: `2.5 kB`. */
export function aboutSize(bytes: number): string {
  return size(bytes, 2);
}

/** Bytes with a decimal unit. */
export function size(bytes: number, digits = 3): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = "";
  for (const name of units) {
    value /= 1_000;
    unit = name;
    if (value < 999.5) break;
  }
  const whole = value < 10 ? 1 : value < 100 ? 2 : 3;
  return `${value.toFixed(Math.max(0, digits - whole))} ${unit}`;
}

/** A whole number with its thousands parted. */
export function grouped(n: number): string {
  if (n < 1_000 && Number.isInteger(n) && n > -1_000) return `${n}`;
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 call`, `2 calls`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** What stands where something was cut: how much more there is, and the option that shows it. */
export function cutAt(n: number, what: string | null = null): string {
  return `${grouped(n)} more${what === null ? "" : ` ${what}${n === 1 ? "" : "s"}`}: --full`;
}

/** Seconds above which what lies between two times is no duration, but a stamp that is damaged. */
const LONGEST_DURATION = 10 * 366 * 86_400;
/** The ends of the calendar, which stand for every time beyond them. */
const CLAMPED = /^(0000-01-01T00:00:00|9999-12-31T23:59:59)/;

/**
 * Seconds from `from` to `to`, both [RFC 3339] in UTC; null when either cannot be read, or when that is no duration since
 * the clock went back or a stamp is absurd.
 */
export function secondsBetween(from: string, to: string): number | null {
  const seconds = secondsApart(from, to);
  return seconds === null || seconds < 0 ? null : seconds;
}

/** The same where `to` may be the earlier one. */
export function secondsApart(from: string, to: string): number | null {
  const a = Date.parse(from);
  const b = Date.parse(to);
  if (Number.isNaN(a) || Number.isNaN(b) || CLAMPED.test(from) || CLAMPED.test(to)) return null;
  if (Math.abs(b - a) > LONGEST_DURATION * 1_000) return null;
  // Date keeps milliseconds: the digits behind them are added by hand.
  const rest = (ts: string): number => Number(`0.${/\.\d{3}(\d*)/.exec(ts)?.[1] || "0"}`) / 1_000;
  return (b - a) / 1_000 + rest(to) - rest(from);
}

/** Host and port as people write them; a null port is left out. */
export function hostPort(host: string, port: number | null): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === null ? name : `${name}:${port}`;
}

/** `DOMAIN\user`, as much of it as is known; null when nothing is. */
export function account(domain: string | null, user: string | null): string | null {
  if (user === null || user === "") return null;
  return domain === null || domain === "" ? user : `${domain}\\${user}`;
}

/** Interface and method: `IRASrv.GetSessionInfo`, `IRASrv.opnum 77`, `? opnum 3`. */
export function callName(call: CallRecord): string {
  const opnum = call.opnum === null ? "unknown method" : `opnum ${call.opnum}`;
  const method = call.method ?? opnum;
  const at = call.interface.name ?? call.interface.uuid;
  if (at === null) return `(unknown interface) ${method}`;
  return `${at}.${method}${call.dispatch === null ? "" : ` → ${invokedName(call.dispatch)}`}`;
}

/** What was invoked: `GetSessionInfo`, `get Count`, `put UserName`, `DISPID 0x0000000a`. */
export function invokedName({ kind, member, dispid }: NonNullable<CallRecord["dispatch"]>): string {
  const way = { method: "", propget: "get ", propput: "put ", propputref: "put reference " }[kind];
  return way + (member ?? `DISPID ${dispid}`);
}

/** True where nothing came back and the client expected nothing (maybe semantics of [C706]). */
export function expectsNothing({ status, notes }: CallRecord): boolean {
  return status === "no_response" && notes.some(({ code }) => code === "maybe-call");
}

/** How the call ended, in a few words. */
export function outcome(call: CallRecord): string {
  switch (call.status) {
    case "no_response":
      return expectsNothing(call) ? "no response expected" : "no response";
    case "no_request":
      return `request not captured${result(call, "; ")}`;
    case "fault":
      return result(call, "") || "fault";
    case "unknown":
      return result(call, "") || "answered";
    default:
      return result(call, "") || call.status;
  }
}

function result(call: CallRecord, before: string): string {
  const { fault, hresult } = call;
  const returned = call.returned ?? null;
  if (fault !== null) return `${before}fault ${named(fault.name, fault.status)}`;
  if (hresult !== null)
    return (
      before + (call.status === "ok" ? (hresult.name ?? hresult.value) : named(hresult.name, hresult.value))
    );
  if (returned !== null) {
    const { name, value } = returned;
    // A call log of another's may hold anything.
    return before + named(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  return call.stub.response === "encrypted" ? `${before}answered, encrypted` : "";
}

/** `NAME (value)`; the value alone where it has no name. */
function named(name: string | null, value: string): string {
  return name === null || name === value ? value : `${name} (${value})`;
}

/** [MS-DCOM] 2.2.18.6, 2.2.18.7: IRemUnknown and IRemUnknown2. */
const REM_UNKNOWN: ReadonlySet<string> = new Set([IREMUNKNOWN, IREMUNKNOWN2]);
const E_NOINTERFACE = "0x80004002";

/** A client that asks an object for an interface it does not have: how COM finds out, and no failure of anything. */
export function isProbe(call: CallRecord): boolean {
  return call.hresult?.value === E_NOINTERFACE && REM_UNKNOWN.has(call.interface.uuid ?? "");
}

export function outcomeStyle(call: CallRecord): Style {
  const { status } = call;
  if (status === "ok") return "good";
  if (status === "unknown" || isProbe(call)) return "dim";
  return status === "error" || status === "fault" ? "bad" : "warn";
}

/** What each outcome of an offer means, as one says it. */
const OFFER_OUTCOMES: { [outcome in OfferRecord["outcome"]]: { text: string; style: Style } } = {
  connected: { text: "connected", style: "good" },
  string_issued: { text: "connection string issued", style: "good" },
  denied: { text: "denied", style: "bad" },
  failed: { text: "failed", style: "bad" },
  listed_only: { text: "sessions listed only", style: "warn" },
  encrypted: { text: "outcome unknown: answers are encrypted", style: "warn" },
};

/** How an offer ended, in a few words. */
export function offerEnd(offer: OfferRecord): { text: string; style: Style } {
  const { text, style } = OFFER_OUTCOMES[offer.outcome];
  return {
    text: offer.basis === "inferred" && offer.outcome !== "encrypted" ? `${text} (inferred)` : text,
    style,
  };
}

/** `name count` pairs, the most frequent first. */
export function tally(counts: { [name: string]: number }): string {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([name, n]) => `${name} ${grouped(n)}`)
    .join(", ");
}

/** True when the run met no DCE/RPC at all. */
export function withoutRpc(summary: SummaryRecord): boolean {
  const calls = Object.values(summary.calls).reduce((a, b) => a + b, 0);
  const pdus = Object.values(summary.pdus).reduce((a, b) => a + b, 0);
  return calls === 0 && pdus === 0 && summary.traffic.rpc_streams === 0;
}

/** The connection string that these notes go with was not captured to its end. */
export function isCut(notes: readonly Note[]): boolean {
  return notes.some(({ code }) => code === "connection-string-incomplete");
}
