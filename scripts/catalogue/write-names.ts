/** The names file of dissectors/idl/catalogue.ts: interfaces of the specifications, then of other lists, then aliases alone. */
import { ACCESSOR_SIGNS, ALIASES_ONLY, UNUSED } from "../../dissectors/idl/catalogue.js";
import { isPlaceholder } from "../../dissectors/idl/interfaces.js";
import type { AccessorKind, Interface, Library, Method } from "../../dissectors/ndr/types.js";
import { isDocumented, isSymbol, type Listed, MORE_ALIASES } from "./sources.js";

/** A specification with the methods that its interfaces declare themselves. */
export interface Described {
  specification: string;
  interfaces: readonly { iface: Interface; own: readonly Method[] }[];
}

/** Functions of the interfaces that all object interfaces derive from. */
const IUNKNOWN = 3;
const IDISPATCH = 7;

export function writeNames(
  described: readonly Described[],
  listed: ReadonlyMap<string, Listed>,
  byHand: Pick<Library, "interfaces" | "coclasses">,
): string {
  const lines = [
    "# Made by scripts/catalogue.ts; do not edit. UUID, version, name, traits and base, aliases, methods: dissectors/idl/catalogue.ts.",
  ];
  const done = new Set<string>();
  for (const { specification, interfaces } of described) {
    if (interfaces.length === 0) continue;
    lines.push(`@${specification}`);
    for (const { iface, own } of interfaces) {
      const traits = `${iface.object ? "o" : ""}${iface.dual ? "d" : ""}${iface.dispatchOnly ? "i" : ""}`;
      const base = iface.base === null ? "" : `:${iface.base}`;
      const version = `${iface.version.major}.${iface.version.minor}`;
      const other = listed.get(iface.uuid);
      const aliases = aliasesOf(iface.uuid, iface.name, other);
      const first = iface.methods.findIndex((m) => m !== undefined && own.includes(m));
      const methods = methodsText(own, own.length === 0 ? 0 : first, other);
      lines.push([iface.uuid, version, iface.name, traits + base, aliases, methods].join("\t"));
      done.add(`${iface.uuid} ${iface.version.major}`);
      done.add(iface.uuid);
    }
  }
  for (const { uuid } of [...byHand.interfaces, ...byHand.coclasses]) done.add(uuid);
  lines.push("@");
  for (const one of [...listed.values()].sort((a, b) => (a.uuid < b.uuid ? -1 : 1))) {
    const [name] = one.names;
    if (done.has(one.uuid) || name === undefined) continue;
    const version = versionOf(one);
    const documented = [...one.methods].flatMap(([opnum, named]) => {
      const method = named.find((m) => isDocumented(m.sources));
      return method === undefined ? [] : [[opnum, method.name] as const];
    });
    documented.sort(([a], [b]) => a - b);
    const lowest = documented[0]?.[0] ?? 0;
    const base = lowest === IUNKNOWN ? "IUnknown" : lowest === IDISPATCH ? "IDispatch" : null;
    const traits = base === null ? "" : `${base === "IDispatch" ? "od" : "o"}:${base}`;
    let next = lowest;
    const methods = documented.map(([opnum, method]) => {
      const text = `${opnum === next ? "" : `${opnum} `}${listedName(method, opnum)}`;
      next = opnum + 1;
      return text;
    });
    if (lowest !== 0 && base === null) methods.unshift(`${lowest}`);
    lines.push(
      [one.uuid, version, name.name, traits, aliasesOf(one.uuid, name.name, one), methods.join(" ")].join(
        "\t",
      ),
    );
  }
  lines.push(`@${ALIASES_ONLY}`);
  for (const { uuid, name, version } of byHand.interfaces) {
    const aliases = aliasesOf(uuid, name, listed.get(uuid));
    if (aliases !== "")
      lines.push([uuid, `${version.major}.${version.minor}`, name, "", aliases, ""].join("\t"));
  }
  return `${lines.join("\n")}\n`;
}

/** Names that others have for the interface, beside what is the same but for the case of letters. */
function aliasesOf(uuid: string, name: string, listed: Listed | undefined): string {
  const all = [...(listed?.names.map((n) => n.name) ?? []), ...(MORE_ALIASES[uuid] ?? [])];
  const seen = new Set([name.toLowerCase()]);
  return all
    .filter((alias) => {
      const key = alias.toLowerCase();
      return !seen.has(key) && seen.add(key);
    })
    .join(" ");
}

function versionOf({ versions }: Listed): string {
  const [version = "0.0"] = [...versions].sort((a, b) => b.split(".").length - a.split(".").length);
  return version.includes(".") ? version : `${version}.0`;
}

function methodsText(own: readonly Method[], first: number, listed: Listed | undefined): string {
  let next = first;
  return own
    .map((m) => {
      const stem = m.idlName === `Opnum${m.opnum}NotUsedOnWire` ? UNUSED : m.idlName;
      const local = m.notOnWire && !isPlaceholder(m.idlName) ? "-" : "";
      const alias = isPlaceholder(m.idlName) ? aliasOf(m, listed) : null;
      const text = `${m.opnum === next ? "" : `${m.opnum} `}${local}${stem}${signOf(m.accessor)}${alias === null ? "" : `=${alias}`}`;
      next = m.opnum + 1;
      return text;
    })
    .join(" ");
}

function signOf(accessor: AccessorKind): string {
  return Object.entries(ACCESSOR_SIGNS).find(([, kind]) => kind === accessor)?.[0] ?? "";
}

/** What another source calls a method that the specification only numbers. */
function aliasOf(m: Method, listed: Listed | undefined): string | null {
  const other = listed?.methods
    .get(m.opnum)
    ?.find(({ name, sources }) => !isPlaceholder(name) && /^\w+$/.test(name) && !isSymbol(sources));
  return other?.name ?? null;
}

/** A name of the list with the sign of its accessor: `Item (Get)` is `Item?`. */
function listedName(name: string, opnum: number): string {
  const [, stem, accessor] = /^(\S+)(?: \((Get|Set|SetRef)\))?$/.exec(name) ?? [];
  if (stem === undefined) throw new Error(`the list calls a method "${name}"`);
  if (stem === `Opnum${opnum}NotUsedOnWire`) return UNUSED;
  return `${stem}${accessor === undefined ? "" : { Get: "?", Set: "!", SetRef: "&" }[accessor]}`;
}
