/** Connectionless DCE/RPC PDUs, written byte by byte: [C706] 12.5, [MS-RPCE] 2.2.3.4. */
import { concat, Writer } from "./bytes.js";

/** [C706] 12.5.1. */
export const DG_PTYPE = {
  request: 0,
  ping: 1,
  response: 2,
  fault: 3,
  working: 4,
  nocall: 5,
  reject: 6,
  ack: 7,
  cl_cancel: 8,
  fack: 9,
  cancel_ack: 10,
} as const;

export type DatagramKind = keyof typeof DG_PTYPE;

/** [C706] 12.5.2.3, and the one of the second set in [MS-RPCE] 2.2.3.3. */
export const DG = {
  LAST_FRAG: 0x02,
  FRAG: 0x04,
  NO_FACK: 0x08,
  MAYBE: 0x10,
  IDEMPOTENT: 0x20,
  BROADCAST: 0x40,
  UNRELATED: 0x04,
} as const;

export interface DatagramFields {
  type: DatagramKind;
  activity: string;
  sequence: number;
  interfaceId: string;
  /** Major in the low half, minor in the high half. */
  version?: number;
  opnum?: number;
  object?: string;
  flags1?: number;
  flags2?: number;
  fragment?: number;
  serial?: number;
  boot?: number;
  little?: boolean;
  /** A verifier behind the body: its protocol, level, key and token. */
  auth?: { protocol: number; level: number; key?: number; token: Uint8Array };
}

const NIL = "00000000-0000-0000-0000-000000000000";

/** A whole PDU with the body given. */
export function datagramPdu(fields: DatagramFields, body: Uint8Array): Uint8Array {
  const { little = true, auth, serial = 0 } = fields;
  const w = new Writer(little);
  w.u8(4)
    .u8(DG_PTYPE[fields.type])
    .u8(fields.flags1 ?? 0)
    .u8(fields.flags2 ?? 0);
  w.u8(little ? 0x10 : 0)
    .fill(2)
    .u8(serial >> 8);
  w.guid(fields.object ?? NIL)
    .guid(fields.interfaceId)
    .guid(fields.activity);
  w.u32(fields.boot ?? 0)
    .u32(fields.version ?? 1)
    .u32(fields.sequence);
  w.u16(fields.opnum ?? 0)
    .u16(0xffff)
    .u16(0xffff)
    .u16(body.length);
  w.u16(fields.fragment ?? 0)
    .u8(auth?.protocol ?? 0)
    .u8(serial & 0xff);
  w.bytes(body);
  if (auth === undefined) return w.done();
  w.align(8)
    .u8(auth.level)
    .u8(auth.key ?? 0)
    .fill(2);
  return concat(w.done(), auth.token);
}

/** The body of a fault or a reject. */
export function statusBody(status: number, little = true): Uint8Array {
  return new Writer(little).u32(status).done();
}

/** The body of a cl_cancel, or of a cancel_ack with what the server says of the call. */
export function cancelBody(id: number, accepting: boolean | null = null, little = true): Uint8Array {
  const w = new Writer(little).u32(0).u32(id);
  return accepting === null ? w.done() : w.u32(accepting ? 1 : 0).done();
}

/** The body of a fack: window, sizes, serial number, and one word of fragments that came. */
export function fackBody(serial: number, received: number, little = true): Uint8Array {
  const w = new Writer(little).u8(1).u8(0).u16(32).u32(4352).u32(1464);
  return w.u16(serial).u16(1).u32(received).done();
}
