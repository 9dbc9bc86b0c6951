/**
 * The catalogue of known interfaces: names of interfaces and methods from one generated text, and what the methods take and
 * return from one generated file for each specification (layout.ts), which is read when the parameters of one of its methods
 * are asked for. Made by scripts/catalogue.ts. Pure: the texts come through functions.
 *
 * The text has one line for each interface, fields parted by tabs: UUID, version, name, traits and base, aliases, methods.
 * `@NAME` begins the interfaces of a specification; `@` those of which only names are known; `@=` aliases of what the shipped
 * IDL describes. A method's name may begin with `-` (it never travels), end in the sign of an accessor, and be followed by
 * `=` and what others call it; `~` is `OpnumNNotUsedOnWire`, and a number says where the next one stands.
 */
import type { AccessorKind, Interface, Library, Method, NdrType, Parameter } from "../ndr/types.js";
import { isPlaceholder, joinMethods, nameAccessors } from "./interfaces.js";
import { interfaceKey, type Layout, readLayout, type Signature } from "./layout.js";

export interface CatalogueSource {
  names(): string;
  /** The layout file of a specification. */
  layout(specification: string): string;
}

/** The shipped IDL, which the catalogue's interfaces derive from and whose types they use. */
export interface Foundation {
  readonly types: Library["types"];
  named(name: string): Interface | null;
}

/** An interface by one of its names. */
export interface NamedEntry {
  uuid: string;
  name: string;
}

export interface Catalogue {
  /** The interfaces with this UUID; several where it has several versions. */
  find(uuid: string): readonly Interface[];
  named(name: string): Interface | null;
  /** Interfaces that have this name or alias, or are of this specification; in any case of letters. */
  known(nameOrAlias: string): readonly NamedEntry[];
  /** Every name and alias, in lower case. */
  words(): Iterable<string>;
  /** The interface that one of the catalogue derives from; undefined for an interface that is not of the catalogue. */
  baseOf(iface: Interface): Interface | null | undefined;
  all(): Interface[];
}

/** Signs behind the names of accessors. */
export const ACCESSOR_SIGNS: { readonly [sign: string]: AccessorKind } = {
  "?": "propget",
  "!": "propput",
  "&": "propputref",
};

export const UNUSED = "~";
const SPECIFICATION = "@";
/** Behind it stand aliases of interfaces that the shipped IDL describes. */
export const ALIASES_ONLY = "=";

/** One line, not read further than its first fields. */
interface Line {
  specification: string;
  uuid: string;
  name: string;
  text: string;
}

const NOTHING: readonly Interface[] = [];
const UNDESCRIBED: Signature = { params: [], returns: null, returnsSecret: false };

export function openCatalogue(source: CatalogueSource, foundation: Foundation): Catalogue {
  let index: Map<string, Line[]> | null = null;
  let words: Map<string, NamedEntry[]> | null = null;
  const made = new Map<Line, CatalogueInterface>();
  const found = new Map<string, readonly Interface[]>();
  const layouts = new Map<string, Layout>();

  function lines(): Map<string, Line[]> {
    if (index !== null) return index;
    index = new Map();
    let specification = "";
    for (const text of source.names().split("\n")) {
      if (text.startsWith(SPECIFICATION)) specification = text.slice(1);
      else if (text !== "" && !text.startsWith("#")) {
        const name = text.slice(text.indexOf("\t", 37) + 1, text.indexOf("\t", text.indexOf("\t", 37) + 1));
        push(index, text.slice(0, 36), { specification, uuid: text.slice(0, 36), name, text });
      }
    }
    return index;
  }

  function layoutOf(specification: string): Layout {
    let layout = layouts.get(specification);
    if (layout === undefined) {
      layout = readLayout(source.layout(specification), foundation.types);
      layouts.set(specification, layout);
    }
    return layout;
  }

  function interfaceOf(line: Line): CatalogueInterface {
    let iface = made.get(line);
    if (iface === undefined) {
      const { specification } = line;
      iface = new CatalogueInterface(
        line.text,
        specification === "" ? null : specification,
        layoutOf,
        baseOf,
      );
      made.set(line, iface);
    }
    return iface;
  }

  function baseOf(iface: CatalogueInterface): Interface | null {
    const { base } = iface;
    if (base === null) return null;
    for (const line of byName(base)) {
      if (line.specification === iface.specification) return interfaceOf(line);
    }
    return foundation.named(base) ?? named(base);
  }

  function byName(name: string): Line[] {
    return (vocabulary().get(name.toLowerCase()) ?? []).flatMap(({ uuid }) =>
      (lines().get(uuid) ?? []).filter((line) => line.name === name && line.specification !== ALIASES_ONLY),
    );
  }

  function named(name: string): Interface | null {
    const line = byName(name)[0];
    return line === undefined ? null : (find(line.uuid).find((i) => i.name === name) ?? null);
  }

  function find(uuid: string): readonly Interface[] {
    const known = found.get(uuid);
    if (known !== undefined) return known;
    const all = lines().get(uuid);
    if (all === undefined) return NOTHING;
    const same = all.filter((line) => line.specification !== ALIASES_ONLY).map(interfaceOf);
    // Several specifications may describe one version, each with placeholders for what the others say. One that describes it
    // twice has two interfaces that only the server tells apart ([MS-FAX]: fax and faxobs).
    const versions = same.filter(
      (i, n) => !same.slice(0, n).some((j) => isSameVersion(i, j) && i.specification !== j.specification),
    );
    for (const first of versions) {
      first.join(same.filter((i) => !versions.includes(i) && isSameVersion(i, first)));
    }
    found.set(uuid, versions);
    return versions;
  }

  function vocabulary(): Map<string, NamedEntry[]> {
    if (words !== null) return words;
    words = new Map();
    for (const [uuid, all] of lines()) {
      for (const { name, specification, text } of all) {
        const aliases = text.split("\t", 5)[4] ?? "";
        const entry = { uuid, name };
        const of = specification === ALIASES_ONLY ? "" : specification;
        // A specification by its name and without "MS-", which is how many tools name their modules.
        const all = [name, ...aliases.split(" "), of, of.slice(3)].filter((word) => word !== "");
        for (const word of new Set(all.map((word) => word.toLowerCase()))) {
          if (!words.get(word)?.some((known) => known.uuid === uuid)) push(words, word, entry);
        }
      }
    }
    return words;
  }

  return {
    find,
    named,
    known: (word) => vocabulary().get(word.toLowerCase()) ?? [],
    words: () => vocabulary().keys(),
    baseOf: (iface) => (iface instanceof CatalogueInterface ? baseOf(iface) : undefined),
    all: () => [...lines().keys()].flatMap((uuid) => find(uuid)),
  };
}

