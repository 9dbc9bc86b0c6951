/** What fields and types of single interfaces mean, by UUID. */
import type { Names, Place, Read, Reader } from "../place.js";
import { SVCCTL } from "./svcctl.js";

const ALL: readonly Names[] = [SVCCTL];

const BY_UUID: ReadonlyMap<string, Names["of"]> = new Map(
  ALL.flatMap(({ uuids, of }) => uuids.map((uuid) => [uuid, of] as const)),
);

export const byInterface: Reader = (place) => {
  const of = BY_UUID.get(place.interface);
  return of === undefined ? null : named(of, place);
};

/** `constructor` and the like are names of fields as well. */
function named(of: Names["of"], { owner, name, type }: Place): Read | null {
  for (const key of [`${owner}.${name}`, name, "name" in type ? `:${type.name}` : ""]) {
    if (Object.hasOwn(of, key)) return of[key]!;
  }
  return null;
}
