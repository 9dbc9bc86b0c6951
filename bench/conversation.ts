/**
 * Conversations frame by frame, over IPv4 and IPv6: over TCP segment by segment, with acknowledgments and now and then a
 * retransmission, a frame that was not captured and two that come in the wrong order; over UDP a datagram a message.
 */
import type { PcapWriter } from "./writer.js";

const SEGMENT = 1428;
const ETHERNET = 14;
const IP4 = 20;
const IP6 = 40;
const TCP = 32;
const UDP = 8;

const FIN = 1;
const SYN = 2;
const PSH = 8;
const ACK = 16;

/** Of so many segments one is seen twice, is missing, or comes behind the next one. */
const AGAIN = 300;
const MISSING = 4_000;
const SWAPPED = 1_500;
/** Of so many conversations one is over IPv6. */
const OVER_IP6 = 8;

/** One message of a conversation: who sends (0: the client) and what. */
export interface Message {
  from: 0 | 1;
  bytes: Uint8Array;
}

/** What gives its frames one at a time; false where there is none left. */
export interface Talk {
  step(out: PcapWriter, micros: number): boolean;
}

interface Host {
  address: number;
  port: number;
  /** The next sequence number. */
  next: number;
}

/** Two hosts, and the frames between them up to the layer above IP. */
class Pair {
  readonly hosts: [Host, Host];
  readonly #six: boolean;
  #identification = 0;

  constructor(random: () => number, index: number, serverPort: number) {
    this.#six = index % OVER_IP6 === OVER_IP6 - 1;
    this.hosts = [
      {
        address: 0x0a010000 + (index % 4093),
        port: 1024 + (index % 60_000),
        next: (random() * 2 ** 32) >>> 0,
      },
      {
        address: 0xc0a80001 + Math.floor(random() * 250),
        port: serverPort,
        next: (random() * 2 ** 32) >>> 0,
      },
    ];
  }

