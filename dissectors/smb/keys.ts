/**
 * Keys of an SMB session, from the session key that authentication ended in: [MS-SMB2] 3.1.4.2, 3.2.5.3.1 and
 * 3.3.5.5.3, with the key derivation of [SP 800-108] 5.1; and the preauthentication integrity hash of SMB 3.1.1.
 *
 * Not handled: the application key, which RPC may ask the session for and no message is protected with.
 */
import { hash, hmac } from "#primitives";
import { latin1Bytes } from "../wire/text.js";
import { cipherKeyLength, DIALECT_300, DIALECT_302, DIALECT_311 } from "./algorithms.js";

const SESSION_KEY_LENGTH = 16;
const SIGNING_KEY_LENGTH = 16;
export const PREAUTH_HASH_LENGTH = 64;

/** Keys of a session; those of encryption are null where it has none. */
export interface SmbKeys {
  signing: Uint8Array;
  /** What opens the client's messages. */
  client: Uint8Array | null;
  /** What opens the server's. */
  server: Uint8Array | null;
}

/** [MS-SMB2] 3.1.4.2: `length` bytes, at most 32; label and context with what ends them. */
function deriveKey(key: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  const bits = new Uint8Array(4);
  new DataView(bits.buffer).setUint32(0, 8 * length);
  const parts = [Uint8Array.of(0, 0, 0, 1), latin1Bytes(label), Uint8Array.of(0), context, bits];
  return Uint8Array.from(hmac("sha256", key, parts).subarray(0, length));
}

/** [MS-SMB2] 3.2.5.3.1: the first 16 bytes of what authentication gave, filled up with zeros. */
export function sessionKeyOf(authenticationKey: Uint8Array): Uint8Array {
  const key = new Uint8Array(SESSION_KEY_LENGTH);
  key.set(authenticationKey.subarray(0, SESSION_KEY_LENGTH));
  return key;
}

/**
 * The session's keys, from the whole key that authentication gave. `cipher` is the negotiated one, 0 for none; `preauth`
 * the session's hash in SMB 3.1.1.
 */
export function sessionKeys(
  dialect: number,
  cipher: number,
  authenticationKey: Uint8Array,
  preauth: Uint8Array,
): SmbKeys {
  const key = sessionKeyOf(authenticationKey);
  if (dialect === DIALECT_311) {
    const signing = deriveKey(key, "SMBSigningKey\0", preauth, SIGNING_KEY_LENGTH);
    const length = cipherKeyLength(cipher);
    if (length === null) return { signing, client: null, server: null };
    // Only keys of 256 bits are made of the whole key (FullSessionKey).
    const from = length === 32 && authenticationKey.length > key.length ? authenticationKey : key;
    return {
      signing,
      client: deriveKey(from, "SMBC2SCipherKey\0", preauth, length),
      server: deriveKey(from, "SMBS2CCipherKey\0", preauth, length),
    };
  }
  if (dialect !== DIALECT_300 && dialect !== DIALECT_302) return { signing: key, client: null, server: null };
  const constant = (label: string, context: string): Uint8Array =>
    deriveKey(key, label, latin1Bytes(context), SESSION_KEY_LENGTH);
  return {
    signing: constant("SMB2AESCMAC\0", "SmbSign\0"),
    client: constant("SMB2AESCCM\0", "ServerIn \0"),
    server: constant("SMB2AESCCM\0", "ServerOut\0"),
  };
}

/** [MS-SMB2] 3.2.5.2: the hash after one more message. It begins with 64 zeros. */
export function preauthHash(before: Uint8Array, message: Uint8Array): Uint8Array {
  return Uint8Array.from(hash("sha512", [before, message]));
}
