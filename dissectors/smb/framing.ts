/**
 * How SMB messages are distinguished on TCP: the packets of the NetBIOS session service ([RFC 1002] 4.3) on port 139, and the
 * same four bytes before each message on port 445 ([MS-SMB2] 2.1), with the protocol identifiers behind them ([MS-CIFS]
 * 2.2.3.1, [MS-SMB2] 2.2.1, 2.2.41, 2.2.42).
 *
 * Not handled: the names in a session request; SMB over QUIC and over RDMA.
 */

export const SESSION_HEADER_SIZE = 4;

/** [RFC 1002] 4.3.1. */
const SESSION_MESSAGE = 0x00;
const SESSION_REQUEST = 0x81;
const SESSION_KEEPALIVE = 0x85;

/** What a session packet holds: a message, something of the session service's own, or nothing that is known. */
export type SessionPacket = "message" | "service" | "unknown";

/** SESSION_HEADER_SIZE bytes must be there. */
export function sessionPacket(d: Uint8Array, at: number): SessionPacket {
  const type = d[at]!;
  if (type === SESSION_MESSAGE) return "message";
  return type >= SESSION_REQUEST && type <= SESSION_KEEPALIVE && d[at + 1]! <= 1 ? "service" : "unknown";
}

/** Length of what follows a session header: 17 bits by NetBIOS, 24 over TCP alone, where the bits between are never set. */
export function sessionLength(d: Uint8Array, at: number): number {
  return (d[at + 1]! << 16) | (d[at + 2]! << 8) | d[at + 3]!;
}

/** SMB1, SMB2 and 3, an encrypted message of SMB 3, a compressed one. */
export type SmbKind = "smb1" | "smb2" | "transform" | "compression";

const KINDS: ReadonlyMap<number, SmbKind> = new Map([
  [0xff, "smb1"],
  [0xfe, "smb2"],
  [0xfd, "transform"],
  [0xfc, "compression"],
]);

/** Sizes of the headers that messages begin with. */
export const HEADER_SIZES: { readonly [kind in SmbKind]: number } = {
  smb1: 32,
  smb2: 64,
  transform: 52,
  compression: 16,
};

/** By the protocol identifier at `at`; null where there is none. */
export function kindOf(d: Uint8Array, at: number): SmbKind | null {
  if (d[at + 1] !== 0x53 || d[at + 2] !== 0x4d || d[at + 3] !== 0x42) return null;
  return KINDS.get(d[at]!) ?? null;
}

/** Bytes from a session header on that `findMessage` looks at, where they are there. */
const LOOK = SESSION_HEADER_SIZE + 16;
const SMB2_LAST_COMMAND = 0x12;
const SMB2_STRUCTURE_SIZE = 64;

/**
 * The first place at or after `from` where a session header with a message behind it stands, or -1. Where a message begins
 * is not known otherwise: in the middle of a capture, or after bytes that are missing.
 */
export function findMessage(d: Uint8Array, from: number): number {
  const first = from + SESSION_HEADER_SIZE + 1;
  for (let s = d.indexOf(0x53, first); s >= 0; s = d.indexOf(0x53, s + 1)) {
    const at = s - 1 - SESSION_HEADER_SIZE;
    if (isCredible(d, at)) return at;
  }
  return -1;
}

function isCredible(d: Uint8Array, at: number): boolean {
  const kind = kindOf(d, at + SESSION_HEADER_SIZE);
  if (kind === null || d[at] !== SESSION_MESSAGE) return false;
  if (sessionLength(d, at) < HEADER_SIZES[kind]) return false;
  // A message that hardly begins within the segment is as good as none.
  if (d.length - at < LOOK) return false;
  const body = at + SESSION_HEADER_SIZE;
  if (kind !== "smb2") return true;
  const structureSize = d[body + 4]! | (d[body + 5]! << 8);
  const command = d[body + 12]! | (d[body + 13]! << 8);
  return structureSize === SMB2_STRUCTURE_SIZE && command <= SMB2_LAST_COMMAND;
}
