/**
 * Calls as events of the RPC Firewall, which audits calls on the server that takes them (its event 3). What only the server
 * knows, its processes, has no fields here, and a caller is an account where the firewall has a SID.
 */
import type { CallRecord } from "../../events.js";
import { account } from "../../output/format.js";
import type { SourceRecord } from "./source-record.js";

/** [MS-RPCE] 2.2.1.1.8. */
const LEVELS: { readonly [level: string]: string } = {
  none: "DEFAULT",
  connect: "CONNECT",
  call: "CALL",
  pkt: "PKT",
  pkt_integrity: "PKT_INTEGRITY",
  pkt_privacy: "PKT_PRIVACY",
};

/** [MS-RPCE] 2.2.1.1.7, in the words that the firewall has. */
const SERVICES: { readonly [type: string]: string } = {
  none: "NONE",
  ntlmssp: "WINNT",
  spnego: "GSS_NEGOTIATE",
  kerberos: "GSS_KERBEROS",
  netlogon: "NETLOGON",
  schannel: "GSS_SCHANNEL",
};

type Field = readonly [name: string, meaning: string, value: (call: CallRecord) => unknown];

const ENDPOINT = (call: CallRecord): string => call.transport.endpoint;
const SOURCE = (call: CallRecord): string => call.client.address;

/** The fields, in the words of the rules and of the firewall's own messages. */
export const RPC_FIREWALL_FIELDS: readonly Field[] = [
  ["EventLog", "RPCFW", () => "RPCFW"],
  ["EventID", "3: a function of an RPC server was called", () => 3],
  ["InterfaceUuid", "UUID of the interface", (call) => call.interface.uuid],
  ["OpNum", "number of the method", (call) => call.opnum],
  ["Protocol", "protocol sequence", (call) => call.transport.protseq],
  ["Endpoint", "port or pipe", ENDPOINT],
  ["EndPoint", "port or pipe", ENDPOINT],
  ["SourceAddress", "address of the client", SOURCE],
  ["ClientNetworkAddress", "address of the client", SOURCE],
  ["SourcePort", "port of the client", (call) => call.client.port],
  ["DestinationAddress", "address of the server", (call) => call.server.address],
  ["DestinationPort", "port of the server", (call) => call.server.port],
  ["SecurityIdentifier", "the caller, `DOMAIN\\user`", ({ auth }) => account(auth.domain, auth.user)],
  ["AuthenticationLevel", "PKT_PRIVACY, …", ({ auth }) => LEVELS[auth.level]],
  ["AuthenticationService", "GSS_KERBEROS, …", ({ auth }) => SERVICES[auth.type]],
];

const BY_NAME = new Map(RPC_FIREWALL_FIELDS.map(([name, , value]) => [name, value]));
const NAMES = [...BY_NAME.keys()];

/** Null where no request was captured, which is what the firewall sees. */
export function firewallRecord(call: CallRecord): SourceRecord | null {
  if (call.status === "no_request" || call.interface.uuid === null) return null;
  return {
    event: call,
    field: (name) => BY_NAME.get(name)?.(call) ?? undefined,
    names: () => NAMES,
  };
}
