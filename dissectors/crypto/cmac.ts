/** AES-CMAC, [RFC 4493] and [SP 800-38B]: CBC over the message, whose last block is altered by a subkey. */
import { aesCbcEncrypt } from "#primitives";
import { aesBlock } from "./aes-cts.js";

const BLOCK = 16;
/** What is encrypted at a time: a message of megabytes is not copied whole. */
const CHUNK = 64 * 1024;

/** The 16-byte MAC of the joined parts. */
export function aesCmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const chunk = new Uint8Array(CHUNK);
  let used = 0;
  let mac = new Uint8Array(BLOCK);
  for (const part of parts) {
    let at = 0;
    while (at < part.length) {
      // A full chunk goes only when more follows: the last block is not like the others.
      if (used === CHUNK) {
        mac = Uint8Array.from(aesCbcEncrypt(key, mac, chunk).subarray(-BLOCK));
        used = 0;
      }
      const take = Math.min(CHUNK - used, part.length - at);
      chunk.set(part.subarray(at, at + take), used);
      used += take;
      at += take;
    }
  }
  const last = used === 0 ? 0 : Math.floor((used - 1) / BLOCK) * BLOCK;
  const whole = used - last === BLOCK;
  const padded = new Uint8Array(last + BLOCK);
  padded.set(chunk.subarray(0, used));
  if (!whole) padded[used] = 0x80;
  const subkey = doubled(aesBlock(key, new Uint8Array(BLOCK)));
  const mask = whole ? subkey : doubled(subkey);
  for (let i = 0; i < BLOCK; i++) padded[last + i]! ^= mask[i]!;
  return aesCbcEncrypt(key, mac, padded).subarray(-BLOCK);
}

/** [RFC 4493] 2.3: times x in the field of 128 bits. */
function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) out[i] = ((block[i]! << 1) | ((block[i + 1] ?? 0) >> 7)) & 0xff;
  if ((block[0]! & 0x80) !== 0) out[BLOCK - 1]! ^= 0x87;
  return out;
}
