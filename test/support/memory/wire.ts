/**
 * Frames, PDUs and stubs for captures that are large on purpose: written front to back in pieces, so that a generator of
 * hundreds of megabytes holds none of them.
 */

export const u8 = (...n: number[]): Buffer => Buffer.from(n);
export const u16 = (...n: number[]): Buffer<ArrayBuffer> => {
  const b = Buffer.alloc(2 * n.length);
  n.forEach((v, i) => {
    b.writeUInt16LE(v, 2 * i);
  });
  return b;
};
export const u32 = (...n: number[]): Buffer<ArrayBuffer> => {
  const b = Buffer.alloc(4 * n.length);
  n.forEach((v, i) => {
    b.writeUInt32LE(v >>> 0, 4 * i);
  });
  return b;
};
export const u64 = (n: number): Buffer<ArrayBuffer> => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
};
export const wide = (text: string): Buffer<ArrayBuffer> => Buffer.from(text, "utf16le");
export const join = (...parts: readonly Uint8Array[]): Buffer<ArrayBuffer> => Buffer.concat(parts);
/** Zeros up to the next multiple of `n`. */
export const padded = (b: Buffer, n: number): Buffer<ArrayBuffer> =>
  join(b, Buffer.alloc((n - (b.length % n)) % n));

/** A GUID from its text. */
export function guid(text: string): Buffer<ArrayBuffer> {
  const [a, b, c, d, e] = text.split("-") as [string, string, string, string, string];
  return join(
    u32(Number.parseInt(a, 16)),
    u16(Number.parseInt(b, 16), Number.parseInt(c, 16)),
    Buffer.from(d + e, "hex"),
  );
}

/** The n-th of as many different GUIDs as are wanted. */
export function nth(n: number): Buffer<ArrayBuffer> {
  return join(u32(n), u16(0x1234, 0x4321), u8(0x80, 1, 2, 3, 4, 5, 6, 7));
}

const NDR = join(guid("8a885d04-1ceb-11c9-9fe8-08002b104860"), u32(2));

const FIRST = 3;
const LAST = 3;
const PIECE = 1 << 16;

/** Gathers frames, and gives them away in pieces. */
export class Tape {
  #parts: Buffer[] = [];
  #size = 0;
  frames = 0;

  constructor() {
    this.put(join(u32(0xa1b2c3d4), u16(2, 4), u32(0, 0, 262_144, 1)));
  }

  put(b: Buffer): void {
    this.#parts.push(b);
    this.#size += b.length;
  }

  frame(ethernet: Buffer): void {
    const us = this.frames++ * 10;
    this.put(u32(1_700_000_000 + Math.floor(us / 1e6), us % 1e6, ethernet.length, ethernet.length));
    this.put(ethernet);
  }

  /** What was gathered, once it is worth it. */
  *take(all = false): Iterable<Buffer> {
    if (this.#size === 0 || (!all && this.#size < PIECE)) return;
    const piece = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    yield piece;
  }
}

const ETHERNET = join(Buffer.alloc(12, 2), u8(8, 0));

/** An Ethernet frame with an IPv4 packet. `fragment` is the field with the flags. */
export function ipv4(
  from: Buffer,
  to: Buffer,
  protocol: number,
  id: number,
  fragment: number,
  payload: Buffer,
): Buffer<ArrayBuffer> {
  const h = Buffer.alloc(20);
  h[0] = 0x45;
  h.writeUInt16BE(20 + payload.length, 2);
  h.writeUInt16BE(id, 4);
  h.writeUInt16BE(fragment, 6);
  h[8] = 64;
  h[9] = protocol;
  from.copy(h, 12);
  to.copy(h, 16);
  return join(ETHERNET, h, payload);
}

const SYN = 2;
const ACK = 16;
const FIN = 1;

/** Greatest payload of a segment: large, so that generating is quick. */
const SEGMENT = 32_000;

/** The `index`-th TCP conversation: client 10.x.y.z, server 192.0.2.1 unless said otherwise. */
export class Talk {
  readonly #tape: Tape;
  readonly #client: Buffer;
  readonly #server: Buffer;
  readonly #ports: [number, number];
  #sent: [number, number] = [1000, 2000];

  constructor(tape: Tape, index: number, port = 49152, server = u8(192, 0, 2, 1)) {
    this.#tape = tape;
    const host = Math.floor(index / 40_000);
    this.#client = u8(10, (host >> 16) & 255, (host >> 8) & 255, host & 255);
    this.#server = server;
    this.#ports = [1024 + (index % 40_000), port];
  }

