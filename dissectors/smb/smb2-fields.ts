/**
 * Every field of a message of SMB 2 and 3, for trees: [MS-SMB2] 2.2.1 headers, 2.2.3 to 2.2.38 bodies, 2.2.41 and 2.2.42 what is
 * encrypted or compressed. What sessions and pipes need of them is read in smb2.ts, by far less.
 *
 * Not handled: what buffers hold, but for names, contexts and locks; what is compressed.
 */

import { WireError } from "../wire/errors.js";
import { type Layout, readLayout, type Values } from "../wire/layout.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import { ntstatusName } from "../wire/status.js";
import { latin1, utf16 } from "../wire/text.js";
import { DIALECT_311 } from "./algorithms.js";
import { HEADER_SIZES } from "./framing.js";
import { readContextData, readControl, readsControl } from "./smb2-buffers.js";
import { COMMANDS, showCommand, showCompression, showDialect, showHeaderFlags } from "./smb2-codes.js";
import { type BufferPlace, REQUESTS, RESPONSES } from "./smb2-layouts.js";
import {
  ALGORITHM_LISTS,
  CREATE_CONTEXT,
  ERROR_BODY,
  LEASE_BREAKS,
  LOCK_ELEMENT,
  NEGOTIATE_CONTEXT,
} from "./smb2-lists.js";
import { STATUS_BUFFER_OVERFLOW, STATUS_MORE_PROCESSING_REQUIRED, STATUS_SUCCESS } from "./status.js";

const NEGOTIATE = 0;
const LOCK = 10;
const OPLOCK_BREAK = 18;
const ERROR_SIZE = 9;
const RESPONSE_FLAG = 0x1;
const ASYNC_FLAG = 0x2;
/** Messages in a compound, contexts and locks in a list that are read. */
const MAX_LIST = 256;
const TEXT_CONTEXT = 5;

/** Reads the security token in a buffer, all of a reader. */
export type ReadToken = (r: Reader) => void;

/** The messages of a session packet, from a header of SMB2 on to the end of `r`. */
export function readSmb2Messages(r: Reader, token: ReadToken): void {
  for (let count = 0; r.left > 0 && count < MAX_LIST; count++) {
    const start = r.offset;
    const next =
      r.left >= HEADER_SIZES.smb2
        ? r
            .over(start + 20, start + 24, "NextCommand", true)
            .ahead()
            .u32()
        : 0;
    const size = next >= HEADER_SIZES.smb2 && next < r.left ? next : r.left;
    r.window(size, "NextCommand", true).part("SMB2", readMessage, token);
  }
}

function readMessage(r: Reader, token: ReadToken): void {
  const start = r.offset;
  try {
    const header = r.part("SMB2_HEADER", readHeader, undefined);
    const { command, response } = header;
    const name = `${COMMANDS[command] ?? `command ${command}`} ${response ? "Response" : "Request"}`;
    r.part(`SMB2 ${name}`, readBody, { header, start, token });
  } finally {
    r.unread("undecoded", start, r.end);
  }
}

interface Header {
  status: number;
  command: number;
  response: boolean;
}

const showStatus = (status: number): string => ntstatusName(status) ?? `0x${status.toString(16)}`;

/** [MS-SMB2] 2.2.1.1 and 2.2.1.2. */
function readHeader(r: Reader): Header {
  const flags = r
    .over(r.offset + 16, r.offset + 20, "SMB2_HEADER", true)
    .ahead()
    .u32();
  const response = (flags & RESPONSE_FLAG) !== 0;
  r.bytes(4, "ProtocolId");
  r.u16("StructureSize");
  r.u16("CreditCharge");
  let status = STATUS_SUCCESS;
  if (response) status = r.u32("Status", showStatus);
  else readLayout(r, CHANNEL_SEQUENCE);
  const command = r.u16("Command", showCommand);
  r.u16(response ? "CreditResponse" : "CreditRequest");
  r.u32("Flags", showHeaderFlags);
  r.u32("NextCommand");
  r.u64("MessageId");
  if ((flags & ASYNC_FLAG) !== 0) r.u64("AsyncId");
  else {
    r.u32("Reserved");
    r.u32("TreeId", hex);
  }
  r.u64("SessionId", hex);
  r.bytes(16, "Signature");
  return { status, command, response };
}

