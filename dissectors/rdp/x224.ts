/**
 * [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2: TPKT header ([T123] 8), X.224 Connection Request and Connection Confirm ([X224] 13.3,
 * 13.4) with the RDP negotiation that they carry. Just enough to say that a connection is RDP, and how it begins.
 *
 * Not handled: anything after the Connection Confirm; the correlation id behind the negotiation request.
 */
import { malformed, WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, nameIn } from "../wire/show.js";

export type RdpNegotiation =
  /** 2.2.1.1.1 RDP_NEG_REQ. */
  | { kind: "request"; flags: number; protocols: number }
  /** 2.2.1.2.1 RDP_NEG_RSP. */
  | { kind: "response"; flags: number; protocols: number }
  /** 2.2.1.2.2 RDP_NEG_FAILURE. */
  | { kind: "failure"; flags: number; code: number };

export interface X224Connection {
  kind: "request" | "confirm";
  /** Length of the whole packet as the TPKT header states it. */
  length: number;
  destination: number;
  source: number;
  /** The line `Cookie: mstshash=...` or `Cookie: msts=...` without its end, or null. */
  cookie: string | null;
  negotiation: RdpNegotiation | null;
  /** Codes of the X.224 parameters that other protocols send ([X224] 13.3.4): 0xc0 TPDU size, 0xc1 and 0xc2 TSAP ids. */
  parameters: number[];
}

/** [X224] 13.3 and 13.4: code in the high half of the byte. */
const CONNECTION_REQUEST = 0xe;
const CONNECTION_CONFIRM = 0xd;

const TPKT_VERSION = 3;
const TPKT_SIZE = 4;

/** 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2: the type byte. */
const TYPE_RDP_NEG_REQ = 0x01;
const TYPE_RDP_NEG_RSP = 0x02;
const TYPE_RDP_NEG_FAILURE = 0x03;
const NEGOTIATION_SIZE = 8;

/** [MS-RDPBCGR] 2.2.1.1.1 requestedProtocols and 2.2.1.2.1 selectedProtocol. */
const PROTOCOLS: readonly [number, string][] = [
  [0x01, "TLS"],
  [0x02, "CredSSP"],
  [0x04, "RDSTLS"],
  [0x08, "CredSSP with early authorization"],
  [0x10, "RDS AAD"],
];

/** [MS-RDPBCGR] 2.2.1.2.2 failureCode. */
const FAILURES: ReadonlyMap<number, string> = new Map([
  [1, "SSL_REQUIRED_BY_SERVER"],
  [2, "SSL_NOT_ALLOWED_BY_SERVER"],
  [3, "SSL_CERT_NOT_ON_SERVER"],
  [4, "INCONSISTENT_FLAGS"],
  [5, "HYBRID_REQUIRED_BY_SERVER"],
  [6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"],
]);

/** Names of the security protocols whose bits are set; `standard RDP security` where none is. */
export function rdpProtocolNames(protocols: number): string[] {
  const names = PROTOCOLS.filter(([bit]) => (protocols & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? ["standard RDP security"] : names;
}

export function rdpFailureName(code: number): string | null {
  return FAILURES.get(code) ?? null;
}

const showProtocols = flagsOf([
  [0x01, "PROTOCOL_SSL"],
  [0x02, "PROTOCOL_HYBRID"],
  [0x04, "PROTOCOL_RDSTLS"],
  [0x08, "PROTOCOL_HYBRID_EX"],
  [0x10, "PROTOCOL_RDSAAD"],
]);
const showFailure = nameIn(FAILURES);
const TYPES: ReadonlyMap<number, string> = new Map([
  [TYPE_RDP_NEG_REQ, "TYPE_RDP_NEG_REQ"],
  [TYPE_RDP_NEG_RSP, "TYPE_RDP_NEG_RSP"],
  [TYPE_RDP_NEG_FAILURE, "TYPE_RDP_NEG_FAILURE"],
]);
const showType = nameIn(TYPES);

/**
 * The X.224 Connection Request or Confirm that `r` stands before, or null where something else does. What the
 * TPKT length promises but is not there is left out.
 */
export function readX224Connection(r: Reader): X224Connection | null {
  r.littleEndian = false;
  try {
    return connection(r);
  } catch (e) {
    if (e instanceof WireError) return null;
    throw e;
  }
}

function connection(r: Reader): X224Connection | null {
  if (r.u8("version") !== TPKT_VERSION) return null;
  r.skip(1, "reserved");
  const length = r.u16("length");
  const indicator = r.u8("LI");
  const code = r.u8("TPDU code", (value) => (value >>> 4 === CONNECTION_REQUEST ? "CR" : "CC"));
  const kind = code >>> 4 === CONNECTION_REQUEST ? "request" : "confirm";
  if (kind === "confirm" && code >>> 4 !== CONNECTION_CONFIRM) return null;
  // The length indicator counts what follows it: header and variable part, nothing behind.
  if (indicator < 6 || TPKT_SIZE + 1 + indicator !== length) return null;
  const destination = r.u16("DST-REF");
  const source = r.u16("SRC-REF");
  const options = r.u8("CLASS OPTION");
  // A Connection Request has no destination yet; class 0 is all that RDP uses.
  if (options >>> 4 !== 0 || (kind === "request" && destination !== 0)) return null;
  const result: X224Connection = {
    kind,
    length,
    destination,
    source,
    cookie: null,
    negotiation: null,
    parameters: [],
  };
  const rest = r.windowAtMost(indicator - 6, "length indicator", true);
  try {
    result.cookie = readCookie(rest);
    if (rest.left === 0) return result;
    if (rest.peek() >= 0xc0) readParameters(rest, result.parameters);
    else result.negotiation = readNegotiation(rest);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
  }
  return result;
}

/** 2.2.1.1 routingToken or cookie: a line of ANSI characters that ends with CR LF. */
function readCookie(r: Reader): string | null {
  const start = r.offset;
  let length = 0;
  while (length + 1 < r.left && !(r.peek(length) === 0x0d && r.peek(length + 1) === 0x0a)) length++;
  if (length + 1 >= r.left) return null;
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(r.peek(i));
  if (!/^[\x20-\x7e]+$/.test(text)) return null;
  r.offset = start + length + 2;
  r.note("cookie", start, text);
  return text;
}

function readParameters(r: Reader, into: number[]): void {
  while (r.left >= 2) {
    into.push(r.u8("parameter code"));
    r.skip(r.u8("parameter length"), "parameter value");
  }
}

function readNegotiation(r: Reader): RdpNegotiation {
  const type = r.u8("type", showType);
  const flags = r.u8("flags");
  if (r.u16("length") !== NEGOTIATION_SIZE) throw malformed("length is not 8", r.offset, "length");
  const failed = type === TYPE_RDP_NEG_FAILURE;
  const field =
    type === TYPE_RDP_NEG_REQ ? "requestedProtocols" : failed ? "failureCode" : "selectedProtocol";
  const value = r.u32(field, failed ? showFailure : showProtocols);
  switch (type) {
    case TYPE_RDP_NEG_REQ:
      return { kind: "request", flags, protocols: value };
    case TYPE_RDP_NEG_RSP:
      return { kind: "response", flags, protocols: value };
    case TYPE_RDP_NEG_FAILURE:
      return { kind: "failure", flags, code: value };
    default:
      throw malformed(`negotiation type ${type}`, r.offset, "type");
  }
}
