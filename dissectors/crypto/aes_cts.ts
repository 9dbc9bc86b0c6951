/**
 * AES in CBC mode with ciphertext stealing, the variant called CS3 (the last two blocks always change places), zero
 * initial vector: RFC 3962 5. Node's own `aes-*-cts` is CS1 and needs a later OpenSSL.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { malformed } from "../wire/errors.js";

const BLOCK = 16;
const ZERO_IV = new Uint8Array(BLOCK);

function cbc(key: Uint8Array, data: Uint8Array, decrypt: boolean, iv: Uint8Array = ZERO_IV): Uint8Array {
  const name = `aes-${key.length * 8}-cbc`;
  const cipher = decrypt ? createDecipheriv(name, key, iv) : createCipheriv(name, key, iv);
  cipher.setAutoPadding(false);
  return cipher.update(data);
}

/** RFC 3962 5: decrypts at least one block. The key is of 16 or 32 octets. Throws WireError `malformed` when too short. */
export function aesCtsDecrypt(key: Uint8Array, data: Uint8Array): Uint8Array {
  const n = data.length;
  if (n < BLOCK) throw malformed(`${n} octets are less than one cipher block`);
  if (n === BLOCK) return cbc(key, data, true);
  const tail = n % BLOCK === 0 ? BLOCK : n % BLOCK;
  // In the order of CBC the last whole block is the stolen one, the last but one is cut off.
  const head = n - BLOCK - tail;
  const previous = head === 0 ? ZERO_IV : data.subarray(head - BLOCK, head);
  const out = new Uint8Array(n);
  if (head > 0) out.set(cbc(key, data.subarray(0, head), true), 0);
  const stolen = cbc(key, data.subarray(head, head + BLOCK), true);
  const last = data.subarray(head + BLOCK, n);
  for (let i = 0; i < tail; i++) out[head + BLOCK + i] = stolen[i]! ^ last[i]!;
  const full = new Uint8Array(BLOCK);
  full.set(last);
  full.set(stolen.subarray(tail), tail);
  out.set(cbc(key, full, true, previous), head);
  return out;
}

/** RFC 3962 5: encrypts at least one block. Throws WireError `malformed` when too short. */
export function aesCtsEncrypt(key: Uint8Array, data: Uint8Array): Uint8Array {
  const n = data.length;
  if (n < BLOCK) throw malformed(`${n} octets are less than one cipher block`);
  const padded = new Uint8Array(Math.ceil(n / BLOCK) * BLOCK);
  padded.set(data);
  const whole = cbc(key, padded, false);
  if (n === BLOCK) return whole;
  const tail = n % BLOCK === 0 ? BLOCK : n % BLOCK;
  const head = n - BLOCK - tail;
  const out = new Uint8Array(n);
  out.set(whole.subarray(0, head), 0);
  out.set(whole.subarray(head + BLOCK, head + 2 * BLOCK), head);
  out.set(whole.subarray(head, head + tail), head + BLOCK);
  return out;
}

/** One AES block without chaining, for key derivation. */
export function aesBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  return cbc(key, block, false);
}
