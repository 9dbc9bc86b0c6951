/**
 * RPC over HTTP v2, [MS-RPCH]: the head of the request that opens one of the two channels of a virtual connection (2.1.2.1), and
 * the cookie in the RTS PDU that comes first on it (2.2.3.6, 2.2.3.5.4).
 *
 * Not handled: everything behind these.
 */
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import { latin1 } from "../wire/text.js";
import { fragLengthAt, HEADER_SIZE, readHeader } from "./header.js";

/** [MS-RPCH] 2.2.3.6: the PTYPE of RTS PDUs, and the bytes of one without commands. */
export const PTYPE_RTS = 20;
export const RTS_SIZE = HEADER_SIZE + 4;

/** [MS-RPCH] 2.2.3.5: the commands by their type, and the bytes behind it; those of a Padding and a ClientAddress vary. */
const COMMANDS: readonly (readonly [name: string, size: number])[] = [
  ["ReceiveWindowSize", 4],
  ["FlowControlAck", 24],
  ["ConnectionTimeout", 4],
  ["Cookie", 16],
  ["ChannelLifetime", 4],
  ["ClientKeepalive", 4],
  ["Version", 4],
  ["Empty", 0],
  ["Padding", 0],
  ["NegativeANCE", 0],
  ["ANCE", 0],
  ["ClientAddress", 0],
  ["AssociationGroupId", 16],
  ["Destination", 4],
  ["PingTrafficSentNotify", 4],
];
const FLOW_CONTROL_ACK = 1;
const COOKIE = 3;
const PADDING = 8;
const CLIENT_ADDRESS = 11;
const ASSOCIATION_GROUP_ID = 12;
const DESTINATION = 13;

/** [MS-RPCH] 2.2.3.3. */
const DESTINATIONS = ["FDClient", "FDInProxy", "FDServer", "FDOutProxy"];

/** [MS-RPCH] 2.2.3.6.1. */
const RTS_FLAGS = flagsOf([
  [0x0001, "RTS_FLAG_PING"],
  [0x0002, "RTS_FLAG_OTHER_CMD"],
  [0x0004, "RTS_FLAG_RECYCLE_CHANNEL"],
  [0x0008, "RTS_FLAG_IN_CHANNEL"],
  [0x0010, "RTS_FLAG_OUT_CHANNEL"],
  [0x0020, "RTS_FLAG_EOF"],
  [0x0040, "RTS_FLAG_ECHO"],
]);

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
 * The cookie of the virtual connection, the first in the RTS PDU that comes next (CONN/A1 and B1, and the first PDU of a channel
 * that takes the place of another); null where there is none, "need-more" where the PDU is not whole yet.
 */
export function readVirtualConnection(from: Reader): Guid | "need-more" | null {
  if (from.left < RTS_SIZE) return "need-more";
  if (from.peek(0) !== 5 || from.peek(2) !== PTYPE_RTS) return null;
  const size = fragLengthAt(from.data, from.offset);
  if (size > from.left) return "need-more";
  if (size < RTS_SIZE) return null;
  const r = from.window(size, "frag_length");
  readHeader(r);
  return readRts(r);
}

/**
 * [MS-RPCH] 2.2.3.6: what stands behind the header of an RTS PDU, up to a command that does not fit. Answers the first
 * cookie, or null.
 */
export function readRts(r: Reader): Guid | null {
  if (r.left < RTS_SIZE - HEADER_SIZE) return null;
  r.u16("Flags", RTS_FLAGS);
  const count = r.u16("NumberOfCommands");
  let cookie: Guid | null = null;
  for (let i = 0; i < count && r.left >= 4; i++) {
    const type = r.fork().u32();
    const size = sizeOf(type, r);
    if (size < 0 || size > r.left - 4) break;
    r.enter("RTS_Command", i);
    r.u32("CommandType", commandName);
    const value = readCommand(r, type, size);
    if (type === COOKIE) cookie ??= value;
    r.leave();
  }
  return cookie;
}

function commandName(type: number): string {
  return COMMANDS[type]?.[0] ?? hexText(type);
}

/** Bytes of a command behind its type; negative where that is unknown or its length is not there. */
function sizeOf(type: number, at: Reader): number {
  if (type !== PADDING && type !== CLIENT_ADDRESS) return COMMANDS[type]?.[1] ?? -1;
  if (at.left < 8) return -1;
  const r = at.fork();
  r.skip(4);
  const first = r.u32();
  // ConformanceCount; AddressType, the address, twelve bytes of padding.
  return type === PADDING ? 4 + first : 4 + (first === 0 ? 4 : 16) + 12;
}

/** The `size` bytes behind a command's type; its GUID, where it is one. */
function readCommand(r: Reader, type: number, size: number): Guid | null {
  switch (type) {
    case FLOW_CONTROL_ACK:
      r.u32("BytesReceived");
      r.u32("AvailableWindow");
      return readGuid(r, "ChannelCookie");
    case COOKIE:
    case ASSOCIATION_GROUP_ID:
      return readGuid(r, commandName(type));
    case PADDING:
      r.skip(r.u32("ConformanceCount"), "Padding");
      return null;
    case CLIENT_ADDRESS: {
      const address = r.u32("AddressType", addressType) === 0 ? 4 : 16;
      r.skip(address, "ClientAddress");
      r.skip(12, "Padding");
      return null;
    }
    case DESTINATION:
      r.u32("Destination", destinationName);
      return null;
    default:
      if (size === 4) r.u32(commandName(type));
      return null;
  }
}

function addressType(type: number): string {
  return type === 0 ? "IPv4" : type === 1 ? "IPv6" : hexText(type);
}

function destinationName(place: number): string {
  return DESTINATIONS[place] ?? hexText(place);
}
