/**
 * SMB1 messages: [MS-CIFS] 2.2.3, with the extensions of [MS-SMB] 2.2.3. The 32-byte header, and the chain of commands behind
 * it: each a block of parameter words and a block of data bytes, linked by AndXOffset.
 *
 * Not handled: what connectionless transports put into SecurityFeatures, and signatures, which are not needed for reading.
 */
import { limit, malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { latin1, utf16 } from "../wire/text.js";
import { HEADER_SIZES, kindOf } from "./framing.js";
import { STATUS_BUFFER_OVERFLOW, STATUS_MORE_PROCESSING_REQUIRED } from "./status.js";

/** [MS-CIFS] 2.2.2.1: the commands that are read here. */
export const SMB_COM_OPEN = 0x02;
export const SMB_COM_CLOSE = 0x04;
export const SMB_COM_READ = 0x0a;
export const SMB_COM_WRITE = 0x0b;
export const SMB_COM_LOCK_AND_READ = 0x13;
export const SMB_COM_WRITE_AND_UNLOCK = 0x14;
export const SMB_COM_READ_RAW = 0x1a;
export const SMB_COM_WRITE_RAW = 0x1d;
export const SMB_COM_TRANSACTION = 0x25;
export const SMB_COM_TRANSACTION_SECONDARY = 0x26;
export const SMB_COM_WRITE_AND_CLOSE = 0x2c;
export const SMB_COM_OPEN_ANDX = 0x2d;
export const SMB_COM_READ_ANDX = 0x2e;
export const SMB_COM_WRITE_ANDX = 0x2f;
export const SMB_COM_TREE_CONNECT = 0x70;
export const SMB_COM_TREE_DISCONNECT = 0x71;
export const SMB_COM_NEGOTIATE = 0x72;
export const SMB_COM_SESSION_SETUP_ANDX = 0x73;
export const SMB_COM_LOGOFF_ANDX = 0x74;
export const SMB_COM_TREE_CONNECT_ANDX = 0x75;
export const SMB_COM_NT_CREATE_ANDX = 0xa2;
const SMB_COM_LOCKING_ANDX = 0x24;
const SMB_COM_NO_ANDX_COMMAND = 0xff;

/** [MS-CIFS] 2.2.3.4: commands whose parameters begin with the link to another. */
export const ANDX: ReadonlySet<number> = new Set([
  SMB_COM_LOCKING_ANDX,
  SMB_COM_OPEN_ANDX,
  SMB_COM_READ_ANDX,
  SMB_COM_WRITE_ANDX,
  SMB_COM_SESSION_SETUP_ANDX,
  SMB_COM_LOGOFF_ANDX,
  SMB_COM_TREE_CONNECT_ANDX,
  SMB_COM_NT_CREATE_ANDX,
]);

/** Commands of one chain that are read; the longest that the specification allows is four. */
const MAX_CHAIN = 16;

/** Flags: the message is an answer. */
const SMB_FLAGS_REPLY = 0x80;
/** Flags2, [MS-CIFS] 2.2.3.1 and [MS-SMB] 2.2.3.1. */
const SMB_FLAGS2_EXTENDED_SECURITY = 0x0800;
const SMB_FLAGS2_NT_STATUS = 0x4000;
const SMB_FLAGS2_UNICODE = 0x8000;

/** [MS-CIFS] 2.2.2.4: what old servers say for STATUS_BUFFER_OVERFLOW. */
const ERRDOS = 1;
const ERRMOREDATA = 234;

/** [MS-CIFS] 2.2.3.1 SMB_Header. */
export interface Smb1Header {
  Command: number;
  /** An NTSTATUS, or an error class (low byte) and code (high word): `ntStatus` says which. */
  Status: number;
  ntStatus: boolean;
  Flags: number;
  Flags2: number;
  reply: boolean;
  unicode: boolean;
  extendedSecurity: boolean;
  TID: number;
  /** PIDHigh and PIDLow. */
  PID: number;
  UID: number;
  MID: number;
}

/** One command of a message: where its parameter words and its data bytes are. */
export interface Smb1Block {
  command: number;
  /** SMB_Parameters.Words, behind the link of an AndX command. */
  words: Reader;
  /** As on the wire, with the words of the link. */
  wordCount: number;
  /** SMB_Data.Bytes. */
  data: Reader;
}

/** Reads the header; the reader stands at its first byte. */
export function readSmb1Header(r: Reader): Smb1Header {
  r.littleEndian = true;
  r.need(4);
  if (kindOf(r.data, r.offset) !== "smb1") throw malformed("no SMB1 signature", r.offset, "Protocol");
  r.skip(4);
  const Command = r.u8();
  const Status = r.u32();
  const Flags = r.u8();
  const Flags2 = r.u16();
  const PIDHigh = r.u16();
  r.skip(10); // SecurityFeatures, Reserved
  const TID = r.u16();
  const PIDLow = r.u16();
  return {
    Command,
    Status,
    ntStatus: (Flags2 & SMB_FLAGS2_NT_STATUS) !== 0,
    Flags,
    Flags2,
    reply: (Flags & SMB_FLAGS_REPLY) !== 0,
    unicode: (Flags2 & SMB_FLAGS2_UNICODE) !== 0,
    extendedSecurity: (Flags2 & SMB_FLAGS2_EXTENDED_SECURITY) !== 0,
    TID,
    PID: PIDHigh * 0x10000 + PIDLow,
    UID: r.u16(),
    MID: r.u16(),
  };
}

/** What the status of an answer comes to. */
export type Smb1Outcome = "success" | "more-data" | "more-processing" | "failure";

/** Success, success with more to come, or failure; the status is the last command's of a chain. */
export function smb1Outcome({ Status, ntStatus }: Smb1Header): Smb1Outcome {
  if (Status === 0) return "success";
  if (!ntStatus) return Status === ERRMOREDATA * 0x10000 + ERRDOS ? "more-data" : "failure";
  if (Status === STATUS_BUFFER_OVERFLOW) return "more-data";
  if (Status === STATUS_MORE_PROCESSING_REQUIRED) return "more-processing";
  // Severities of success and information do what was asked ([MS-ERREF] 2.3).
  return Status >>> 30 < 2 ? "success" : "failure";
}

/**
 * The command at `at` bytes from the message's first, and where the next of its chain is; 0 where it is the last. `r` is a
 * reader of the message. The block's data end with the message where ByteCount promises more: large reads and writes have
 * more than it can count.
 */
function readBlock(r: Reader, command: number, at: number): { block: Smb1Block; next: Link | null } {
  const b = r.fork();
  b.offset = b.origin + at;
  const wordCount = b.u8();
  const words = b.window(2 * wordCount, "WordCount");
  const data = b.windowAtMost(b.u16(), "ByteCount");
  // A failure has no parameters, and so no link.
  const next = ANDX.has(command) && wordCount >= 2 ? readLink(words) : null;
  return { block: { command, words, wordCount, data }, next };
}

interface Link {
  command: number;
  at: number;
}

/** AndXCommand, AndXReserved, AndXOffset. */
function readLink(words: Reader): Link | null {
  const command = words.u8();
  words.skip(1);
  const at = words.u16();
  return command === SMB_COM_NO_ANDX_COMMAND ? null : { command, at };
}

/**
 * The commands of a message in their order; the reader stands behind the header, and its origin is the header's first byte.
 * Each must lie behind the one before it, so that no chain has an end that is not there. Blocks are handed to `take` one by one:
 * what was taken stays when a later one throws.
 */
export function readSmb1Blocks(r: Reader, { Command }: Smb1Header, take: (block: Smb1Block) => void): void {
  let link: Link | null = { command: Command, at: HEADER_SIZES.smb1 };
  for (let count = 0; link !== null; count++) {
    if (count === MAX_CHAIN) throw limit("MAX_CHAIN", MAX_CHAIN, r.offset);
    const { block, next } = readBlock(r, link.command, link.at);
    take(block);
    if (next !== null && next.at <= link.at)
      throw malformed(`AndXOffset ${next.at} does not lead onwards from ${link.at}`, r.offset, "AndXOffset");
    link = next;
  }
}

/**
 * [MS-CIFS] 2.2.1.1: a text up to its NUL, or to the end of the data. Unicode begins at an even distance from the header's
 * first byte (`origin`); OEM text is of an unknown code page and read as ISO 8859-1.
 */
export function readSmbString(data: Reader, unicode: boolean, origin: number, align = true): string {
  if (!unicode) {
    const end = data.data.indexOf(0, data.offset);
    const stop = end < 0 || end >= data.end ? data.end : end;
    const text = latin1(data.data.subarray(data.offset, stop));
    data.offset = Math.min(stop + 1, data.end);
    return text;
  }
  if (align && (data.offset - origin) % 2 !== 0 && data.left > 0) data.skip(1);
  const start = data.offset;
  let end = start;
  while (end + 1 < data.end && (data.data[end] !== 0 || data.data[end + 1] !== 0)) end += 2;
  data.offset = Math.min(end + 2, data.end);
  return utf16(data.data.subarray(start, Math.min(end, data.end)));
}
