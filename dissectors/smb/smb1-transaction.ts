/**
 * SMB_COM_TRANSACTION and its secondary requests: [MS-CIFS] 2.2.4.33 and 2.2.4.34, and the subcommands for named pipes of
 * 2.2.5. Each message has a part of the parameters and of the data, with its place in the whole.
 *
 * Not handled: mailslots and the subcommands that only ask about a pipe, whose bytes are none of the pipe's;
 * SMB_COM_TRANSACTION2 and SMB_COM_NT_TRANSACT, which are about files and directories.
 */
import type { Reader } from "../wire/reader.js";
import { readSmbString, type Smb1Block, type Smb1Header } from "./smb1.js";

/** [MS-CIFS] 2.2.2.2, subcommands for named pipes. */
const TRANS_RAW_READ_NMPIPE = 0x11;
const TRANS_TRANSACT_NMPIPE = 0x26;
const TRANS_RAW_WRITE_NMPIPE = 0x31;
const TRANS_READ_NMPIPE = 0x36;
const TRANS_WRITE_NMPIPE = 0x37;
const TRANS_CALL_NMPIPE = 0x54;

/** Which data of a transaction are bytes of a pipe. */
export interface PipeUse {
  request: boolean;
  response: boolean;
  /** The pipe is opened for this alone, by the transaction's name. */
  opens: boolean;
}

const USES: ReadonlyMap<number, PipeUse> = new Map([
  [TRANS_RAW_READ_NMPIPE, { request: false, response: true, opens: false }],
  [TRANS_TRANSACT_NMPIPE, { request: true, response: true, opens: false }],
  [TRANS_RAW_WRITE_NMPIPE, { request: true, response: false, opens: false }],
  [TRANS_READ_NMPIPE, { request: false, response: true, opens: false }],
  [TRANS_WRITE_NMPIPE, { request: true, response: false, opens: false }],
  [TRANS_CALL_NMPIPE, { request: true, response: true, opens: true }],
]);

/** A part of the data of a transaction, and its place in the whole; it may reach beyond what there is of the message. */
export interface TransactionPart {
  TotalDataCount: number;
  DataDisplacement: number;
  DataCount: number;
  /** From the header's first byte on. */
  DataOffset: number;
}

export interface TransactionRequest extends TransactionPart {
  type: "transaction";
  /** `\PIPE\` for pipes that are open, `\PIPE\name`, `\MAILSLOT\name`. */
  Name: string;
  /** Setup words: the subcommand, and the FID where it is about one. */
  subcommand: number | null;
  FID: number | null;
}

export interface TransactionSecondary extends TransactionPart {
  type: "transactionSecondary";
}

export interface TransactionResponse extends TransactionPart {
  type: "transactionResponse";
}

const PIPE_PREFIX = "\\PIPE\\";

/** What a transaction has to do with a pipe's bytes; null where nothing. */
export function pipeUse({ Name, subcommand }: TransactionRequest): PipeUse | null {
  if (subcommand === null || Name.slice(0, PIPE_PREFIX.length).toUpperCase() !== PIPE_PREFIX) return null;
  return USES.get(subcommand) ?? null;
}

export function readTransactionRequest(
  { words, data }: Smb1Block,
  { unicode }: Smb1Header,
  origin: number,
): TransactionRequest {
  words.skip(2); // TotalParameterCount
  const TotalDataCount = words.u16();
  words.skip(14); // MaxParameterCount to Reserved2
  words.skip(4); // ParameterCount, ParameterOffset
  const DataCount = words.u16();
  const DataOffset = words.u16();
  const SetupCount = words.u8();
  words.skip(1);
  const subcommand = SetupCount > 0 ? words.u16() : null;
  return {
    type: "transaction",
    Name: readSmbString(data, unicode, origin),
    subcommand,
    FID: SetupCount > 1 ? words.u16() : null,
    TotalDataCount,
    DataDisplacement: 0,
    DataCount,
    DataOffset,
  };
}

export function readTransactionSecondary({ words }: Smb1Block): TransactionSecondary {
  words.skip(2); // TotalParameterCount
  const TotalDataCount = words.u16();
  words.skip(6); // ParameterCount, ParameterOffset, ParameterDisplacement
  return { type: "transactionSecondary", ...part(words, TotalDataCount) };
}

/** The answer to a whole request; one without parameters asks for the rest of it ([MS-CIFS] 2.2.4.33.2). */
export function readTransactionResponse({ words }: Smb1Block): TransactionResponse {
  words.skip(2); // TotalParameterCount
  const TotalDataCount = words.u16();
  words.skip(8); // Reserved1, ParameterCount, ParameterOffset, ParameterDisplacement
  return { type: "transactionResponse", ...part(words, TotalDataCount) };
}

/** DataCount, DataOffset and DataDisplacement, which parameters are in front of. */
function part(words: Reader, TotalDataCount: number): TransactionPart {
  const DataCount = words.u16();
  const DataOffset = words.u16();
  const DataDisplacement = words.u16();
  return { TotalDataCount, DataDisplacement, DataCount, DataOffset };
}
