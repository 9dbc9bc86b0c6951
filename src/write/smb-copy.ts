/**
 * What encrypted messages of SMB 3 hold, as conversations of their own: the messages of a connection of which some were opened,
 * in the order in which they came, from the same addresses to the same port. None of these segments was on the wire, and each
 * says so. An encrypted message cannot be exchanged where it stands, since it is longer than what it holds.
 *
 * Not handled: messages that were not captured whole, and data of files that is not kept; the copy goes on behind them.
 */
import { setChecksum, setIpv4Checksum } from "../../dissectors/ip/checksum.js";
import { decodePacket } from "../../dissectors/ip/ip.js";
import { IpProtocol, type IpResult, newIpResult } from "../../dissectors/ip/result.js";
import { decodeLink } from "../../dissectors/link/link.js";
import { newLinkResult } from "../../dissectors/link/result.js";
import { kindOf } from "../../dissectors/smb/framing.js";
import { decodeTcp, newTcpResult, TCP_HEADER, TcpFlag } from "../../dissectors/tcp.js";
import { Frame } from "../capture/frame.js";
import { framesOf, type SmbMessage } from "../protocols/smb/message.js";

/** Bytes of one segment of a copy. */
const SEGMENT = 1400;
const MESSAGE_COST = 200;
const SESSION_HEADER = 4;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const WINDOW = 0xffff;
const TTL = 64;
/** Ports of SMB servers. */
const SERVER_PORTS: readonly number[] = [445, 139];
/** Ports that no client has: each copy has one of its own. */
const COPY_PORTS = 1023;

interface CopiedMessage {
  stream: number;
  from: 0 | 1;
  bytes: Uint8Array;
  opened: boolean;
}

/** One conversation of copies. */
interface Copy {
  port: number;
  /** By direction, the next sequence number. */
  next: [number, number];
}

export class SmbCopy {
  readonly #limit: number;
  /** By the frame that ended them. */
  readonly #byFrame = new Map<number, CopiedMessage[]>();
  /** Connections with messages that were opened. */
  readonly #opened = new Set<number>();
  readonly #copies = new Map<number, Copy>();
  #held = 0;
  /** Messages that there was no room for. */
  dropped = 0;
  /** Opened messages that are written. */
  messages = 0;

  /** `limit`: bytes of messages that may be kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A message of the connection `stream`; `opened`: what it holds. */
  message(stream: number, from: 0 | 1, { bytes, size, runs }: SmbMessage, opened: Uint8Array | null): void {
    if (opened === null && (bytes.length < size || !isPlain(bytes))) return;
    const what = opened ?? bytes;
    if (this.#held + what.length > this.#limit) {
      this.dropped++;
      return;
    }
    const frame = [framesOf(runs)].flat().at(-1);
    if (frame === undefined) return;
    this.#held += what.length + MESSAGE_COST;
    if (opened !== null) this.#opened.add(stream);
    const copied = { stream, from, bytes: what.slice(), opened: opened !== null };
    const same = this.#byFrame.get(frame);
    if (same === undefined) this.#byFrame.set(frame, [copied]);
    else same.push(copied);
  }

