/** Writes DER for tests. */
import { concat } from "../../../dissectors/wire/bytes.js";

export function der(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = concat(...content);
  const n = body.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return concat(Uint8Array.of(tag, ...length), body);
}

export const context = (n: number, ...content: Uint8Array[]): Uint8Array => der(0xa0 | n, ...content);
export const application = (n: number, ...content: Uint8Array[]): Uint8Array => der(0x60 | n, ...content);
export const sequence = (...content: Uint8Array[]): Uint8Array => der(0x30, ...content);
export const octetString = (bytes: Uint8Array): Uint8Array => der(0x04, bytes);
export const text = (s: string): Uint8Array => der(0x1b, Uint8Array.from(Buffer.from(s, "utf8")));
export const enumerated = (n: number): Uint8Array => der(0x0a, Uint8Array.of(n));

export function integer(n: number): Uint8Array {
  const content: number[] = [];
  let left = n;
  do {
    content.unshift(left & 255);
    left = Math.floor(left / 256);
  } while (left > 0);
  if (content[0]! > 127) content.unshift(0);
  return der(0x02, Uint8Array.from(content));
}

export function oid(dotted: string): Uint8Array {
  const [a, b, ...rest] = dotted.split(".").map(Number);
  const content = [a! * 40 + b!];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 127) | 128);
    content.push(...groups);
  }
  return der(0x06, Uint8Array.from(content));
}
