/**
 * SMB 2 messages as client and server of the lab send them, written byte by byte: [MS-SMB2] 2.2, in packets of the NetBIOS
 * session service ([RFC 1002] 4.3.1) or straight over TCP.
 *
 * Not handled: signatures, encryption, leases, credits beyond what a header says.
 */

import { concat, utf16le, Writer } from "./bytes.js";

/** [MS-SMB2] 2.2.1.2. */
export const SMB2 = {
  NEGOTIATE: 0,
  SESSION_SETUP: 1,
  LOGOFF: 2,
  TREE_CONNECT: 3,
  TREE_DISCONNECT: 4,
  CREATE: 5,
  CLOSE: 6,
  READ: 8,
  WRITE: 9,
  IOCTL: 11,
  CANCEL: 12,
  QUERY_DIRECTORY: 14,
  QUERY_INFO: 16,
} as const;

export const STATUS = {
  SUCCESS: 0,
  PENDING: 0x103,
  BUFFER_OVERFLOW: 0x80000005,
  MORE_PROCESSING_REQUIRED: 0xc0000016,
  OBJECT_NAME_NOT_FOUND: 0xc0000034,
  ACCESS_DENIED: 0xc0000022,
  CANCELLED: 0xc0000120,
} as const;

const PIPE_TRANSCEIVE = 0x0011c017;
const PIPE_WAIT = 0x00110018;
/** What stands in a compound for the handle of the message before. */
export const RELATED = new Uint8Array(16).fill(0xff);

export interface Head {
  messageId: bigint;
  sessionId?: bigint;
  treeId?: number;
  status?: number;
  response?: boolean;
  related?: boolean;
  /** The message is one of an asynchronous answer, and has this number instead of a tree. */
  asyncId?: bigint;
}

/** A whole message without its session header. */
export function message(command: number, head: Head, body: Uint8Array): Uint8Array {
  const { status = 0, response = false, related = false, asyncId, sessionId = 0n, treeId = 0 } = head;
  const flags = (response ? 1 : 0) | (asyncId === undefined ? 0 : 2) | (related ? 4 : 0);
  const w = new Writer().u8(0xfe).ascii("SMB").u16(64).u16(1).u32(status).u16(command).u16(1);
  w.u32(flags).u32(0).u64(head.messageId);
  if (asyncId === undefined) w.u32(0xfeff).u32(treeId);
  else w.u64(asyncId);
  return w.u64(sessionId).fill(16).bytes(body).done();
}

/** The session header and what it holds; several messages make a compound, each but the last padded to eight bytes. */
export function packet(...messages: Uint8Array[]): Uint8Array {
  const parts = messages.map((bytes, i) => {
    if (i === messages.length - 1) return bytes;
    const padded = new Writer().bytes(bytes).align(8);
    return padded.patchU32(20, padded.length).done();
  });
  const all = concat(...parts);
  return new Writer(false).u32(all.length).bytes(all).done();
}

/** [RFC 1002] 4.3.2 to 4.3.6: packets of the session service itself. */
export function sessionRequest(): Uint8Array {
  const name = (text: string) =>
    new Writer().u8(32).ascii(
      [...text.padEnd(15), "\0"]
        .map((c) => {
          const code = c === "\0" ? 0x20 : c.charCodeAt(0);
          return String.fromCharCode(0x41 + (code >> 4), 0x41 + (code & 15));
        })
        .join(""),
    );
  const names = concat(name("SERVER").u8(0).done(), name("CLIENT").u8(0).done());
  return new Writer(false).u8(0x81).u8(0).u16(names.length).bytes(names).done();
}

export const POSITIVE_RESPONSE = new Uint8Array([0x82, 0, 0, 0]);
export const KEEP_ALIVE = new Uint8Array([0x85, 0, 0, 0]);

export function negotiate(head: Head): Uint8Array {
  const w = new Writer().u16(36).u16(2).u16(1).u16(0).u32(0x7f).fill(16, 0x11).u64(0n);
  return message(SMB2.NEGOTIATE, head, w.u16(0x0202).u16(0x0311).done());
}

export function negotiated(head: Head, dialect: number): Uint8Array {
  const w = new Writer().u16(65).u16(1).u16(dialect).u16(0).fill(16, 0x22).u32(0x7f);
  w.u32(8 << 20)
    .u32(8 << 20)
    .u32(8 << 20)
    .u64(0n)
    .u64(0n);
  return message(SMB2.NEGOTIATE, { ...head, response: true }, w.u16(128).u16(0).u32(0).done());
}

export function sessionSetup(head: Head, token: Uint8Array): Uint8Array {
  const w = new Writer().u16(25).u8(0).u8(1).u32(1).u32(0).u16(88).u16(token.length).u64(0n);
  return message(SMB2.SESSION_SETUP, head, w.bytes(token).done());
}

/** `encrypts`: SMB2_SESSION_FLAG_ENCRYPT_DATA. */
export function sessionSet(head: Head, token: Uint8Array, encrypts = false): Uint8Array {
  const w = new Writer()
    .u16(9)
    .u16(encrypts ? 4 : 0)
    .u16(72)
    .u16(token.length)
    .bytes(token);
  return message(SMB2.SESSION_SETUP, { ...head, response: true }, w.done());
}

export function treeConnect(head: Head, path: string): Uint8Array {
  const name = utf16le(path);
  return message(
    SMB2.TREE_CONNECT,
    head,
    new Writer().u16(9).u16(0).u16(72).u16(name.length).bytes(name).done(),
  );
}

