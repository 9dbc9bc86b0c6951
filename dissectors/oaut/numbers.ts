/** [MS-OAUT] 2.2.24 CURRENCY and 2.2.26 DECIMAL where they are parameters: by the drep, unlike in a VARIANT. */
import type { Native } from "../ndr/decode-state.js";
import { readDecimal } from "./vartypes.js";

/** [MS-OAUT] 2.2.24 where it is a parameter: ten-thousandths, by the drep, unlike in a VARIANT. */
export const CURRENCY: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 8, ndr64: 8 },
  read(state, into, key) {
    state.reader.align(8);
    into[key] = state.reader.i64("int64").toString();
  },
};

/** [MS-OAUT] 2.2.26 where it is a parameter. */
export const DECIMAL: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 8, ndr64: 8 },
  read(state, into, key) {
    state.reader.align(8);
    into[key] = readDecimal(state.reader);
  },
};
