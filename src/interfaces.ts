/**
 * What is known of interfaces and classes, looked up by what the wire gives: UUID, version, opnum, CLSID. The knowledge
 * itself is IDL, and for what the specifications describe the generated catalogue; this only indexes it. A user's IDL goes
 * before what is shipped as IDL, and that before the catalogue.
 */

import {
  keepShipped,
  type ShippedFolder,
  shippedFiles,
  shippedLayout,
  shippedNames,
  shippedSyntax,
} from "#shipped";
import { IREMUNKNOWN, IREMUNKNOWN2 } from "../dissectors/dcom/iids.js";
import { type Catalogue, type NamedEntry, openCatalogue } from "../dissectors/idl/catalogue.js";
import { joinMethods } from "../dissectors/idl/interfaces.js";
import { type IdlFile, type IdlProblem, readIdl } from "../dissectors/idl/reader.js";
import type { FileSyntax } from "../dissectors/idl/syntax.js";
import { readSyntax } from "../dissectors/idl/syntax-spelling.js";
import type { Coclass, Interface, Library, Method, NdrType } from "../dissectors/ndr/types.js";

/** MIDL's DISPIDs: 0x60000000, the depth of inheritance in the upper half, the place in the interface in the lower. */
const FIRST_GIVEN_DISPID = 0x60000000;
const LAST_GIVEN_DISPID = 0x60ffffff;

/** Characters of a member's name that is more than Document, Quit or Visible. */
const MIN_DISTINCTIVE_NAME = 10;

const DISTINCTIVE_WORD = new RegExp(`\\w{${MIN_DISTINCTIVE_NAME},}`, "g");

const memberKey = (dispid: number, name: string): string => `${dispid >>> 0} ${name.toLowerCase()}`;

/** Descriptions that are read when something they define is first asked for. */
interface Later {
  /** UUIDs in lower case and names of all that they define. */
  defines(): ReadonlySet<string>;
  /** DISPIDs that they state, in decimal, and distinctive names in them, in lower case. */
  members(): ReadonlySet<string>;
  /** Reads them into the library of the table. */
  read(): Pick<Library, "interfaces" | "coclasses">;
}

export class InterfaceTable {
  readonly #library: Library;
  #later: readonly Later[];
  readonly #catalogue: Catalogue;
  /** What is described as IDL. */
  readonly #byUuid = new Map<string, Interface[]>();
  /** That and what the catalogue has, joined: by UUIDs that were asked for. */
  readonly #all = new Map<string, readonly Interface[]>();
  readonly #byName = new Map<string, Interface>();
  /** What the catalogue derives from is what is shipped, whatever a user's files declare. */
  readonly #firstByName = new Map<string, Interface>();
  readonly #classes = new Map<string, Coclass>();
  readonly #byDispid = new Map<number, Interface | null>();
  readonly #byMember = new Map<string, Interface | null>();
  #laterFiles: ReadonlySet<string> | null = null;
  readonly #byOpnum = new Map<number, { iface: Interface; method: Method }[]>();

