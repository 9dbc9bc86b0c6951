/** One call of a transcript: a line with frames, time taken, interface.method and outcome; what matters of it below. */

import type {
  CallRecord,
  ConnectionString,
  HelpBlob,
  Note,
  RaiRecord,
  ReadableValues,
  Value,
} from "../events.js";
import { account, callName, cutAt, duration, hostPort, isCut, outcome, outcomeStyle } from "./format.js";
import type { Lines } from "./lines.js";
import { withMeanings } from "./meanings.js";
import type { Style } from "./paint.js";
import { firstFrame, framesText } from "./spelling.js";
import { streamName } from "./transport.js";
import { clipped, matters, parameterLines, type ValueView } from "./values.js";
import { visible } from "./visible.js";
import { padEnd, padStart, truncate, width } from "./width.js";

/** Where what belongs to a call begins. */
const BODY = 6;
const FRAME_COLUMNS = 11;
/** On terminals narrower than this, times and frames take fewer columns. */
const NARROW = 100;
const NARROW_FRAMES = 8;
/** `HH:MM:SS.mmm`. */
const SHORT_TIME = 12;
/** Columns that interface and method get, however narrow the terminal. */
const MIN_NAME = 16;
const DURATION_COLUMNS = 8;
/** Labels of laid-out fields. */
const LABEL_COLUMNS = 14;
/** Lines of one side's parameters; fewer where the call only leads up to those that matter. */
const SIDE_LINES = 24;
const BRIEF_LINES = 7;
/** Sessions of one list that are shown. */
const SHOWN_SESSIONS = 64;
/** Parameters of infrastructure calls that are left out where the call only leads up to others: counts, versions, protocols. */
const ROUTINE =
  /^(cRefs|cIids|cInterfaceRefs|InterfaceRefs|ClientImpLevel|Mode|Interfaces|c?RequestedProtseqs|ar?RequestedProtseqs|pAuthnHint|pServerVersion|pComVersion|pReserved|phr)$/;

/** What the reader of a call wants beside it. */
export interface CallView extends ValueView {
  indent: number;
  /** Show the conversation's number on the line: calls of several conversations stand among each other. */
  stream: boolean;
  /** The call only leads up to others: a few lines show enough. */
  brief?: boolean;
}

export function callBlock(lines: Lines, call: CallRecord, view: CallView): void {
  const narrow = lines.cut && lines.columns < NARROW;
  const { spelling } = lines;
  const whole = spelling.time(call.ts, firstFrame(call));
  const time = narrow && spelling.ofDay ? whole.slice(0, SHORT_TIME) : whole;
  const before = [
    `${time} ${view.stream ? `[${streamName(call)}] ` : ""}`,
    padEnd(spelling.callFrames(call, view.full), narrow ? NARROW_FRAMES : FRAME_COLUMNS),
    ` ${padStart(duration(call.duration_us), DURATION_COLUMNS)}  `,
  ] as const;
  const inferred = call.interface.inferred === true ? " (inferred)" : "";
  const ended = visible(outcome(call));
  const used = view.indent + width(before.join("")) + inferred.length + 2 + width(ended);
  const name = visible(callName(call));
  lines.line(
    view.indent,
    ["dim", before[0]],
    before[1],
    ["dim", before[2]],
    [
      "name",
      lines.cut && view.full !== true ? truncate(name, Math.max(MIN_NAME, lines.columns - used)) : name,
    ],
    ["dim", inferred],
    "  ",
    [outcomeStyle(call), ended],
  );
  const at = view.indent + BODY;
  targetLine(lines, call, at);
  memberLine(lines, call, at);
  sides(lines, call, at, view);
  if (call.rai !== null) raiLines(lines, call.rai, at, isCut(call.notes), view.full);
  failure(lines, call, at);
  states(lines, call, at);
  noteLines(lines, call.notes, at);
}

function targetLine(lines: Lines, call: CallRecord, at: number): void {
  const target = call.target;
  if (target === null || (target.class === null && target.clsid === null)) return;
  const from = target.from_frame;
  const frame = from === null ? "" : `, from frame ${lines.spelling.frames([from])}`;
  lines.line(at, ["dim", `on ${target.class ?? target.clsid}${frame}`]);
}

