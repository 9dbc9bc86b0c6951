/**
 * Whether an invitation was used in a capture: its ticket issued to an expert, or one of its listeners connected to. A pure
 * function of the invitation's record, the analyzer's events and the TCP conversations met.
 *
 * Not handled: computer names of listeners, unless the capture shows who issued the ticket.
 */

import { IPCHSERVICE, IRASRV } from "../../dissectors/rai/interfaces.js";
import { canonicalAddress, canonicalHost } from "../address.js";
import type { CallRecord, ConnectionString, Endpoint, Event } from "../events.js";
import type { CaptureMatch, ConnectedFlow, ConnectedRecord, IssuedRecord } from "./capture-match.js";
import { type InvitationRecord, listenersOf } from "./record.js";

/** The interfaces that hand out connection strings, [MS-RAI] 1.9. */
const ISSUERS: ReadonlySet<string | null> = new Set([IRASRV, IPCHSERVICE]);

/** True for the events that `matchInvitation` looks at. */
export function isEvidence(event: Event): boolean {
  if (event.type !== "call") return event.type === "summary";
  return (event.rai?.connection_string ?? null) !== null || isSealed(event);
}

function isSealed(call: CallRecord): boolean {
  return call.stub.response === "encrypted" && ISSUERS.has(call.interface.uuid);
}

/** `conversations`: those worth a look; `listenerPorts` says which are. */
export function matchInvitation(
  record: InvitationRecord,
  events: Iterable<Event>,
  conversations: Iterable<ConnectedFlow>,
): CaptureMatch {
  const tickets = ticketsOf(record);
  const listeners = listenerKeys(record);
  const issued: IssuedRecord[] = [];
  let sealed = 0;
  let complete = true;
  for (const event of events) {
    if (event.type === "summary") complete &&= event.complete;
    if (event.type !== "call") continue;
    if (isSealed(event)) sealed++;
    const string = event.rai?.connection_string ?? null;
    if (string === null) continue;
    const match = tickets.some((ticket) => sameTicket(ticket, ticketOf(string)))
      ? "ticket"
      : keysOf(string).some((key) => listeners.has(key))
        ? "listeners"
        : null;
    if (match === null) continue;
    const { stream, call_id, ts, client, server, file } = event;
    issued.push({ stream, call_id, ts, client, server, match, file });
  }
  // The novice's own address stands for the computer names in its ticket.
  for (const { match, server } of issued) {
    if (match === "ticket")
      for (const [key, host] of namedKeys(record, server.address)) listeners.set(key, host);
  }
  const dialled: ConnectedRecord[] = [];
  for (const conversation of conversations) {
    const listener = listeners.get(endpointKey(conversation.server));
    if (listener !== undefined) dialled.push({ ...conversation, listener });
  }
  return { issued, dialled, sealed, complete };
}

/** Which conversations are worth remembering: a test by port alone, so that names may be resolved later. */
export function listenerPorts(records: Iterable<InvitationRecord>): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const record of records) {
    for (const listener of allListeners(record)) {
      const port = portOf(listener);
      if (port !== null) ports.add(port);
    }
  }
  return ports;
}

function allListeners(record: InvitationRecord): ReturnType<typeof listenersOf> {
  return [...listenersOf(record.connection_string), ...listenersOf(record.rcticket)];
}

/** What distinguishes one ticket from all others. Both forms carry the same: RASessionID is ID, protocolSpecificParms is KH. */
interface Ticket {
  id: string;
  key: string | null;
}

function ticketsOf(record: InvitationRecord): Ticket[] {
  return [record.connection_string, record.rcticket]
    .map((string) => string && ticketOf(string))
    .filter((ticket) => ticket !== null);
}

function ticketOf(string: ConnectionString): Ticket | null {
  const id = string.form === 2 ? string.auth.id : string.form === 1 ? string.ra_session_id : null;
  const key = string.form === 2 ? string.auth.kh : string.form === 1 ? string.protocol_specific_parms : null;
  return id === null || id === "" ? null : { id, key };
}

function sameTicket(a: Ticket, b: Ticket | null): boolean {
  return b !== null && a.id === b.id && (a.key === null || b.key === null || a.key === b.key);
}

/** Address and port of every listener that names an address, with the host as spelt. */
function listenerKeys(record: InvitationRecord): Map<string, string> {
  const keys = new Map<string, string>();
  for (const listener of allListeners(record)) {
    const address = canonicalAddress(listener.host);
    const port = portOf(listener);
    if (address !== null && port !== null) keys.set(`${address} ${port}`, listener.host);
  }
  return keys;
}

function namedKeys(record: InvitationRecord, address: string): [string, string][] {
  return allListeners(record)
    .filter((listener) => canonicalAddress(listener.host) === null && portOf(listener) !== null)
    .map((listener) => [`${canonicalHost(address)} ${portOf(listener)}`, listener.host]);
}

function keysOf(string: ConnectionString): string[] {
  return listenersOf(string).flatMap((listener) => {
    const address = canonicalAddress(listener.host);
    return address === null ? [] : [`${address} ${portOf(listener)}`];
  });
}

/** The port to connect to: of the URI where the listener speaks WebSocket. */
function portOf(listener: { port: number | null; uri: string | null }): number | null {
  if (listener.port !== null || listener.uri === null) return listener.port;
  const match = /^([a-z]+):\/\/(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*)(?::(\d{1,5}))?(?=[/?#]|$)/i.exec(
    listener.uri,
  );
  if (match === null) return null;
  if (match[2] !== undefined) return Number(match[2]);
  const scheme = match[1]!.toLowerCase();
  if (scheme === "wss" || scheme === "https") return 443;
  return scheme === "ws" || scheme === "http" ? 80 : null;
}

function endpointKey(endpoint: Endpoint): string {
  return `${canonicalHost(endpoint.address)} ${endpoint.port}`;
}