  /** The frames that stand behind `frame` in the written capture; `bytes` are its own. */
  *behind(frame: Frame, bytes: Uint8Array): Iterable<{ frame: Frame; comment: string | null }> {
    for (const message of this.#byFrame.get(frame.number) ?? []) {
      if (!this.#opened.has(message.stream)) continue;
      if (message.opened) this.messages++;
      yield* this.#segments(message, frame, bytes);
    }
  }

  *#segments(
    { stream, from, bytes: message, opened }: CopiedMessage,
    frame: Frame,
    bytes: Uint8Array,
  ): Iterable<{ frame: Frame; comment: string | null }> {
    const link = newLinkResult();
    const ip = newIpResult();
    const tcp = newTcpResult();
    decodeLink(bytes, 0, bytes.length, frame.linkType, link);
    const { network } = link;
    if (network === 0 || !decodePacket(bytes, link.offset, link.end, network, ip)) return;
    if (!decodeTcp(bytes, ip.offset, ip.end, tcp) || ip.protocol !== IpProtocol.TCP) return;
    const header = bytes.subarray(0, link.offset);
    const copy = this.#copyOf(stream);
    const ports = portsOf(tcp.sourcePort, tcp.destinationPort, from, copy.port);
    const packet = new Uint8Array(SESSION_HEADER + message.length);
    packet[1] = (message.length >>> 16) & 0xff;
    packet[2] = (message.length >>> 8) & 0xff;
    packet[3] = message.length & 0xff;
    packet.set(message, SESSION_HEADER);
    const what = opened ? "what its encrypted message of SMB 3 holds" : "a message that came in the clear";
    const said = `written by raiscope behind frame ${frame.number}: ${what}; this segment was not on the wire`;
    for (let at = 0; at < packet.length; at += SEGMENT) {
      const payload = packet.subarray(at, at + SEGMENT);
      const made = new Frame();
      made.show(frame);
      made.number = frame.number;
      made.data = segment(header, network, ip, ports, copy, from, payload);
      made.start = 0;
      made.end = made.data.length;
      made.wireLength = made.data.length;
      copy.next[from] = (copy.next[from] + payload.length) >>> 0;
      yield { frame: made, comment: said };
    }
  }

  #copyOf(stream: number): Copy {
    let copy = this.#copies.get(stream);
    if (copy === undefined) {
      copy = { port: 1 + (this.#copies.size % COPY_PORTS), next: [1, 1] };
      this.#copies.set(stream, copy);
    }
    return copy;
  }
}

function isPlain(bytes: Uint8Array): boolean {
  const kind = kindOf(bytes, 0);
  return kind === "smb2" || kind === "smb1";
}

/** The server keeps its port. */
function portsOf(
  source: number,
  destination: number,
  from: 0 | 1,
  port: number,
): { source: number; destination: number } {
  const toServer = SERVER_PORTS.includes(destination) || (!SERVER_PORTS.includes(source) && from === 0);
  return toServer ? { source: port, destination } : { source, destination: port };
}

function segment(
  header: Uint8Array,
  network: 4 | 6,
  ip: IpResult,
  ports: { source: number; destination: number },
  copy: Copy,
  from: 0 | 1,
  payload: Uint8Array,
): Uint8Array {
  const ipSize = network === 4 ? IPV4_HEADER : IPV6_HEADER;
  const start = header.length;
  const data = new Uint8Array(start + ipSize + TCP_HEADER + payload.length);
  data.set(header);
  const view = new DataView(data.buffer);
  const size = TCP_HEADER + payload.length;
  if (network === 4) {
    data[start] = 0x45;
    view.setUint16(start + 2, IPV4_HEADER + size);
    data[start + 8] = TTL;
    data[start + 9] = IpProtocol.TCP;
    view.setInt32(start + 12, ip.source0);
    view.setInt32(start + 16, ip.destination0);
    setIpv4Checksum(data, start);
  } else {
    data[start] = 0x60;
    view.setUint16(start + 4, size);
    data[start + 6] = IpProtocol.TCP;
    data[start + 7] = TTL;
    [ip.source0, ip.source1, ip.source2, ip.source3].forEach((word, i) => {
      view.setInt32(start + 8 + 4 * i, word);
    });
    [ip.destination0, ip.destination1, ip.destination2, ip.destination3].forEach((word, i) => {
      view.setInt32(start + 24 + 4 * i, word);
    });
  }
  const tcp = start + ipSize;
  view.setUint16(tcp, ports.source);
  view.setUint16(tcp + 2, ports.destination);
  view.setUint32(tcp + 4, copy.next[from]);
  view.setUint32(tcp + 8, copy.next[from === 0 ? 1 : 0]);
  data[tcp + 12] = (TCP_HEADER >>> 2) << 4;
  data[tcp + 13] = TcpFlag.PSH | TcpFlag.ACK;
  view.setUint16(tcp + 14, WINDOW);
  data.set(payload, tcp + TCP_HEADER);
  const made = newIpResult();
  if (decodePacket(data, start, data.length, network, made)) setChecksum(data, made);
  return data;
}
