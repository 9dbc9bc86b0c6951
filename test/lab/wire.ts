/**
 * A conversation as frames on a wire: TCP with handshake, segments of a chosen size, acknowledgements, FIN or reset, or
 * UDP in IP packets that may be cut into fragments,
 * in IPv4 or IPv6, in Ethernet (with or without VLAN tags), Linux cooked v2 or raw IP. Segments stay plain values
 * until they are encoded, so that a story can lose, reorder, double or cut them.
 */

import { concat, type Seeded, Writer } from "./bytes.js";
import type { Conversation, Data, Endpoint, SaidDatagram, SaidPdu, Side } from "./conversation.js";

export const TCP = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;

export interface Segment {
  connection: number;
  from: Side;
  at: bigint;
  flags: number;
  /** Bytes of its direction that went before, or null in a handshake. */
  offset: number;
  acknowledges: number;
  payload: Uint8Array;
  /** SYN segments carry the maximum segment size. */
  mss?: number;
  /** The payload is of this datagram, from `within` on; in an IP packet of its own, or in fragments of one. */
  datagram?: { whole: Uint8Array; fragmented: boolean };
  within?: number;
}

/** Where a PDU lies in the bytes of its direction. */
export interface PlacedPdu {
  connection: number;
  from: Side;
  start: number;
  end: number;
  /** What follows of it elsewhere, where other bytes are in between. */
  rest?: { start: number; end: number }[];
  said: SaidPdu | SaidDatagram;
}

export interface Drawn {
  segments: Segment[];
  pdus: PlacedPdu[];
}

export interface DrawOptions {
  mss?: number;
  /** Cuts the payload that begins at `offset` of its direction into pieces of these lengths, then by `mss`. */
  cuts?: (connection: number, from: Side, offset: number) => number[] | null;
  /** A bare acknowledgement after every so many data segments of one side. */
  acknowledge?: number;
}

const other = (side: Side): Side => (side === "client" ? "server" : "client");

/** Draws the conversation's happenings as TCP segments. */
export function draw(talk: Conversation, options: DrawOptions = {}): Drawn {
  const mss = options.mss ?? 1460;
  const every = options.acknowledge ?? 2;
  const segments: Segment[] = [];
  const pdus: PlacedPdu[] = [];
  const sent = talk.connections.map(() => ({ client: 0, server: 0 }));
  const unacknowledged = talk.connections.map(() => ({ client: 0, server: 0 }));
  const finished = talk.connections.map(() => ({ client: 0, server: 0 }));
  const push = (
    connection: number,
    from: Side,
    at: bigint,
    flags: number,
    payload: Uint8Array,
    mssOption?: number,
  ) => {
    const mine = sent[connection]!;
    segments.push({
      connection,
      from,
      at,
      flags,
      offset: mine[from],
      acknowledges: mine[other(from)] + finished[connection]![other(from)],
      payload,
      mss: mssOption,
    });
    mine[from] += payload.length;
  };
  const none = new Uint8Array(0);
  const begun = new Map<SaidPdu, PlacedPdu>();
  for (const h of talk.happenings) {
    const c = h.connection;
    if (h.kind === "open") {
      push(c, "client", h.at, TCP.SYN, none, mss);
      push(c, "server", h.at + 60_000n, TCP.SYN | TCP.ACK, none, mss);
      push(c, "client", h.at + 110_000n, TCP.ACK, none);
      continue;
    }
    if (h.kind === "refused") {
      push(c, "client", h.at, TCP.SYN, none, mss);
      push(c, "server", h.at + 60_000n, TCP.RST | TCP.ACK, none);
      continue;
    }
    if (h.kind === "close") {
      const peer = other(h.from);
      if (h.how === "reset") {
        push(c, h.from, h.at, TCP.RST | TCP.ACK, none);
        continue;
      }
      push(c, h.from, h.at, TCP.FIN | TCP.ACK, none);
      finished[c]![h.from] = 1;
      push(c, peer, h.at + 50_000n, TCP.FIN | TCP.ACK, none);
      finished[c]![peer] = 1;
      const last: Segment = {
        connection: c,
        from: h.from,
        at: h.at + 90_000n,
        flags: TCP.ACK,
        offset: sent[c]![h.from] + 1,
        acknowledges: sent[c]![peer] + 1,
        payload: none,
      };
      segments.push(last);
      continue;
    }
    const start = sent[c]![h.from];
    if (talk.connections[c]!.protocol === "udp") {
      if (h.datagram) {
        const end = start + h.bytes.length;
        pdus.push({ connection: c, from: h.from, start, end, said: h.datagram });
      }
      segments.push(...packetsOf(h, start));
      sent[c]![h.from] += h.bytes.length;
      continue;
    }
    for (const { said, at, size } of h.parts ?? []) {
      const range = { start: start + at, end: start + at + size };
      const first = begun.get(said);
      if (first) first.rest = [...(first.rest ?? []), range];
      else {
        const placed = { connection: c, from: h.from, ...range, said };
        begun.set(said, placed);
        pdus.push(placed);
      }
    }
    let at = 0;
    for (const said of h.pdus) {
      pdus.push({ connection: c, from: h.from, start: start + at, end: start + at + said.frag_length, said });
      at += said.frag_length;
    }
    const pieces = options.cuts?.(c, h.from, start) ?? [];
    let time = h.at;
    for (let done = 0, piece = 0; done < h.bytes.length; piece++) {
      const n = Math.min(pieces[piece] ?? h.bytes.length, mss, h.bytes.length - done);
      const last = done + n === h.bytes.length;
      push(c, h.from, time, TCP.ACK | (last ? TCP.PSH : 0), h.bytes.slice(done, done + n));
      done += n;
      unacknowledged[c]![other(h.from)]++;
      if (unacknowledged[c]![other(h.from)] >= every) {
        push(c, other(h.from), time + 35_000n, TCP.ACK, none);
        unacknowledged[c]![other(h.from)] = 0;
      }
      time += 12_000n;
    }
    unacknowledged[c]![h.from] = 0;
  }
  segments.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return { segments, pdus };
}

