/**
 * What a call of an [MS-RAI] interface means: connection strings, help blobs, sessions, and the rules it breaks. Directly or
 * through IDispatch::Invoke, under the names of the shipped IDL.
 */
import { parseConnectionString } from "../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../dissectors/rai/help-blob.js";
import { type RaiInterface, raiInterface } from "../../dissectors/rai/interfaces.js";
import { parseSessions } from "../../dissectors/rai/sessions.js";
import { loneText } from "../../dissectors/wire/text.js";
import type { Cut, DecodedCall, Values } from "../call/decoded-call.js";
import type { Note, RaiRecord, Value } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { mendTexts } from "../well-formed.js";
import type { Fact } from "./fact.js";
import { memberByDispid, memberByOpnum } from "./rai-members.js";
import { raiRules } from "./rai-rules.js";
import { code, number, record, text } from "./values.js";

/** One side of a call: its values under their IDL names, and where the captured bytes end. */
interface ReadSide {
  values: Values | null;
  cut: Cut | null;
  /** The path of a parameter among the decoded values where that is not its name: through IDispatch::Invoke. */
  pathOf: ((name: string) => string) | null;
}

/** A call under its IDL names. */
interface NamedCall {
  on: RaiInterface;
  /** In the shipped IDL. */
  member: string | null;
  request: ReadSide;
  response: ReadSide;
}

/** Answers what the record says of Remote Assistance; null for calls of other interfaces. */
export function raiFacts(
  decoded: DecodedCall,
  table: InterfaceTable,
  into: Fact[],
  notes: Note[],
): RaiRecord | null {
  const { identity, invocation, called } = decoded;
  const direct = raiInterface(identity.uuid);
  const invokedOn = raiInterface(invocation?.iface?.uuid ?? null);
  if (direct === null && invocation === null) return null;
  const member =
    invocation === null
      ? null
      : memberByDispid(table, invokedOn ?? direct ?? raiInterface(called?.iid ?? null), invocation);
  if (member !== null) into.push({ kind: "rai-call", on: member.on, member: member.name, invoked: true });
  else if (direct !== null) {
    const name = memberByOpnum(table, direct, decoded.call.opnum);
    into.push({ kind: "rai-call", on: direct, member: name, invoked: false });
  }
  return meaningOf(decoded, direct, invokedOn, table, into, notes);
}

/** What is meant by a call that is described: of Invoke where the member is known, else of the interface itself. */
function meaningOf(
  decoded: DecodedCall,
  direct: RaiInterface | null,
  invokedOn: RaiInterface | null,
  table: InterfaceTable,
  into: Fact[],
  notes: Note[],
): RaiRecord | null {
  const { call, request, response, method, outcome, invocation } = decoded;
  const invoked = invocation?.method ? invocation : null;
  const on = invoked ? invokedOn : direct;
  if (on === null) return null;
  const named: NamedCall = invoked
    ? {
        on,
        member: memberByDispid(table, on, invoked)?.name ?? null,
        request: { values: invoked.arguments, cut: request.cut, pathOf: invoked.requestPath },
        response: { values: invoked.outs, cut: response.cut, pathOf: invoked.responsePath },
      }
    : {
        on,
        member: call.callback ? null : memberByOpnum(table, on, call.opnum),
        request: { values: request.values, cut: request.cut, pathOf: null },
        response: { values: response.values, cut: response.cut, pathOf: null },
      };
  const noted = notes.length;
  const rai = read(named, notes);
  const cuts = notes.slice(noted);
  for (const note of cuts) {
    if (note.code !== BLOB.code) into.push({ kind: "partly-captured", note });
  }
  const returned = invoked || !outcome.returned?.hresult ? null : outcome.returned.value;
  notes.push(
    ...raiRules({
      on,
      method: named.member ?? (invoked?.method ?? method)?.name ?? null,
      request: named.request.values,
      response: named.response.values,
      returned,
      opnum: invoked || call.callback ? null : call.opnum,
      rai,
      listWhole: !cuts.some((n) => n.code === SESSIONS_INCOMPLETE),
    }),
  );
  mend(rai, notes);
  if (rai.connection_string) into.push({ kind: "connection-string", value: rai.connection_string });
  if (rai.help_blob) into.push({ kind: "help-blob", value: rai.help_blob });
  if (rai.sessions) into.push({ kind: "sessions", entries: rai.sessions });
  sessionFacts(named, decoded, into);
  return rai;
}

/** What was cut is a note, never a rule that is broken. */
function read({ on, member, request, response }: NamedCall, notes: Note[]): RaiRecord {
  const rai: RaiRecord = { connection_string: null, help_blob: null, sessions: null };
  if (on === "IRASrv" && member === "GetNoviceUserInfo") {
    rai.connection_string = textOf(response, "szName", STRING, notes);
  } else if (on === "IRASrv" && member === "GetSessionInfo") {
    rai.sessions = sessionsOf(response, notes);
  } else if (on === "IPCHService" && member === "RemoteConnectionParms") {
    rai.help_blob = textOf(request, "bstrUserHelpBlob", BLOB, notes);
    rai.connection_string = textOf(response, "pbstrConnectionString", STRING_IN_BSTR, notes);
  }
  return rai;
}

