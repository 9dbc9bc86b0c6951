/**
 * SMB1 messages as a client and a server write them ([MS-CIFS] 2.2.3 and 2.2.4): one function a command, and one that puts
 * a chain of them behind a header. Offsets and pads follow from where a block comes to lie.
 */
import { concat, Writer } from "./bytes.js";

export interface Smb1Head {
  status?: number;
  reply?: boolean;
  unicode?: boolean;
  /** Statuses as class and code. */
  dos?: boolean;
  extended?: boolean;
  tid?: number;
  pid?: number;
  uid?: number;
  mid?: number;
}

/** A command before its place is known. `words` are those behind the link; `dataAt` is where its bytes begin in the message. */
export interface Smb1Part {
  command: number;
  andx: boolean;
  words(dataAt: number): Writer;
  data(dataAt: number): Writer;
}

const NO_ANDX = 0xff;

/** A message of one command, or of several linked by AndXOffset. */
export function message(head: Smb1Head, ...parts: Smb1Part[]): Uint8Array {
  const flags2 =
    (head.dos ? 0 : 0x4000) | (head.unicode === false ? 0 : 0x8000) | (head.extended ? 0x0800 : 0) | 1;
  const w = new Writer()
    .u8(0xff)
    .ascii("SMB")
    .u8(parts[0]!.command)
    .u32(head.status ?? 0);
  w.u8((head.reply ? 0x80 : 0) | 0x18)
    .u16(flags2)
    .u16((head.pid ?? 7) >>> 16)
    .fill(10);
  w.u16(head.tid ?? 0)
    .u16((head.pid ?? 7) & 0xffff)
    .u16(head.uid ?? 0)
    .u16(head.mid ?? 1);
  parts.forEach((part, i) => {
    const link = part.andx ? 4 : 0;
    const count = part.words(0).length + link;
    const dataAt = w.length + 1 + count + 2;
    const data = part.data(dataAt).done();
    w.u8(count / 2);
    if (part.andx) {
      const next = parts[i + 1];
      w.u8(next?.command ?? NO_ANDX)
        .u8(0)
        .u16(next ? dataAt + data.length : 0);
    }
    w.bytes(part.words(dataAt).done())
      .u16(data.length & 0xffff)
      .bytes(data);
  });
  return w.done();
}

/** A NetBIOS session message around it ([RFC 1002] 4.3.1). */
export function session(bytes: Uint8Array): Uint8Array {
  const head = Uint8Array.of(0, bytes.length >> 16, (bytes.length >> 8) & 0xff, bytes.length & 0xff);
  return concat(head, bytes);
}

const nothing = (): Writer => new Writer();

function plain(command: number, words: () => Writer = nothing, data: () => Writer = nothing): Smb1Part {
  return { command, andx: false, words, data };
}

/** Text with its terminator, Unicode at an even place. */
function text(w: Writer, dataAt: number, unicode: boolean, value: string): Writer {
  if (!unicode) return w.ascii(value).u8(0);
  if ((dataAt + w.length) % 2 !== 0) w.u8(0);
  return w.utf16(value).u16(0);
}

/** What fails, or has nothing to say. */
export const empty = (command: number): Smb1Part => plain(command);

export const negotiate = (...dialects: string[]): Smb1Part =>
  plain(0x72, nothing, () => dialects.reduce((w, name) => w.u8(2).ascii(name).u8(0), new Writer()));

export function negotiated(
  index: number,
  how: { challenge: Uint8Array; domain: string } | { blob: Uint8Array },
  unicode = true,
): Smb1Part {
  const extended = "blob" in how;
  return plain(
    0x72,
    () =>
      new Writer()
        .u16(index)
        .u8(3)
        .u16(50)
        .u16(1)
        .u32(16644)
        .u32(65536)
        .u32(0)
        .u32(extended ? 0x8001e3fd : 0x0000e3fd)
        .u64(0n)
        .u16(0)
        .u8(extended ? 0 : how.challenge.length),
    () => {
      if (extended) return new Writer().fill(16, 0x11).bytes(how.blob);
      const w = new Writer().bytes(how.challenge);
      return unicode
        ? w.utf16(how.domain).u16(0).utf16("SRV").u16(0)
        : w.ascii(how.domain).u8(0).ascii("SRV").u8(0);
    },
  );
}

/** NT LM 0.12 without extended security. */
export const logOn = (
  user: string,
  domain: string,
  lm: Uint8Array,
  nt: Uint8Array,
  unicode = true,
): Smb1Part => ({
  command: 0x73,
  andx: true,
  words: () => new Writer().u16(4356).u16(10).u16(0).u32(0).u16(lm.length).u16(nt.length).u32(0).u32(0xd4),
  data: (at) => {
    const w = new Writer().bytes(lm).bytes(nt);
    for (const value of [user, domain, "Windows 4.0", "lab"]) text(w, at, unicode, value);
    return w;
  },
});

