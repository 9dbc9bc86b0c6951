/** What a sender does that signs without extended session security; the program only verifies. */
import { crc32 } from "../../../dissectors/crypto/digest.js";
import type { Rc4 } from "../../../dissectors/crypto/rc4.js";

/** [MS-NLMP] 3.4.4.1: signs, as a sender does, with a random pad of zero. */
export function signPlain(cipher: Rc4, seqNum: number, message: Uint8Array): Uint8Array {
  const signature = new Uint8Array(16);
  const view = new DataView(signature.buffer);
  view.setUint32(8, crc32(message), true);
  cipher.apply(signature, 4, 16);
  view.setUint32(0, 1, true);
  view.setUint32(12, view.getUint32(12, true) ^ seqNum, true);
  return signature;
}
