/** What a call of an [MS-RAI] interface means: its connection string, help blob and sessions, out of decoded values. */
import { parseConnectionString } from "../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../dissectors/rai/help-blob.js";
import { parseSessions } from "../../dissectors/rai/sessions.js";
import type { RaiRecord, Value } from "../events.js";

/** [MS-RAI] 1.9. */
const RAI_INTERFACES: ReadonlySet<string> = new Set([
  "IPCHService",
  "IPCHCollection",
  "ISAFSession",
  "IRASrv",
]);

type Values = { [name: string]: Value };

export function isRai(interfaceName: string | null): boolean {
  return interfaceName !== null && RAI_INTERFACES.has(interfaceName);
}

export function raiMeaning(
  interfaceName: string | null,
  method: string | null,
  request: Values | null,
  response: Values | null,
): RaiRecord | null {
  if (!isRai(interfaceName)) return null;
  const meaning: RaiRecord = { connection_string: null, help_blob: null, sessions: null };
  if (interfaceName === "IRASrv" && method === "GetNoviceUserInfo") {
    meaning.connection_string = stringOf(response?.szName, parseConnectionString);
  } else if (interfaceName === "IRASrv" && method === "GetSessionInfo") {
    const list = (response?.UserNames as Values | null | undefined)?.values;
    if (Array.isArray(list)) {
      meaning.sessions = parseSessions(list.map((v) => (typeof v === "string" ? v : null)));
    }
  } else if (interfaceName === "IPCHService" && method === "RemoteConnectionParms") {
    meaning.help_blob = stringOf(request?.bstrUserHelpBlob, parseHelpBlob);
    meaning.connection_string = stringOf(response?.pbstrConnectionString, parseConnectionString);
  }
  return meaning;
}

function stringOf<T>(value: Value | undefined, parse: (s: string) => T): T | null {
  return typeof value === "string" && value !== "" ? parse(value) : null;
}