  constructor(library: Library, later: readonly Later[] = []) {
    this.#library = library;
    this.#later = later;
    const source = { names: shippedNames, layout: shippedLayout };
    this.#catalogue = openCatalogue(source, {
      types: library.types,
      named: (name) => this.#firstByName.get(name) ?? null,
    });
    this.#index(library);
  }

  /** All that is described as IDL. What was left for later is read for it. */
  get library(): Library {
    for (const later of this.#later) this.#index(later.read());
    this.#later = [];
    return this.#library;
  }

  /** Types by name, of what was read so far. */
  get types(): Library["types"] {
    return this.#library.types;
  }

  /** What an index does not have may be among what was left for later. Returns whether that was read now. */
  #readFor(uuidOrName: string): boolean {
    const having = this.#later.find((later) => later.defines().has(uuidOrName));
    if (having === undefined) return false;
    this.#read(having);
    return true;
  }

  /** Reads what was left for later and may describe a member with this DISPID or name. */
  #readMembers(dispidOrName: string): void {
    for (const later of this.#later) if (later.members().has(dispidOrName)) this.#read(later);
  }

  #read(one: Later): void {
    this.#later = this.#later.filter((later) => later !== one);
    this.#index(one.read());
    this.#byDispid.clear();
    this.#byMember.clear();
  }

  #index({ interfaces, coclasses }: Pick<Library, "interfaces" | "coclasses">): void {
    for (const iface of interfaces) {
      this.#byName.set(iface.name, iface);
      if (!this.#firstByName.has(iface.name)) this.#firstByName.set(iface.name, iface);
      const same = this.#byUuid.get(iface.uuid);
      // A file read later (the user's) comes first.
      if (same) same.unshift(iface);
      else this.#byUuid.set(iface.uuid, [iface]);
    }
    for (const { uuid } of interfaces) this.#all.delete(uuid);
    for (const coclass of coclasses) this.#classes.set(coclass.uuid, coclass);
  }

  /** What is known of this UUID, what counts most first. */
  #known(uuid: string): readonly Interface[] {
    const known = this.#all.get(uuid);
    if (known !== undefined) return known;
    let described = this.#byUuid.get(uuid);
    if (described === undefined && this.#readFor(uuid)) described = this.#byUuid.get(uuid);
    const same = [...(described ?? []), ...this.#catalogue.find(uuid)];
    if (same.length > 1) joinPlaceholders(same);
    // What nobody knows is asked for as often as a stranger likes, and is not remembered.
    if (same.length > 0) this.#all.set(uuid, same);
    return same;
  }

  /** Every description of this UUID: of several versions, or by several hands. */
  all(uuid: string): readonly Interface[] {
    return this.#known(uuid);
  }

  /** The interface of this UUID; of several versions the one with this major number, if it is stated. */
  find(uuid: string, major: number | null = null): Interface | null {
    const same = this.#known(uuid);
    let described: Interface | null = null;
    for (let i = 0; i < same.length; i++) {
      const one = same[i]!;
      if (one.methods.length === 0) continue;
      if (major === null || one.version.major === major) return one;
      described ??= one;
    }
    return described ?? same[0] ?? null;
  }

  /** The interface of this UUID as it was read first: the shipped one, whatever a user's files declare beside it. */
  shipped(uuid: string): Interface | null {
    return this.#known(uuid).at(-1) ?? null;
  }

  /** The interface that its description calls this. */
  named(name: string): Interface | null {
    const known = this.#byName.get(name);
    if (known === undefined && this.#readFor(name)) return this.named(name);
    return known ?? this.#catalogue.named(name);
  }

  /**
   * Interfaces that a user means by `name`: that of an interface, an alias that tools or Windows use, or the name of a
   * specification, in any case of letters.
   */
  meant(name: string): NamedEntry[] {
    const lower = name.toLowerCase();
    const described = this.library.interfaces.filter((i) => i.name.toLowerCase() === lower);
    const all = [...described, ...this.#catalogue.known(lower)];
    return all.filter((one, n) => all.findIndex(({ uuid }) => uuid === one.uuid) === n);
  }

  /** Every name that `meant` understands, in lower case. */
  words(): string[] {
    return [...this.library.interfaces.map(({ name }) => name.toLowerCase()), ...this.#catalogue.words()];
  }

  /** What the catalogue describes or names. */
  catalogued(): Interface[] {
    return this.#catalogue.all();
  }

  /** The name of the interface with this IID, for whoever meets one in a value. */
  readonly interfaceName = (iid: string): string | null => this.find(iid)?.name ?? null;

  /** What a UUID names that may be a class's or an interface's: a class goes before an interface of which only a name is known. */
  readonly nameOf = (uuid: string): string | null => {
    const iface = this.find(uuid);
    if (iface !== null && iface.methods.length > 0) return iface.name;
    return this.coclass(uuid)?.name ?? iface?.name ?? null;
  };

  type(name: string): NdrType | null {
    return this.types.get(name) ?? null;
  }

  coclass(clsid: string): Coclass | null {
    const known = this.#classes.get(clsid);
    if (known === undefined && this.#readFor(clsid)) return this.coclass(clsid);
    return known ?? null;
  }

  /** The interface in whose line of inheritance the method was declared. */
  declarer(iface: Interface, method: Method): Interface {
    let at = iface;
    for (let depth = 0; depth < 16; depth++) {
      const base = this.baseOf(at);
      if (!base || base === at || base.methods[method.opnum] !== method) return at;
      at = base;
    }
    return at;
  }

  /**
   * Of interfaces that share one inherited method, the one to name: the one that declares it, but IRemUnknown2 for
   * IRemUnknown where both are there: exporters since COM version 5.6 have both, and clients of today call the second
   * ([MS-DCOM] 3.1.1.5.7). Null where the methods are different ones.
   */
  commonest(fitting: readonly { iface: Interface; method: Method }[]): Interface | null {
    const first = fitting[0];
    if (!first || fitting.some((f) => f.method !== first.method)) return null;
    const line = [...fitting].sort((a, b) => this.#depth(a.iface) - this.#depth(b.iface)).map((f) => f.iface);
    const second = line.find((iface) => iface.uuid === IREMUNKNOWN2);
    return line[0]!.uuid === IREMUNKNOWN && second ? second : line[0]!;
  }

  /** The interface declares this method itself. */
  declares(iface: Interface, method: Method): boolean {
    return this.baseOf(iface)?.methods[method.opnum] !== method;
  }

  /** The interface that this one derives from, where it is described. */
  baseOf(iface: Interface): Interface | null {
    const catalogued = this.#catalogue.baseOf(iface);
    if (catalogued !== undefined) return catalogued;
    return iface.base === null ? null : (this.#byName.get(iface.base) ?? this.#catalogue.named(iface.base));
  }

  #depth(iface: Interface): number {
    let depth = 0;
    for (let at = this.baseOf(iface); at !== null && depth < 16; at = this.baseOf(at)) depth++;
    return depth;
  }

  /**
   * The only dual interface that has a member with this DISPID, or null. Standard DISPIDs belong to no interface, and those
   * that MIDL gave out where none was stated are the same in all of them.
   */
  dualWith(dispid: number): Interface | null {
    if (dispid >>> 0 >= FIRST_GIVEN_DISPID && dispid >>> 0 <= LAST_GIVEN_DISPID) return null;
    this.#readMembers(`${dispid >>> 0}`);
    if (this.#byDispid.size === 0) {
      for (const iface of this.#library.interfaces) {
        if (!iface.dual) continue;
        for (const id of new Set(iface.methods.map((m) => m?.dispid ?? null))) {
          if (id !== null) this.#byDispid.set(id, this.#byDispid.has(id) ? null : iface);
        }
      }
    }
    return this.#byDispid.get(dispid >>> 0) ?? null;
  }

  /**
   * The dual interface that declares a member of this name and DISPID, where it is the only one and the name is no everyday
   * word: both together are hardly met by chance.
   */
  declaring(dispid: number, name: string): Interface | null {
    if (name.length < MIN_DISTINCTIVE_NAME) return null;
    this.#readMembers(name.toLowerCase());
    if (this.#byMember.size === 0) {
      for (const iface of this.#library.interfaces) {
        if (!iface.dual) continue;
        for (const method of iface.methods) {
          if (!method || method.dispid === null) continue;
          const key = memberKey(method.dispid, method.idlName);
          const known = this.#byMember.get(key);
          const declarer = this.declarer(iface, method);
          this.#byMember.set(key, known === undefined || known === declarer ? declarer : null);
        }
      }
    }
    return this.#byMember.get(memberKey(dispid, name)) ?? null;
  }

  /**
   * Methods with this opnum to try a stub against where nothing names the interface: of the interfaces that every run reads,
   * of a user's, and of those `named`. What else was read in the meantime does not matter.
   */
  candidates(opnum: number, named: readonly string[]): readonly { iface: Interface; method: Method }[] {
    let list = this.#byOpnum.get(opnum);
    if (!list) {
      list = [];
      for (const iface of this.#library.interfaces) {
        const method = iface.methods[opnum];
        if (method && !method.notOnWire && !this.#isLater(iface)) list.push({ iface, method });
      }
      this.#byOpnum.set(opnum, list);
    }
    const more: { iface: Interface; method: Method }[] = [];
    for (const uuid of named) {
      const iface = this.find(uuid);
      const method = iface?.methods[opnum];
      if (!iface || !method || method.notOnWire || method.undescribed || iface.dispatchOnly) continue;
      if (!list.some((candidate) => candidate.iface.uuid === uuid)) more.push({ iface, method });
    }
    return more.length === 0 ? list : [...list, ...more];
  }

  /** Whether an interface was left for later, or would have been if no user's file had been read. */
  #isLater({ file }: Interface): boolean {
    this.#laterFiles ??= new Set(LATER.flatMap(shippedFiles).map(({ name }) => name));
    return this.#laterFiles.has(file);
  }
}

/** The first of the list that has methods gets those of the others where it has none of its own. */
function joinPlaceholders(same: Interface[]): void {
  const at = same.findIndex((i) => i.methods.length > 0);
  if (at < 0) return;
  const first = same[at]!;
  const others = same.filter(
    (i) => i !== first && i.version.major === first.version.major && i.methods.length > 0,
  );
  if (others.length === 0) return;
  const { name, uuid, version, object, dual, dispatchOnly, base, callbacks, file } = first;
  const methods = joinMethods(first.methods, others);
  same[at] = { name, uuid, version, object, dual, dispatchOnly, base, callbacks, file, methods };
}

/** The shipped files of a folder, with what the parser makes of them where the build wrote that down. */
function describedFiles(folder: ShippedFolder): IdlFile[] {
  const files = shippedFiles(folder);
  const text = shippedSyntax(folder);
  if (text === null) return files;
  let read: (FileSyntax | null)[] = [];
  const described = files.map((file, i) => ({
    ...file,
    parsed() {
      // What was read is handed out once.
      if (!read[i]) read = readSyntax(text, described);
      const syntax = read[i]!;
      read[i] = null;
      return syntax;
    },
  }));
  return described;
}

/** What most captures need nothing of: classes that scripts drive; interfaces that are met in datagrams only. */
const LATER: readonly ShippedFolder[] = ["automation", "datagrams"];

/**
 * Reads the shipped descriptions and behind them `extra`, which may import from the shipped ones. To ask for the
 * problems is to describe every parameter, which a run without `extra` need not do.
 */
export function loadInterfaces(extra: IdlFile[] = []): {
  table: InterfaceTable;
  readonly problems: IdlProblem[];
} {
  const shipped = [".", ...LATER] as const;
  const read = readIdl([...shipped.flatMap(describedFiles), ...extra], () => null);
  return {
    table: new InterfaceTable(read.library),
    get problems() {
      return read.problems;
    },
  };
}

/** UUIDs and names that the files' text gives to interfaces and classes: found without reading the IDL. */
function definitions(files: readonly IdlFile[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { text } of files) {
    for (const [, uuid] of text.matchAll(/\buuid\(([0-9A-Fa-f-]{36})\)/g)) found.add(uuid!.toLowerCase());
    for (const [, name] of text.matchAll(/\b(?:disp)?interface\s+(\w+)/g)) found.add(name!);
  }
  return found;
}

/** DISPIDs that the files' text states, and its words that may be distinctive names of members. */
function membersIn(files: readonly IdlFile[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { text } of files) {
    for (const [, dispid] of text.matchAll(/\bid\(\s*(-?\w+)\s*\)/g)) found.add(`${Number(dispid) >>> 0}`);
    for (const [word] of text.matchAll(DISTINCTIVE_WORD)) found.add(word.toLowerCase());
  }
  return found;
}

/** The shipped descriptions, some of them when they are asked for: most captures are read without. */
function loadShipped(): InterfaceTable {
  const read = readIdl(describedFiles("."), () => null);
  const later = LATER.map((name): Later => {
    let files: IdlFile[] | null = null;
    let defined: ReadonlySet<string> | null = null;
    let members: ReadonlySet<string> | null = null;
    const texts = (): IdlFile[] => {
      files ??= shippedFiles(name);
      return files;
    };
    return {
      defines() {
        defined ??= definitions(texts());
        return defined;
      },
      members() {
        members ??= membersIn(texts());
        return members;
      },
      read: () => read.add(describedFiles(name)),
    };
  });
  return new InterfaceTable(read.library, later);
}

let shared: InterfaceTable | null = null;

/** The shipped interfaces alone, read once. */
export function shippedInterfaces(): InterfaceTable {
  shared ??= loadShipped();
  return shared;
}

/** Gets the text of all shipped descriptions now, where this process may not be able to read them later. */
export function prepareShipped(): void {
  keepShipped();
}