const CHANNEL_SEQUENCE: Layout = [
  ["ChannelSequence", "u16"],
  ["Reserved", "h16"],
];
const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

interface Context {
  header: Header;
  start: number;
  token: ReadToken;
}

function readBody(r: Reader, context: Context): void {
  const { header } = context;
  const { command, response, status } = header;
  const from = r.offset;
  const size = r.u16("StructureSize");
  const done =
    status === STATUS_SUCCESS ||
    status === STATUS_MORE_PROCESSING_REQUIRED ||
    status === STATUS_BUFFER_OVERFLOW;
  const lease = command === OPLOCK_BREAK ? LEASE_BREAKS.get(size) : undefined;
  if (response && !done && size === ERROR_SIZE) {
    const length = readLayout(r, ERROR_BODY).get("ByteCount") ?? 0;
    r.bytes(Math.min(Math.max(length, Math.min(1, r.left)), r.left), "ErrorData");
  } else if (lease !== undefined) readLayout(r, lease);
  else {
    const body = (response ? RESPONSES : REQUESTS)[command];
    if (body === undefined) return;
    const values = readLayout(r, body.fields);
    if (command === NEGOTIATE) readNegotiation(r, values, context);
    if (command === LOCK && !response) readLocks(r, values.get("LockCount") ?? 0);
    for (const place of body.buffers) readBuffer(r, values, place, context);
  }
  r.unread("padding", from, r.end);
}

/** What stands at an offset from the header; nothing where that lies outside of the message. */
function readBuffer(r: Reader, values: Values, place: BufferPlace, { header, start, token }: Context): void {
  const offset = values.get(place.offset) ?? 0;
  const length = values.get(place.length) ?? 0;
  const at = start + offset;
  if (offset < HEADER_SIZES.smb2 || length === 0 || at >= r.end) return;
  const buffer = r.over(at, Math.min(r.end, at + length), place.length, true);
  if (place.kind === "text") readText(buffer, place.name);
  else if (place.kind === "token") buffer.part(place.name, readTokenIn, token);
  else if (place.kind === "contexts") buffer.part(place.name, readCreateContexts, undefined);
  else {
    const code = values.get("CtlCode") ?? 0;
    const { response } = header;
    const mine = place.name === (response ? "Output" : "Input");
    if (mine && readsControl(code, response)) buffer.part(place.name, readControl, { code, response });
    else buffer.rest(place.name);
  }
}

function readTokenIn(r: Reader, token: ReadToken): void {
  const { offset } = r;
  try {
    token(r);
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
  }
  r.unread("undecoded", offset, r.end);
}

function readText(r: Reader, name: string): void {
  const start = r.offset;
  const text = utf16(r.rest());
  r.note(name, start, text);
}

/** [MS-SMB2] 2.2.3: what stands behind the fixed part of requests; 2.2.3.1, the contexts of both sides. */
function readNegotiation(r: Reader, values: Values, { header, start }: Context): void {
  let offset = values.get("NegotiateContextOffset") ?? 0;
  let contexts = values.get("NegotiateContextCount") ?? 0;
  if (header.response) {
    if (values.get("DialectRevision") !== DIALECT_311) return;
  } else {
    const count = values.get("DialectCount") ?? 0;
    const dialects = r.over(r.offset + 8, r.end, "DialectCount", true);
    const newest = Math.max(0, ...dialectsOf(dialects.ahead(), count));
    const fields = readLayout(r, newest === DIALECT_311 ? CONTEXTS_FOLLOW : START_TIME);
    offset = fields.get("NegotiateContextOffset") ?? 0;
    contexts = fields.get("NegotiateContextCount") ?? 0;
    r.part("Dialects", readDialects, count);
  }
  if (offset < HEADER_SIZES.smb2 || start + offset > r.end) return;
  const list = r.over(start + offset, r.end, "NegotiateContextList", true);
  list.part("NegotiateContextList", readNegotiateContexts, contexts);
}

