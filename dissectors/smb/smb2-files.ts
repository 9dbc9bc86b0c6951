/**
 * What SMB 2 and 3 say of files beside their bytes, for exports that list them: options and times of CREATE, and names and
 * dispositions set with SET_INFO. [MS-SMB2] 2.2.13, 2.2.14, 2.2.39; [MS-FSCC] 2.4.
 *
 * Not handled: attributes, sizes set, extended attributes, streams, security descriptors.
 */
import { type LoneSurrogates, utf16 } from "../wire/text.js";
import { HEADER_SIZES } from "./framing.js";
import type { FileId } from "./smb2.js";

export const SET_INFO = 0x11;
/** [MS-SMB2] 2.2.39: bytes up to the buffer; what names and dispositions take at most behind it. */
export const SET_INFO_WANTED = 4_096;

const HEADER = HEADER_SIZES.smb2;
const CREATE_REQUEST = 57;
const CREATE_RESPONSE = 89;
const SET_INFO_REQUEST = 33;
/** [MS-SMB2] 2.2.13 CreateOptions. */
const FILE_DELETE_ON_CLOSE = 0x00001000;
/** [MS-SMB2] 2.2.39 InfoType, and classes of [MS-FSCC] 2.4. */
const SMB2_0_INFO_FILE = 1;
const FILE_RENAME_INFORMATION = 10;
const FILE_DISPOSITION_INFORMATION = 13;

/** FILETIMEs as they stand there, in units of 100 ns since 1601. */
export interface FileTimes {
  created: bigint;
  accessed: bigint;
  modified: bigint;
  changed: bigint;
}

/** Whether the file is to go when it is closed. */
export function deletesOnClose(d: Uint8Array): boolean {
  return isBody(d, CREATE_REQUEST, 56) && (u32(d, HEADER + 40) & FILE_DELETE_ON_CLOSE) !== 0;
}

export function createdFile(d: Uint8Array): { size: bigint; times: FileTimes } | null {
  if (!isBody(d, CREATE_RESPONSE, 64)) return null;
  return {
    times: {
      created: u64(d, HEADER + 8),
      accessed: u64(d, HEADER + 16),
      modified: u64(d, HEADER + 24),
      changed: u64(d, HEADER + 32),
    },
    size: u64(d, HEADER + 48),
  };
}

export type FileChange =
  | { kind: "rename"; fileId: FileId; name: string }
  | { kind: "delete"; fileId: FileId; pending: boolean };

/** A file's new name, or that it is to go; null where neither is set. */
export function changedFile(d: Uint8Array, lone: LoneSurrogates): FileChange | null {
  if (!isBody(d, SET_INFO_REQUEST, 32) || d[HEADER + 2] !== SMB2_0_INFO_FILE) return null;
  const length = u32(d, HEADER + 4);
  const start = u16(d, HEADER + 8);
  if (start < HEADER + 32 || start + length > d.length) return null;
  const fileId = [0, 4, 8, 12].map((at) => u32(d, HEADER + 16 + at).toString(16)).join(".");
  if (d[HEADER + 3] === FILE_DISPOSITION_INFORMATION && length >= 1) {
    return { kind: "delete", fileId, pending: d[start] !== 0 };
  }
  if (d[HEADER + 3] !== FILE_RENAME_INFORMATION || length < 20) return null;
  const size = u32(d, start + 16);
  if (20 + size > length) return null;
  return { kind: "rename", fileId, name: utf16(d.subarray(start + 20, start + 20 + size), true, lone) };
}

function isBody(d: Uint8Array, structureSize: number, fixed: number): boolean {
  return d.length >= HEADER + fixed && u16(d, HEADER) === structureSize;
}

function u16(d: Uint8Array, at: number): number {
  return d[at]! | (d[at + 1]! << 8);
}

function u32(d: Uint8Array, at: number): number {
  return (u16(d, at) | (u16(d, at + 2) << 16)) >>> 0;
}

function u64(d: Uint8Array, at: number): bigint {
  return (BigInt(u32(d, at + 4)) << 32n) | BigInt(u32(d, at));
}
