/**
 * Every field of an SMB1 message, for trees: [MS-CIFS] 2.2.3 and 2.2.4. What sessions and pipes need of them is read in
 * smb1-message.ts, by less.
 *
 * Not handled: as in smb1-layouts.ts.
 */
import { WireError } from "../wire/errors.js";
import { type Layout, readLayout, type Values } from "../wire/layout.js";
import type { Reader } from "../wire/reader.js";
import { nameIn } from "../wire/show.js";
import { ntstatusName } from "../wire/status.js";
import { HEADER_SIZES } from "./framing.js";
import {
  ANDX,
  readSmb1Blocks,
  readSmb1Header,
  readSmbString,
  type Smb1Block,
  type Smb1Header,
} from "./smb1.js";
import { COMMANDS, showFlags, showFlags2, showPipeFunction } from "./smb1-codes.js";
import {
  type DataItem,
  type Form,
  NEGOTIATE_CHALLENGE,
  REQUESTS,
  RESPONSES,
  SESSION_SETUP_ANSWER,
  SESSION_SETUP_PASSWORDS,
} from "./smb1-layouts.js";
import type { ReadToken } from "./smb2-fields.js";

const NEGOTIATE = 0x72;
const SESSION_SETUP = 0x73;
const TRANSACTION = 0x25;
const NT_TRANSACT = 0xa0;
const NT_CREATE = 0xa2;
/** Words of a SESSION_SETUP_ANDX request with extended security, and of its answer. */
const SESSION_SETUP_BLOB = 12;
const ANSWER_BLOB = 4;
const MAX_DIALECTS = 64;

interface Message {
  header: Smb1Header;
  start: number;
  token: ReadToken;
}

const showCommand = nameIn(COMMANDS);

/** The message that is all of `r`. */
export function readSmb1Fields(r: Reader, token: ReadToken): void {
  const start = r.offset;
  try {
    r.littleEndian = true;
    const header = readSmb1Header(r.ahead());
    r.part("SMB_Header", readHeader, header);
    const message = { header, start, token };
    const blocks: Smb1Block[] = [];
    try {
      readSmb1Blocks(r.ahead(), header, (block) => blocks.push(block));
    } finally {
      for (const block of blocks) readBlock(r, block, message);
    }
  } finally {
    r.unread("undecoded", start, r.end);
  }
}

function readHeader(r: Reader, header: Smb1Header): void {
  r.bytes(4, "Protocol");
  r.u8("Command", showCommand);
  if (header.ntStatus) r.u32("Status", (status) => ntstatusName(status) ?? `0x${status.toString(16)}`);
  else readLayout(r, OLD_STATUS);
  r.u8("Flags", showFlags);
  r.u16("Flags2", showFlags2);
  readLayout(r, HEADER_END);
}

const OLD_STATUS: Layout = [
  ["ErrorClass", "u8"],
  ["Reserved", "u8"],
  ["ErrorCode", "u16"],
];
const HEADER_END: Layout = [
  ["PIDHigh", "u16"],
  ["SecurityFeatures", 8],
  ["Reserved", "h16"],
  ["TID", "h16"],
  ["PIDLow", "u16"],
  ["UID", "h16"],
  ["MID", "u16"],
];

/** Its words and data are where the block says, each in front of which stands its count. */
function readBlock(r: Reader, block: Smb1Block, message: Message): void {
  const name = COMMANDS.get(block.command) ?? `0x${block.command.toString(16)}`;
  const answer = message.header.reply ? "Response" : "Request";
  const from = block.words.origin - 1;
  const end = from + 1 + wordsSize(block, message.header.reply) + 2;
  r.over(from, Math.min(r.end, Math.max(end, block.data.end)), "SMB_Parameters", true).part(
    `SMB_COM_${name} ${answer}`,
    readParts,
    {
      block,
      message,
    },
  );
}

function readParts(r: Reader, { block, message }: { block: Smb1Block; message: Message }): void {
  const { command, wordCount } = block;
  const { reply } = message.header;
  const from = r.offset;
  r.u8("WordCount");
  const words = r.window(wordsSize(block, reply), "WordCount");
  r.u16("ByteCount");
  const data = r.window(r.left, "ByteCount");
  if (ANDX.has(command) && wordCount >= 2) readLayout(words, LINK);
  const form = formOf(block, reply);
  if (form !== undefined) {
    const values = readWords(words, form.words, block, reply);
    for (const item of dataOf(block, form, message.header)) readItem(data, item, values, message);
  }
  words.unread("Words", words.origin, words.end);
  if (data.end > data.origin) r.unread("Bytes", data.origin, data.end);
  r.unread("undecoded", from, r.end);
}

