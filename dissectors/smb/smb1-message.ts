/**
 * One SMB1 message from its first byte to its last: the header, and what its commands say. [MS-CIFS] 2.2.4.
 *
 * Not handled: commands that have nothing to do with sessions, trees, pipes and the bytes of files are of type "other".
 */
import { WireError } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import * as smb1 from "./smb1.js";
import * as file from "./smb1-file.js";
import * as session from "./smb1-session.js";
import * as transaction from "./smb1-transaction.js";

/** A command without anything of interest beside itself. `empty`: an answer without parameters, as failures are. */
export interface PlainCommand {
  type: "treeDisconnect" | "logoff" | "empty" | "other";
}

export type Smb1Body =
  | PlainCommand
  | session.NegotiateRequest
  | session.NegotiateResponse
  | session.SessionSetupRequest
  | session.SessionSetupResponse
  | session.TreeConnectRequest
  | session.TreeConnectResponse
  | file.OpenRequest
  | file.OpenResponse
  | file.ReadRequest
  | file.ReadResponse
  | file.WriteRequest
  | file.WriteResponse
  | file.CloseRequest
  | transaction.TransactionRequest
  | transaction.TransactionSecondary
  | transaction.TransactionResponse;

export interface Smb1Command {
  command: number;
  body: Smb1Body;
}

export interface Smb1Message {
  header: smb1.Smb1Header;
  /** In the order of the chain; those behind a fault are missing. */
  commands: Smb1Command[];
  error: WireError | null;
}

/**
 * Reads a message, all of `r`, whose bound is what set its end: the length of its NetBIOS session header, or `captured` where
 * bytes behind its end were not. Throws WireError where there is no header; any later fault is the message's `error`.
 */
export function readSmb1Message(r: Reader): Smb1Message {
  const header = smb1.readSmb1Header(r);
  const commands: Smb1Command[] = [];
  try {
    smb1.readSmb1Blocks(r, header, (block) => {
      commands.push({ command: block.command, body: readBody(block, header, r.origin) });
    });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { header, commands, error };
  }
  return { header, commands, error: null };
}

function readBody(block: smb1.Smb1Block, header: smb1.Smb1Header, origin: number): Smb1Body {
  return header.reply ? readResponse(block, header, origin) : readRequest(block, header, origin);
}

function readRequest(block: smb1.Smb1Block, header: smb1.Smb1Header, origin: number): Smb1Body {
  switch (block.command) {
    case smb1.SMB_COM_NEGOTIATE:
      return session.readNegotiateRequest(block);
    case smb1.SMB_COM_SESSION_SETUP_ANDX:
      return session.readSessionSetupRequest(block, header, origin);
    case smb1.SMB_COM_TREE_CONNECT_ANDX:
      return session.readTreeConnectAndxRequest(block, header, origin);
    case smb1.SMB_COM_TREE_CONNECT:
      return session.readTreeConnectRequest(block, header, origin);
    case smb1.SMB_COM_TREE_DISCONNECT:
      return { type: "treeDisconnect" };
    case smb1.SMB_COM_LOGOFF_ANDX:
      return { type: "logoff" };
    case smb1.SMB_COM_NT_CREATE_ANDX:
      return file.readNtCreateRequest(block, header, origin);
    case smb1.SMB_COM_OPEN_ANDX:
      return file.readOpenAndxRequest(block, header, origin);
    case smb1.SMB_COM_OPEN:
      return file.readOpenRequest(block, header, origin);
    case smb1.SMB_COM_READ_ANDX:
      return file.readReadAndxRequest(block);
    case smb1.SMB_COM_READ:
    case smb1.SMB_COM_LOCK_AND_READ:
      return file.readReadRequest(block);
    case smb1.SMB_COM_WRITE_ANDX:
      return file.readWriteAndxRequest(block);
    case smb1.SMB_COM_WRITE:
    case smb1.SMB_COM_WRITE_AND_UNLOCK:
      return file.readWriteRequest(block, origin);
    case smb1.SMB_COM_WRITE_AND_CLOSE:
      return file.readWriteAndCloseRequest(block, origin);
    case smb1.SMB_COM_CLOSE:
      return file.readCloseRequest(block);
    case smb1.SMB_COM_TRANSACTION:
      return transaction.readTransactionRequest(block, header, origin);
    case smb1.SMB_COM_TRANSACTION_SECONDARY:
      return transaction.readTransactionSecondary(block);
  }
  return { type: "other" };
}

function readResponse(block: smb1.Smb1Block, header: smb1.Smb1Header, origin: number): Smb1Body {
  if (block.wordCount === 0) return { type: "empty" };
  switch (block.command) {
    case smb1.SMB_COM_NEGOTIATE:
      return session.readNegotiateResponse(block, header);
    case smb1.SMB_COM_SESSION_SETUP_ANDX:
      return session.readSessionSetupResponse(block);
    case smb1.SMB_COM_TREE_CONNECT_ANDX:
      return session.readTreeConnectAndxResponse(block, header, origin);
    case smb1.SMB_COM_TREE_CONNECT:
      return session.readTreeConnectResponse(block);
    case smb1.SMB_COM_NT_CREATE_ANDX:
      return file.readNtCreateResponse(block);
    case smb1.SMB_COM_OPEN_ANDX:
      return file.readOpenAndxResponse(block);
    case smb1.SMB_COM_OPEN:
      return file.readOpenResponse(block);
    case smb1.SMB_COM_READ_ANDX:
      return file.readReadAndxResponse(block);
    case smb1.SMB_COM_READ:
    case smb1.SMB_COM_LOCK_AND_READ:
      return file.readReadResponse(block, origin);
    case smb1.SMB_COM_WRITE_ANDX:
      return file.readWriteAndxResponse(block);
    case smb1.SMB_COM_WRITE:
    case smb1.SMB_COM_WRITE_AND_UNLOCK:
    case smb1.SMB_COM_WRITE_AND_CLOSE:
      return file.readWriteResponse(block);
    case smb1.SMB_COM_TRANSACTION:
      return transaction.readTransactionResponse(block);
  }
  return { type: "other" };
}
