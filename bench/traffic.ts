/**
 * Traffic that is not RPC: web pages, TLS sessions and bulk transfers between many hosts, segment by segment, with
 * acknowledgments, delays and now and then a retransmission.
 */
import type { PcapWriter } from "./writer.js";

const SEGMENT = 1448;
const ETHERNET = 14;
const IP = 20;
const TCP = 32;

const FIN = 1;
const SYN = 2;
const PSH = 8;
const ACK = 16;

/** One message of a conversation: who sends (0: the client) and what. */
export interface Message {
  from: 0 | 1;
  bytes: Buffer;
}

interface Host {
  address: number;
  port: number;
  next: number;
}

/** One conversation, which gives its frames one at a time. */
export class Conversation {
  private readonly hosts: [Host, Host];
  private readonly messages: Iterator<Message>;
  private message: Message | undefined;
  private sent = 0;
  private unacknowledged = 0;
  private phase = 0;
  private readonly random: () => number;

  constructor(random: () => number, index: number, serverPort: number, messages: Iterable<Message>) {
    this.random = random;
    this.hosts = [
      {
        address: 0x0a010000 + (index % 4096),
        port: 1024 + (index % 60_000),
        next: (random() * 2 ** 32) >>> 0,
      },
      {
        address: 0xc0a80000 + Math.floor(random() * 256),
        port: serverPort,
        next: (random() * 2 ** 32) >>> 0,
      },
    ];
    this.messages = messages[Symbol.iterator]();
    this.message = this.#next();
  }

