/**
 * The shapes that IDL cannot express, by the name under which descriptions refer to them: the one table that binds
 * hand-written decoders to IDL types.
 */
import { describeFloors, type Floor, floorData, readTower, type Tower } from "../dcerpc/tower.js";
import { DUAL_STRING_ARRAY, M_INTERFACE_POINTER, ORPC_THAT, ORPC_THIS } from "../dcom/interface-pointer.js";
import type { Value } from "../ndr/decoded.js";
import type { Native } from "../ndr/walk.js";
import { WireError } from "../wire/errors.js";
import { readGuid } from "../wire/guid.js";
import { BSTR, FLAGGED_WORD_BLOB } from "./bstr.js";
import { BRECORD } from "./record.js";
import { SAFEARRAY } from "./safearray.js";
import { VARIANT } from "./variant.js";
import { readDecimal } from "./vartypes.js";

/** [MS-DTYP] 2.3.4: 16 octets, the first three fields by the drep. */
const GUID: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 4, ndr64: 4 },
  read(w, into, key) {
    w.reader.align(4);
    into[key] = readGuid(w.reader);
  },
};

/** [MS-OAUT] 2.2.24 where it is a parameter: ten-thousandths, by the drep, unlike in a VARIANT. */
const CURRENCY: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 8, ndr64: 8 },
  read(w, into, key) {
    w.reader.align(8);
    into[key] = w.reader.i64().toString();
  },
};

/** [MS-OAUT] 2.2.26 where it is a parameter. */
const DECIMAL: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 8, ndr64: 8 },
  read(w, into, key) {
    w.reader.align(8);
    into[key] = readDecimal(w.reader);
  },
};

function towerValue(t: Tower): Value {
  return {
    interface: t.interface === null ? null : { ...t.interface },
    transfer_syntax: t.transferSyntax === null ? null : { ...t.transferSyntax },
    protocol: t.protocol,
    address: t.address,
    port: t.port,
    endpoint: t.endpoint,
    floors: t.floors.map((f) => ({ protocol: f.name, data: floorData(f) })),
  };
}

/** [C706] Appendix N twr_t: a count, a length and the tower's octets. */
const TOWER: Native = {
  pointer: false,
  conformant: true,
  align: { ndr: 4, ndr64: 4 },
  read(w, into, key) {
    const count = w.takeCount();
    const r = w.reader;
    r.align(4);
    const length = r.u32();
    if (length !== count) {
      w.note("warning", "size-is-mismatch", `${w.path()}: ${count} octets, tower_length says ${length}`);
    }
    const octets = r.data.subarray(r.offset, r.offset + Math.min(count, r.left));
    const floors: Floor[] = [];
    try {
      into[key] = towerValue(readTower(octets, floors));
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      into[key] = towerValue(describeFloors(floors));
      w.note("warning", "tower-malformed", `${w.path()}: ${e.message}`);
    }
    r.skip(count);
  },
};

export const NATIVES: ReadonlyMap<string, Native> = new Map([
  ["GUID", GUID],
  ["BSTR", BSTR],
  ["FLAGGED_WORD_BLOB", FLAGGED_WORD_BLOB],
  ["VARIANT", VARIANT],
  ["SAFEARRAY", SAFEARRAY],
  ["BRECORD", BRECORD],
  ["CURRENCY", CURRENCY],
  ["DECIMAL", DECIMAL],
  ["MInterfacePointer", M_INTERFACE_POINTER],
  ["DUALSTRINGARRAY", DUAL_STRING_ARRAY],
  ["ORPCTHIS", ORPC_THIS],
  ["ORPCTHAT", ORPC_THAT],
  ["twr_t", TOWER],
]);