/** Before NT LM 0.12: one password. */
export const logOnOld = (user: string, domain: string, password: Uint8Array): Smb1Part => ({
  command: 0x73,
  andx: true,
  words: () => new Writer().u16(4356).u16(10).u16(0).u32(0).u16(password.length).u32(0),
  data: (at) => {
    const w = new Writer().bytes(password);
    for (const value of [user, domain, "OS/2", "lab"]) text(w, at, false, value);
    return w;
  },
});

export const logOnExtended = (blob: Uint8Array, unicode = true): Smb1Part => ({
  command: 0x73,
  andx: true,
  words: () => new Writer().u16(4356).u16(10).u16(0).u32(0).u16(blob.length).u32(0).u32(0x800000d4),
  data: (at) => {
    const w = new Writer().bytes(blob);
    for (const value of ["Windows 5.1", "lab"]) text(w, at, unicode, value);
    return w;
  },
});

/** The answer, of extended security where there is a blob. */
export const loggedOn = (blob: Uint8Array | null = null, guest = false, unicode = true): Smb1Part => ({
  command: 0x73,
  andx: true,
  words: () =>
    blob === null ? new Writer().u16(guest ? 1 : 0) : new Writer().u16(guest ? 1 : 0).u16(blob.length),
  data: (at) => {
    const w = new Writer().bytes(blob ?? new Uint8Array(0));
    for (const value of ["Windows 5.1", "lab", "CONTOSO"]) text(w, at, unicode, value);
    return w;
  },
});

export const logOff = (): Smb1Part => ({ command: 0x74, andx: true, words: nothing, data: nothing });

export const connectTree = (path: string, service = "?????", unicode = true): Smb1Part => ({
  command: 0x75,
  andx: true,
  words: () => new Writer().u16(8).u16(1),
  data: (at) => text(new Writer().u8(0), at, unicode, path).ascii(service).u8(0),
});

export const treeConnected = (service = "IPC"): Smb1Part => ({
  command: 0x75,
  andx: true,
  words: () => new Writer().u16(1),
  data: (at) => text(new Writer().ascii(service).u8(0), at, true, ""),
});

export const connectTreeOld = (path: string): Smb1Part =>
  plain(0x70, nothing, () => new Writer().u8(4).ascii(path).u8(0).u8(4).u8(0).u8(4).ascii("IPC").u8(0));

export const treeConnectedOld = (tid: number): Smb1Part => plain(0x70, () => new Writer().u16(4356).u16(tid));

export const disconnectTree = (): Smb1Part => plain(0x71);

export const ntCreate = (name: string, unicode = true, counted = true): Smb1Part => ({
  command: 0xa2,
  andx: true,
  words: () =>
    new Writer()
      .u8(0)
      .u16(counted ? name.length * (unicode ? 2 : 1) : 0)
      .u32(0x16)
      .u32(0)
      .u32(0x2019f)
      .u64(0n)
      .u32(0)
      .u32(3)
      .u32(1)
      .u32(0)
      .u32(2)
      .u8(0),
  data: (at) => text(new Writer(), at, unicode, name),
});

export const ntCreated = (fid: number, type = 2): Smb1Part => ({
  command: 0xa2,
  andx: true,
  words: () =>
    new Writer().u8(0).u16(fid).u32(1).fill(32).u32(0x80).u64(4096n).u64(0n).u16(type).u16(0x5ff).u8(0),
  data: nothing,
});

export const openAndx = (name: string, unicode = true): Smb1Part => ({
  command: 0x2d,
  andx: true,
  words: () => new Writer().u16(0).u16(2).u16(0).u16(0).u32(0).u16(1).u32(0).u32(0).u32(0),
  data: (at) => text(new Writer(), at, unicode, name),
});

export const openedAndx = (fid: number, type = 2): Smb1Part => ({
  command: 0x2d,
  andx: true,
  words: () => new Writer().u16(fid).u16(0).u32(0).u32(0).u16(2).u16(type).u16(0x5ff).u16(1).u32(0).u16(0),
  data: nothing,
});

export const open = (name: string): Smb1Part =>
  plain(
    0x02,
    () => new Writer().u16(2).u16(0),
    () => new Writer().u8(4).ascii(name).u8(0),
  );

export const opened = (fid: number): Smb1Part =>
  plain(0x02, () => new Writer().u16(fid).u16(0).u32(0).u32(0).u16(2));

export const readAndx = (fid: number, long = true, offset = 0): Smb1Part => ({
  command: 0x2e,
  andx: true,
  words: () => {
    const w = new Writer().u16(fid).u32(offset).u16(4280).u16(0).u32(0xffffffff).u16(0);
    return long ? w.u32(0) : w;
  },
  data: nothing,
});

