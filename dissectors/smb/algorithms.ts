/**
 * Numbers of what SMB2 negotiates for its protection: dialects [MS-SMB2] 2.2.4, ciphers 2.2.3.1.2, signing
 * algorithms 2.2.3.1.7. Numbers that are not here stay numbers.
 *
 * Not handled: hash algorithms of the preauthentication integrity hash, of which there is one; compression.
 */

export const DIALECT_202 = 0x0202;
const DIALECT_210 = 0x0210;
export const DIALECT_300 = 0x0300;
export const DIALECT_302 = 0x0302;
export const DIALECT_311 = 0x0311;
/** With it a server answers an SMB1 negotiate: another negotiation follows, and settles the dialect. */
export const DIALECT_WILDCARD = 0x02ff;

const DIALECTS: { readonly [dialect: number]: string } = {
  [DIALECT_202]: "2.0.2",
  [DIALECT_210]: "2.1",
  [DIALECT_300]: "3.0",
  [DIALECT_302]: "3.0.2",
  [DIALECT_311]: "3.1.1",
};

/** `3.1.1`, or the number in hex; null for the wildcard, which is no dialect yet. */
export function dialectName(dialect: number): string | null {
  if (dialect === DIALECT_WILDCARD) return null;
  return DIALECTS[dialect] ?? `0x${dialect.toString(16).padStart(4, "0")}`;
}

export const CIPHER_AES_128_CCM = 1;
export const CIPHER_AES_128_GCM = 2;
export const CIPHER_AES_256_CCM = 3;
export const CIPHER_AES_256_GCM = 4;

export const SIGNING_HMAC_SHA256 = 0;
export const SIGNING_AES_CMAC = 1;
export const SIGNING_AES_GMAC = 2;

const CIPHERS: { readonly [id: number]: string } = {
  [CIPHER_AES_128_CCM]: "AES-128-CCM",
  [CIPHER_AES_128_GCM]: "AES-128-GCM",
  [CIPHER_AES_256_CCM]: "AES-256-CCM",
  [CIPHER_AES_256_GCM]: "AES-256-GCM",
};

/** `AES-128-GCM`, or the number in hex. */
export function cipherName(id: number): string {
  return CIPHERS[id] ?? `0x${id.toString(16).padStart(4, "0")}`;
}

/** Bytes of a cipher's key; null for one that is not known. */
export function cipherKeyLength(id: number): 16 | 32 | null {
  if (id === CIPHER_AES_128_CCM || id === CIPHER_AES_128_GCM) return 16;
  return id === CIPHER_AES_256_CCM || id === CIPHER_AES_256_GCM ? 32 : null;
}

/** The cipher that a dialect has without negotiating one: before SMB 3.1.1 there is only one. */
export function impliedCipher(dialect: number): number {
  return dialect === DIALECT_300 || dialect === DIALECT_302 ? CIPHER_AES_128_CCM : 0;
}
