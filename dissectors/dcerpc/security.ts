/** auth_type and auth_level of a sec_trailer, [MS-RPCE] 2.2.1.1.7 and 2.2.1.1.8. */

export const AUTH_TYPE_SPNEGO = 9;
export const AUTH_TYPE_NTLMSSP = 10;
const AUTH_TYPE_SCHANNEL = 14;
export const AUTH_TYPE_KERBEROS = 16;
export const AUTH_TYPE_NETLOGON = 68;

/** Opens a connection, and protects nothing of it. */
export const AUTH_LEVEL_CONNECT = 2;
export const AUTH_LEVEL_INTEGRITY = 5;
export const AUTH_LEVEL_PRIVACY = 6;

const TYPES: ReadonlyMap<number, string> = new Map([
  [0, "none"],
  [AUTH_TYPE_SPNEGO, "spnego"],
  [AUTH_TYPE_NTLMSSP, "ntlmssp"],
  [AUTH_TYPE_SCHANNEL, "schannel"],
  [AUTH_TYPE_KERBEROS, "kerberos"],
  [AUTH_TYPE_NETLOGON, "netlogon"],
]);

/** By level; 0, the default, counts as none. */
const LEVELS = ["none", "none", "connect", "call", "pkt", "pkt_integrity", "pkt_privacy"] as const;

/** A security provider by name, others as `0x..`. */
export function authTypeName(type: number): string {
  return TYPES.get(type) ?? hexByte(type);
}

/** An authentication level by name, others as `0x..`. */
export function authLevelName(level: number): string {
  return LEVELS[level] ?? hexByte(level);
}

function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