  /** Begins a frame whose IP payload has `size` bytes; answers the buffer and where that payload starts. */
  begin(out: PcapWriter, micros: number, from: 0 | 1, protocol: number, size: number) {
    const sender = this.hosts[from].address;
    const receiver = this.hosts[from === 0 ? 1 : 0].address;
    const header = this.#six ? IP6 : IP4;
    const { buffer, at } = out.frame(micros, ETHERNET + header + size);
    buffer.writeUInt32BE(0x02000000 + (receiver >>> 16), at);
    buffer.writeUInt16BE(receiver & 0xffff, at + 4);
    buffer.writeUInt32BE(0x02000000 + (sender >>> 16), at + 6);
    buffer.writeUInt16BE(sender & 0xffff, at + 10);
    buffer.writeUInt16BE(this.#six ? 0x86dd : 0x0800, at + 12);
    const ip = at + ETHERNET;
    if (this.#six) {
      buffer.writeUInt32BE(0x60000000, ip);
      buffer.writeUInt32BE(((size << 16) | (protocol << 8) | 64) >>> 0, ip + 4);
      for (const [i, address] of [sender, receiver].entries()) {
        buffer.writeUInt32BE(0x20010db8, ip + 8 + 16 * i);
        buffer.fill(0, ip + 12 + 16 * i, ip + 20 + 16 * i);
        buffer.writeUInt32BE(address, ip + 20 + 16 * i);
      }
    } else {
      this.#identification = (this.#identification + 1) & 0xffff;
      buffer.writeUInt32BE(0x45000000 | (IP4 + size), ip);
      buffer.writeUInt32BE(((this.#identification << 16) | 0x4000) >>> 0, ip + 4);
      buffer.writeUInt32BE((0x40 << 24) | (protocol << 16), ip + 8);
      buffer.writeUInt32BE(sender, ip + 12);
      buffer.writeUInt32BE(receiver, ip + 16);
    }
    return { buffer, at: ip + header };
  }
}

/** A TCP connection from SYN to FIN. */
export class Connection implements Talk {
  readonly #pair: Pair;
  readonly #messages: Iterator<Message>;
  readonly #random: () => number;
  #message: Message | undefined;
  #sent = 0;
  #unacknowledged = 0;
  #phase = 0;

  constructor(random: () => number, index: number, serverPort: number, messages: Iterable<Message>) {
    this.#random = random;
    this.#pair = new Pair(random, index, serverPort);
    this.#messages = messages[Symbol.iterator]();
    this.#message = this.#next();
  }

  #next(): Message | undefined {
    const { done, value } = this.#messages.next();
    return done === true ? undefined : value;
  }

  step(out: PcapWriter, micros: number): boolean {
    const phase = this.#phase;
    if (phase < 3) {
      this.#phase++;
      this.#bare(out, micros, phase === 1 ? 1 : 0, [SYN, SYN | ACK, ACK][phase]!);
      return true;
    }
    const message = this.#message;
    if (message === undefined) {
      if (phase === 6) return false;
      this.#phase++;
      this.#bare(out, micros, phase === 4 ? 1 : 0, phase === 5 ? ACK : FIN | ACK);
      return true;
    }
    const left = message.bytes.length - this.#sent;
    if (this.#unacknowledged >= 2 || (left === 0 && this.#unacknowledged > 0)) {
      this.#unacknowledged = 0;
      this.#bare(out, micros, message.from === 0 ? 1 : 0, ACK);
      return true;
    }
    if (left > 0) this.#segments(out, micros, message, left);
    if (this.#sent === message.bytes.length) {
      this.#message = this.#next();
      this.#sent = 0;
      this.#unacknowledged = 0;
    }
    return true;
  }

  #segments(out: PcapWriter, micros: number, message: Message, left: number): void {
    const size = Math.min(SEGMENT, left);
    const chance = this.#random();
    const sender = this.#pair.hosts[message.from];
    const write = (at: number, length: number) =>
      this.#segment(out, micros, message.from, at, message.bytes.subarray(at, at + length));
    if (chance < 1 / SWAPPED && left >= 2 * SEGMENT) {
      sender.next = (sender.next + SEGMENT) >>> 0;
      write(this.#sent + SEGMENT, SEGMENT);
      sender.next = (sender.next - SEGMENT) >>> 0;
      write(this.#sent, SEGMENT);
      this.#passed(sender, 2 * SEGMENT);
      return;
    }
    if (this.#random() >= 1 / MISSING) write(this.#sent, size);
    if (this.#random() < 1 / AGAIN) write(this.#sent, size);
    this.#passed(sender, size);
  }

  #passed(sender: Host, size: number): void {
    sender.next = (sender.next + size) >>> 0;
    this.#sent += size;
    this.#unacknowledged++;
  }

  #segment(out: PcapWriter, micros: number, from: 0 | 1, at: number, bytes: Uint8Array): void {
    const last = at + bytes.length === this.#message!.bytes.length;
    const { buffer, at: tcp } = this.#header(out, micros, from, last ? PSH | ACK : ACK, bytes.length);
    buffer.set(bytes, tcp + TCP);
  }

  /** A segment without data. */
  #bare(out: PcapWriter, micros: number, from: 0 | 1, flags: number): void {
    this.#header(out, micros, from, flags, 0);
    const sender = this.#pair.hosts[from];
    if ((flags & (SYN | FIN)) !== 0) sender.next = (sender.next + 1) >>> 0;
  }

  #header(out: PcapWriter, micros: number, from: 0 | 1, flags: number, size: number) {
    const sender = this.#pair.hosts[from];
    const receiver = this.#pair.hosts[from === 0 ? 1 : 0];
    const { buffer, at } = this.#pair.begin(out, micros, from, 6, TCP + size);
    buffer.writeUInt16BE(sender.port, at);
    buffer.writeUInt16BE(receiver.port, at + 2);
    buffer.writeUInt32BE(sender.next, at + 4);
    buffer.writeUInt32BE((flags & ACK) !== 0 ? receiver.next : 0, at + 8);
    buffer.writeUInt16BE(((TCP / 4) << 12) | flags, at + 12);
    buffer.writeUInt16BE(0xfaf0, at + 14);
    buffer.writeUInt32BE(0, at + 16);
    // Two no-operations and a time stamp.
    buffer.writeUInt32BE(0x0101080a, at + 20);
    buffer.writeUInt32BE(Math.floor(micros / 1000) % 2 ** 32, at + 24);
    buffer.writeUInt32BE(1, at + 28);
    return { buffer, at };
  }
}

/** Datagrams between two hosts, each as it is. */
export class Datagrams implements Talk {
  readonly #pair: Pair;
  readonly #messages: Iterator<Message>;

  constructor(random: () => number, index: number, serverPort: number, messages: Iterable<Message>) {
    this.#pair = new Pair(random, index, serverPort);
    this.#messages = messages[Symbol.iterator]();
  }

  step(out: PcapWriter, micros: number): boolean {
    const { done, value } = this.#messages.next();
    if (done === true) return false;
    const size = UDP + value.bytes.length;
    const { buffer, at } = this.#pair.begin(out, micros, value.from, 17, size);
    const { hosts } = this.#pair;
    buffer.writeUInt16BE(hosts[value.from].port, at);
    buffer.writeUInt16BE(hosts[value.from === 0 ? 1 : 0].port, at + 2);
    buffer.writeUInt16BE(size, at + 4);
    buffer.writeUInt16BE(0, at + 6);
    buffer.set(value.bytes, at + UDP);
    return true;
  }
}