  #segment(side: 0 | 1, flags: number, payload: Buffer, ahead = 0): void {
    const h = Buffer.alloc(20);
    h.writeUInt16BE(this.#ports[side], 0);
    h.writeUInt16BE(this.#ports[1 - side]!, 2);
    h.writeUInt32BE((this.#sent[side] + ahead) >>> 0, 4);
    if ((flags & ACK) !== 0) h.writeUInt32BE(this.#sent[1 - side]! >>> 0, 8);
    h[12] = 0x50;
    h[13] = flags;
    h.writeUInt16BE(8192, 14);
    const [from, to] = side === 0 ? [this.#client, this.#server] : [this.#server, this.#client];
    this.#tape.frame(ipv4(from, to, 6, 0, 0, join(h, payload)));
  }

  syn(): this {
    this.#segment(0, SYN, Buffer.alloc(0));
    this.#sent[0]++;
    return this;
  }

  open(): this {
    this.syn();
    this.#segment(1, SYN | ACK, Buffer.alloc(0));
    this.#sent[1]++;
    this.#segment(0, ACK, Buffer.alloc(0));
    return this;
  }

  say(side: 0 | 1, bytes: Buffer): this {
    for (let at = 0; at < bytes.length; at += SEGMENT) {
      const piece = bytes.subarray(at, at + SEGMENT);
      this.#segment(side, ACK, piece);
      this.#sent[side] = (this.#sent[side] + piece.length) >>> 0;
    }
    return this;
  }

  /** A segment so far ahead of what was sent; what lies between never comes. */
  early(side: 0 | 1, ahead: number, bytes: Buffer): this {
    this.#segment(side, ACK, bytes, ahead);
    return this;
  }

  close(): this {
    this.#segment(0, FIN | ACK, Buffer.alloc(0));
    this.#sent[0]++;
    this.#segment(1, FIN | ACK, Buffer.alloc(0));
    this.#sent[1]++;
    this.#segment(0, ACK, Buffer.alloc(0));
    return this;
  }
}

/** [C706] 12.6.3.1: the common header before a body, and a verifier behind it. */
export function pdu(
  ptype: number,
  callId: number,
  body: Buffer,
  flags = FIRST,
  auth = Buffer.alloc(0),
): Buffer<ArrayBuffer> {
  const all = auth.length === 0 ? body : padded(body, 4);
  const tail = auth.length === 0 ? auth : join(u8(auth[0]!, auth[1]!, 0, 0), auth.subarray(4));
  const header = join(
    u8(5, 0, ptype, flags, 0x10, 0, 0, 0),
    u16(16 + all.length + tail.length, auth.length === 0 ? 0 : auth.length - 8),
    u32(callId),
  );
  return join(header, all, tail);
}

export interface Proposed {
  id: number;
  uuid: Buffer;
  syntaxes?: Buffer[];
}

export function bind(
  callId: number,
  contexts: readonly Proposed[],
  ptype = 11,
  auth = Buffer.alloc(0),
): Buffer<ArrayBuffer> {
  const items = contexts.map(({ id, uuid, syntaxes = [NDR] }) =>
    join(u16(id), u8(syntaxes.length, 0), uuid, u32(0), ...syntaxes),
  );
  return pdu(
    ptype,
    callId,
    join(u16(5840, 5840), u32(0), u8(contexts.length, 0, 0, 0), ...items),
    FIRST,
    auth,
  );
}

export function bindAck(callId: number, results: number): Buffer<ArrayBuffer> {
  const items = Array.from({ length: results }, () => join(u16(0, 0), NDR));
  const head = join(u16(5840, 5840), u32(0x1234), u16(0), u16(0));
  return pdu(12, callId, join(head, u8(results, 0, 0, 0), ...items));
}

/** A request in fragments; `object` is the IPID. */
export function request(
  callId: number,
  context: number,
  opnum: number,
  stub: Buffer,
  object?: Buffer,
): Buffer<ArrayBuffer> {
  return fragments(stub, (piece, flags) => {
    const head = join(u32(stub.length), u16(context, opnum), object ?? Buffer.alloc(0));
    return pdu(0, callId, join(head, piece), flags | (object ? 0x80 : 0));
  });
}

export function response(callId: number, context: number, stub: Buffer): Buffer<ArrayBuffer> {
  return fragments(stub, (piece, flags) =>
    pdu(2, callId, join(u32(stub.length), u16(context), u8(0, 0), piece), flags),
  );
}

function fragments(
  stub: Buffer,
  make: (piece: Buffer, flags: number) => Buffer<ArrayBuffer>,
): Buffer<ArrayBuffer> {
  const size = 60_000;
  const out: Buffer<ArrayBuffer>[] = [];
  for (let at = 0; at === 0 || at < stub.length; at += size) {
    const flags = (at === 0 ? FIRST & 1 : 0) | (at + size >= stub.length ? LAST & 2 : 0);
    out.push(make(stub.subarray(at, at + size), flags));
  }
  return join(...out);
}

/** [MS-DCOM] 2.2.13.3: version 5.7, no flags, a causality id, no extensions. */
export const orpcThis = (n: number): Buffer<ArrayBuffer> => join(u16(5, 7), u32(0, 0), nth(n), u32(0));
export const ORPC_THAT = u32(0, 0);

/** [C706] 14.3.4: a conformant varying string of 16-bit characters, the terminator added. */
export function text(characters: Buffer): Buffer<ArrayBuffer> {
  const count = characters.length / 2 + 1;
  return padded(join(u32(count, 0, count), characters, u16(0)), 4);
}
