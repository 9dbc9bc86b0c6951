/** QUIC 1: Initial packets sealed with the keys that anybody can derive ([RFC 9001] 5.2), then what only the two can read. */
import { createCipheriv, createHmac } from "node:crypto";
import type { Message } from "../conversation.js";
import type { Source } from "./source.js";
import { clientHello, serverHello } from "./tls.js";

const SALT = Buffer.from("38762cf7f55934b34d179ae6a4c80ccadccbb7f0", "hex");
const TAG = 16;
/** [RFC 9000] 14.1: what carries an Initial packet is at least so long. */
const SMALLEST = 1200;
const DATAGRAM = 1252;

const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer =>
  createHmac("sha256", key).update(Buffer.concat(parts)).digest();

/** [RFC 8446] 7.1 HKDF-Expand-Label with an empty context, of at most one block. */
function expand(secret: Uint8Array, label: string, size: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = [Buffer.from([0, size, full.length]), full, Buffer.from([0, 1])];
  return hmac(secret, ...info).subarray(0, size);
}

/** A number in four bytes, as [RFC 9000] 16 writes it. */
const number4 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((0x80000000 | value) >>> 0);
  return bytes;
};

/** An Initial packet number 0 with these frames. */
function initial(secret: Uint8Array, to: Uint8Array, from: Uint8Array, frames: Uint8Array): Buffer {
  const length = number4(4 + frames.length + TAG);
  const ids = [Buffer.from([to.length]), to, Buffer.from([from.length]), from];
  const head = Buffer.concat([
    Buffer.from([0xc3, 0, 0, 0, 1]),
    ...ids,
    Buffer.from([0]),
    length,
    Buffer.alloc(4),
  ]);
  const seal = createCipheriv("aes-128-gcm", expand(secret, "quic key", 16), expand(secret, "quic iv", 12));
  seal.setAAD(head);
  const sealed = Buffer.concat([seal.update(frames), seal.final(), seal.getAuthTag()]);
  // Header protection ([RFC 9001] 5.4): the number is four bytes long, so the sample begins with the sealed frames.
  const mask = createCipheriv("aes-128-ecb", expand(secret, "quic hp", 16), null).update(
    sealed.subarray(0, 16),
  );
  head[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < 4; i++) head[head.length - 4 + i]! ^= mask[1 + i]!;
  return Buffer.concat([head, sealed]);
}

const crypto = (message: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([6, 0]), number4(message.length), message]);

/** 1-RTT packets: a fixed bit, the receiver's id, and what looks like nothing. */
const short = (source: Source, to: Uint8Array, size: number): Buffer =>
  Buffer.concat([Buffer.from([0x40 | source.number(0, 64)]), to, source.bytes(size)]);

export function* quic(source: Source): Generator<Message> {
  const first = source.bytes(8);
  const client = source.bytes(8);
  const server = source.bytes(8);
  const secret = hmac(SALT, first);
  const parameters = Buffer.concat([
    Buffer.from([0, 57, 0, 15, 1, 4]),
    number4(30_000),
    Buffer.from([3, 2, 0x45, 0xc0, 0x0f, 8]),
    client,
  ]);
  parameters.writeUInt16BE(parameters.length - 4, 2);
  const hello = crypto(clientHello(source, source.host(), ["h3"], [parameters]));
  const room = SMALLEST - 5 - 18 - 1 - 8 - TAG;
  const padded = Buffer.concat([hello, Buffer.alloc(Math.max(0, room - hello.length))]);
  yield { from: 0, bytes: initial(expand(secret, "client in", 32), first, client, padded) };
  const acknowledged = Buffer.from([2, 0, 0, 0, 0]);
  const answer = Buffer.concat([acknowledged, crypto(serverHello(source, true))]);
  const start = initial(expand(secret, "server in", 32), client, server, answer);
  const ids = [Buffer.from([client.length]), client, Buffer.from([server.length]), server];
  const left = DATAGRAM - start.length - 27;
  const sealed = Buffer.concat([Buffer.from([0xe3, 0, 0, 0, 1]), ...ids, number4(left), source.bytes(left)]);
  yield { from: 1, bytes: Buffer.concat([start, sealed]) };
  for (let i = 0; i < 3; i++) yield { from: 1, bytes: short(source, client, DATAGRAM - 9) };
  for (let i = source.number(1, 4); i > 0; i--) {
    yield { from: 0, bytes: short(source, server, source.number(40, 700)) };
    for (let n = 1 + source.mostlySmall(0, 30); n > 0; n--) {
      yield { from: 1, bytes: short(source, client, DATAGRAM - 9) };
      if (n % 4 === 0) yield { from: 0, bytes: short(source, server, source.number(22, 34)) };
    }
  }
}
