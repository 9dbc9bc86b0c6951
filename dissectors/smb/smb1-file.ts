/**
 * Opening, reading, writing and closing files and named pipes with SMB1: [MS-CIFS] 2.2.4.3, 2.2.4.5, 2.2.4.11, 2.2.4.12,
 * 2.2.4.40 to 2.2.4.43 and 2.2.4.64; [MS-SMB] 2.2.4.2 and 2.2.4.3 for reads and writes of more than 64 KB.
 *
 * Not handled: SMB_COM_CREATE and its kin, which make files of disks; raw and multiplexed reads and writes, whose data come
 * without a header; access masks and attributes.
 */
import type { Reader } from "../wire/reader.js";
import { readSmbString, type Smb1Block, type Smb1Header } from "./smb1.js";
import { formattedString } from "./smb1-session.js";

/** The FID of a command that follows the one which opens the file in the same message. */
export const FID_OF_CHAIN = 0xffff;

/** ResourceType, [MS-CIFS] 2.2.4.64.2: named pipes in byte and in message mode. */
const PIPE_TYPES: ReadonlySet<number | null> = new Set([1, 2]);

/** WriteMode, [MS-CIFS] 2.2.4.43.1. */
const RAW_MODE = 0x0004;
const MSG_START = 0x0008;

/** SMB_COM_NT_CREATE_ANDX, SMB_COM_OPEN_ANDX and SMB_COM_OPEN. */
export interface OpenRequest {
  type: "open";
  FileName: string;
  /** The directory that the name is relative to, or 0. */
  RootDirectoryFID: number;
}

export interface OpenResponse {
  type: "openResponse";
  FID: number;
  /** [MS-CIFS] 2.2.4.64.2: 0 disk, 1 and 2 named pipe (byte and message mode), 3 printer, 4 communication device. */
  ResourceType: number | null;
  /** Only SMB_COM_NT_CREATE_ANDX tells: FILETIMEs, and EndOfFile. */
  file: {
    times: { created: bigint; accessed: bigint; modified: bigint; changed: bigint };
    size: bigint;
  } | null;
}

export interface ReadRequest {
  type: "read";
  FID: number;
  Offset: bigint;
}

/** Bytes of a file, from the header's first byte on; they may reach beyond what there is of the message. */
interface FileData {
  DataOffset: number;
  DataLength: number;
}

export interface ReadResponse extends FileData {
  type: "readResponse";
}

export interface WriteRequest extends FileData {
  type: "write";
  FID: number;
  Offset: bigint;
  /** The file is closed once all is written. */
  closes: boolean;
}

export interface WriteResponse {
  type: "writeResponse";
  Count: number;
}

export interface CloseRequest {
  type: "close";
  FID: number;
}

export function isPipe({ ResourceType }: Pick<OpenResponse, "ResourceType">): boolean {
  return PIPE_TYPES.has(ResourceType);
}

export function readNtCreateRequest(
  { words, data }: Smb1Block,
  { unicode }: Smb1Header,
  origin: number,
): OpenRequest {
  words.skip(1);
  const NameLength = words.u16();
  words.skip(4); // Flags
  const RootDirectoryFID = words.u32();
  const name = readSmbString(data, unicode, origin);
  // The length may count a terminator, and what follows a name without one is not its own.
  const longest = unicode ? NameLength >> 1 : NameLength;
  return { type: "open", FileName: NameLength === 0 ? name : name.slice(0, longest), RootDirectoryFID };
}

export function readNtCreateResponse({ words }: Smb1Block): OpenResponse {
  words.skip(1); // OpLockLevel
  const FID = words.u16();
  const left = 4 + 32 + 4 + 16; // CreateDisposition, times, ExtFileAttributes, AllocationSize, EndOfFile
  if (words.left < left + 2) return { type: "openResponse", FID, ResourceType: null, file: null };
  words.skip(4);
  const times = { created: words.u64(), accessed: words.u64(), modified: words.u64(), changed: words.u64() };
  words.skip(12);
  const size = words.u64();
  return { type: "openResponse", FID, ResourceType: words.u16(), file: { times, size } };
}

export function readOpenAndxRequest(
  { data }: Smb1Block,
  { unicode }: Smb1Header,
  origin: number,
): OpenRequest {
  return { type: "open", FileName: readSmbString(data, unicode, origin), RootDirectoryFID: 0 };
}

