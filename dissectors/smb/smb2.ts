/**
 * Messages of SMB 2 and 3, [MS-SMB2] 2.2: the header, and of the bodies what sessions, shares, named pipes and their data
 * need. Everything is little-endian; offsets in bodies count from the start of the header. `size`, where it is taken, is
 * that of the whole message, which may be longer than the bytes at hand.
 *
 * Not handled: negotiate contexts (negotiate.ts), signatures, credits, create contexts, directories, locks, oplocks and leases,
 * notifications, any FSCTL but FSCTL_PIPE_TRANSCEIVE, RDMA channels.
 */
import { type LoneSurrogates, utf16 } from "../wire/text.js";
import { HEADER_SIZES } from "./framing.js";
import { STATUS_BUFFER_OVERFLOW, STATUS_SUCCESS } from "./status.js";

/** [MS-SMB2] 2.2.1.2. */
export const NEGOTIATE = 0x00;
export const SESSION_SETUP = 0x01;
export const LOGOFF = 0x02;
export const TREE_CONNECT = 0x03;
export const TREE_DISCONNECT = 0x04;
export const CREATE = 0x05;
export const CLOSE = 0x06;
export const READ = 0x08;
export const WRITE = 0x09;
export const IOCTL = 0x0b;
export const CANCEL = 0x0c;

/** [MS-SMB2] 2.2.1.2, Flags. */
const FLAGS_SERVER_TO_REDIR = 0x1;
const FLAGS_ASYNC_COMMAND = 0x2;
const FLAGS_RELATED_OPERATIONS = 0x4;
const FLAGS_SIGNED = 0x8;

/** [MS-SMB2] 2.2.5, Flags. */
const SESSION_FLAG_BINDING = 0x1;

/** [MS-FSCC] 2.3.51: a request and its response through a pipe in one message each. */
export const FSCTL_PIPE_TRANSCEIVE = 0x0011c017;

/** [MS-SMB2] 2.2.10, ShareType. */
export const SHARE_TYPE_PIPE = 2;

const HEADER = HEADER_SIZES.smb2;

/** Bytes of a message up to where its buffer begins, for commands whose buffer may be long. */
export const READ_RESPONSE_FIXED = HEADER + 16;
export const READ_REQUEST_FIXED = HEADER + 48;
export const WRITE_REQUEST_FIXED = HEADER + 48;
export const IOCTL_REQUEST_FIXED = HEADER + 56;
export const IOCTL_RESPONSE_FIXED = HEADER + 48;

export interface Smb2Header {
  status: number;
  command: number;
  response: boolean;
  /** The final answer comes later, or is this one: TreeId does not stand in the header. */
  async: boolean;
  /** The ids are those of the message before in the compound. */
  related: boolean;
  messageId: bigint;
  /** 0 where `async`. */
  treeId: number;
  sessionId: bigint;
}

/** HEADER_SIZES.smb2 bytes must be there. */
export function readSmb2Header(d: Uint8Array): Smb2Header {
  const flags = u32(d, 16);
  const async = (flags & FLAGS_ASYNC_COMMAND) !== 0;
  return {
    status: u32(d, 8),
    command: u16(d, 12),
    response: (flags & FLAGS_SERVER_TO_REDIR) !== 0,
    async,
    related: (flags & FLAGS_RELATED_OPERATIONS) !== 0,
    messageId: u64(d, 24),
    treeId: async ? 0 : u32(d, 36),
    sessionId: u64(d, 40),
  };
}

/**
 * The size of the message whose header `d` begins with, of `left` bytes that the session packet has: [MS-SMB2] 3.3.4.1.3 puts
 * several into one packet, and NextCommand says where the next one begins.
 */
export function smb2Size(d: Uint8Array, left: number): number {
  const next = u32(d, 20);
  return next >= HEADER && next <= left - HEADER ? next : left;
}

/** Whether a body begins with this StructureSize and has as many bytes here; an error has one of its own. */
function isBody(d: Uint8Array, structureSize: number, fixed: number): boolean {
  return d.length >= HEADER + fixed && u16(d, HEADER) === structureSize;
}

/** A response with data: also where they are not all that the server has. */
export function carriesData({ status }: Smb2Header): boolean {
  return status === STATUS_SUCCESS || status === STATUS_BUFFER_OVERFLOW;
}

/** A part of a message, by its offset; it may reach beyond the bytes at hand. */
export interface Span {
  start: number;
  length: number;
}

/** A handle, both halves, as a key. All ones stand for the handle of the message before in a compound. */
export type FileId = string;

export const RELATED_FILE_ID: FileId = "ffffffff.ffffffff.ffffffff.ffffffff";

function fileIdAt(d: Uint8Array, at: number): FileId {
  const part = (i: number): string => u32(d, at + 4 * i).toString(16);
  return `${part(0)}.${part(1)}.${part(2)}.${part(3)}`;
}

