/**
 * [MS-OAUT] 2.2.28.2 BRECORD: records of a user-defined type, behind an object reference that says which type it
 * is (2.2.31 RecordInfoData).
 *
 * Not handled: the fields of the records. Their NDR is kept as hex, without the size in front of it, which says what
 * clSize says.
 */

import type { Container, DecodeState, Key, Native } from "../ndr/decode-state.js";
import type { Value } from "../ndr/decoded.js";
import { hex } from "../wire/guid.js";
import { inOrder, readCount } from "./orders.js";

/** Bytes of the size in front of the records. */
const PREFIX_SIZE = 4;

/** [MS-OAUT] 2.2.28.2.1 _wireBRECORD, by the names of its IDL; records themselves stay NDR in hex. */
export function readRecord(state: DecodeState, into: Container, key: Key): void {
  const r = state.reader;
  r.align(state.wide ? 8 : 4);
  const fFlags = inOrder(state, true, () => r.u32("fFlags"));
  const clSize = inOrder(state, true, () => r.u32("clSize"));
  const value: { [name: string]: Value } = { fFlags, clSize, pRecInfo: null, pRecord: null };
  into[key] = value;
  const info = state.referentId("pRecInfo");
  const record = state.referentId("pRecord");
  if (info !== 0) {
    state.keys[state.depth++] = "pRecInfo";
    r.enter("pRecInfo");
    state.readNative("MInterfacePointer", value, "pRecInfo");
    r.leave();
    state.depth--;
  }
  if (record !== 0) {
    state.keys[state.depth++] = "pRecord";
    r.enter("pRecord");
    readRecords(state, clSize, value);
    r.leave();
    state.depth--;
  }
}

/** The bytes of the records behind their size, or all of them where that is another one than clSize. */
function readRecords(state: DecodeState, clSize: number, into: { [name: string]: Value }): void {
  const r = state.reader;
  const count = readCount(state, clSize);
  if (count !== clSize) sizeDiffers(state, "maximum count", count, clSize);
  const bytes = r.data.subarray(r.offset, r.offset + Math.min(count, r.left));
  const first = r.ahead();
  first.littleEndian = true;
  const prefix = bytes.length < PREFIX_SIZE ? null : first.u32();
  const sized = prefix === clSize;
  into.pRecord = hex(sized ? bytes.subarray(PREFIX_SIZE) : bytes);
  if (sized) r.skip(PREFIX_SIZE, "size");
  r.skip(sized ? count - PREFIX_SIZE : count, "record data");
  if (prefix !== null && prefix !== clSize)
    sizeDiffers(state, "size in front of the records", prefix, clSize);
}

function sizeDiffers(state: DecodeState, what: string, found: number, clSize: number): void {
  state.note(
    "warning",
    "size-is-mismatch",
    `${state.path()}: the ${what} is ${found}, clSize says ${clSize}`,
  );
}

export const BRECORD: Native = {
  pointer: true,
  conformant: false,
  align: { ndr: 4, ndr64: 8 },
  read(state, into, key) {
    readRecord(state, into, key);
  },
};
