/** Builds IP packets and frames for the tests of the lower layers. */
import { Frame } from "../../../src/capture/frame.js";

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

export interface SegmentSpec {
  /** 0: from the client (10.0.0.1:40000) to the server (10.0.0.2:135), 1: back. */
  from: 0 | 1;
  seq: number;
  ack?: number;
  flags?: number;
  data?: Uint8Array | string;
  /** Other client and server ports. */
  port?: number;
  serverPort?: number;
  /** Bytes of the packet that are captured. */
  snap?: number;
  /** Seconds; frames are 1 ms apart otherwise. */
  time?: number;
}

const CLIENT = [10, 0, 0, 1];
const SERVER = [10, 0, 0, 2];

function payload(data: Uint8Array | string | undefined): Uint8Array {
  if (data === undefined) return new Uint8Array(0);
  return typeof data === "string" ? Buffer.from(data, "latin1") : data;
}

export function tcpSegment(
  sourcePort: number,
  destinationPort: number,
  seq: number,
  ack: number,
  flags: number,
  data: Uint8Array = new Uint8Array(0),
  options: Uint8Array = new Uint8Array(0),
): Buffer {
  const header = Buffer.alloc(20 + options.length);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt32BE(seq >>> 0, 4);
  header.writeUInt32BE(ack >>> 0, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = flags;
  header.writeUInt16BE(0xffff, 14);
  header.set(options, 20);
  return Buffer.concat([header, data]);
}

export interface Ipv4Options {
  id?: number;
  /** In bytes. */
  fragmentOffset?: number;
  moreFragments?: boolean;
  totalLength?: number;
  options?: Uint8Array;
}

export function ipv4(
  source: readonly number[],
  destination: readonly number[],
  protocol: number,
  payload: Uint8Array,
  more: Ipv4Options = {},
): Buffer {
  const header = Buffer.alloc(20 + (more.options?.length ?? 0));
  header[0] = 0x40 | (header.length / 4);
  header.writeUInt16BE((more.totalLength ?? header.length + payload.length) & 0xffff, 2);
  header.writeUInt16BE(more.id ?? 0, 4);
  header.writeUInt16BE((more.moreFragments === true ? 0x2000 : 0) | ((more.fragmentOffset ?? 0) >> 3), 6);
  header[8] = 64;
  header[9] = protocol;
  header.set(source, 12);
  header.set(destination, 16);
  if (more.options !== undefined) header.set(more.options, 20);
  return Buffer.concat([header, payload]);
}

export function ipv6(source: Uint8Array, destination: Uint8Array, next: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  header[7] = 64;
  header.set(source, 8);
  header.set(destination, 24);
  return Buffer.concat([header, payload]);
}

/** The packet of one segment between the two usual hosts. */
export function packetOf(spec: SegmentSpec): Buffer {
  const port = spec.port ?? 40_000;
  const serverPort = spec.serverPort ?? 135;
  const toServer = spec.from === 0;
  const segment = tcpSegment(
    toServer ? port : serverPort,
    toServer ? serverPort : port,
    spec.seq,
    spec.ack ?? 0,
    spec.flags ?? ACK,
    payload(spec.data),
  );
  return ipv4(toServer ? CLIENT : SERVER, toServer ? SERVER : CLIENT, 6, segment);
}

/** A frame of raw IP (link type 101), or of another link type. */
export function frameOf(
  packet: Uint8Array,
  number: number,
  time: number = number / 1000,
  linkType = 101,
  captured: number = packet.length,
): Frame {
  const frame = new Frame();
  frame.number = number;
  frame.seconds = Math.floor(time);
  frame.nanos = Math.round((time - frame.seconds) * 1e9);
  frame.linkType = linkType;
  frame.data = packet;
  frame.end = Math.min(captured, packet.length);
  frame.wireLength = packet.length;
  return frame;
}

export function framesOf(specs: readonly SegmentSpec[]): Frame[] {
  return specs.map((spec, i) => {
    const packet = packetOf(spec);
    return frameOf(packet, i + 1, spec.time ?? (i + 1) / 1000, 101, spec.snap ?? packet.length);
  });
}
