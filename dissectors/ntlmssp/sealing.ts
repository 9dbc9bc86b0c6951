/**
 * Signatures of NTLM messages: [MS-NLMP] 2.2.2.9 NTLMSSP_MESSAGE_SIGNATURE and 3.4.4. The key stream is the caller's:
 * each function moves it on by exactly what one message takes.
 */
import { crc32, hmacMd5 } from "../crypto/digest.js";
import type { Rc4 } from "../crypto/rc4.js";
import { sameBytes } from "../wire/bytes.js";
import { Reader } from "../wire/reader.js";

export const SIGNATURE_LENGTH = 16;
const CHECKSUM_LENGTH = 8;

/** [MS-NLMP] 2.2.2.9.2, for extended session security: the sequence number is in the clear. */
export interface ExtendedSignature {
  Version: number;
  /** Eight bytes, under RC4 where keys were exchanged. */
  Checksum: Uint8Array;
  SeqNum: number;
}

/** Throws WireError where there are fewer than 16 bytes. */
export function readExtendedSignature(r: Reader): ExtendedSignature {
  r.littleEndian = true;
  return {
    Version: r.u32("Version"),
    Checksum: r.bytes(CHECKSUM_LENGTH, "Checksum"),
    SeqNum: r.u32("SeqNum"),
  };
}

/** [MS-NLMP] 3.4.4.3: what stands in for a signature where signing was not negotiated. */
export function isDummySignature(bytes: Uint8Array): boolean {
  return (
    bytes.length >= SIGNATURE_LENGTH &&
    bytes[0] === 1 &&
    bytes.subarray(1, SIGNATURE_LENGTH).every((o) => o === 0)
  );
}

/** [MS-NLMP] 3.4.4.2: the checksum before it is encrypted. */
export function extendedChecksum(signingKey: Uint8Array, seqNum: number, message: Uint8Array): Uint8Array {
  const seq = new Uint8Array(4);
  new DataView(seq.buffer).setUint32(0, seqNum, true);
  return hmacMd5(signingKey, seq, message).subarray(0, CHECKSUM_LENGTH);
}

/** [MS-NLMP] 3.4.4.2: signs, as a sender does. `cipher` is null where no keys were exchanged. */
export function signExtended(
  signingKey: Uint8Array,
  cipher: Rc4 | null,
  seqNum: number,
  message: Uint8Array,
): Uint8Array {
  const signature = new Uint8Array(SIGNATURE_LENGTH);
  const view = new DataView(signature.buffer);
  view.setUint32(0, 1, true);
  signature.set(extendedChecksum(signingKey, seqNum, message), 4);
  cipher?.apply(signature, 4, 12);
  view.setUint32(12, seqNum, true);
  return signature;
}

/** [MS-NLMP] 3.4.4.1: what the 12 bytes behind the version say once the key stream is taken off. */
export interface PlainSignature {
  crcHolds: (message: Uint8Array) => boolean;
  SeqNum: number;
}

/**
 * [MS-NLMP] 3.4.4.1, without extended session security. The random pad is encrypted and then thrown away, but its
 * four bytes of key stream are spent. Throws WireError where there are fewer than 16 bytes.
 */
export function openPlainSignature(r: Reader, cipher: Rc4): PlainSignature {
  r.skip(4);
  const clear = Uint8Array.from(r.bytes(12));
  cipher.apply(clear);
  const fields = new Reader(clear, true, 4);
  const checksum = fields.u32();
  return { crcHolds: (message) => crc32(message) === checksum, SeqNum: fields.u32() };
}

/** [MS-NLMP] 2.2.2.9.1, without extended session security, as it travels: all behind the version is encrypted. */
export function readPlainSignature(r: Reader): void {
  r.littleEndian = true;
  r.u32("Version");
  r.bytes(4, "RandomPad");
  r.bytes(4, "Checksum");
  r.bytes(4, "SeqNum");
}

/** Whether the mechListMIC of SPNEGO holds: sequence number 0, and a key stream of its own. */
export function mechListMicHolds(
  signingKey: Uint8Array,
  cipher: Rc4 | null,
  mechTypes: Uint8Array,
  mic: Uint8Array,
): boolean {
  return mic.length === SIGNATURE_LENGTH && sameBytes(signExtended(signingKey, cipher, 0, mechTypes), mic);
}
