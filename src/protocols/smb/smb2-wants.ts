/**
 * How many bytes of a message of SMB 2 or 3 are wanted, by what is there of it: what is read from files and written to them is
 * passed over, and a file that is not known is judged by its first bytes.
 */
import { HEADER_SIZES } from "../../../dissectors/smb/framing.js";
import {
  CLOSE,
  CREATE,
  carriesData,
  FSCTL_PIPE_TRANSCEIVE,
  IOCTL,
  IOCTL_REQUEST_FIXED,
  IOCTL_RESPONSE_FIXED,
  ioctlRequest,
  ioctlResponse,
  NEGOTIATE,
  READ,
  READ_REQUEST_FIXED,
  READ_RESPONSE_FIXED,
  readData,
  SESSION_SETUP,
  type Smb2Header,
  type Span,
  TREE_CONNECT,
  WRITE,
  WRITE_REQUEST_FIXED,
  writeRequest,
} from "../../../dissectors/smb/smb2.js";
import { PDU_LOOK, type Pipe, type Pipes } from "./pipes.js";
import { placeOf, type Smb2State } from "./smb2-state.js";

const HEADER = HEADER_SIZES.smb2;

/** Messages that are wanted whole: those of setup are short. */
const WHOLE: ReadonlySet<number> = new Set([NEGOTIATE, SESSION_SETUP, TREE_CONNECT, CREATE, CLOSE]);

/** Who is asked what is open. */
export interface Asked {
  state: Smb2State;
  pipes: Pipes;
}

/** Of a message of `size` bytes that begins with `head`. */
export function wantedOf(header: Smb2Header, head: Uint8Array, size: number, asked: Asked): number {
  const { command, response } = header;
  if (WHOLE.has(command)) return size;
  if (command === READ) return response ? ofRead(header, head, size, asked) : READ_REQUEST_FIXED;
  if (command === WRITE && !response) return ofWrite(header, head, size, asked);
  return command === IOCTL ? ofIoctl(header, head, size) : HEADER;
}

function ofRead(header: Smb2Header, head: Uint8Array, size: number, asked: Asked): number {
  if (!carriesData(header)) return HEADER;
  const { state } = asked;
  const pending = state.waiting(header.messageId);
  if (pending === null ? isDisk(header, asked) : pending.command !== READ) return HEADER;
  const pipe =
    pending?.command === READ ? (pending.pipe ?? state.pipe(pending.fileId)) : onlyPipe(header, asked);
  return ofPipe(pipe, READ_RESPONSE_FIXED, head, size, readData, asked);
}

function ofWrite(header: Smb2Header, head: Uint8Array, size: number, asked: Asked): number {
  if (isDisk(header, asked)) return HEADER;
  if (head.length < WRITE_REQUEST_FIXED) return WRITE_REQUEST_FIXED;
  const write = writeRequest(head);
  if (write === null) return HEADER;
  // One that is related to the message before is short, as a compound is.
  const pipe = asked.state.pipe(write.fileId);
  if (pipe === null && header.related) return size;
  return ofPipe(pipe, WRITE_REQUEST_FIXED, head, size, (d) => writeRequest(d)?.data ?? null, asked);
}

function ofIoctl(header: Smb2Header, head: Uint8Array, size: number): number {
  const fixed = header.response ? IOCTL_RESPONSE_FIXED : IOCTL_REQUEST_FIXED;
  if (header.response && !carriesData(header)) return HEADER;
  if (head.length < fixed) return fixed;
  const code = (header.response ? ioctlResponse(head) : ioctlRequest(head))?.code;
  return code === FSCTL_PIPE_TRANSCEIVE ? size : fixed;
}

/** All that a pipe carries is wanted; a file that is not known is wanted where its data begin like a PDU. */
function ofPipe(
  pipe: Pipe | null,
  fixed: number,
  head: Uint8Array,
  size: number,
  dataOf: (d: Uint8Array) => Span | null,
  { pipes }: Asked,
): number {
  if (pipe?.passed) return fixed;
  if (pipe?.doubtful === false) return size;
  if (head.length < fixed) return fixed;
  const data = dataOf(head);
  if (data === null) return fixed;
  const look = Math.min(size, data.start + Math.min(data.length, PDU_LOOK));
  if (head.length < look) return look;
  return pipes.looksLikePdu(head, data) ? size : fixed;
}

/**
 * Whose an answer must be of which the request was not captured: the only pipe's of a share that is one of pipes; where the
 * share is not known, the only pipe's of which more was announced.
 */
export function onlyPipe(header: Smb2Header, { state }: Asked): Pipe | null {
  const tree = state.tree(placeOf(header));
  if (tree?.pipes === false) return null;
  const only = state.onlyPipe();
  return tree?.pipes === true || only?.more === true ? only : null;
}

/** A message on a share that is known to have no pipes. */
export function isDisk(header: Smb2Header, { state }: Asked): boolean {
  return state.tree(placeOf(header))?.pipes === false;
}