/** [MS-SMB2] 2.2.5 and 2.2.6: the security token; null where the message is no whole one. */
export function sessionSetupToken(d: Uint8Array, response: boolean): Span | null {
  if (!(response ? isBody(d, 9, 8) : isBody(d, 25, 24))) return null;
  const fields = response ? HEADER + 4 : HEADER + 12;
  return span(u16(d, fields), u16(d, fields + 2));
}

/** Whether a signature stands in the header. HEADER_SIZES.smb2 bytes must be there. */
export function isSigned(d: Uint8Array): boolean {
  return (u32(d, 16) & FLAGS_SIGNED) !== 0;
}

/** [MS-SMB2] 2.2.5: whether a session setup request joins this connection to a session of another. */
export function isBinding(d: Uint8Array): boolean {
  return isBody(d, 25, 24) && (d[HEADER + 2]! & SESSION_FLAG_BINDING) !== 0;
}

/** [MS-SMB2] 2.2.9: the path, `\\server\share`. */
export function treeConnectPath(d: Uint8Array, lone: LoneSurrogates): string | null {
  if (!isBody(d, 9, 8)) return null;
  return textOf(d, span(u16(d, HEADER + 4), u16(d, HEADER + 6)), lone);
}

/** [MS-SMB2] 2.2.10. */
export function shareType(d: Uint8Array): number | null {
  return isBody(d, 16, 16) ? d[HEADER + 2]! : null;
}

/** [MS-SMB2] 2.2.13: the name of the file; empty where none is given. */
export function createName(d: Uint8Array, lone: LoneSurrogates): string | null {
  if (!isBody(d, 57, 56)) return null;
  return textOf(d, span(u16(d, HEADER + 44), u16(d, HEADER + 46)), lone);
}

/** [MS-SMB2] 2.2.14. */
export function createdFileId(d: Uint8Array): FileId | null {
  return isBody(d, 89, 80) ? fileIdAt(d, HEADER + 64) : null;
}

/** [MS-SMB2] 2.2.15. */
export function closedFileId(d: Uint8Array): FileId | null {
  return isBody(d, 24, 24) ? fileIdAt(d, HEADER + 8) : null;
}

/** [MS-SMB2] 2.2.19. */
export function readFileId(d: Uint8Array): FileId | null {
  return isBody(d, 49, 48) ? fileIdAt(d, HEADER + 16) : null;
}

/** [MS-SMB2] 2.2.20: what was read. */
export function readData(d: Uint8Array): Span | null {
  return isBody(d, 17, 16) ? span(d[HEADER + 2]!, u32(d, HEADER + 4)) : null;
}

/** [MS-SMB2] 2.2.21: what is written, and to which file. */
export function writeRequest(d: Uint8Array): { fileId: FileId; data: Span } | null {
  if (!isBody(d, 49, 48)) return null;
  const data = span(u16(d, HEADER + 2), u32(d, HEADER + 4));
  return { fileId: fileIdAt(d, HEADER + 16), data };
}

/** [MS-SMB2] 2.2.31. */
export function ioctlRequest(d: Uint8Array): { code: number; fileId: FileId; data: Span } | null {
  if (!isBody(d, 57, 56)) return null;
  const data = span(u32(d, HEADER + 24), u32(d, HEADER + 28));
  return { code: u32(d, HEADER + 4), fileId: fileIdAt(d, HEADER + 8), data };
}

/** [MS-SMB2] 2.2.32. */
export function ioctlResponse(d: Uint8Array): { code: number; fileId: FileId; data: Span } | null {
  if (!isBody(d, 49, 48)) return null;
  const data = span(u32(d, HEADER + 32), u32(d, HEADER + 36));
  return { code: u32(d, HEADER + 4), fileId: fileIdAt(d, HEADER + 8), data };
}

/** [MS-SMB2] 2.2.4: the dialect that the server chose. */
export function negotiatedDialect(d: Uint8Array): number | null {
  return isBody(d, 65, 64) ? u16(d, HEADER + 4) : null;
}

/** Offset 0 is what senders write where there is nothing. */
function span(start: number, length: number): Span {
  return start < HEADER ? { start: HEADER, length: 0 } : { start, length };
}

function textOf(d: Uint8Array, { start, length }: Span, lone: LoneSurrogates): string | null {
  if (start + length > d.length) return null;
  return utf16(d.subarray(start, start + length), true, lone);
}

function u16(d: Uint8Array, at: number): number {
  return d[at]! | (d[at + 1]! << 8);
}

function u32(d: Uint8Array, at: number): number {
  return (d[at]! | (d[at + 1]! << 8) | (d[at + 2]! << 16) | (d[at + 3]! << 24)) >>> 0;
}

function u64(d: Uint8Array, at: number): bigint {
  return (BigInt(u32(d, at + 4)) << 32n) | BigInt(u32(d, at));
}
