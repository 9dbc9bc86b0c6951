/** What an interface's methods are made of, by name. */
import type { Interface, NdrType } from "../../dissectors/ndr/types.js";

export interface MemberNames {
  /** `Owner.member`, an owner being a method, a structure or a union. */
  owned: ReadonlySet<string>;
  /** The members without their owners. */
  plain: ReadonlySet<string>;
  types: ReadonlySet<string>;
}

export function memberNames(interfaces: readonly (Interface | null)[]): MemberNames {
  const owned = new Set<string>();
  const plain = new Set<string>();
  const types = new Set<string>();
  const seen = new Set<NdrType>();
  const add = (owner: string, name: string, type: NdrType): void => {
    owned.add(`${owner}.${name}`);
    plain.add(name);
    walk(type, owner);
  };
  const walk = (type: NdrType, outer: string): void => {
    if ("name" in type && type.name !== undefined) types.add(type.name);
    if (seen.has(type)) return;
    seen.add(type);
    if (type.kind === "pointer") walk(type.to, outer);
    if (type.kind === "array") walk(type.element, outer);
    if (type.kind !== "struct" && type.kind !== "union") return;
    const fields = type.kind === "struct" ? type.fields : type.arms.flatMap(({ field }) => field ?? []);
    for (const field of fields) add(type.name ?? outer, field.name, field.type);
  };
  for (const method of interfaces.flatMap((one) => one?.methods ?? [])) {
    for (const { name, type } of method?.params ?? []) add(method!.idlName, name, type);
  }
  return { owned, plain, types };
}