/** [MS-SMB] 2.2.4.9.2: an extended answer has 50 words, and says 42 as servers of Windows count them. */
function wordsSize({ command, wordCount }: Smb1Block, reply: boolean): number {
  return 2 * (reply && command === NT_CREATE && wordCount === 42 ? 50 : wordCount);
}

const LINK: Layout = [
  ["AndXCommand", "u8", showCommand],
  ["AndXReserved", "u8"],
  ["AndXOffset", "u16"],
];

function formOf({ command, wordCount }: Smb1Block, reply: boolean): Form | undefined {
  if (reply && wordCount === 0) return undefined;
  if (command === SESSION_SETUP && !reply && wordCount !== SESSION_SETUP_BLOB) {
    return wordCount === 13 ? SESSION_SETUP_PASSWORDS : undefined;
  }
  if (command === SESSION_SETUP && reply && wordCount < ANSWER_BLOB) return SESSION_SETUP_ANSWER;
  return (reply ? RESPONSES : REQUESTS).get(command);
}

/** As many as there are; what follows SetupCount are setup words. */
function readWords(words: Reader, layout: Layout, { command }: Smb1Block, reply: boolean): Values {
  const values = new Map<string, number>();
  for (const field of layout) {
    if (words.left === 0) break;
    for (const [name, value] of readLayout(words, [field])) values.set(name, value);
  }
  const setups = values.get("SetupCount") ?? 0;
  for (let i = 0; i < setups && words.left >= 2; i++) {
    const pipe = command === TRANSACTION && !reply && i === 0;
    words.u16(pipe ? "Function" : "Setup", pipe ? showPipeFunction : undefined);
  }
  if (command === NT_TRANSACT && words.left > 0) words.rest("Setup");
  return values;
}

function dataOf({ command, wordCount }: Smb1Block, form: Form, header: Smb1Header): readonly DataItem[] {
  if (command !== NEGOTIATE || !header.reply) return form.data;
  if (wordCount < 17) return [];
  return header.extendedSecurity ? form.data : NEGOTIATE_CHALLENGE;
}

function readItem(data: Reader, item: DataItem, values: Values, { header, start, token }: Message): void {
  const count = "length" in item ? (values.get(item.length) ?? 0) : 0;
  switch (item.kind) {
    case "text":
    case "unaligned":
      if (data.left > 0) readText(data, item.name, header.unicode, start, item.kind === "text");
      return;
    case "oem":
      if (data.left > 0) readText(data, item.name, false, start, false);
      return;
    case "formatted":
      data.u8("BufferFormat");
      readText(data, item.name, header.unicode, start, true);
      return;
    case "bytes":
      if (count > 0) data.bytes(Math.min(count, data.left), item.name);
      return;
    case "token":
      if (count > 0) data.window(Math.min(count, data.left), item.length).part(item.name, readTokenIn, token);
      return;
    case "at": {
      const at = start + (values.get(item.offset) ?? 0);
      const size = count + 0x10000 * (values.get("DataLengthHigh") ?? 0);
      if (size > 0 && at >= start + HEADER_SIZES.smb1 && at < data.end)
        data.over(at, Math.min(data.end, at + size), item.length).rest(item.name);
      return;
    }
    case "guid":
      data.bytes(Math.min(16, data.left), item.name);
      return;
    case "rest":
      if (item.name === "SecurityBlob") {
        if (data.left > 0) data.window(data.left, "ByteCount").part(item.name, readTokenIn, token);
      } else if (data.left > 0) data.rest(item.name);
      return;
    case "dialects":
      for (let i = 0; i < MAX_DIALECTS && data.left > 1 && data.peek() === 2; i++) {
        data.u8("BufferFormat");
        readText(data, item.name, false, start, false);
      }
  }
}

function readText(data: Reader, name: string, unicode: boolean, start: number, align: boolean): void {
  if (unicode && align && (data.offset - start) % 2 !== 0 && data.left > 0) data.skip(1, "Pad");
  const from = data.offset;
  const text = readSmbString(data, unicode, start, false);
  data.note(name, from, text);
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
