/**
 * [MS-RPCE] 2.2.2.13 verification trailer: claims about the PDU and its presentation context that a client puts behind the
 * stub of a request. Little-endian whatever the drep.
 *
 * Not handled: whether the claims are true (the caller compares them with what the PDUs said).
 */
import { lastIndexOfBytes } from "../wire/bytes.js";
import { WireError } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { readSyntaxId, type SyntaxId } from "./syntax-id.js";

/** [MS-RPCE] 2.2.2.13.1 signature. */
const SIGNATURE = Uint8Array.of(0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71);

const COMMAND_BITMASK_1 = 0x0001;
const COMMAND_PCONTEXT = 0x0002;
const COMMAND_HEADER2 = 0x0003;
const COMMAND_END = 0x4000;
const COMMAND_TYPE_MASK = 0x3fff;

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

/** Finds the trailer that ends `stub`, or null. A signature that is followed by no command list is data, not a trailer. */
export function readVerificationTrailer(stub: Uint8Array): VerificationTrailer | null {
  const start = lastIndexOfBytes(stub, SIGNATURE);
  if (start < 0 || stub.length - start < SIGNATURE.length + 4) return null;
  const r = new Reader(stub, true, start + SIGNATURE.length, stub.length, "stub");
  const trailer: VerificationTrailer = {
    start,
    bitmask: null,
    pcontext: null,
    header2: null,
    unknown: [],
    damaged: true,
  };
  try {
    while (r.left >= 4) {
      const command = r.u16();
      readCommand(trailer, command & COMMAND_TYPE_MASK, r.window(r.u16(), "length"));
      if ((command & COMMAND_END) !== 0) {
        trailer.damaged = false;
        break;
      }
    }
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
  }
  const found = trailer.bitmask !== null || trailer.pcontext !== null || trailer.header2 !== null;
  return found || !trailer.damaged ? trailer : null;
}

function readCommand(trailer: VerificationTrailer, type: number, r: Reader): void {
  switch (type) {
    case COMMAND_BITMASK_1:
      trailer.bitmask = r.u32();
      return;
    case COMMAND_PCONTEXT:
      trailer.pcontext = { interfaceId: readSyntaxId(r), transferSyntax: readSyntaxId(r) };
      return;
    case COMMAND_HEADER2: {
      const ptype = r.u8();
      r.skip(3);
      const drep = r.u8();
      r.skip(3);
      trailer.header2 = { ptype, drep, callId: r.u32(), contextId: r.u16(), opnum: r.u16() };
      return;
    }
    default:
      trailer.unknown.push(type);
  }
}
