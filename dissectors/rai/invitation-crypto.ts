/**
 * The cryptography of invitation files. [MS-RAI] section 6 with its notes 17 and 20, figures 2 and 3.
 *
 * - Type 1: the expert sends the PassStub as a BSTR (byte count, then UTF-16LE), RC4-encrypted under the MD5 hash of
 *   the password, all 128 bits of it.
 * - Type 2: LHTICKET is connection string 2 in UTF-16LE under AES-128-CBC with a zero IV and PKCS #7 padding; the key
 *   comes from the SHA-1 hash of the password by CryptDeriveKey.
 *
 * Passwords are hashed as UTF-16LE without a terminator. Not handled here: other key lengths and providers.
 */
import { aesCbcDecrypt, hash } from "#primitives";
import { md5 } from "../crypto/digest.js";
import { rc4 } from "../crypto/rc4.js";
import { concat } from "../wire/bytes.js";
import { utf16, utf16Bytes } from "../wire/text.js";

export const AES_BLOCK = 16;
const AES_128_KEY = 16;
const HMAC_BLOCK = 64;

/** The PassStub as the expert sends it, [MS-RAI] note 17. */
export function encryptPassStub(password: string, passStub: string): Uint8Array {
  const characters = utf16Bytes(passStub);
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, characters.length, true);
  return rc4(md5(utf16Bytes(password)), concat(count, characters));
}

/** CryptDeriveKey for a key longer than half of what SHA-1 gives, as for AES: two padded hashes end to end. */
function deriveAesKey(password: string): Uint8Array {
  const hash = sha1(utf16Bytes(password));
  const expand = (pad: number): Uint8Array => {
    const block = new Uint8Array(HMAC_BLOCK).fill(pad);
    for (let i = 0; i < hash.length; i++) block[i]! ^= hash[i]!;
    return sha1(block);
  };
  return concat(expand(0x36), expand(0x5c)).subarray(0, AES_128_KEY);
}

function sha1(data: Uint8Array): Uint8Array {
  return hash("sha1", [data]);
}

/**
 * What decrypting a ticket showed. CBC has no check of its own, but a wrong key turns every block into noise and
 * damage only two, so that one block of legible text distinguishes the two.
 * - `opened`: padding right, text legible.
 * - `wrong_password`: nothing in it is legible. Damage to the whole ticket would look the same.
 * - `damaged`: the password fits; `blocks` (from 1) are not legible, or the padding at the end is wrong (`padding`).
 */
export type DecryptedTicket =
  | { state: "opened"; text: string }
  | { state: "wrong_password" }
  | { state: "damaged"; text: string; blocks: number[]; padding: boolean; of: number };

/** Decrypts LHTICKET. `ticket` must be one or more whole AES blocks. */
export function openTicket(password: string, ticket: Uint8Array): DecryptedTicket {
  const plain = aesCbcDecrypt(deriveAesKey(password), new Uint8Array(AES_BLOCK), ticket);
  const padding = paddingLength(plain);
  const text = utf16(plain.subarray(0, plain.length - (padding ?? 0)));
  const of = plain.length / AES_BLOCK;
  const blocks: number[] = [];
  let legible = false;
  for (let block = 0; block < of; block++) {
    const start = block * (AES_BLOCK / 2);
    const part = text.slice(start, start + AES_BLOCK / 2);
    if (/^[\t\r\n\x20-\x7e]*$/.test(part)) legible = true;
    else if (!isName(part)) blocks.push(block + 1);
  }
  if (!legible) return { state: "wrong_password" };
  if (padding === null || blocks.length > 0) {
    return { state: "damaged", text, blocks, padding: padding === null, of };
  }
  return { state: "opened", text };
}

/** [RFC 5652], 6.3: the bytes of padding, or null where they are wrong. Behind UTF-16 their count is even. */
function paddingLength(plain: Uint8Array): number | null {
  const count = plain[plain.length - 1] ?? 0;
  if (count < 2 || count > AES_BLOCK || count % 2 !== 0) return null;
  for (let i = plain.length - count; i < plain.length; i++) if (plain[i] !== count) return null;
  return count;
}

/**
 * Whether the characters beyond ASCII of one block could be part of a computer's name: letters of one alphabet, or
 * of the East Asian scripts that take up half of all codes. Noise is neither in 98 cases of 100.
 */
function isName(text: string): boolean {
  const beyond = text.replace(/[\t\r\n\x20-\x7e]/g, "");
  if (/^[\p{sc=Han}\p{sc=Hangul}\p{sc=Hira}\p{sc=Kana}]*$/u.test(beyond)) return true;
  const pages = new Set(Array.from(beyond, (character) => (character.codePointAt(0) ?? 0) >> 8));
  return pages.size <= 2 && /^[\p{L}\p{M}\p{Nd}]*$/u.test(beyond);
}
