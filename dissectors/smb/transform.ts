/**
 * The header before an encrypted message, [MS-SMB2] 2.2.41 SMB2 TRANSFORM_HEADER. It names the session whose keys open
 * what follows; that is `sealing.ts`'s, which needs cryptography.
 */
import { Reader } from "../wire/reader.js";
import { HEADER_SIZES, kindOf } from "./framing.js";

const SESSION_ID = 44;
/** What the tag covers beside the message: the header from its nonce on. */
const AAD_START = 20;

export interface TransformHeader {
  /** The tag of the cipher. */
  Signature: Uint8Array;
  /** 16 bytes, of which CCM uses 11 and GCM 12. */
  Nonce: Uint8Array;
  OriginalMessageSize: number;
  /** 0x0001 for encrypted; EncryptionAlgorithm before SMB 3.1.1, where 0x0001 is AES-128-CCM. */
  Flags: number;
  SessionId: bigint;
  /** The header's part that the tag covers. */
  authenticated: Uint8Array;
}

/** The session that an encrypted message is of. HEADER_SIZES.transform bytes must be there. */
export function transformSessionId(bytes: Uint8Array): bigint {
  return new Reader(bytes, true, SESSION_ID).u64();
}

/** Reads the header, whose fields are views; null where too few bytes are there or something else stands there. */
export function readTransform(r: Reader): TransformHeader | null {
  const { data, offset } = r;
  if (r.left < HEADER_SIZES.transform || kindOf(data, offset) !== "transform") return null;
  r.littleEndian = true;
  r.skip(4);
  const Signature = r.bytes(16);
  const Nonce = r.bytes(16);
  const OriginalMessageSize = r.u32();
  r.skip(2);
  const Flags = r.u16();
  const SessionId = r.u64();
  const authenticated = data.subarray(offset + AAD_START, offset + HEADER_SIZES.transform);
  return { Signature, Nonce, OriginalMessageSize, Flags, SessionId, authenticated };
}