/** A datagram in one IP packet, or in fragments. */
function packetsOf({ connection, from, at, bytes, fragments }: Data, offset: number): Segment[] {
  const datagram = { whole: bytes, fragmented: fragments !== undefined };
  const common = { connection, from, flags: 0, acknowledges: 0, datagram };
  if (!fragments) return [{ ...common, at, offset, payload: bytes, within: 0 }];
  const cut: { within: number; payload: Uint8Array }[] = [];
  for (let within = 0; within < bytes.length; ) {
    const size = fragments.size - (within === 0 ? UDP_HEADER : 0);
    cut.push({ within, payload: bytes.slice(within, within + size) });
    within += size;
  }
  if (fragments.swapped) cut.reverse();
  return cut.map((piece, i) => ({
    ...common,
    ...piece,
    at: at + BigInt(12_000 * i),
    offset: offset + piece.within,
  }));
}

const UDP_HEADER = 8;

export type LinkType = "ethernet" | "sll2" | "raw";
export const LINKTYPE: { [name in LinkType]: number } = { ethernet: 1, sll2: 276, raw: 101 };

export interface EncodeOptions {
  link?: LinkType;
  /** Outermost tag first. */
  vlans?: number[];
  /** Initial sequence numbers, drawn where absent. */
  sequence?: (connection: number, from: Side) => number | null;
  /** Leaves the TCP checksum wrong, as an offloading sender's own capture shows it. */
  offload?: boolean;
}

export interface Frame {
  at: bigint;
  data: Uint8Array;
  /** On the wire; larger than data.length where the snap length cut the frame. */
  length: number;
  comment?: string;
}

function mac(address: string): Uint8Array {
  const digits = [...address].reduce((sum, ch) => (sum * 31 + ch.charCodeAt(0)) >>> 0, 7);
  return new Writer(false).u16(0x0200).u32(digits).done();
}

/** Eight groups, with "::" and an embedded scope taken away. */
function ipv6Bytes(address: string): Uint8Array {
  const [plain] = address.split("%");
  const [head = "", tail] = plain!.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((g) => Number.parseInt(g, 16)));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = tail === undefined ? 0 : 8 - left.length - right.length;
  const w = new Writer(false);
  for (const g of [...left, ...new Array<number>(middle).fill(0), ...right]) w.u16(g);
  return w.done();
}

