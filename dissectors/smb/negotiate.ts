/**
 * What a server chose in SMB2 NEGOTIATE, [MS-SMB2] 2.2.4, with the negotiate contexts of SMB 3.1.1 that say how messages are
 * protected: 2.2.3.1.2 SMB2_ENCRYPTION_CAPABILITIES, 2.2.3.1.7 SMB2_SIGNING_CAPABILITIES.
 *
 * Not handled: what the client offered; compression, RDMA and transport capabilities.
 */
import type { Reader } from "../wire/reader.js";
import { DIALECT_311, DIALECT_WILDCARD, impliedCipher } from "./algorithms.js";
import { HEADER_SIZES } from "./framing.js";

const STRUCTURE_SIZE = 65;
const CONTEXT_HEADER = 8;
const CONTEXT_ENCRYPTION = 2;
const CONTEXT_SIGNING = 8;

export interface Agreement {
  dialect: number;
  /** Of encryption; 0 where there is none. */
  cipher: number;
  /** The algorithm of signatures where it was negotiated; null where the dialect implies it. */
  signing: number | null;
}

/** Reads a whole response, all of `r` from its header on; null where it is none, or has the wildcard dialect that answers an SMB1 negotiate. */
export function readAgreement(r: Reader): Agreement | null {
  const start = r.offset;
  if (r.left < HEADER_SIZES.smb2) return null;
  r.skip(HEADER_SIZES.smb2);
  if (r.left < STRUCTURE_SIZE - 1 || r.u16() !== STRUCTURE_SIZE) return null;
  r.skip(2);
  const dialect = r.u16();
  const count = r.u16();
  if (dialect === DIALECT_WILDCARD) return null;
  const agreement: Agreement = { dialect, cipher: impliedCipher(dialect), signing: null };
  if (dialect !== DIALECT_311) return agreement;
  r.skip(52);
  readContexts(r, start, r.u32(), count, agreement);
  return agreement;
}

/** [MS-SMB2] 2.2.4.1: each begins at a multiple of eight bytes. What is cut says nothing. */
function readContexts(
  whole: Reader,
  start: number,
  offset: number,
  count: number,
  agreement: Agreement,
): void {
  let at = offset;
  for (let i = 0; i < count && start + at + CONTEXT_HEADER <= whole.end; i++) {
    const r = whole.over(start + at, whole.end, "NegotiateContextCount");
    const type = r.u16();
    const length = r.u16();
    r.skip(4);
    // The server answers with the one that it chose.
    if (length >= 4 && r.left >= 4) {
      r.skip(2);
      if (type === CONTEXT_ENCRYPTION) agreement.cipher = r.u16();
      else if (type === CONTEXT_SIGNING) agreement.signing = r.u16();
    }
    at = (at + CONTEXT_HEADER + length + 7) & ~7;
  }
}
