/** Where the lists of other sources and the catalogue say different things of what is documented, and why. */
import { isPlaceholder } from "../../dissectors/idl/interfaces.js";
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { isDocumented, type Listed } from "./sources.js";

/** One thing that a list says otherwise; `opnum` null where it is the interface's name. */
interface Difference {
  uuid: string;
  opnum: number | null;
  name: string;
  sources: readonly string[];
  /** The specification names the same place as the catalogue does. */
  specified: boolean;
}

const REASONS: readonly (readonly [reason: string, holds: (d: Difference) => boolean])[] = [
  ["the specification goes first", (d) => d.specified],
  [
    "a list that counts [local] methods and what is [call_as] them apart",
    (d) => d.sources.every((s) => s === "go-msrpc:oaidl"),
  ],
  [
    "IUnknown's methods never travel, [MS-DCOM] 3.1.1.5.8",
    (d) => d.uuid === "00000000-0000-0000-c000-000000000046",
  ],
  [
    "spelled as [C706] has it",
    (d) => d.name.startsWith("rpc__mgmt_") || (d.opnum === null && d.name === "epm"),
  ],
  [
    "[MS-FAX] gives fax and faxobs one UUID and version: fax goes first",
    (d) => d.name === "faxobs" || d.name.startsWith("FaxObs_"),
  ],
  ["[MS-CMRP] calls both versions clusapi", (d) => d.opnum === null && /^clusapi[23]$/.test(d.name)],
];

export interface Differences {
  /** How many, by the reason. */
  explained: Map<string, number>;
  unexplained: string[];
}

/** `find` gives all descriptions of a UUID. */
export function differences(
  find: (uuid: string) => readonly Interface[],
  listed: ReadonlyMap<string, Listed>,
): Differences {
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  const report = (difference: Difference, text: string): void => {
    const reason = REASONS.find(([, holds]) => holds(difference))?.[0];
    if (reason === undefined) unexplained.push(text);
    else explained.set(reason, (explained.get(reason) ?? 0) + 1);
  };
  for (const { uuid, names, methods } of listed.values()) {
    const documented = names.filter((n) => isDocumented([n.source]));
    if (documented.length === 0) continue;
    const found = find(uuid);
    for (const name of new Set(documented.map((n) => n.name))) {
      if (found.some((i) => i.name === name)) continue;
      const sources = documented.filter((n) => n.name === name).map((n) => n.source);
      const here = found.map((i) => i.name).join(", ") || "nothing";
      const specified = documented.some(
        (n) => isSpecified([n.source]) && found.some((i) => i.name === n.name),
      );
      report({ uuid, opnum: null, name, sources, specified }, `${uuid}: listed as ${name}, here ${here}`);
    }
    for (const [opnum, named] of methods) {
      for (const { name, sources } of named) {
        if (!isDocumented(sources) || isNamed(found, opnum, name)) continue;
        const here = found.map((i) => `${i.name}::${i.methods[opnum]?.name ?? "nothing"}`).join(", ");
        const by = sources.filter((s) => isDocumented([s]));
        const specified =
          !isSpecified(by) && named.some((m) => isSpecified(m.sources) && isNamed(found, opnum, m.name));
        report(
          { uuid, opnum, name, sources: by, specified },
          `${uuid} ${opnum}: listed as ${name} (${by.join(", ")}), here ${here}`,
        );
      }
    }
  }
  return { explained, unexplained };
}

function isSpecified(sources: readonly string[]): boolean {
  return sources.some((s) => s.startsWith("openspecs:"));
}

function isNamed(found: readonly Interface[], opnum: number, name: string): boolean {
  return found.some((i) => {
    const method = i.methods[opnum];
    // A placeholder of one specification is what another describes.
    return method !== undefined && (namesOf(method).includes(name) || isPlaceholder(name));
  });
}

/** An accessor is listed with its kind also where the property has but one. */
function namesOf({ name, idlName, accessor }: Method): string[] {
  const kind = { method: "", propget: " (Get)", propput: " (Set)", propputref: " (SetRef)" }[accessor];
  return [name, `${idlName}${kind}`];
}
