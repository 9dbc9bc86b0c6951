/** The members of [MS-RAI]'s interfaces as the shipped IDL declares them, by opnum and by DISPID: 3.1.4.1, 3.3.4.1. */
import type { Method } from "../../dissectors/ndr/types.js";
import { RAI_INTERFACES, type RaiInterface, raiUuid } from "../../dissectors/rai/interfaces.js";
import type { Invocation } from "../call/decoded-call.js";
import type { InterfaceTable } from "../interfaces.js";

export interface RaiMember {
  on: RaiInterface;
  /** As the specification writes it: `GetNoviceUserInfo`, `SessionID (Get)`. */
  name: string;
}

/** [MS-OAUT] 3.1.4: opnums 0 to 6 are those of IUnknown and IDispatch. */
const FIRST_OWN_OPNUM = 7;

/** DISPIDs that [MS-RAI] gives out, which no other interface is likely to have. */
const FIRST_DISPID = 0x08000000;
const LAST_DISPID = 0x0802ffff;

const tables = new WeakMap<InterfaceTable, ReadonlyMap<RaiInterface, readonly Method[]>>();

function members(table: InterfaceTable, on: RaiInterface): readonly Method[] {
  let all = tables.get(table);
  if (all === undefined) {
    all = new Map(RAI_INTERFACES.map((name) => [name, usedOf(table, name)]));
    tables.set(table, all);
  }
  return all.get(on)!;
}

/** Of a declaration that a user gave beside it the shipped one is meant. */
function usedOf(table: InterfaceTable, on: RaiInterface): Method[] {
  const methods = table.shipped(raiUuid(on))?.methods ?? [];
  return methods.filter((m): m is Method => m !== undefined && m.opnum >= FIRST_OWN_OPNUM && isUsed(m));
}

function isUsed({ name }: Method): boolean {
  return !/^Opnum\d+NotUsed/.test(name);
}

/** The member of this opnum; null where the protocol does not use it. */
export function memberByOpnum(table: InterfaceTable, on: RaiInterface, opnum: number | null): string | null {
  return members(table, on).find((m) => m.opnum === opnum)?.name ?? null;
}

/** What a DISPID stands for; where the interface is not known, only where the DISPID is [MS-RAI]'s own. */
export function memberByDispid(
  table: InterfaceTable,
  on: RaiInterface | null,
  { dispid, kind }: Pick<Invocation, "dispid" | "kind">,
): RaiMember | null {
  const id = dispid >>> 0;
  if (on === null && (id < FIRST_DISPID || id > LAST_DISPID)) return null;
  const puts = isPut(kind);
  for (const candidate of on === null ? RAI_INTERFACES : [on]) {
    const found = members(table, candidate).find((m) => m.dispid === id && isPut(m.accessor) === puts);
    if (found) return { on: candidate, name: found.name };
  }
  return null;
}

function isPut(kind: Invocation["kind"]): boolean {
  return kind === "propput" || kind === "propputref";
}