/** What is asked of IPCHService, and the properties of ISAFSession that were read. */
function sessionFacts(
  { on, member, request, response }: NamedCall,
  decoded: DecodedCall,
  into: Fact[],
): void {
  if (on === "IPCHService" && member === "RemoteConnectionParms") {
    const { values } = request;
    if (values === null || !("lSessionID" in values)) return;
    into.push({
      kind: "session-asked",
      user: text(values.bstrUserName),
      domain: text(values.bstrDomainName),
      session: number(values.lSessionID),
    });
  }
  const got = on === "ISAFSession" && member !== null ? /^(\w+) \(Get\)$/.exec(member) : null;
  const value = response.values?.pVal;
  if (got === null || value === undefined || decoded.outcome.status !== "ok") return;
  into.push({ kind: "session-property", name: got[1]!, value: code(value) ?? text(value) });
}

/** A text with a structure of its own. */
interface Text<T> {
  what: string;
  /** The note that says how much of it was captured. */
  code: string;
  /** A terminator is counted into its length. */
  terminated: boolean;
  parse: (text: string, whole: boolean) => T;
}

const STRING_IN_BSTR = {
  what: "connection string",
  code: "connection-string-incomplete",
  terminated: false,
  parse: parseConnectionString,
};
const STRING = { ...STRING_IN_BSTR, terminated: true };
const BLOB = { what: "help blob", code: "help-blob-incomplete", terminated: false, parse: parseHelpBlob };
const SESSIONS_INCOMPLETE = "sessions-incomplete";

function textOf<T>(
  side: ReadSide,
  name: string,
  { what, code, terminated, parse }: Text<T>,
  notes: Note[],
): T | null {
  const found = text(side.values?.[name]);
  if (found === null) return null;
  const cut = cutWithin(side, name);
  const all = cut === null ? found.length : (cut.needed >> 1) - (terminated ? 1 : 0);
  if (found.length >= all) return found === "" ? null : parsedOnce(found, parse);
  const message = `only the first ${found.length} of the ${what}'s ${all} characters were captured`;
  notes.push({ severity: "info", code, message });
  return found === "" ? null : parse(found, false);
}

/** Texts whose parts are kept, of each structure, and characters of one that is worth it. */
const MAX_KEPT = 128;
const MAX_KEPT_LENGTH = 8192;
const kept = new WeakMap<(text: string, whole: boolean) => unknown, Map<string, unknown>>();

/** The parts of a text, which changes no answer: the same one is handed out again and again. Where any may be mended, anew. */
function parsedOnce<T>(found: string, parse: (text: string, whole: boolean) => T): T {
  if (found.length > MAX_KEPT_LENGTH || SURROGATE.test(found)) return parse(found, true);
  let parts = kept.get(parse) as Map<string, T> | undefined;
  if (parts === undefined) {
    parts = new Map();
    kept.set(parse, parts);
  }
  const known = parts.get(found);
  if (known !== undefined) return known;
  const made = parse(found, true);
  if (parts.size >= MAX_KEPT) parts.clear();
  parts.set(found, made);
  return made;
}

/** The capture ends within this parameter, or before it. */
function cutWithin({ cut, pathOf }: ReadSide, name: string): Cut | null {
  const path = pathOf?.(name) ?? name;
  if (cut === null || !cut.path.startsWith(path)) return null;
  return cut.path.length === path.length || ".[".includes(cut.path[path.length]!) ? cut : null;
}

function sessionsOf(side: ReadSide, notes: Note[]): RaiRecord["sessions"] {
  const array = record(side.values?.UserNames);
  const list = array?.values;
  if (!Array.isArray(list)) return null;
  const cut = cutWithin(side, "UserNames");
  if (cut === null) return parseSessions(list.map(text));
  const at = /\.values\[(\d+)\]$/.exec(cut.path)?.[1];
  const whole = at === undefined ? list : list.slice(0, Number(at));
  const elements = number(record(firstOf(array?.bounds))?.elements);
  const all = elements === null ? "" : ` of ${elements}`;
  const message = `only ${whole.length}${all} elements of the list of sessions were captured whole`;
  notes.push({ severity: "info", code: SESSIONS_INCOMPLETE, message });
  return parseSessions(whole.map(text));
}

function firstOf(list: Value | undefined): Value | undefined {
  return Array.isArray(list) ? list[0] : undefined;
}

/** A text is cut in the middle of a pair of surrogates only where it has some. */
const SURROGATE = /[\ud800-\udfff]/;

function mend(rai: RaiRecord, notes: Note[]): void {
  const texts = [rai.connection_string, rai.help_blob, ...(rai.sessions ?? [])];
  if (!texts.some((part) => part !== null && SURROGATE.test(part.raw))) return;
  mendTexts(rai, "rai", (path, units) => {
    notes.push({
      severity: "warning",
      code: "text-lone-surrogate",
      message: `${path}: ${loneText(units)}`,
    });
  });
}
