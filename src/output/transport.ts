/**
 * What the views make of a record's transport: which conversation it belongs to, and how that is named. TCP streams and UDP
 * streams are numbered apart, and several pipes lie on one TCP stream.
 */

import type { AssociationRecord, CallRecord, TransportRecord } from "../events.js";
import { account } from "./format.js";
import { PLAIN_SPELLING, type Spelling } from "./spelling.js";

/** What tells where a record belongs. */
type Carried = Pick<CallRecord | AssociationRecord, "stream" | "transport" | "server">;

export function isDatagram({ protseq }: TransportRecord): boolean {
  return protseq.startsWith("ncadg");
}

/** Tells conversations apart: protocol family, stream and pipe. */
export function conversationKey({ stream, transport }: Pick<Carried, "stream" | "transport">): string {
  const flow = flowKey({ stream, transport });
  return transport.protseq === "ncacn_np" ? `${flow} ${transport.endpoint}` : flow;
}

/** Tells the streams apart that conversations lie on. */
export function flowKey({ stream, transport }: Pick<Carried, "stream" | "transport">): string {
  return isDatagram(transport) ? `udp ${stream}` : tcpKey(stream);
}

/** The same for a TCP stream that carries no pipes. */
export function tcpKey(stream: number): string {
  return `tcp ${stream}`;
}

/** The number of the conversation, as Wireshark's tcp.stream, or udp.stream where it says so: `3`, `udp 2`. */
export function streamName({ stream, transport }: Pick<Carried, "stream" | "transport">): string {
  return isDatagram(transport) ? `udp ${stream}` : `${stream}`;
}

/** Where the calls go: `10.0.0.1:49664`, `10.0.0.1:445 \pipe\svcctl`. */
export function serverName(
  { server, transport }: Pick<Carried, "server" | "transport">,
  spelling: Spelling = PLAIN_SPELLING,
): string {
  const at = spelling.endpoint(server);
  return transport.protseq === "ncacn_np" ? `${at} ${transport.endpoint}` : at;
}

/** The same in a column: the pipe as a part of its host, `10.0.0.1\\svcctl`. */
export function serverCell(
  { server, transport }: Pick<Carried, "server" | "transport">,
  spelling: Spelling,
): string {
  if (transport.protseq !== "ncacn_np") return spelling.endpoint(server);
  const pipe = transport.endpoint.replace(/^\\pipe(?=\\)/i, "");
  return `${server.address}${pipe}${spelling.beside(server.address)}`;
}

/** What the SMB session around a pipe adds: `SMB 3.1.1, encrypted`; null without one. */
export function sessionText({ smb }: TransportRecord): string | null {
  if (smb === null) return null;
  const dialect =
    smb.dialect === null ? "SMB" : /^smb/i.test(smb.dialect) ? smb.dialect : `SMB ${smb.dialect}`;
  return smb.encrypted === true ? `${dialect}, encrypted` : dialect;
}

/** The user of the SMB session. */
export function sessionUser({ smb }: TransportRecord): string | null {
  return smb === null ? null : account(smb.session_domain, smb.session_user);
}