  #next(): Message | undefined {
    const { done, value } = this.messages.next();
    return done === true ? undefined : value;
  }

  /** Writes the next frame; false where there is none left. */
  step(out: PcapWriter, micros: number): boolean {
    const phase = this.phase;
    if (phase < 3) {
      this.phase++;
      this.write(
        out,
        micros,
        phase === 1 ? 1 : 0,
        phase === 0 ? SYN : phase === 1 ? SYN | ACK : ACK,
        null,
        0,
        0,
      );
      return true;
    }
    const { message } = this;
    if (message === undefined) {
      if (phase === 6) return false;
      this.phase++;
      const from = phase === 4 ? 1 : 0;
      this.write(out, micros, from, phase === 5 ? ACK : FIN | ACK, null, 0, 0);
      return true;
    }
    const size = Math.min(SEGMENT, message.bytes.length - this.sent);
    const last = this.sent + size === message.bytes.length;
    if (this.unacknowledged >= 2 || (size === 0 && this.unacknowledged > 0)) {
      this.unacknowledged = 0;
      this.write(out, micros, message.from === 0 ? 1 : 0, ACK, null, 0, 0);
      return true;
    }
    if (size > 0) {
      // One segment of three hundred is seen twice.
      const again = this.random() < 1 / 300;
      this.write(out, micros, message.from, last ? PSH | ACK : ACK, message.bytes, this.sent, size, again);
      if (again) return true;
      this.sent += size;
      this.unacknowledged++;
    }
    if (last) {
      this.message = this.#next();
      this.sent = 0;
      this.unacknowledged = 0;
    }
    return true;
  }

  private write(
    out: PcapWriter,
    micros: number,
    from: 0 | 1,
    flags: number,
    bytes: Buffer | null,
    start: number,
    size: number,
    again = false,
  ): void {
    const sender = this.hosts[from];
    const receiver = this.hosts[from === 0 ? 1 : 0];
    const { buffer, at } = out.frame(micros, ETHERNET + IP + TCP + size);
    buffer.writeUInt32BE(0x02000000 + (receiver.address >>> 16), at);
    buffer.writeUInt16BE(receiver.address & 0xffff, at + 4);
    buffer.writeUInt32BE(0x02000000 + (sender.address >>> 16), at + 6);
    buffer.writeUInt16BE(sender.address & 0xffff, at + 10);
    buffer.writeUInt16BE(0x0800, at + 12);
    const ip = at + ETHERNET;
    buffer.writeUInt32BE(0x45000000 | (IP + TCP + size), ip);
    buffer.writeUInt32BE(((this.phase << 16) | 0x4000) >>> 0, ip + 4);
    buffer.writeUInt32BE(0x40060000, ip + 8);
    buffer.writeUInt32BE(sender.address, ip + 12);
    buffer.writeUInt32BE(receiver.address, ip + 16);
    const tcp = ip + IP;
    buffer.writeUInt16BE(sender.port, tcp);
    buffer.writeUInt16BE(receiver.port, tcp + 2);
    buffer.writeUInt32BE(sender.next, tcp + 4);
    buffer.writeUInt32BE((flags & ACK) !== 0 ? receiver.next : 0, tcp + 8);
    buffer.writeUInt16BE(((TCP / 4) << 12) | flags, tcp + 12);
    buffer.writeUInt16BE(0xfaf0, tcp + 14);
    buffer.writeUInt32BE(0, tcp + 16);
    // Two no-operations and a time stamp.
    buffer.writeUInt32BE(0x0101080a, tcp + 20);
    buffer.writeUInt32BE(Math.floor(micros / 1000) % 2 ** 32, tcp + 24);
    buffer.writeUInt32BE(1, tcp + 28);
    bytes?.copy(buffer, tcp + TCP, start, start + size);
    if (!again) sender.next = (sender.next + size + ((flags & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0;
  }
}

/** A conversation of other traffic: web, TLS or a bulk transfer. */
export function noise(random: () => number, payload: Buffer, index: number): Conversation {
  const kind = random();
  const port = kind < 0.4 ? 80 : kind < 0.8 ? 443 : 20_000 + Math.floor(random() * 10_000);
  const messages =
    kind < 0.4 ? web(random, payload) : kind < 0.8 ? tls(random, payload) : bulk(random, payload);
  return new Conversation(random, index, port, messages);
}

function slice(random: () => number, payload: Buffer, size: number): Buffer {
  const at = Math.floor(random() * (payload.length - size));
  return payload.subarray(at, at + size);
}

function web(random: () => number, payload: Buffer): Message[] {
  const messages: Message[] = [];
  for (let i = 0; i < 1 + random() * 4; i++) {
    const path = slice(random, payload, 20).toString("hex");
    const request = `GET /${path} HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`;
    const body = slice(random, payload, 500 + Math.floor(random() ** 3 * 150_000));
    const head = `HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/byte-stream\r\nContent-Length: ${body.length}\r\n\r\n`;
    messages.push({ from: 0, bytes: Buffer.from(request) });
    messages.push({ from: 1, bytes: Buffer.concat([Buffer.from(head), body]) });
  }
  return messages;
}

function record(type: number, body: Buffer): Buffer {
  const header = Buffer.from([type, 3, 3, 0, 0]);
  header.writeUInt16BE(body.length, 3);
  return Buffer.concat([header, body]);
}

function handshake(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE((type << 24) | body.length);
  return record(22, Buffer.concat([header, body]));
}

function tls(random: () => number, payload: Buffer): Message[] {
  const hello = Buffer.concat([
    Buffer.from([3, 3]),
    slice(random, payload, 32),
    Buffer.from([0, 0, 4, 0xc0, 0x2f, 0xc0, 0x30, 1, 0, 0, 0]),
  ]);
  const answer = Buffer.concat([
    Buffer.from([3, 3]),
    slice(random, payload, 32),
    Buffer.from([0, 0xc0, 0x2f, 0, 0, 0]),
  ]);
  const finished = Buffer.concat([record(20, Buffer.from([1])), record(22, slice(random, payload, 40))]);
  const messages: Message[] = [
    { from: 0, bytes: handshake(1, hello) },
    { from: 1, bytes: Buffer.concat([handshake(2, answer), finished]) },
    { from: 0, bytes: finished },
  ];
  for (let i = 0; i < 1 + random() * 5; i++) {
    messages.push({ from: 0, bytes: record(23, slice(random, payload, 100 + Math.floor(random() * 900))) });
    const records: Buffer[] = [];
    for (let n = 0; n < 1 + random() ** 3 * 12; n++) {
      records.push(record(23, slice(random, payload, 200 + Math.floor(random() * 16_000))));
    }
    messages.push({ from: 1, bytes: Buffer.concat(records) });
  }
  return messages;
}

function bulk(random: () => number, payload: Buffer): Message[] {
  const size = 10_000 + Math.floor(random() ** 2 * 400_000);
  const from = random() < 0.5 ? 0 : 1;
  return [
    { from: from === 0 ? 1 : 0, bytes: slice(random, payload, 60) },
    { from, bytes: slice(random, payload, size) },
  ];
}
