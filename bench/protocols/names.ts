/** Small datagrams of every network: DNS and its kin, time, addresses, management. */
import { context, der, integer, octetString, oid, sequence } from "../../test/support/spnego/der-build.js";
import type { Message } from "../conversation.js";
import type { Source } from "./source.js";

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

const encoded = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.alloc(1),
  ]);

const TYPES = { A: 1, NS: 2, CNAME: 5, TXT: 16, AAAA: 28, SRV: 33 } as const;

function answer(source: Source, type: number): Buffer {
  const data =
    type === TYPES.A
      ? source.bytes(4)
      : type === TYPES.AAAA
        ? source.bytes(16)
        : type === TYPES.TXT
          ? Buffer.concat([Buffer.from([180]), Buffer.from(source.words(40).slice(0, 180))])
          : type === TYPES.SRV
            ? Buffer.concat([u16(0), u16(100), u16(389), encoded(source.host())])
            : encoded(source.host());
  return Buffer.concat([
    Buffer.from([0xc0, 12]),
    u16(type),
    u16(1),
    u16(0),
    u16(300),
    u16(data.length),
    data,
  ]);
}

/** A few questions, each with its answers and what an authority adds. */
export function* dns(source: Source): Generator<Message> {
  for (let i = source.number(1, 4); i > 0; i--) {
    const type = source.pick(Object.values(TYPES));
    const id = source.bytes(2);
    const question = Buffer.concat([encoded(source.host()), u16(type), u16(1)]);
    const head = (flags: number, counts: number[]) => Buffer.concat([id, u16(flags), ...counts.map(u16)]);
    yield { from: 0, bytes: Buffer.concat([head(0x0100, [1, 0, 0, 0]), question]) };
    const answers = Array.from({ length: source.number(1, 6) }, () => answer(source, type));
    const authority = Array.from({ length: source.number(0, 4) }, () => answer(source, TYPES.NS));
    const more = Array.from({ length: source.number(0, 5) }, () => answer(source, TYPES.A));
    const counts = [1, answers.length, authority.length, more.length];
    yield {
      from: 1,
      bytes: Buffer.concat([head(0x8180, counts), question, ...answers, ...authority, ...more]),
    };
  }
}

export function* ntp(source: Source): Generator<Message> {
  for (let i = source.number(1, 5); i > 0; i--) {
    yield { from: 0, bytes: Buffer.concat([Buffer.from([0x23, 0, 6, 0xec]), source.bytes(44)]) };
    yield { from: 1, bytes: Buffer.concat([Buffer.from([0x24, 2, 6, 0xec]), source.bytes(44)]) };
  }
}

/** SNMP 2c: tables that a management station reads. */
export function* snmp(source: Source): Generator<Message> {
  const pdu = (tag: number, id: number, rows: Uint8Array[]) =>
    Buffer.from(
      sequence(
        integer(1),
        octetString(Buffer.from("public")),
        context(tag, integer(id), integer(0), integer(0), sequence(...rows)),
      ),
    );
  for (let i = source.number(1, 10); i > 0; i--) {
    const id = source.number(1, 1e6);
    const names = Array.from({ length: source.number(4, 20) }, () =>
      oid(`1.3.6.1.2.1.2.2.1.${source.number(1, 22)}.${source.number(1, 60)}`),
    );
    yield {
      from: 0,
      bytes: pdu(
        0,
        id,
        names.map((name) => sequence(name, der(0x05))),
      ),
    };
    const values = names.map((name, n) =>
      sequence(
        name,
        n % 3 === 0
          ? octetString(Buffer.from(source.words(3)))
          : der(0x41, Uint8Array.of(1, 2), source.bytes(2)),
      ),
    );
    yield { from: 1, bytes: pdu(2, id, values) };
  }
}

/** SSDP: what devices say of themselves. */
export function* ssdp(source: Source): Generator<Message> {
  for (let i = source.number(1, 6); i > 0; i--) {
    const text =
      `NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: http://${source.host()}/${source.name()}.xml\r\n` +
      `NT: urn:schemas-upnp-org:service:${source.word()}:1\r\nNTS: ssdp:alive\r\nUSN: uuid:${source.hex(16)}\r\n\r\n`;
    yield { from: 0, bytes: Buffer.from(text) };
  }
}

/** DHCP: an address is asked for and given. */
export function* dhcp(source: Source): Generator<Message> {
  const id = source.bytes(4);
  const hardware = source.bytes(6);
  for (const [from, operation, type] of [
    [0, 1, 1],
    [1, 2, 2],
    [0, 1, 3],
    [1, 2, 5],
  ] as const) {
    const head = Buffer.alloc(236);
    head.set([operation, 1, 6, 0], 0);
    head.set(id, 4);
    head.set(hardware, 28);
    const name = Buffer.from(source.name());
    const options = Buffer.concat([
      Buffer.from([0x63, 0x82, 0x53, 0x63, 53, 1, type, 12, name.length]),
      name,
      Buffer.from([55, 8, 1, 3, 6, 15, 31, 33, 43, 44, 51, 4, 0, 0, 0x0e, 0x10, 255]),
    ]);
    yield { from, bytes: Buffer.concat([head, options]) };
  }
}