export const readAndxData = (bytes: Uint8Array, pad = 1): Smb1Part => ({
  command: 0x2e,
  andx: true,
  words: (at) =>
    new Writer()
      .u16(0xffff)
      .u16(0)
      .u16(0)
      .u16(bytes.length & 0xffff)
      .u16(at + pad)
      .u16(bytes.length >> 16)
      .fill(8),
  data: () => new Writer().fill(pad).bytes(bytes),
});

/** `mode`: WriteMode; with 0x000c the length of the message goes in front of the bytes. */
export const writeAndx = (fid: number, bytes: Uint8Array, mode = 0x0008, long = true): Smb1Part => {
  const body = (mode & 0xc) === 0xc ? concat(new Writer().u16(bytes.length).done(), bytes) : bytes;
  return {
    command: 0x2f,
    andx: true,
    words: (at) => {
      const w = new Writer()
        .u16(fid)
        .u32(0)
        .u32(0xffffffff)
        .u16(mode)
        .u16(body.length & 0xffff);
      w.u16(body.length >> 16)
        .u16(body.length & 0xffff)
        .u16(at + 1);
      return long ? w.u32(0) : w;
    },
    data: () => new Writer().u8(0xee).bytes(body),
  };
};

export const writtenAndx = (count: number): Smb1Part => ({
  command: 0x2f,
  andx: true,
  words: () =>
    new Writer()
      .u16(count & 0xffff)
      .u16(0)
      .u16(count >> 16)
      .u16(0),
  data: nothing,
});

export const read = (fid: number): Smb1Part =>
  plain(0x0a, () => new Writer().u16(fid).u16(4096).u32(0).u16(0));

export const readData = (bytes: Uint8Array): Smb1Part =>
  plain(
    0x0a,
    () => new Writer().u16(bytes.length).fill(8),
    () => new Writer().u8(1).u16(bytes.length).bytes(bytes),
  );

export const write = (fid: number, bytes: Uint8Array): Smb1Part =>
  plain(
    0x0b,
    () => new Writer().u16(fid).u16(bytes.length).u32(0).u16(0),
    () => new Writer().u8(1).u16(bytes.length).bytes(bytes),
  );

export const written = (count: number, command = 0x0b): Smb1Part =>
  plain(command, () => new Writer().u16(count));

export const writeAndClose = (fid: number, bytes: Uint8Array): Smb1Part =>
  plain(
    0x2c,
    () => new Writer().u16(fid).u16(bytes.length).u32(0).u32(0),
    () => new Writer().u8(0).bytes(bytes),
  );

export const close = (fid: number): Smb1Part => plain(0x04, () => new Writer().u16(fid).u32(0));

/** Part of the data of a transaction. */
export interface Smb1Piece {
  bytes: Uint8Array;
  /** Bytes of the whole, and of it before these. */
  total?: number;
  before?: number;
}

const even = (at: number): number => at + (at % 4 === 0 ? 0 : 4 - (at % 4));

export function transaction(
  setup: readonly number[],
  { bytes, total = bytes.length }: Smb1Piece,
  name = "\\PIPE\\",
  unicode = true,
): Smb1Part {
  const named = (at: number): Writer => text(new Writer(), at, unicode, name);
  const dataAt = (at: number): number => even(at + named(at).length);
  return {
    command: 0x25,
    andx: false,
    words: (at) => {
      const w = new Writer().u16(0).u16(total).u16(0).u16(4280).u8(0).u8(0).u16(0).u32(0).u16(0);
      w.u16(0).u16(dataAt(at)).u16(bytes.length).u16(dataAt(at)).u8(setup.length).u8(0);
      for (const word of setup) w.u16(word);
      return w;
    },
    data: (at) => {
      const w = named(at);
      return w.fill(dataAt(at) - at - w.length).bytes(bytes);
    },
  };
}

/** TRANS_TRANSACT_NMPIPE. */
export const transact = (fid: number, piece: Smb1Piece): Smb1Part => transaction([0x26, fid], piece);

export const transactionSecondary = ({ bytes, total = bytes.length, before = 0 }: Smb1Piece): Smb1Part => ({
  command: 0x26,
  andx: false,
  words: (at) =>
    new Writer().u16(0).u16(total).u16(0).u16(at).u16(0).u16(bytes.length).u16(even(at)).u16(before),
  data: (at) => new Writer().fill(even(at) - at).bytes(bytes),
});

export const transacted = ({ bytes, total = bytes.length, before = 0 }: Smb1Piece): Smb1Part => ({
  command: 0x25,
  andx: false,
  words: (at) =>
    new Writer()
      .u16(0)
      .u16(total)
      .u16(0)
      .u16(0)
      .u16(even(at))
      .u16(0)
      .u16(bytes.length)
      .u16(even(at))
      .u16(before)
      .u8(0)
      .u8(0),
  data: (at) => new Writer().fill(even(at) - at).bytes(bytes),
});
