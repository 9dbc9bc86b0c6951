/**
 * What the first bytes of an SMB1 message say before all of it is there: whether it is worth keeping. [MS-CIFS] 2.2.3.1 and
 * 2.2.4.11 to 2.2.4.43. Plain numbers, since most messages are of files that are copied.
 *
 * Not handled: follow-on commands; a message that has any is read whole.
 */

import { HEADER_SIZES } from "./framing.js";
import {
  ANDX,
  SMB_COM_LOCK_AND_READ,
  SMB_COM_READ,
  SMB_COM_READ_ANDX,
  SMB_COM_READ_RAW,
  SMB_COM_TRANSACTION,
  SMB_COM_WRITE,
  SMB_COM_WRITE_AND_CLOSE,
  SMB_COM_WRITE_AND_UNLOCK,
  SMB_COM_WRITE_ANDX,
  SMB_COM_WRITE_RAW,
} from "./smb1.js";

/** Bytes of a message that suffice for every function here. */
export const SMB1_HEAD = 64;

const WORDS = HEADER_SIZES.smb1 + 1;
const LINK = 4;
const NO_ANDX = 0xff;

/** The first command. */
export function smb1Command(head: Uint8Array): number {
  return head[4]!;
}

export function isSmb1Reply(head: Uint8Array): boolean {
  return (head[9]! & 0x80) !== 0;
}

/** MID and PID in one number: what an answer has in common with its request. */
export function smb1RequestId(head: Uint8Array): number {
  return (u16(head, 26) + u16(head, 12) * 0x10000) * 0x10000 + u16(head, 30);
}

/** TID. */
export function treeAt(head: Uint8Array): number {
  return u16(head, 24);
}

/** The FID of a request to read or to write; -1 where it is another or was not captured. */
export function fidAt(head: Uint8Array): number {
  const command = smb1Command(head);
  const at = command === SMB_COM_READ_ANDX || command === SMB_COM_WRITE_ANDX ? WORDS + LINK : WORDS;
  const has = READS.has(command) || WRITES.has(command) || RAW.has(command);
  return has && at + 2 <= head.length ? u16(head, at) : -1;
}

/** Whether another command follows the first. */
export function isLinked(head: Uint8Array): boolean {
  return ANDX.has(smb1Command(head)) && head[WORDS - 1]! >= 2 && (head[WORDS] ?? NO_ANDX) !== NO_ANDX;
}

const READS: ReadonlySet<number> = new Set([SMB_COM_READ, SMB_COM_LOCK_AND_READ, SMB_COM_READ_ANDX]);
const WRITES: ReadonlySet<number> = new Set([
  SMB_COM_WRITE,
  SMB_COM_WRITE_AND_UNLOCK,
  SMB_COM_WRITE_AND_CLOSE,
  SMB_COM_WRITE_ANDX,
  SMB_COM_WRITE_RAW,
]);

export function isRead(command: number): boolean {
  return READS.has(command);
}

export function isWrite(command: number): boolean {
  return WRITES.has(command);
}

const RAW: ReadonlySet<number> = new Set([SMB_COM_READ_RAW, SMB_COM_WRITE_RAW]);

/** A request for data that come without a header, or its announcement. */
export function isRaw(command: number): boolean {
  return RAW.has(command);
}

/** Where DataOffset is, of a request to write and of answers with data. */
const DATA_OFFSETS: ReadonlyMap<number, number> = new Map([
  [SMB_COM_READ_ANDX, WORDS + LINK + 8],
  [SMB_COM_WRITE_ANDX, WORDS + LINK + 18],
  [SMB_COM_TRANSACTION, WORDS + 14],
]);

/** Where the data of a write, or of the answer to a read or transaction, begin in the message; -1 where that was not captured. */
export function dataStart(head: Uint8Array): number {
  const command = smb1Command(head);
  const at = DATA_OFFSETS.get(command);
  if (at !== undefined) return at + 2 <= head.length ? u16(head, at) : -1;
  if (head.length < WORDS) return -1;
  // Behind ByteCount a pad, or the format of the buffer and its length.
  return WORDS + 2 * head[WORDS - 1]! + 2 + (command === SMB_COM_WRITE_AND_CLOSE ? 1 : 3);
}

function u16(d: Uint8Array, at: number): number {
  return d[at]! | (d[at + 1]! << 8);
}
