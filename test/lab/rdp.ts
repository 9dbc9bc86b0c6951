/**
 * The first bytes of a Remote Desktop connection, as the follow-up of an offer shows them: TPKT, X.224 Connection
 * Request and Confirm with RDP negotiation ([MS-RDPBCGR] 2.2.1.1, 2.2.1.2), then records of a TLS session.
 */

import { type Seeded, Writer } from "./bytes.js";

function tpkt(x224: Uint8Array): Uint8Array {
  return new Writer(false)
    .u8(3)
    .u8(0)
    .u16(4 + x224.length)
    .bytes(x224)
    .done();
}

/** [MS-RDPBCGR] 2.2.1.1.1 RDP_NEG_REQ and 2.2.1.2.1 RDP_NEG_RSP: type, flags, length, protocols; little-endian. */
function negotiation(type: number, protocols: number): Uint8Array {
  return new Writer().u8(type).u8(0).u16(8).u32(protocols).done();
}

export function connectionRequest(cookie: string): Uint8Array {
  const line = `Cookie: mstshash=${cookie}\r\n`;
  const rest = new Writer(false).u8(0xe0).u16(0).u16(0).u8(0).ascii(line).bytes(negotiation(1, 3)).done();
  return tpkt(new Writer().u8(rest.length).bytes(rest).done());
}

export function connectionConfirm(): Uint8Array {
  const rest = new Writer(false).u8(0xd0).u16(0).u16(0x1234).u8(0).bytes(negotiation(2, 1)).done();
  return tpkt(new Writer().u8(rest.length).bytes(rest).done());
}

/** A TLS application-data record of `length` bytes. */
export function tlsRecord(random: Seeded, length: number): Uint8Array {
  return new Writer(false).u8(23).u16(0x0303).u16(length).bytes(random.bytes(length)).done();
}