const CONTEXTS_FOLLOW: Layout = [
  ["NegotiateContextOffset", "u32"],
  ["NegotiateContextCount", "u16"],
  ["Reserved2", "h16"],
];
const START_TIME: Layout = [["ClientStartTime", 8]];

function dialectsOf(r: Reader, count: number): number[] {
  const found: number[] = [];
  while (found.length < count && r.left >= 2) found.push(r.u16());
  return found;
}

function readDialects(r: Reader, count: number): void {
  for (let i = 0; i < count && i < MAX_LIST; i++) r.u16("[]", showDialect);
}

function readNegotiateContexts(r: Reader, count: number): void {
  for (let i = 0; i < count && i < MAX_LIST && r.left > 0; i++) {
    r.part("NEGOTIATE_CONTEXT", readNegotiateContext, undefined);
    if (i + 1 < count) r.skip(Math.min(r.left, -r.position & 7), "Padding");
  }
}

function readNegotiateContext(r: Reader): void {
  const values = readLayout(r, NEGOTIATE_CONTEXT);
  const data = r.window(values.get("DataLength") ?? 0, "DataLength");
  const type = values.get("ContextType") ?? 0;
  const list = ALGORITHM_LISTS.get(type);
  if (list !== undefined) {
    const count = data.u16(list.count);
    const before = readLayout(data, list.before);
    for (let i = 0; i < count && i < MAX_LIST; i++) data.u16(list.item, list.show);
    if (data.left > 0) data.rest(before.has("SaltLength") ? "Salt" : "Data");
  } else if (type === TEXT_CONTEXT) readText(data, "NetName");
  else if (data.left > 0) data.rest("Data");
}

function readLocks(r: Reader, count: number): void {
  for (let i = 0; i < count && i < MAX_LIST; i++) r.part("SMB2_LOCK_ELEMENT", readLayout, LOCK_ELEMENT);
}

/** [MS-SMB2] 2.2.13.2: each says where the next one is. */
function readCreateContexts(r: Reader): void {
  const from = r.offset;
  for (let count = 0; r.left > 0 && count < MAX_LIST; count++) {
    const next = r.ahead().u32();
    const size = next > 0 && next < r.left ? next : r.left;
    r.window(size, "Next").part("SMB2_CREATE_CONTEXT", readCreateContext, undefined);
    if (next === 0) break;
  }
  r.unread("undecoded", from, r.end);
}

const NO_NAME = new Uint8Array(0);

function readCreateContext(r: Reader): void {
  const start = r.offset;
  const values = readLayout(r, CREATE_CONTEXT);
  const at = start + (values.get("NameOffset") ?? 0);
  const size = values.get("NameLength") ?? 0;
  if (at + size > r.end) return;
  const name = size === 0 ? NO_NAME : r.over(at, at + size, "NameLength").bytes(size, "Name", latin1);
  const data = start + (values.get("DataOffset") ?? 0);
  const length = values.get("DataLength") ?? 0;
  if (length > 0 && data + length <= r.end) readContextData(r.over(data, data + length, "DataLength"), name);
  r.unread("padding", start, r.end);
}

/** [MS-SMB2] 2.2.41, and what it encrypts. */
export function readTransformFields(r: Reader): void {
  readLayout(r, TRANSFORM);
  if (r.left > 0) r.rest("encrypted message");
}

const TRANSFORM: Layout = [
  ["ProtocolId", 4],
  ["Signature", 16],
  ["Nonce", 16],
  ["OriginalMessageSize", "u32"],
  ["Reserved", "h16"],
  ["Flags", "u16", flagsOf([[1, "Encrypted"]])],
  ["SessionId", "u64"],
];

/** [MS-SMB2] 2.2.42.1, and what it compresses. */
export function readCompressionFields(r: Reader): void {
  readLayout(r, COMPRESSION);
  if (r.left > 0) r.rest("compressed message");
}

const COMPRESSION: Layout = [
  ["ProtocolId", 4],
  ["OriginalCompressedSegmentSize", "u32"],
  ["CompressionAlgorithm", "u16", showCompression],
  ["Flags", "u16", flagsOf([[1, "SMB2_COMPRESSION_FLAG_CHAINED"]])],
  ["Offset", "u32"],
];
