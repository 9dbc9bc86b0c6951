/**
 * The layers of a frame: headers from the link layer to TCP or UDP, and of what is in them the messages that are there whole and
 * known by their first bytes: SMB, Kerberos of a KDC, LDAP, how RDP begins, records of TLS.
 *
 * Not handled: messages that began in an earlier frame; PDUs of DCE/RPC, which tree.ts reads.
 */
import { type FramePayload, readFrameFields } from "../../dissectors/ip/frame-fields.js";
import { LENGTH_SIZE, messageSize } from "../../dissectors/kerberos/framing.js";
import { readKerberos } from "../../dissectors/kerberos/messages.js";
import { ldapMessageSize, readLdapFields, saslBufferSize } from "../../dissectors/ldap/fields.js";
import { readTlsRecords, tlsRecordSize } from "../../dissectors/rdp/tls-record.js";
import { readX224Connection } from "../../dissectors/rdp/x224.js";
import { beginsSessionPacket, readSessionPacket } from "../../dissectors/smb/fields.js";
import { WireError } from "../../dissectors/wire/errors.js";
import type { Reader } from "../../dissectors/wire/reader.js";
import {
  emptyField,
  type Field,
  gaps,
  isLeaf,
  type Source,
  type TracedReader,
} from "../../dissectors/wire/trace.js";
import { readHandshakeToken, readProtected } from "./token.js";

const KERBEROS_PORT = 88;
const LDAP_PORT = 389;
const TPKT_VERSION = 3;

/** Reads all of `r` into the field that is open; answers where the payload of the innermost packet is. */
export function readLayers(r: TracedReader, linkType: number): FramePayload | null {
  const { trace } = r;
  const { level, current } = trace;
  let payload: FramePayload | null = null;
  try {
    payload = readFrameFields(r, linkType);
    if (payload !== null && !payload.fragment && payload.protocol !== null) readPayload(r, payload);
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
    current.note ??= fault.message;
  }
  trace.close(level);
  return payload;
}

function readPayload(frame: Reader, { protocol, start, end, ports }: FramePayload): void {
  const r = frame.over(start, end, "captured", false);
  if (r.left === 0) return;
  const kdc = ports?.sourcePort === KERBEROS_PORT || ports?.destinationPort === KERBEROS_PORT;
  if (kdc && protocol === "udp") r.part("Kerberos", readKerberos, undefined);
  else if (kdc) readKerberosStream(r);
  else if (ports?.sourcePort === LDAP_PORT || ports?.destinationPort === LDAP_PORT) readLdap(r);
  else if (protocol !== "tcp") return;
  else if (beginsSessionPacket(r)) {
    while (beginsSessionPacket(r)) r.part("NetBIOS session service", readSessionPacket, readHandshakeToken);
  } else if (r.peek() === TPKT_VERSION && readX224Connection(r.ahead()) !== null) {
    r.part("X.224", readX224Connection, undefined);
  } else {
    for (let size = tlsRecordSize(r); size > 0; size = tlsRecordSize(r))
      r.window(size, "length").part("TLS", readTlsRecords, undefined);
  }
}

/** Messages, as long as they are there whole; in the clear, or wrapped by a security layer. */
function readLdap(r: Reader): void {
  for (;;) {
    const size = ldapMessageSize(r);
    const wrapped = size > 0 ? 0 : saslBufferSize(r);
    if (size > 0) r.window(size, "LDAPMessage").part("LDAP", readLdapFields, readHandshakeToken);
    else if (wrapped > 0) r.window(wrapped, "SASL").part("SASL", readSasl, undefined);
    else return;
  }
}

/** [RFC 4422] 3.7: length, and the bytes of the mechanism. */
function readSasl(r: Reader): void {
  r.u32("length");
  const start = r.offset;
  readProtected(r);
  for (let size = ldapMessageSize(r); size > 0; size = ldapMessageSize(r))
    r.window(size, "LDAPMessage").part("LDAP", readLdapFields, readHandshakeToken);
  r.unread("message", start, r.end);
}

/** [RFC 4120] 7.2.2. */
function readKerberosStream(r: Reader): void {
  while (r.left > LENGTH_SIZE) {
    const size = messageSize(r.data, r.offset);
    if (size === 0 || size + LENGTH_SIZE > r.left) return;
    r.u32("length");
    r.window(size, "length").part("Kerberos", readKerberos, undefined);
  }
}

/** Names what no field has of the payload. `source`: the frame among the sources of the tree that is ready. */
export function nameData(
  root: Field,
  sources: readonly Source[],
  source: number,
  payload: FramePayload,
): void {
  const { bytes } = sources[source]!;
  for (const [from, to] of gaps(leaves(root), source, payload.start, payload.end)) {
    const range = { source, start: from, length: to - from };
    root.children.push({ ...emptyField("data"), value: bytes.subarray(from, to), range });
  }
}

function leaves(field: Field): Field[] {
  return isLeaf(field) ? [field] : field.children.flatMap(leaves);
}