/** An interface whose methods are named by the names file, and described when they are asked for. */
class CatalogueInterface implements Interface {
  readonly name: string;
  readonly uuid: string;
  readonly version: { major: number; minor: number };
  readonly object: boolean;
  readonly dual: boolean;
  readonly dispatchOnly: boolean;
  readonly base: string | null;
  readonly file: string;
  readonly specification: string | null;
  readonly #own: string;
  readonly #layout: (specification: string) => Layout;
  readonly #baseOf: (iface: CatalogueInterface) => Interface | null;
  #methods: (Method | undefined)[] | null = null;
  #callbacks: Method[] | null = null;
  #others: readonly Interface[] = [];

  constructor(
    line: string,
    specification: string | null,
    layout: (specification: string) => Layout,
    baseOf: (iface: CatalogueInterface) => Interface | null,
  ) {
    const [uuid, version, name, traits, , own] = line.split("\t");
    const [marks, base] = traits!.split(":");
    const [major, minor] = version!.split(".");
    this.uuid = uuid!;
    this.version = { major: Number(major), minor: Number(minor) };
    this.name = name!;
    this.object = marks!.includes("o");
    this.dual = marks!.includes("d");
    this.dispatchOnly = marks!.includes("i");
    this.base = base ?? null;
    this.specification = specification;
    this.file = specification === null ? "names" : `${specification}.idl`;
    this.#own = own!;
    this.#layout = layout;
    this.#baseOf = baseOf;
  }

  /** By which its layout has it. */
  get key(): string {
    return interfaceKey(this);
  }

  /** Others that describe what is a placeholder here. To be called before the methods are asked for. */
  join(others: readonly Interface[]): void {
    this.#others = others;
  }

  get methods(): (Method | undefined)[] {
    if (this.#methods === null) {
      const inherited = this.#baseOf(this)?.methods ?? [];
      const methods = [...inherited];
      this.#methods = methods;
      for (const method of this.#ownMethods(methods.length)) methods[method.opnum] = method;
      if (this.#others.length > 0) this.#methods = joinMethods(methods, this.#others);
    }
    return this.#methods;
  }

  #ownMethods(first: number): CatalogueMethod[] {
    const own: CatalogueMethod[] = [];
    let opnum = first;
    for (const text of this.#own === "" ? [] : this.#own.split(" ")) {
      if (/^\d/.test(text)) opnum = Number(text);
      else own.push(new CatalogueMethod(text, opnum++, own.length, this));
    }
    nameAccessors(own);
    return own;
  }

  get callbacks(): Method[] {
    this.#callbacks ??=
      this.specification === null ? [] : this.#layout(this.specification).callbacks(this.key);
    return this.#callbacks;
  }

  signature(place: number): Signature | null {
    return this.specification === null ? null : this.#layout(this.specification).signature(this.key, place);
  }

  dispid(place: number): number | null {
    return this.specification === null ? null : this.#layout(this.specification).dispid(this.key, place);
  }
}

class CatalogueMethod implements Method {
  readonly opnum: number;
  name: string;
  readonly idlName: string;
  readonly accessor: AccessorKind;
  readonly notOnWire: boolean;
  readonly alias?: string;
  readonly undescribed?: true;
  readonly #place: number;
  readonly #of: CatalogueInterface;
  #signature: Signature | null = null;

  constructor(text: string, opnum: number, place: number, of: CatalogueInterface) {
    const [, local, stem, sign, , alias] = /^(-?)([^=?!&]*)([?!&]?)(=(.*))?$/.exec(text)!;
    this.opnum = opnum;
    this.idlName = stem === UNUSED ? `Opnum${opnum}NotUsedOnWire` : stem!;
    this.name = this.idlName;
    this.accessor = ACCESSOR_SIGNS[sign!] ?? "method";
    this.notOnWire = local === "-" || isPlaceholder(this.idlName);
    if (alias !== undefined) this.alias = alias;
    if (of.specification === null) this.undescribed = true;
    this.#place = place;
    this.#of = of;
  }

  get dispid(): number | null {
    return this.#of.dispid(this.#place);
  }

  get params(): Parameter[] {
    return this.#described().params;
  }

  get returns(): NdrType | null {
    return this.#described().returns;
  }

  get returnsSecret(): boolean {
    return this.#described().returnsSecret;
  }

  #described(): Signature {
    this.#signature ??= this.#of.signature(this.#place) ?? UNDESCRIBED;
    return this.#signature;
  }
}

function isSameVersion(a: Interface, b: Interface): boolean {
  return a.version.major === b.version.major;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