/** `kind`: 1 disk, 2 pipe, 3 printer. */
export function treeConnected(head: Head, kind: number): Uint8Array {
  const w = new Writer().u16(16).u8(kind).u8(0).u32(0x30).u32(0).u32(0x1f01ff);
  return message(SMB2.TREE_CONNECT, { ...head, response: true }, w.done());
}

export function treeDisconnect(head: Head): Uint8Array {
  return message(SMB2.TREE_DISCONNECT, head, new Writer().u16(4).u16(0).done());
}

export function logoff(head: Head): Uint8Array {
  return message(SMB2.LOGOFF, head, new Writer().u16(4).u16(0).done());
}

export function loggedOff(head: Head): Uint8Array {
  return message(SMB2.LOGOFF, { ...head, response: true }, new Writer().u16(4).u16(0).done());
}

export function create(head: Head, name: string): Uint8Array {
  const text = utf16le(name);
  const w = new Writer().u16(57).u8(0).u8(0).u32(2).u64(0n).u64(0n).u32(0x12019f).u32(0).u32(3).u32(1).u32(0);
  w.u16(120).u16(text.length).u32(0).u32(0);
  return message(SMB2.CREATE, head, w.bytes(text.length === 0 ? new Uint8Array(8) : text).done());
}

/** A handle of which both halves are told apart. */
export function fileId(persistent: number, volatile: number): Uint8Array {
  return new Writer().u64(BigInt(persistent)).u64(BigInt(volatile)).done();
}

export function created(head: Head, file: Uint8Array): Uint8Array {
  const w = new Writer().u16(89).u8(0).u8(0).u32(1).fill(32).u64(4096n).u64(0n).u32(0x80).u32(0);
  return message(SMB2.CREATE, { ...head, response: true }, w.bytes(file).u32(0).u32(0).done());
}

export function close(head: Head, file: Uint8Array): Uint8Array {
  return message(SMB2.CLOSE, head, new Writer().u16(24).u16(0).u32(0).bytes(file).done());
}

export function closed(head: Head): Uint8Array {
  return message(SMB2.CLOSE, { ...head, response: true }, new Writer().u16(60).fill(58).done());
}

export function write(head: Head, file: Uint8Array, data: Uint8Array): Uint8Array {
  const w = new Writer().u16(49).u16(112).u32(data.length).u64(0n).bytes(file).fill(16);
  return message(SMB2.WRITE, head, w.bytes(data).done());
}

export function written(head: Head, count: number): Uint8Array {
  const w = new Writer().u16(17).u16(0).u32(count).u32(0).u16(0).u16(0);
  return message(SMB2.WRITE, { ...head, response: true }, w.done());
}

export function read(head: Head, file: Uint8Array, length = 4280): Uint8Array {
  const w = new Writer().u16(49).u8(80).u8(0).u32(length).u64(0n).bytes(file).fill(16).u8(0);
  return message(SMB2.READ, head, w.done());
}

export function wasRead(head: Head, data: Uint8Array): Uint8Array {
  const w = new Writer().u16(17).u8(80).u8(0).u32(data.length).u32(0).u32(0).bytes(data);
  return message(SMB2.READ, { ...head, response: true }, w.done());
}

function ioctl(head: Head, code: number, file: Uint8Array, data: Uint8Array, room = 4280): Uint8Array {
  const w = new Writer().u16(57).u16(0).u32(code).bytes(file).u32(120).u32(data.length).u32(0);
  w.u32(0).u32(0).u32(room).u32(1).u32(0);
  return message(SMB2.IOCTL, head, w.bytes(data).done());
}

/** FSCTL_PIPE_TRANSCEIVE; `room`: bytes of the answer at most. */
export function transceive(head: Head, file: Uint8Array, data: Uint8Array, room?: number): Uint8Array {
  return ioctl(head, PIPE_TRANSCEIVE, file, data, room);
}

/** FSCTL_PIPE_WAIT, which carries no data of the pipe. */
export function pipeWait(head: Head, data: Uint8Array): Uint8Array {
  return ioctl(head, PIPE_WAIT, RELATED, data);
}

export function transceived(head: Head, file: Uint8Array, data: Uint8Array): Uint8Array {
  const w = new Writer().u16(49).u16(0).u32(PIPE_TRANSCEIVE).bytes(file).u32(112).u32(0).u32(112);
  w.u32(data.length).u32(0).u32(0);
  return message(SMB2.IOCTL, { ...head, response: true }, w.bytes(data).done());
}

/** [MS-SMB2] 2.2.2, whatever the command. */
export function failed(command: number, head: Head): Uint8Array {
  return message(command, { ...head, response: true }, new Writer().u16(9).u8(0).u8(0).u32(0).u8(0).done());
}

/** [MS-SMB2] 2.2.41: an encrypted message; what is in it is of no account. */
export function transform(sessionId: bigint, sealed: Uint8Array): Uint8Array {
  const w = new Writer().u8(0xfd).ascii("SMB").fill(16, 0x33).fill(16, 0x44).u32(sealed.length).u16(0).u16(1);
  return w.u64(sessionId).bytes(sealed).done();
}

/** [MS-SMB2] 2.2.42. */
export function compressed(size: number, data: Uint8Array): Uint8Array {
  return new Writer().u8(0xfc).ascii("SMB").u32(size).u16(1).u16(0).u32(0).bytes(data).done();
}
