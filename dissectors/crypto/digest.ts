/** The hashes of the protocols in one line each, and CRC-32. */
import { type HashName, hash, hmac as keyed } from "#primitives";

export function md5(...parts: Uint8Array[]): Uint8Array {
  return hash("md5", parts);
}

export function hmacMd5(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  return keyed("md5", key, parts);
}

/** HMAC [RFC 2104] with another hash. */
export function hmac(name: HashName, key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  return keyed(name, key, parts);
}

const CRC_TABLE = new Int32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 as in ISO 3309 (the polynomial of Ethernet), which [MS-NLMP] 3.4.4.1 means; an unsigned number. */
export function crc32(...parts: Uint8Array[]): number {
  let crc = -1;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) crc = CRC_TABLE[(crc ^ part[i]!) & 255]! ^ (crc >>> 8);
  }
  return (crc ^ -1) >>> 0;
}
