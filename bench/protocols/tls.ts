/** TLS 1.2 with certificates and TLS 1.3: handshakes as browsers make them, then application data. */
import { der, integer, oid, sequence } from "../../test/support/spnego/der-build.js";
import type { Message } from "../conversation.js";
import type { Source } from "./source.js";

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const counted8 = (...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([body.length]), body]);
};
const counted16 = (...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u16(body.length), body]);
};
const counted24 = (...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([body.length >> 16, (body.length >> 8) & 255, body.length & 255]), body]);
};
const extension = (type: number, ...parts: Uint8Array[]): Buffer =>
  Buffer.concat([u16(type), counted16(...parts)]);
const u16s = (...values: number[]): Buffer => Buffer.concat(values.map(u16));
const utf8 = (text: string): Buffer => Buffer.from(text);

const handshake = (type: number, ...parts: Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from([type]), counted24(...parts)]);
const record = (type: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([type, 3, 3]), counted16(body)]);

const SUITES = u16s(
  0x1301,
  0x1302,
  0x1303,
  0xc02b,
  0xc02f,
  0xc02c,
  0xc030,
  0xcca9,
  0xcca8,
  0xc013,
  0xc014,
  0x9c,
  0x9d,
);

/** A ClientHello; `more`: extensions beside those that every client sends. */
export function clientHello(source: Source, host: string, protocols: string[], more: Buffer[] = []): Buffer {
  return handshake(
    1,
    u16(0x0303),
    source.bytes(32),
    counted8(source.bytes(32)),
    counted16(SUITES),
    counted8(Buffer.from([0])),
    counted16(
      extension(0, counted16(Buffer.from([0]), counted16(utf8(host)))),
      extension(23),
      extension(0xff01, Buffer.from([0])),
      extension(10, counted16(u16s(0x001d, 0x0017, 0x0018))),
      extension(11, counted8(Buffer.from([0]))),
      extension(35),
      extension(16, counted16(...protocols.map((name) => counted8(utf8(name))))),
      extension(5, Buffer.from([1, 0, 0, 0, 0])),
      extension(13, counted16(u16s(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))),
      extension(51, counted16(u16(0x001d), counted16(source.bytes(32)))),
      extension(45, counted8(Buffer.from([1]))),
      extension(43, counted8(u16s(0x0304, 0x0303))),
      ...more,
    ),
  );
}

export function serverHello(source: Source, newest: boolean): Buffer {
  const extensions = newest
    ? [extension(43, u16(0x0304)), extension(51, u16(0x001d), counted16(source.bytes(32)))]
    : [extension(0xff01, Buffer.from([0])), extension(16, counted16(counted8(utf8("http/1.1"))))];
  const suite = u16(newest ? 0x1301 : 0xc02f);
  return handshake(
    2,
    u16(0x0303),
    source.bytes(32),
    counted8(source.bytes(32)),
    suite,
    Buffer.from([0]),
    counted16(...extensions),
  );
}

const printable = (text: string): Uint8Array => der(0x13, utf8(text));
const bits = (bytes: Uint8Array): Uint8Array => der(0x03, Uint8Array.of(0), bytes);
const name = (...pairs: [string, string][]): Uint8Array =>
  sequence(...pairs.map(([type, text]) => der(0x31, sequence(oid(type), printable(text)))));
const RSA = sequence(oid("1.2.840.113549.1.1.11"), der(0x05));

/** A certificate in DER with the extensions that authorities put in: names, policies, where lists are, logs that saw it. */
function certificate(source: Source, subject: string, names: readonly string[]): Uint8Array {
  const more = (type: string, value: Uint8Array) => sequence(oid(type), der(0x04, value));
  const extensions = sequence(
    more("2.5.29.17", sequence(...names.map((dns) => der(0x82, utf8(dns))))),
    more("2.5.29.15", der(0x03, Uint8Array.of(5, 0xa0))),
    more("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"))),
    more("2.5.29.14", der(0x04, source.bytes(20))),
    more("2.5.29.35", sequence(der(0x80, source.bytes(20)))),
    more(
      "1.3.6.1.5.5.7.1.1",
      sequence(
        sequence(oid("1.3.6.1.5.5.7.48.1"), der(0x86, utf8(`http://ocsp.${source.word()}.example.com`))),
      ),
    ),
    more("2.5.29.32", sequence(sequence(oid("2.23.140.1.2.1")))),
    more("1.3.6.1.4.1.11129.2.4.2", der(0x04, source.bytes(240))),
  );
  const key = bits(sequence(der(0x02, Uint8Array.of(0), source.bytes(256)), integer(65537)));
  const body = sequence(
    der(0xa0, integer(2)),
    der(0x02, Uint8Array.of(1), source.bytes(15)),
    RSA,
    name(["2.5.4.6", "GB"], ["2.5.4.10", source.words(2)], ["2.5.4.3", `${source.word()} CA`]),
    sequence(der(0x17, utf8("230101000000Z")), der(0x17, utf8("250101000000Z"))),
    name(["2.5.4.6", "GB"], ["2.5.4.10", source.words(2)], ["2.5.4.3", subject]),
    sequence(sequence(oid("1.2.840.113549.1.1.1"), der(0x05)), key),
    der(0xa3, extensions),
  );
  return sequence(body, RSA, bits(source.bytes(256)));
}

function* data(source: Source): Generator<Message> {
  for (let i = source.number(1, 4); i > 0; i--) {
    yield { from: 0, bytes: record(23, source.bytes(source.mostlySmall(60, 3_000))) };
    const records = Array.from({ length: 1 + source.mostlySmall(0, 4) }, () =>
      record(23, source.bytes(source.mostlySmall(100, 8_000))),
    );
    yield { from: 1, bytes: Buffer.concat(records) };
  }
}

export function* tls(source: Source): Generator<Message> {
  const host = source.host();
  const newest = source.chance(0.6);
  const change = record(20, Buffer.from([1]));
  yield { from: 0, bytes: record(22, clientHello(source, host, ["h2", "http/1.1"])) };
  if (newest) {
    const rest = [source.bytes(40), source.bytes(source.number(2_000, 4_500)), source.bytes(74)];
    const sealed = rest.map((part) => record(23, part));
    yield { from: 1, bytes: Buffer.concat([record(22, serverHello(source, true)), change, ...sealed]) };
    yield { from: 0, bytes: Buffer.concat([change, record(23, source.bytes(53))]) };
  } else {
    const names = Array.from({ length: source.number(2, 30) }, () => source.host());
    const chain = [
      certificate(source, host, [host, ...names]),
      certificate(source, `${source.word()} CA`, [source.host()]),
    ];
    const exchange = handshake(
      12,
      Buffer.from([3, 0, 29]),
      counted8(source.bytes(32)),
      u16(0x0804),
      counted16(source.bytes(256)),
    );
    const flight = [
      serverHello(source, false),
      handshake(11, counted24(...chain.map((one) => counted24(one)))),
      exchange,
      handshake(14),
    ];
    yield { from: 1, bytes: Buffer.concat(flight.map((message) => record(22, message))) };
    const answer = [
      record(22, handshake(16, counted8(source.bytes(32)))),
      change,
      record(22, source.bytes(40)),
    ];
    yield { from: 0, bytes: Buffer.concat(answer) };
    yield { from: 1, bytes: Buffer.concat([change, record(22, source.bytes(40))]) };
  }
  yield* data(source);
}
