/**
 * Which format an input has, recognised by its first bytes: pcap, pcapng, both also in gzip or zstd; what it is otherwise.
 *
 * Not handled: what is inside the formats (pcap.ts, pcapng.ts).
 */
import { latin1 } from "../../dissectors/wire/text.js";
import { type ByteSource, Replay, Window } from "./byte-source.js";
import type { FrameSource } from "./frame.js";
import { isPcap, PcapSource } from "./pcap.js";
import { PcapngSource, type SecretsBlock } from "./pcapng.js";
import { ZstdBytes } from "./zstd.js";

/** Bytes that identify a capture, and those that say what else an input may be. */
const MAGIC_BYTES = 4;
const SNIFF_BYTES = 32;

/** An input that cannot be used; the message is one line and names it. */
export class InputError extends Error {
  readonly input: string;
  /** The other inputs that cannot be used, where none can. */
  others: readonly InputError[] = [];

  constructor(input: string, message: string) {
    super(`${input === "" ? "''" : input}: ${message}`);
    this.name = "InputError";
    this.input = input;
  }
}

/** An input that was read and is no capture. */
export class NotACapture extends InputError {
  constructor(input: string, looksLike: string) {
    super(input, `not a capture: ${looksLike}`);
    this.name = "NotACapture";
  }
}

/** An input that is a capture, in a format that is not read. */
export class UnreadFormat extends InputError {
  constructor(input: string, outer: string, format: string) {
    super(input, "");
    const packed = outer === "" ? "" : ` (${outer}-compressed)`;
    this.message = `${input} is ${format} capture${packed}, which raiscope does not read; convert it with: editcap -F pcapng`;
  }
}

/** The code of the note about an input that is left out. */
export function codeOf(error: InputError): string {
  if (error instanceof UnreadFormat) return "format-not-read";
  return error instanceof NotACapture ? "not-a-capture" : "input-unreadable";
}

/** Undoes gzip, where the platform can. */
export type Gunzip = (packed: ByteSource) => ByteSource;

/** Reads what is no capture, where it knows it: `window` is what was looked at so far. Null where it does not. */
export type OtherReader = (window: Window, bytes: ByteSource, name: string) => Promise<FrameSource | null>;

/** What the platform and the program add to captures. */
export interface Readers {
  /** Without it gzip is no capture. */
  gunzip?: Gunzip | null;
  /** Takes the secrets blocks of pcapng. */
  secrets?: ((block: SecretsBlock) => void) | null;
  other?: OtherReader | null;
  /** Looks on at what comes out of compressed data. */
  unpacked?: ((bytes: ByteSource) => ByteSource) | null;
}

/**
 * Looks at the first bytes and puts the right reader on top. Throws NotACapture or UnreadFormat; the byte source is then the
 * caller's to close.
 */
export function openCapture(bytes: ByteSource, name: string, readers: Readers = {}): Promise<FrameSource> {
  return open(bytes, name, readers, "");
}

/** `outer` names the compression already undone. */
async function open(bytes: ByteSource, name: string, readers: Readers, outer: string): Promise<FrameSource> {
  const { gunzip = null, other = null, secrets = null, unpacked = null } = readers;
  const inside = (bytes: ByteSource): ByteSource => unpacked?.(bytes) ?? bytes;
  const window = new Window(bytes);
  // No more than is needed: standard input may be silent for long after its file header.
  await window.fill(MAGIC_BYTES);
  const whole = new Replay(bytes, window);
  const magic = magicOf(window);
  if (isPcap(magic)) return new PcapSource(whole, name);
  if (magic === 0x0a0d0d0a) return new PcapngSource(whole, name, secrets);
  if (outer === "") {
    if (magic >>> 16 === 0x1f8b && gunzip !== null) return open(inside(gunzip(whole)), name, readers, "gzip");
    if (magic === 0x28b52ffd || (magic >>> 28 === 5 && (magic & 0xffffff) === 0x2a4d18)) {
      return open(inside(new ZstdBytes(whole)), name, readers, "zstd");
    }
  }
  const read = (await other?.(window, bytes, name)) ?? null;
  if (read !== null) return read;
  await window.fill(SNIFF_BYTES);
  const head = window.data.subarray(window.pos, window.end);
  const format = captureFormat(head);
  if (format !== null) throw new UnreadFormat(name, outer, format);
  const what = looksLike(head, magic, bytes.fault);
  throw new NotACapture(name, outer === "" ? what : `${outer}-compressed: ${what}`);
}

