/** [MS-DTYP] 2.3.4 GUID, [C706] Appendix A uuid_t: a structure to IDL, one text here. */
import type { Native } from "../ndr/decode-state.js";
import { readGuid } from "../wire/guid.js";

/** 16 bytes, the first three fields by the drep. */
export const GUID: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 4, ndr64: 4 },
  read(state, into, key) {
    state.reader.align(4);
    into[key] = readGuid(state.reader);
  },
};
