/** Single DES, one block ([FIPS 46-2]), with keys of 56 bits as the NTLM v1 responses have them. */
import { desBlock } from "#primitives";

/** Spreads 56 key bits over 8 bytes; the parity bits stay zero, for DES ignores them. */
function spread(key7: Uint8Array): Uint8Array {
  const out = new Uint8Array(8);
  let bits = 0n;
  for (let i = 0; i < 7; i++) bits = (bits << 8n) | BigInt(key7[i] ?? 0);
  for (let i = 7; i >= 0; i--) {
    out[i] = Number(bits & 0x7fn) << 1;
    bits >>= 7n;
  }
  return out;
}

/** DES(K, D) of [MS-NLMP] 6: the 8-byte block `data` under the 7-byte key `key7`. */
export function des(key7: Uint8Array, data: Uint8Array): Uint8Array {
  return desBlock(spread(key7), data.subarray(0, 8));
}

/** DESL(K, D) of [MS-NLMP] 6: the 8-byte block `data` under three keys cut from the 16-byte `key`; 24 bytes. */
export function desl(key: Uint8Array, data: Uint8Array): Uint8Array {
  const last = new Uint8Array(7);
  last.set(key.subarray(14, 16));
  const out = new Uint8Array(24);
  out.set(des(key.subarray(0, 7), data), 0);
  out.set(des(key.subarray(7, 14), data), 8);
  out.set(des(last, data), 16);
  return out;
}
