/** What a call of an [MS-RAI] interface means: its connection string, help blob and sessions, out of decoded values. */
import { parseConnectionString } from "../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../dissectors/rai/help-blob.js";
import type { RaiInterface } from "../../dissectors/rai/interfaces.js";
import { parseSessions } from "../../dissectors/rai/sessions.js";
import type { Note, RaiRecord, Value } from "../events.js";
import type { Cut } from "./stub.js";

type Values = { [name: string]: Value };

/** One side of a call: its values under their IDL names, and where the captured bytes end. */
export interface ReadSide {
  values: Values | null;
  cut: Cut | null;
  /** The path of a parameter among the decoded values where that is not its name: through IDispatch::Invoke. */
  pathOf?: (name: string) => string;
}

/** What was cut is a note, never a rule that is broken. */
export function raiMeaning(
  on: RaiInterface | null,
  method: string | null,
  request: ReadSide,
  response: ReadSide,
  notes: Note[],
): RaiRecord | null {
  if (on === null) return null;
  const meaning: RaiRecord = { connection_string: null, help_blob: null, sessions: null };
  if (on === "IRASrv" && method === "GetNoviceUserInfo") {
    meaning.connection_string = textOf(response, "szName", STRING, notes);
  } else if (on === "IRASrv" && method === "GetSessionInfo") {
    meaning.sessions = sessionsOf(response, notes);
  } else if (on === "IPCHService" && method === "RemoteConnectionParms") {
    meaning.help_blob = textOf(request, "bstrUserHelpBlob", BLOB, notes);
    meaning.connection_string = textOf(response, "pbstrConnectionString", STRING_IN_BSTR, notes);
  }
  return meaning;
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

function textOf<T>(
  side: ReadSide,
  name: string,
  { what, code, terminated, parse }: Text<T>,
  notes: Note[],
): T | null {
  const text = side.values?.[name];
  if (typeof text !== "string") return null;
  const cut = cutWithin(side, name);
  const all = cut === null ? text.length : (cut.needed >> 1) - (terminated ? 1 : 0);
  if (text.length >= all) return text === "" ? null : parse(text, true);
  const message = `only the first ${text.length} of the ${what}'s ${all} characters were captured`;
  notes.push({ severity: "info", code, message });
  return text === "" ? null : parse(text, false);
}

/** The capture ends within this parameter, or before it. */
function cutWithin({ cut, pathOf }: ReadSide, name: string): Cut | null {
  const path = pathOf?.(name) ?? name;
  if (cut === null || !cut.path.startsWith(path)) return null;
  return cut.path.length === path.length || ".[".includes(cut.path[path.length]!) ? cut : null;
}

function sessionsOf(side: ReadSide, notes: Note[]): RaiRecord["sessions"] {
  const array = side.values?.UserNames as Values | null | undefined;
  const list = array?.values;
  if (!Array.isArray(list)) return null;
  const cut = cutWithin(side, "UserNames");
  if (cut === null) return parseSessions(list.map(textOrNull));
  const at = /\.values\[(\d+)\]$/.exec(cut.path)?.[1];
  const whole = at === undefined ? list : list.slice(0, Number(at));
  const bounds = Array.isArray(array?.bounds) ? (array.bounds[0] as Values | undefined) : undefined;
  const all = typeof bounds?.elements === "number" ? ` of ${bounds.elements}` : "";
  const message = `only ${whole.length}${all} elements of the list of sessions were captured whole`;
  notes.push({ severity: "info", code: "sessions-incomplete", message });
  return parseSessions(whole.map(textOrNull));
}

function textOrNull(value: Value): string | null {
  return typeof value === "string" ? value : null;
}