/** Of a late-bound call: whose member it is, and what says so. */
function memberLine(lines: Lines, call: CallRecord, at: number): void {
  const invoked = call.dispatch;
  if (invoked === null || invoked.member === null) return;
  const said: string[] = [];
  const other = invoked.interface !== null && invoked.interface !== call.interface.name;
  if (other) said.push(`member of ${invoked.interface}`);
  if (invoked.from_frame !== undefined)
    said.push(`named in frame ${lines.spelling.frames([invoked.from_frame])}`);
  if (invoked.inferred === true) said.push("inferred");
  if (said.length > 0) lines.paragraph(at, said.join(", "), "dim", 4);
}

/** Values that are laid out elsewhere under the call are not repeated. */
function laidOut(rai: RaiRecord | null, value: Value): boolean {
  if (rai === null) return false;
  if (typeof value === "string") {
    return value === rai.connection_string?.raw || value === rai.help_blob?.raw;
  }
  if (isObject(value) && "vt" in value && typeof value.value === "string") return laidOut(rai, value.value);
  // A SAFEARRAY: the sessions as texts.
  return rai.sessions !== null && isObject(value) && "vt" in value && "values" in value;
}

function sides(lines: Lines, call: CallRecord, at: number, view: CallView): void {
  const invoked = call.dispatch;
  if (invoked !== null) {
    parameters(lines, "", invoked.arguments, null, call.rai, at, view);
    const result = call.response?.pVarResult;
    if (result !== undefined && !isEmpty(result))
      parameters(lines, "→ ", { pVarResult: result }, null, call.rai, at, view);
    const raised = call.response?.pExcepInfo;
    if (raised !== undefined && call.status !== "ok") {
      parameters(lines, "→ ", { pExcepInfo: raised }, null, call.rai, at, view);
    }
    return;
  }
  const { request, response, readable } = call;
  if (request !== null) parameters(lines, "", request, readable?.request ?? null, call.rai, at, view);
  if (response !== null) parameters(lines, "→ ", response, readable?.response ?? null, call.rai, at, view);
}

function isObject(value: Value): value is { [name: string]: Value } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A VARIANT that holds nothing. */
function isEmpty(value: Value): boolean {
  return isObject(value) && value.vt === "VT_EMPTY";
}

function parameters(
  lines: Lines,
  mark: string,
  values: { [name: string]: Value },
  meanings: ReadableValues | null,
  rai: RaiRecord | null,
  at: number,
  view: CallView,
): void {
  const { full } = view;
  const brief = view.brief === true && full !== true;
  const limit = full === true ? Number.POSITIVE_INFINITY : brief ? BRIEF_LINES : SIDE_LINES;
  let used = 0;
  let left = 0;
  for (const name in values) {
    const value = values[name]!;
    if (!matters(name, value) || laidOut(rai, value) || (brief && ROUTINE.test(name))) continue;
    if (used >= limit) {
      left++;
      continue;
    }
    const meant = withMeanings(name, value, meanings);
    const texts = parameterLines(name, meant, lines.columns - at - mark.length, view, limit);
    for (let index = 0; index < texts.length; index++) {
      const line = texts[index]!;
      const text = line.trimStart();
      const blanks = line.length - text.length;
      if (index === 0) lines.paragraph(at, `${mark}${text}`, null, mark.length + 4);
      else lines.paragraph(at + mark.length + blanks, text, null, 4);
    }
    used += texts.length;
  }
  if (left > 0) lines.line(at, ["dim", `… ${cutAt(left, "parameter")}`]);
}

function raiLines(lines: Lines, rai: RaiRecord, at: number, cut: boolean, full = false): void {
  if (rai.help_blob !== null) helpBlob(lines, rai.help_blob, at, full);
  if (rai.sessions !== null) {
    lines.line(at, `→ sessions (${rai.sessions.length})`);
    const shown = full ? rai.sessions.length : SHOWN_SESSIONS;
    for (const session of rai.sessions.slice(0, shown)) {
      const who = account(session.domain, session.user);
      const id = session.session_id === null ? "session id unknown" : `session ${session.session_id}`;
      const text =
        who === null ? `${clipped(session.raw, full, '"')}, no user` : `${clipped(who, full)}, ${id}`;
      lines.paragraph(at + 4, text, null, 4);
    }
    const more = rai.sessions.length - shown;
    if (more > 0) lines.line(at + 4, ["dim", `… ${cutAt(more)}`]);
  }
  if (rai.connection_string !== null) connectionString(lines, rai.connection_string, at, cut, full);
}

