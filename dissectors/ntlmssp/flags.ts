/** [MS-NLMP] 2.2.2.5 NEGOTIATE: the flags that every message of the handshake carries. */
import type { Flag } from "../wire/reader.js";

export const NEGOTIATE_UNICODE = 0x00000001;
export const NEGOTIATE_OEM = 0x00000002;
export const NEGOTIATE_SIGN = 0x00000010;
export const NEGOTIATE_SEAL = 0x00000020;
export const NEGOTIATE_DATAGRAM = 0x00000040;
export const NEGOTIATE_LM_KEY = 0x00000080;
export const NEGOTIATE_DOMAIN_SUPPLIED = 0x00001000;
export const NEGOTIATE_WORKSTATION_SUPPLIED = 0x00002000;
export const NEGOTIATE_EXTENDED_SESSIONSECURITY = 0x00080000;
export const REQUEST_NON_NT_SESSION_KEY = 0x00400000;
export const NEGOTIATE_VERSION = 0x02000000;
export const NEGOTIATE_128 = 0x20000000;
export const NEGOTIATE_KEY_EXCH = 0x40000000;
export const NEGOTIATE_56 = 0x80000000;

/** By bit number; the specification's names, and the customary one for bit J, which it leaves without. */
const NAMES: { readonly [bit: number]: string } = {
  0: "NTLMSSP_NEGOTIATE_UNICODE",
  1: "NTLM_NEGOTIATE_OEM",
  2: "NTLMSSP_REQUEST_TARGET",
  4: "NTLMSSP_NEGOTIATE_SIGN",
  5: "NTLMSSP_NEGOTIATE_SEAL",
  6: "NTLMSSP_NEGOTIATE_DATAGRAM",
  7: "NTLMSSP_NEGOTIATE_LM_KEY",
  9: "NTLMSSP_NEGOTIATE_NTLM",
  11: "NTLMSSP_ANONYMOUS",
  12: "NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED",
  13: "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED",
  15: "NTLMSSP_NEGOTIATE_ALWAYS_SIGN",
  16: "NTLMSSP_TARGET_TYPE_DOMAIN",
  17: "NTLMSSP_TARGET_TYPE_SERVER",
  19: "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY",
  20: "NTLMSSP_NEGOTIATE_IDENTIFY",
  22: "NTLMSSP_REQUEST_NON_NT_SESSION_KEY",
  23: "NTLMSSP_NEGOTIATE_TARGET_INFO",
  25: "NTLMSSP_NEGOTIATE_VERSION",
  29: "NTLMSSP_NEGOTIATE_128",
  30: "NTLMSSP_NEGOTIATE_KEY_EXCH",
  31: "NTLMSSP_NEGOTIATE_56",
};

/** What the specification calls the bits that have no meaning. */
const RESERVED: { readonly [bit: number]: string } = {
  28: "r1",
  27: "r2",
  26: "r3",
  24: "r4",
  21: "r5",
  18: "r6",
  14: "r7",
  10: "r8",
  8: "r9",
  3: "r10",
};

/** Every bit, highest first as in the specification's diagram. */
export function negotiateFlags(flags: number): Flag[] {
  const all: Flag[] = [];
  for (let bit = 31; bit >= 0; bit--) {
    const mask = 2 ** bit;
    all.push({ name: NAMES[bit] ?? RESERVED[bit]!, mask, set: has(flags, mask) });
  }
  return all;
}

/** Whether `flags` has the bit `flag`. */
export function has(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

/** The names of the set bits, lowest first; bits without a name as `0x%08x`. */
export function flagNames(flags: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if (((flags >>> bit) & 1) === 0) continue;
    names.push(NAMES[bit] ?? `0x${(2 ** bit).toString(16).padStart(8, "0")}`);
  }
  return names;
}
