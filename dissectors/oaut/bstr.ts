/**
 * [MS-OAUT] 2.2.23 BSTR: a unique pointer to FLAGGED_WORD_BLOB, little-endian whatever the data representation
 * label says.
 *
 * Not handled: code pages of BSTRs that hold other than UTF-16 text.
 */
import type { DecodeState, Native } from "../ndr/decode-state.js";
import type { Reader } from "../wire/reader.js";
import { utf16 } from "../wire/text.js";
import { findOrders, inOrder, type Orders } from "./orders.js";

/** cBytes of a null BSTR. */
const NULL_BSTR = 0xffffffff;

/** Maximum count, cBytes and clSize agree with one another, and with the bytes that are left. */
function agrees(count: number, body: Reader): boolean {
  if (body.left < 8) return false;
  const bytes = body.u32();
  const words = body.u32();
  if (count !== words || words * 2 > body.left) return false;
  return words === (bytes === NULL_BSTR ? 0 : Math.ceil(bytes / 2));
}

/** The byte orders of the FLAGGED_WORD_BLOB at `offset`, or null where there is none. */
export function blobOrders(state: DecodeState, offset: number): Orders | null {
  return findOrders(state, offset, agrees);
}

/** A FLAGGED_WORD_BLOB as text; null for the null BSTR. The text is handed over before missing bytes fail. */
export function readBlob(state: DecodeState, put: (text: string | null) => void): void {
  const orders = state.reader.littleEndian ? null : blobOrders(state, state.reader.offset);
  const count = inOrder(state, orders?.countLittle ?? true, () => state.count("max_count"));
  inOrder(state, orders?.bodyLittle ?? true, (r) => readBody(state, r, count, put));
}

function readBody(state: DecodeState, r: Reader, count: number, put: (text: string | null) => void): void {
  r.align(4);
  const bytes = r.u32("cBytes", showBytes);
  const words = r.u32("clSize");
  if (words !== count) {
    state.note(
      "warning",
      "size-is-mismatch",
      `${state.path()}: the maximum count is ${count}, clSize says ${words}`,
    );
  }
  if (bytes === NULL_BSTR) {
    put(null);
  } else {
    if (Math.ceil(bytes / 2) !== words) {
      state.note("warning", "bstr-length", `${state.path()}: cBytes is ${bytes}, clSize ${words}`);
    }
    const shown = Math.min(bytes, count * 2, r.left);
    const start = r.offset;
    const text = utf16(r.data.subarray(start, start + shown), r.littleEndian, state.lone);
    put(text);
    r.skip(count * 2);
    if (count > 0) r.note("asData", start, text);
    return;
  }
  r.skip(count * 2, "asData");
}

function showBytes(bytes: number): string {
  return bytes === NULL_BSTR ? "null BSTR" : String(bytes);
}

export const BSTR: Native = {
  pointer: true,
  conformant: false,
  align: { ndr: 4, ndr64: 8 },
  read(state, into, key) {
    readBlob(state, (text) => {
      into[key] = text;
    });
  },
};

/** FLAGGED_WORD_BLOB by its own name: a conformant structure. */
export const FLAGGED_WORD_BLOB: Native = {
  pointer: false,
  conformant: true,
  align: { ndr: 4, ndr64: 4 },
  read(state, into, key) {
    const count = state.takeCount();
    inOrder(state, true, (r) =>
      readBody(state, r, count, (text) => {
        into[key] = text;
      }),
    );
  },
};
