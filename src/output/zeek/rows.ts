/** Rows of the logs that one observation makes: connections, shares, files, RDP. */

import type {
  ConversationEndObservation,
  FileObservation,
  RdpObservation,
  TreeObservation,
} from "../../observations.js";
import type { Conversation } from "./conversations.js";
import { isLocal } from "./local.js";
import type { ZeekRow, ZeekValue } from "./logs.js";
import { microsOf } from "./times.js";

const IP_PROTOCOLS = { tcp: 6, udp: 17 } as const;

/** [MS-SMB2] 2.2.10 in Zeek's words. */
const SHARE_TYPES: { readonly [type: number]: string } = { 1: "DISK", 2: "PIPE", 3: "PRINT" };

const ACTIONS: { readonly [action in FileObservation["action"]]: string | null } = {
  open: "SMB::FILE_OPEN",
  rename: "SMB::FILE_RENAME",
  delete: "SMB::FILE_DELETE",
  print_open: "SMB::PRINT_OPEN",
  print_close: "SMB::PRINT_CLOSE",
};

/** [MS-RDPBCGR] 2.2.1.2.1 and 2.2.1.2.2 in Zeek's words. */
const SECURITY_PROTOCOLS: { readonly [protocol: number]: string } = {
  0: "RDP",
  1: "SSL",
  2: "HYBRID",
  8: "HYBRID_EX",
};
const FAILURES: { readonly [code: number]: string } = {
  1: "SSL_REQUIRED_BY_SERVER",
  2: "SSL_NOT_ALLOWED_BY_SERVER",
  3: "SSL_CERT_NOT_ON_SERVER",
  4: "INCONSISTENT_FLAGS",
  5: "HYBRID_REQUIRED_BY_SERVER",
  6: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
};

/** `communityId`: the log has that column. */
export function connRow(
  seen: ConversationEndObservation,
  { connection, over, services }: Conversation,
  communityId: boolean,
): ZeekRow {
  const { client, server } = seen.traffic;
  const [, origH, , respH] = connection;
  // Of a single moment Zeek knows neither how long it was nor how much.
  const lasted = seen.duration_us > 0;
  const row: ZeekValue[] = [
    microsOf(seen.ts),
    ...connection,
    over,
    services.length === 0 ? null : services.join(","),
    lasted ? seen.duration_us : null,
    lasted ? client.bytes : null,
    lasted ? server.bytes : null,
    seen.state,
    isLocal(origH),
    isLocal(respH),
    seen.missed_bytes,
    seen.history === "" ? null : seen.history,
    client.packets,
    client.ip_bytes,
    server.packets,
    server.ip_bytes,
    null,
    IP_PROTOCOLS[over],
  ];
  if (communityId) row.push(seen.community_id);
  return row;
}

export function mappingRow(seen: TreeObservation, { connection }: Conversation): ZeekRow {
  const { path, share_service: service, native_file_system: fileSystem, share_type: type } = seen;
  const kind =
    type === null ? (service === "IPC" ? "PIPE" : "DISK") : (SHARE_TYPES[type] ?? `unknown-${type}`);
  return [microsOf(seen.ts), ...connection, path, service, fileSystem === "" ? null : fileSystem, kind];
}

/** Null where the same was told a short while ago. */
export function fileRow(seen: FileObservation, conversation: Conversation): ZeekRow | null {
  const { path, name, size, prev_name: before, times } = seen;
  const action = ACTIONS[seen.action];
  if (name === null || action === null) return null;
  const now = microsOf(seen.ts);
  if (times !== null) {
    // Reading alone changes when it was read last.
    const { modified, created, changed } = times;
    const same = JSON.stringify([action, name, path, size, modified, created, changed]);
    if (conversation.isRecent(same, now)) return null;
  }
  const of = (seconds: number | undefined): ZeekValue => (seconds === undefined ? null : { seconds });
  return [
    now,
    ...conversation.connection,
    null,
    action,
    path,
    name,
    size,
    before,
    of(times?.modified),
    of(times?.accessed),
    of(times?.created),
    of(times?.changed),
  ];
}

/** What an observation adds to the row of rdp.log. */
export function noteRdp(
  conversation: Conversation,
  { ts, message, value, cookie_user: user }: RdpObservation,
): void {
  conversation.rdp ??= { ts: microsOf(ts), cookie: null, result: null, protocol: null };
  const { rdp } = conversation;
  if (message === "request") rdp.cookie = user ?? "";
  else if (value === null) return;
  else if (message === "failure") rdp.result = FAILURES[value] ?? `failure_code-${value}`;
  else {
    rdp.protocol = SECURITY_PROTOCOLS[value] ?? `security_protocol-${value}`;
    // Whatever was chosen but RDP's own encryption begins at once.
    if (value !== 0) rdp.result = "encrypted";
  }
}

/** Null where there is nothing to tell. */
export function rdpRow({ connection, rdp }: Conversation): ZeekRow | null {
  if (rdp === null || (rdp.cookie === null && rdp.result === null)) return null;
  const { ts, cookie, result, protocol } = rdp;
  const unknown = new Array<null>(9).fill(null);
  return [ts, ...connection, cookie, result, protocol, ...unknown, 0, null, null, null];
}