function ipv4Bytes(address: string): Uint8Array {
  return new Uint8Array(address.split(".").map(Number));
}

function checksum(...parts: Uint8Array[]): number {
  let sum = 0;
  const data = concat(...parts);
  for (let i = 0; i < data.length; i += 2) sum += (data[i]! << 8) | (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function tcpSegment(
  s: Segment,
  from: Endpoint,
  to: Endpoint,
  seq: number,
  ack: number,
  wrong: boolean,
): Uint8Array {
  const w = new Writer(false).u16(from.port).u16(to.port).u32(seq).u32(ack);
  const options = s.mss === undefined ? 0 : 8;
  w.u8(((20 + options) / 4) << 4)
    .u8(s.flags)
    .u16(64240)
    .u16(0)
    .u16(0);
  if (s.mss !== undefined) w.u8(2).u8(4).u16(s.mss).u8(1).u8(1).u8(4).u8(2);
  w.bytes(s.payload);
  const segment = w.done();
  const six = from.address.includes(":");
  const bytes = six ? ipv6Bytes : ipv4Bytes;
  const pseudo = new Writer(false).bytes(bytes(from.address)).bytes(bytes(to.address));
  if (six) pseudo.u32(segment.length).u32(6);
  else pseudo.u16(6).u16(segment.length);
  const sum = checksum(pseudo.done(), segment);
  new DataView(segment.buffer).setUint16(16, wrong ? sum ^ 0x5a5a : sum);
  return segment;
}

function udpDatagram(payload: Uint8Array, from: Endpoint, to: Endpoint): Uint8Array {
  const length = UDP_HEADER + payload.length;
  const whole = new Writer(false).u16(from.port).u16(to.port).u16(length).u16(0).bytes(payload).done();
  const pseudo = new Writer(false).bytes(ipv4Bytes(from.address)).bytes(ipv4Bytes(to.address));
  const sum = checksum(pseudo.u16(17).u16(length).done(), whole);
  new DataView(whole.buffer).setUint16(6, sum === 0 ? 0xffff : sum);
  return whole;
}

/** The IP packet, or the fragment, that carries a segment of a datagram. */
function udpPacket(s: Segment, from: Endpoint, to: Endpoint, id: number): Uint8Array {
  const { whole, fragmented } = s.datagram!;
  const within = s.within!;
  const udp = udpDatagram(whole, from, to);
  const start = within === 0 ? 0 : UDP_HEADER + within;
  const end = UDP_HEADER + within + s.payload.length;
  const more = end < udp.length ? 0x2000 : 0;
  const offset = fragmented ? more | (start / 8) : 0x4000;
  return ipPacket(udp.slice(start, end), from, to, id, { protocol: 17, offset });
}

/** `offset`: the field of IPv4 with flags and fragment offset. */
function ipPacket(
  tcp: Uint8Array,
  from: Endpoint,
  to: Endpoint,
  id: number,
  { protocol, offset } = { protocol: 6, offset: 0x4000 },
): Uint8Array {
  const w = new Writer(false);
  if (from.address.includes(":")) {
    w.u32(0x60000000)
      .u16(tcp.length)
      .u8(6)
      .u8(64)
      .bytes(ipv6Bytes(from.address))
      .bytes(ipv6Bytes(to.address));
    return w.bytes(tcp).done();
  }
  w.u8(0x45)
    .u8(0)
    .u16(20 + tcp.length)
    .u16(id & 0xffff)
    .u16(offset)
    .u8(128)
    .u8(protocol)
    .u16(0);
  w.bytes(ipv4Bytes(from.address)).bytes(ipv4Bytes(to.address));
  const header = w.done();
  new DataView(header.buffer).setUint16(10, checksum(header));
  return concat(header, tcp);
}

function linkFrame(ip: Uint8Array, from: Endpoint, to: Endpoint, options: EncodeOptions): Uint8Array {
  const ethertype = from.address.includes(":") ? 0x86dd : 0x0800;
  const w = new Writer(false);
  if (options.link === "raw") return ip;
  if (options.link === "sll2") {
    // Protocol, reserved, interface index, ARPHRD_ETHER, packet type, address length and address.
    w.u16(ethertype).u16(0).u32(2).u16(1).u8(0).u8(6).bytes(mac(from.address)).u16(0);
    return w.bytes(ip).done();
  }
  w.bytes(mac(to.address)).bytes(mac(from.address));
  const tags = options.vlans ?? [];
  tags.forEach((tag, i) => {
    w.u16(tags.length > 1 && i === 0 ? 0x88a8 : 0x8100).u16(tag);
  });
  w.u16(ethertype).bytes(ip);
  // Ethernet's shortest frame is 60 bytes without its checksum.
  if (w.length < 60) w.fill(60 - w.length);
  return w.done();
}

/** Encodes segments in the order given. */
export function encode(
  talk: Conversation,
  segments: Segment[],
  random: Seeded,
  options: EncodeOptions = {},
): Frame[] {
  const initial = talk.connections.map((_, connection) => ({
    client: options.sequence?.(connection, "client") ?? random.u32(),
    server: options.sequence?.(connection, "server") ?? random.u32(),
  }));
  let id = random.below(0x8000);
  const idOf = new Map<Segment["datagram"], number>();
  return segments.map((s) => {
    const { client, server } = talk.connections[s.connection]!;
    const [from, to] = s.from === "client" ? [client, server] : [server, client];
    if (s.datagram) {
      const own = idOf.get(s.datagram) ?? id++;
      idOf.set(s.datagram, own);
      const data = linkFrame(udpPacket(s, from, to, own), from, to, options);
      return { at: s.at, data, length: data.length };
    }
    const base = initial[s.connection]!;
    const syn = (s.flags & TCP.SYN) !== 0;
    const seq = (base[s.from] + s.offset + (syn ? 0 : 1)) >>> 0;
    const ack = s.flags & TCP.ACK ? (base[other(s.from)] + s.acknowledges + 1) >>> 0 : 0;
    const tcp = tcpSegment(s, from, to, seq, ack, options.offload ?? false);
    const data = linkFrame(ipPacket(tcp, from, to, id++), from, to, options);
    return { at: s.at, data, length: data.length };
  });
}

/**
 * The numbers (from 1) of the frames that carried each PDU's bytes, in order of the stream: the first frame that
 * brought a byte counts, retransmissions do not. Bytes beyond `kept[i]` of frame i's payload were cut off.
 */
export function framesOf(
  pdus: PlacedPdu[],
  segments: Segment[],
  kept: (index: number) => number = () => Number.POSITIVE_INFINITY,
): { pdu: PlacedPdu; frames: number[]; whole: boolean; headerSplit: boolean }[] {
  const owners = new Map<string, Int32Array>();
  const key = (connection: number, from: Side) => `${connection}/${from}`;
  const sizes = new Map<string, number>();
  for (const p of pdus) {
    const k = key(p.connection, p.from);
    sizes.set(k, Math.max(sizes.get(k) ?? 0, p.end, p.rest?.at(-1)?.end ?? 0));
  }
  for (const [k, size] of sizes) owners.set(k, new Int32Array(size));
  segments.forEach((s, index) => {
    const owner = owners.get(key(s.connection, s.from));
    const n = Math.min(s.payload.length, kept(index));
    for (let i = 0; owner !== undefined && i < n; i++) {
      const at = s.offset + i;
      if (at < owner.length && owner[at] === 0) owner[at] = index + 1;
    }
  });
  return pdus.map((pdu) => {
    const owns = owners.get(key(pdu.connection, pdu.from))!;
    const owner = [pdu, ...(pdu.rest ?? [])].flatMap(({ start, end }) => [...owns.slice(start, end)]);
    const frames: number[] = [];
    for (const frame of owner)
      if (frame !== 0 && frames.at(-1) !== frame && !frames.includes(frame)) frames.push(frame);
    const headerSplit = owner.slice(0, 16).some((frame) => frame !== owner[0]);
    return { pdu, frames, whole: owner.every((frame) => frame !== 0), headerSplit };
  });
}