export function readOpenAndxResponse({ words }: Smb1Block): OpenResponse {
  const FID = words.u16();
  if (words.left < 14) return { type: "openResponse", FID, ResourceType: null, file: null };
  words.skip(12); // FileAttrs, LastWriteTime, FileDataSize, AccessRights
  return { type: "openResponse", FID, ResourceType: words.u16(), file: null };
}

export function readOpenRequest({ data }: Smb1Block, { unicode }: Smb1Header, origin: number): OpenRequest {
  return { type: "open", FileName: formattedString(data, unicode, origin), RootDirectoryFID: 0 };
}

export function readOpenResponse({ words }: Smb1Block): OpenResponse {
  return { type: "openResponse", FID: words.u16(), ResourceType: null, file: null };
}

export function readReadAndxRequest({ words }: Smb1Block): ReadRequest {
  const FID = words.u16();
  const low = words.u32();
  words.skip(10); // MaxCountOfBytesToReturn, MinCountOfBytesToReturn, Timeout or MaxCountHigh, Remaining
  return { type: "read", FID, Offset: longOffset(low, words) };
}

export function readReadAndxResponse({ words }: Smb1Block): ReadResponse {
  words.skip(6); // Available, DataCompactionMode, Reserved1
  const low = words.u16();
  const DataOffset = words.u16();
  const DataLength = words.u16() * 0x10000 + low;
  return { type: "readResponse", DataOffset, DataLength };
}

export function readWriteAndxRequest({ words }: Smb1Block): WriteRequest {
  const FID = words.u16();
  const low = words.u32();
  words.skip(4); // Timeout
  const mode = words.u16();
  words.skip(2); // Remaining
  const high = words.u16();
  const length = high * 0x10000 + words.u16();
  const DataOffset = words.u16();
  const Offset = longOffset(low, words);
  // The first part of a message in raw mode has the length of the whole in front, which is no data.
  const prefix = length >= 2 && (mode & (RAW_MODE | MSG_START)) === (RAW_MODE | MSG_START) ? 2 : 0;
  const data = { DataOffset: DataOffset + prefix, DataLength: length - prefix };
  return { type: "write", FID, Offset, ...data, closes: false };
}

/** OffsetHigh, where the parameters have it. */
function longOffset(low: number, words: Reader): bigint {
  const high = words.left >= 4 ? words.u32() : 0;
  return (BigInt(high) << 32n) | BigInt(low);
}

export function readWriteAndxResponse({ words }: Smb1Block): WriteResponse {
  const low = words.u16();
  words.skip(2); // Available
  return { type: "writeResponse", Count: words.left >= 2 ? words.u16() * 0x10000 + low : low };
}

/** SMB_COM_READ and SMB_COM_LOCK_AND_READ. */
export function readReadRequest({ words }: Smb1Block): ReadRequest {
  const FID = words.u16();
  words.skip(2); // CountOfBytesToRead
  return { type: "read", FID, Offset: BigInt(words.u32()) };
}

export function readReadResponse({ data }: Smb1Block, origin: number): ReadResponse {
  return { type: "readResponse", ...formattedBytes(data, origin) };
}

/** SMB_COM_WRITE and SMB_COM_WRITE_AND_UNLOCK. */
export function readWriteRequest({ words, data }: Smb1Block, origin: number): WriteRequest {
  const FID = words.u16();
  words.skip(2); // CountOfBytesToWrite
  const Offset = BigInt(words.u32());
  return { type: "write", FID, Offset, ...formattedBytes(data, origin), closes: false };
}

export function readWriteResponse({ words }: Smb1Block): WriteResponse {
  return { type: "writeResponse", Count: words.u16() };
}

/** BufferFormat, the number of bytes, the bytes. */
function formattedBytes(data: Reader, origin: number): FileData {
  data.skip(1);
  const DataLength = data.u16();
  return { DataOffset: data.offset - origin, DataLength };
}

export function readWriteAndCloseRequest({ words, data }: Smb1Block, origin: number): WriteRequest {
  const FID = words.u16();
  const DataLength = words.u16();
  const Offset = BigInt(words.u32());
  data.skip(1); // Pad
  return { type: "write", FID, Offset, DataOffset: data.offset - origin, DataLength, closes: true };
}

export function readCloseRequest({ words }: Smb1Block): CloseRequest {
  return { type: "close", FID: words.u16() };
}