function magicOf(window: Window): number {
  const { data, pos, end } = window;
  if (end - pos < MAGIC_BYTES) return 0;
  return ((data[pos]! << 24) | (data[pos + 1]! << 16) | (data[pos + 2]! << 8) | data[pos + 3]!) >>> 0;
}

/** Captures of other programs: how they begin, and what they are called. Wireshark reads them all. */
const FORMATS: readonly [signature: string, what: string][] = [
  ["GMBU", "a Microsoft Network Monitor"],
  ["RTSS", "a Microsoft Network Monitor 1"],
  ["snoop\0\0\0", "a snoop"],
  ["ObserverPktBuffer", "a Network Instruments Observer"],
  ["TRSNIFF data    \x1a", "a Sniffer (DOS)"],
  ["XCP\0", "a NetXRay or Sniffer (Windows)"],
  ["VL\0\0", "a NetXRay"],
  ["\x05VNF", "a Visual Networks"],
  ["btsnoop\0", "a btsnoop"],
  ["+---------+---------------+", "a K12 text"],
  ["\0\0\x02\0\x12\x05\0\x10", "a Tektronix K12"],
  ["\x01\x10\x4c\0\x01\x05Trace Display", "a Novell LANalyzer"],
  ["\xaa\xaa\xaa\xaa", "an InfoVista 5View"],
  ["TR\0d\0", "an HP-UX nettl"],
  ["iptrace 1.0", "an AIX iptrace"],
  ["iptrace 2.0", "an AIX iptrace"],
  ["\x42\xd2\0\x34\x12\x66\x22\x88", "a RADCOM"],
  ["EyeSDN", "an EyeSDN"],
  ["\x7fver", "an OmniPeek or EtherPeek"],
  ["\x1c\0\x01\xac", "an Ixia"],
  ["\x1c\0\x01\xab", "an Ixia"],
  ["\xac\x01\0\x1c", "an Ixia"],
  ["\xab\x01\0\x1c", "an Ixia"],
];

function captureFormat(head: Uint8Array): string | null {
  const latin = latin1(head);
  const known = FORMATS.find(([signature]) => latin.startsWith(signature));
  return known?.[1] ?? (looksLikeErf(head) ? "an Endace ERF" : null);
}

/**
 * Endace's format has no signature: its first record is known by a time of this century, a type in use, and a length of
 * the record that fits the length of the packet, with a header of 16 bytes and padding.
 */
function looksLikeErf(head: Uint8Array): boolean {
  if (head.length < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const seconds = view.getUint32(4, true);
  const type = view.getUint8(8) & 0x7f;
  // A record of provenance may come first, without a time.
  if (type === 27 && seconds === 0) return view.getUint16(10) - view.getUint16(14) === 24;
  const over = view.getUint16(10) - view.getUint16(14);
  return seconds > 946_684_800 && seconds < 0x80000000 && type > 0 && type < 30 && over >= 16 && over < 48;
}

/** Formats that people take for captures, or have beside them. */
const SIGNATURES: readonly [signature: string, what: string][] = [
  ["\x1f\x8b", "compressed with gzip; decompress it first"],
  ["\xfd7zXZ\0", "compressed with xz; decompress it first"],
  ["BZh", "compressed with bzip2; decompress it first"],
  ["\x04\x22\x4d\x18", "compressed with lz4; decompress it first"],
  ["PK\x03\x04", "a ZIP archive"],
  ["7z\xbc\xaf\x27\x1c", "a 7-Zip archive"],
  ["\x7fELF", "an ELF program"],
  ["MZ", "a Windows program"],
  ["%PDF", "a PDF document"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["\xff\xfe<\0", "an XML document in UTF-16"],
];

function looksLike(head: Uint8Array, magic: number, fault: string | null): string {
  if (fault !== null) return fault;
  if (head.length === 0) return "it is empty";
  const latin = latin1(head);
  for (const [signature, what] of SIGNATURES) {
    if (latin.startsWith(signature)) return `it is ${what}`;
  }
  const text = latin.replace(/^\xef\xbb\xbf/, "");
  if (/^\s*</.test(text)) return "it is an XML or HTML document";
  if (/^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(text))
    return `it is text that begins ${JSON.stringify(text.slice(0, 20))}`;
  if (head.length < 4) return `it has ${head.length} bytes`;
  return `it begins with 0x${magic.toString(16).padStart(8, "0")}`;
}
