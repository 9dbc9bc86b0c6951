/**
 * RPC over HTTP v2, [MS-RPCH]: the head of the request that opens one of the two channels of a virtual connection (2.1.2.1), and
 * the cookie in the RTS PDU that comes first on it (2.2.3.6, 2.2.3.5.4).
 *
 * Not handled: everything behind these.
 */
import { type Guid, readGuid } from "../wire/guid.js";
import { Reader } from "../wire/reader.js";
import { latin1 } from "../wire/text.js";
import { fragLengthAt, HEADER_SIZE } from "./header.js";

/** [MS-RPCH] 2.2.3.6: the PTYPE of RTS PDUs, and the bytes of one without commands. */
const PTYPE_RTS = 20;
export const RTS_SIZE = HEADER_SIZE + 4;

/** [MS-RPCH] 2.2.3.5: bytes behind the type of each command; those of a Padding and a ClientAddress are further down. */
const COMMAND_BYTES = [4, 24, 4, 16, 4, 4, 4, 0, 0, 0, 0, 0, 16, 4, 4];
const COOKIE = 3;
const PADDING = 8;
const CLIENT_ADDRESS = 11;

/** Which way the PDUs of a channel go, as the client sees it. */
export type ChannelKind = "in" | "out";

export interface ChannelRequest {
  kind: ChannelKind;
  /** The RPC server behind the proxy and its port, as the query says: `exchange:6001`. */
  server: string | null;
  /** The proxy, by the Host header. */
  host: string | null;
  /** Content-Length; null where it is missing. */
  length: number | null;
}

/** Bytes that tell whether a request opens a channel. */
export const METHOD_SIZE = 13;

export function opensChannel(bytes: Uint8Array): boolean {
  return bytes[0] === 0x52 && METHOD.test(latin1(bytes.subarray(0, METHOD_SIZE)));
}

const METHOD = /^RPC_(IN|OUT)_DATA /;

/** The whole head of a request that opens a channel; null where it is none. */
export function readChannelRequest(head: Uint8Array): ChannelRequest | null {
  const text = latin1(head);
  const kind = METHOD.exec(text)?.[1];
  if (kind === undefined) return null;
  const [line, ...headers] = text.split("\r\n");
  const header = (name: string): string | null => {
    const found = headers.find((one) => one.toLowerCase().startsWith(`${name}:`));
    return found === undefined ? null : found.slice(name.length + 1).trim();
  };
  const length = header("content-length");
  return {
    kind: kind === "IN" ? "in" : "out",
    server: /^\S+ [^ ?]*\?([^ ]+)/.exec(line!)?.[1] ?? null,
    host: header("host"),
    length: length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null,
  };
}

/**
 * The cookie of the virtual connection, the first in the RTS PDU that `bytes` begin with (CONN/A1 and B1, and the first PDU of a
 * channel that takes the place of another); null where there is none, "need-more" where the PDU is not whole yet.
 */
export function readVirtualConnection(bytes: Uint8Array): Guid | "need-more" | null {
  if (bytes.length < RTS_SIZE) return "need-more";
  if (bytes[0] !== 5 || bytes[2] !== PTYPE_RTS) return null;
  const end = fragLengthAt(bytes, 0);
  if (end > bytes.length) return "need-more";
  if (end < RTS_SIZE) return null;
  const r = new Reader(bytes, (bytes[4]! & 0xf0) !== 0, HEADER_SIZE, end, "frag_length");
  r.skip(2); // Flags
  const count = r.u16(); // NumberOfCommands
  for (let i = 0; i < count && r.left >= 4; i++) {
    const type = r.u32(); // CommandType
    if (type === COOKIE && r.left >= 16) return readGuid(r);
    const size = sizeOf(type, r);
    if (size < 0 || size > r.left) return null;
    r.skip(size);
  }
  return null;
}

/** Bytes of a command behind its type; negative where that is unknown or its length is not there. */
function sizeOf(type: number, r: Reader): number {
  if (type !== PADDING && type !== CLIENT_ADDRESS) return COMMAND_BYTES[type] ?? -1;
  if (r.left < 4) return -1;
  const first = r.fork().u32();
  // ConformanceCount; AddressType, the address, twelve bytes of padding.
  return type === PADDING ? 4 + first : 4 + (first === 0 ? 4 : 16) + 12;
}
