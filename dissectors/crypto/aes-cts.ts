/**
 * AES in CBC mode with ciphertext stealing, the variant called CS3 (the last two blocks always change places), zero
 * initial vector: [RFC 3962] 5. Node's own `aes-*-cts` is CS1 and needs a later OpenSSL.
 */
import { aesCbcDecrypt, aesCbcEncrypt } from "#primitives";
import { malformed } from "../wire/errors.js";

const BLOCK = 16;
const ZERO_IV = new Uint8Array(BLOCK);

/** [RFC 3962] 5: decrypts at least one block. The key is of 16 or 32 bytes. Throws WireError `malformed` when too short. */
export function aesCtsDecrypt(key: Uint8Array, data: Uint8Array): Uint8Array {
  const n = data.length;
  if (n < BLOCK) throw malformed(`${n} bytes are less than one cipher block`);
  if (n === BLOCK) return aesCbcDecrypt(key, ZERO_IV, data);
  const tail = n % BLOCK === 0 ? BLOCK : n % BLOCK;
  // In the order of CBC the last whole block is the stolen one, the last but one is cut off.
  const head = n - BLOCK - tail;
  const previous = head === 0 ? ZERO_IV : data.subarray(head - BLOCK, head);
  const out = new Uint8Array(n);
  if (head > 0) out.set(aesCbcDecrypt(key, ZERO_IV, data.subarray(0, head)), 0);
  const stolen = aesCbcDecrypt(key, ZERO_IV, data.subarray(head, head + BLOCK));
  const last = data.subarray(head + BLOCK, n);
  for (let i = 0; i < tail; i++) out[head + BLOCK + i] = stolen[i]! ^ last[i]!;
  const full = new Uint8Array(BLOCK);
  full.set(last);
  full.set(stolen.subarray(tail), tail);
  out.set(aesCbcDecrypt(key, previous, full), head);
  return out;
}

/** [RFC 3962] 5: encrypts at least one block. Throws WireError `malformed` when too short. */
export function aesCtsEncrypt(key: Uint8Array, data: Uint8Array): Uint8Array {
  const n = data.length;
  if (n < BLOCK) throw malformed(`${n} bytes are less than one cipher block`);
  const padded = new Uint8Array(Math.ceil(n / BLOCK) * BLOCK);
  padded.set(data);
  const whole = aesCbcEncrypt(key, ZERO_IV, padded);
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
  return aesCbcEncrypt(key, ZERO_IV, block);
}
