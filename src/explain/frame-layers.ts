/**
 * The layers of a frame: headers from the link layer to TCP or UDP, and of what is in them the messages that are there whole and
 * known by their first bytes: SMB, Kerberos of a KDC, LDAP binds, how RDP begins.
 *
 * Not handled: messages that began in an earlier frame; PDUs of DCE/RPC, which tree.ts reads.
 */
import { type FramePayload, readFrameFields } from "../../dissectors/ip/frame-fields.js";
import { LENGTH_SIZE, messageSize } from "../../dissectors/kerberos/framing.js";
import { readKerberos } from "../../dissectors/kerberos/messages.js";
import { beginsLdap, readLdapRequest } from "../../dissectors/ldap/bind.js";
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
import { readHandshakeToken } from "./token.js";

const KERBEROS_PORT = 88;

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
  else if (protocol !== "tcp") return;
  else if (beginsSessionPacket(r)) {
    while (beginsSessionPacket(r)) r.part("NetBIOS session service", readSessionPacket, readHandshakeToken);
  } else if (beginsLdap(r.data.subarray(start, end))) readLdapRequest(r);
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
