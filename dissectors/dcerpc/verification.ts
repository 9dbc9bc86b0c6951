/**
 * [MS-RPCE] 2.2.2.13 verification trailer: claims about the PDU and its presentation context that a client puts behind the
 * stub of a request. Little-endian whatever the drep.
 *
 * Not handled: whether the claims are true (the caller compares them with what the PDUs said).
 */
import { lastIndexOfBytes } from "../wire/bytes.js";
import { WireError } from "../wire/errors.js";
import type { Flag, Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import { transferUuidName } from "./bind.js";
import { ptypeName } from "./header.js";
import { showIntegersAndCharacters } from "./representation.js";
import { readSyntaxId, type SyntaxId } from "./syntax-id.js";

/** [MS-RPCE] 2.2.2.13.1 signature. */
const SIGNATURE = Uint8Array.of(0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71);

const COMMAND_BITMASK_1 = 0x0001;
const COMMAND_PCONTEXT = 0x0002;
const COMMAND_HEADER2 = 0x0003;
const COMMAND_END = 0x4000;
const COMMAND_MUST_PROCESS = 0x8000;
const COMMAND_TYPE_MASK = 0x3fff;

/** [MS-RPCE] 2.2.2.13.1: what each command is called, and the structure behind it. */
const COMMANDS: ReadonlyMap<number, readonly [name: string, structure: string]> = new Map([
  [COMMAND_BITMASK_1, ["SEC_VT_COMMAND_BITMASK_1", "rpc_sec_vt_bitmask"]],
  [COMMAND_PCONTEXT, ["SEC_VT_COMMAND_PCONTEXT", "rpc_sec_vt_pcontext"]],
  [COMMAND_HEADER2, ["SEC_VT_COMMAND_HEADER2", "rpc_sec_vt_header2"]],
]);

function showCommand(command: number): Flag[] {
  const type = command & COMMAND_TYPE_MASK;
  return [
    { name: COMMANDS.get(type)?.[0] ?? hexText(type), mask: COMMAND_TYPE_MASK, set: true },
    { name: "SEC_VT_COMMAND_END", mask: COMMAND_END, set: (command & COMMAND_END) !== 0 },
    {
      name: "SEC_VT_MUST_PROCESS_COMMAND",
      mask: COMMAND_MUST_PROCESS,
      set: (command & COMMAND_MUST_PROCESS) !== 0,
    },
  ];
}

const BITMASK = flagsOf([[0x00000001, "CLIENT_SUPPORT_HEADER_SIGNING"]]);

export interface VerificationTrailer {
  /** Offset of the signature in the stub: where the parameters (and their padding) end. */
  start: number;
  /** 2.2.2.13.2 rpc_sec_vt_bitmask: bit 0 says that the client can sign headers. */
  bitmask: number | null;
  /** 2.2.2.13.4 rpc_sec_vt_pcontext. */
  pcontext: { interfaceId: SyntaxId; transferSyntax: SyntaxId } | null;
  /** 2.2.2.13.3 rpc_sec_vt_header2; `drep` as its first byte. */
  header2: { ptype: number; drep: number; callId: number; contextId: number; opnum: number } | null;
  /** Commands of other types, by number. */
  unknown: number[];
  /** The commands overrun the stub or the last one lacks SEC_VT_COMMAND_END. */
  damaged: boolean;
}

/**
 * Finds the trailer that ends the stub which the reader has before it, or null. A signature that is followed by no command
 * list is data, not a trailer. The reader stays where it is.
 */
export function readVerificationTrailer(stub: Reader): VerificationTrailer | null {
  const bytes = stub.offset === 0 && stub.end === stub.data.length ? stub.data : stub.fork().rest();
  const start = lastIndexOfBytes(bytes, SIGNATURE);
  if (start < 0 || bytes.length - start < SIGNATURE.length + 4) return null;
  const trailer: VerificationTrailer = {
    start,
    bitmask: null,
    pcontext: null,
    header2: null,
    unknown: [],
    damaged: true,
  };
  const before = stub.mark();
  const r = stub.over(stub.offset + start, stub.end, "stub", true);
  r.part("rpc_sec_verification_trailer", readCommands, trailer);
  const found = trailer.bitmask !== null || trailer.pcontext !== null || trailer.header2 !== null;
  if (found || !trailer.damaged) return trailer;
  stub.forget(before);
  return null;
}

function readCommands(r: Reader, trailer: VerificationTrailer): void {
  r.skip(SIGNATURE.length, "signature");
  try {
    for (let last = false; !last && r.left >= 4; ) {
      const type = (r.peek(0) | (r.peek(1) << 8)) & COMMAND_TYPE_MASK;
      last = r.part(COMMANDS.get(type)?.[1] ?? "rpc_sec_vt", readCommand, trailer);
      if (last) trailer.damaged = false;
    }
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
  }
}

/** One command; whether it is the last. */
function readCommand(r: Reader, trailer: VerificationTrailer): boolean {
  const command = r.u16("command", showCommand);
  const type = command & COMMAND_TYPE_MASK;
  const body = r.window(r.u16("length"), "length");
  switch (type) {
    case COMMAND_BITMASK_1:
      trailer.bitmask = body.u32("bits", BITMASK);
      break;
    case COMMAND_PCONTEXT:
      trailer.pcontext = body.part("pcontext", readPcontext, null);
      break;
    case COMMAND_HEADER2:
      trailer.header2 = body.part("header2", readHeader2, null);
      break;
    default:
      trailer.unknown.push(type);
      body.rest("data");
  }
  return (command & COMMAND_END) !== 0;
}

function readPcontext(r: Reader): { interfaceId: SyntaxId; transferSyntax: SyntaxId } {
  r.enter("InterfaceId");
  const interfaceId = readSyntaxId(r);
  r.leave();
  r.enter("TransferSyntax");
  const transferSyntax = readSyntaxId(r, transferUuidName);
  r.leave();
  return { interfaceId, transferSyntax };
}

function readHeader2(r: Reader): NonNullable<VerificationTrailer["header2"]> {
  const ptype = r.u8("PTYPE", ptypeName);
  r.u8("Reserved1");
  r.u16("Reserved2");
  r.enter("drep");
  const drep = r.u8("integers and characters", showIntegersAndCharacters);
  r.skip(3, "reserved");
  r.leave();
  return {
    ptype,
    drep,
    callId: r.u32("call_id"),
    contextId: r.u16("p_cont_id"),
    opnum: r.u16("opnum"),
  };
}