function helpBlob(lines: Lines, blob: HelpBlob, at: number, full: boolean): void {
  const who = account(blob.id.domain, blob.id.user);
  const kind =
    blob.unsolicited === null ? "its beginning" : blob.unsolicited ? "unsolicited" : "not marked unsolicited";
  lines.line(at, `help blob: ${kind}${who === null ? "" : `, for ${who}`}`);
  for (const field of blob.fields) {
    lines.field(at + 4, `length ${field.length ?? "?"}`, clipped(field.text, full), LABEL_COLUMNS);
  }
  violations(lines, blob.violations, at + 4);
}

/** A connection string, field by field; `cut` where its end was not captured. */
export function connectionString(
  lines: Lines,
  string: ConnectionString,
  at: number,
  cut = false,
  full = false,
): void {
  const absent = cut ? "(not captured)" : "(missing)";
  const field = (label: string, value: string | number | null, style: Style | null = null): void => {
    lines.field(
      at + 4,
      label,
      value === null ? absent : clipped(String(value), full) || "(empty)",
      LABEL_COLUMNS,
      style,
    );
  };
  if (string.form === null) {
    const what =
      string.violations.length > 0 ? "connection string of neither form" : "beginning of a connection string";
    lines.line(at, `→ ${what}`);
    field("text", string.raw);
  } else if (string.form === 1) {
    lines.line(at, "→ connection string 1");
    field("version", string.protocol_version);
    field("protocol", string.protocol_type);
    for (const address of string.machine_addresses) {
      field("listener", hostPort(address.host, address.port), "name");
    }
    field("account pwd", string.assistant_account_pwd);
    field("session id", string.ra_session_id);
    field("session name", string.ra_session_name);
    field("session pwd", string.ra_session_pwd);
    field("specific parms", string.protocol_specific_parms);
  } else {
    lines.line(at, "→ connection string 2");
    field("KH", string.auth.kh);
    if (string.auth.kh2 !== null) field("KH2", string.auth.kh2);
    field("ID", string.auth.id);
    for (const transport of string.transports) {
      field("transport", `${transport.id ?? "(no id)"}, SID ${transport.sid ?? absent}`);
      for (const listener of transport.listeners) {
        const place = listener.name === null ? "(no name)" : hostPort(listener.name, listener.port);
        const port = listener.port === null && listener.name !== null ? " (no port)" : "";
        const uri = listener.uri === null ? "" : `, URI ${listener.uri}`;
        field("  listener", `${place}${listener.uri === null ? port : ""}${uri}`, "name");
      }
    }
  }
  if (cut && string.form !== null) field("as captured", string.raw);
  violations(lines, string.violations, at + 4);
}

function violations(lines: Lines, sentences: readonly string[], at: number): void {
  for (const sentence of sentences) lines.paragraph(at, `violates: ${sentence}`, "warn", 4);
}

function failure(lines: Lines, call: CallRecord, at: number): void {
  const message = call.status === "ok" ? null : call.hresult?.message;
  if (message) lines.paragraph(at, message, outcomeStyle(call), 4);
}

/** Stubs that could not be read are reported; those read, and those of unknown methods, need no word. */
function states(lines: Lines, call: CallRecord, at: number): void {
  const unread: string[] = [];
  for (const side of ["request", "response"] as const) {
    const state = call.stub[side];
    if (state === "encrypted" || state === "incomplete" || state === "malformed")
      unread.push(`${side} ${state}`);
  }
  const level =
    call.auth.level === "none" ? "" : ` (${call.auth.mechanism ?? call.auth.type}, ${call.auth.level})`;
  const encrypted = call.stub.request === "encrypted" || call.stub.response === "encrypted";
  if (unread.length > 0) lines.line(at, ["warn", unread.join(", ")], ["dim", encrypted ? level : ""]);
}

const SEVERITY: { [severity in Note["severity"]]: Style } = { info: "dim", warning: "warn", error: "bad" };

/** Notes as the views show them: severity, frames, message, code. Notes that say the same are one. */
export function noteLines(
  lines: Lines,
  notes: readonly (Note & { frame?: number | null })[],
  at: number,
): void {
  const groups = new Map<string, { note: Note; frames: number[] }>();
  for (const note of notes) {
    const key = `${note.severity}\0${note.code}\0${note.message}`;
    const group = groups.get(key) ?? { note, frames: [] };
    groups.set(key, group);
    // Found before the first frame: no frame has to do with it.
    if (note.frame) group.frames.push(note.frame);
  }
  for (const { note, frames } of groups.values()) {
    const where = frames.length === 0 ? "" : `${framesText(lines.spelling, frames)}: `;
    lines.paragraph(
      at,
      `${note.severity}: ${where}${note.message} [${note.code}]`,
      SEVERITY[note.severity],
      4,
    );
  }
}
