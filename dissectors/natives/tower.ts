/** [C706] Appendix L twr_t: the towers of the endpoint mapper as parameters. What is in them is read by dcerpc/tower.ts. */
import type { SyntaxId } from "../dcerpc/syntax-id.js";
import { describeFloors, type Floor, floorData, readTower, type Tower } from "../dcerpc/tower.js";
import type { Native } from "../ndr/decode-state.js";
import type { Found, Value } from "../ndr/decoded.js";
import { WireError } from "../wire/errors.js";

/** The kind under which towers are registered. */
const FOUND = "tower";

/** The towers among what a decoding found, in order. */
export function towersIn(found: readonly Found[]): Tower[] {
  return found.filter(({ kind }) => kind === FOUND).map(({ value }) => value as Tower);
}

function syntaxValue(syntax: SyntaxId | null): Value {
  return syntax === null ? null : { uuid: syntax.uuid, version: `${syntax.major}.${syntax.minor}` };
}

function towerValue(t: Tower): Value {
  return {
    interface: syntaxValue(t.interface),
    transfer_syntax: syntaxValue(t.transferSyntax),
    protocol: t.protocol,
    address: t.address,
    port: t.port,
    endpoint: t.endpoint,
    floors: t.floors.map((f) => ({ protocol: f.name, data: floorData(f) })),
  };
}

/** [C706] Appendix N twr_t: a count, a length and the tower's bytes. */
export const TOWER: Native = {
  pointer: false,
  conformant: true,
  align: { ndr: 4, ndr64: 4 },
  read(state, into, key) {
    const count = state.takeCount();
    const r = state.reader;
    r.align(4);
    const length = r.u32("tower_length");
    if (length !== count) {
      state.note(
        "warning",
        "size-is-mismatch",
        `${state.path()}: ${count} bytes, tower_length says ${length}`,
      );
    }
    const end = r.offset + Math.min(count, r.left);
    const floors: Floor[] = [];
    try {
      const tower = r.over(r.offset, end, "tower_length").part("tower_octet_string", readTower, floors);
      into[key] = towerValue(tower);
      state.find(FOUND, tower);
    } catch (e) {
      if (!(e instanceof WireError)) throw e;
      const tower = describeFloors(floors);
      into[key] = towerValue(tower);
      state.find(FOUND, tower);
      state.note("warning", "tower-malformed", `${state.path()}: ${e.message}`);
    }
    r.skip(count);
  },
};
