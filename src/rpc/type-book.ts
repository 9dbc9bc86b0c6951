/**
 * What type information that passed on the wire says of automation objects, [MS-OAUT] 2.2.44-49 and 3.7: which type an object
 * is of (IDispatch::GetTypeInfo), the type's GUID and name, its bases, and the names of its members. Out of decoded values
 * only. Types of one GUID share what is known of them, whoever asked.
 */
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { Value } from "../events.js";
import { Bounded } from "./bounded.js";

/** Descriptions of types (ITypeInfo objects), objects whose type is known, and GUIDs, each remembered up to here. */
const MAX_TYPES = 4096;
/** Members of one type that are remembered, and of all types together: what is beyond costs all that was learned. */
const MAX_MEMBERS = 4096;
export const MAX_ALL_MEMBERS = 65536;
/** Parameters of one member whose names are remembered, and characters of a name; type libraries have no longer ones. */
export const MAX_PARAMETERS = 256;
export const MAX_NAME = 256;
/** Steps from a type to a base of its bases. */
const MAX_BASES = 16;
/** Bases of one type. */
const MAX_OWN_BASES = 8;

/** Estimated costs, in bytes of memory, of what is known of a type, of a link to one, of a GUID, and of an entry of a type. */
const TYPE_COST = 900;
const LINK_COST = 350;
const GUID_COST = 250;
const ENTRY_COST = 50;
/** Of a member beside its name, and of a parameter's name beside its text. */
const MEMBER_COST = 200;
const PARAMETER_COST = 30;

/** [MS-OAUT] 2.2.14: INVOKE_FUNC, INVOKE_PROPERTYGET and so on, which add up. */
export const INVOKE_FUNC = 1;
export const INVOKE_PROPERTYGET = 2;
const INVOKE_PROPERTYPUT = 4;

/** [MS-OAUT] 2.2.13: flags of an implemented type. */
const IMPLTYPEFLAG_FDEFAULT = 1;
const IMPLTYPEFLAG_FSOURCE = 2;

/** [MS-OAUT] 2.2.35.1: the type itself instead of a member. */
const MEMBERID_NIL = -1;

/** What the wire said of one member. */
export interface Taught {
  /** Null where only the kind of the member is known. */
  name: string | null;
  /** Names of the parameters, by their places. */
  params: (string | undefined)[];
  /** INVOKEKINDs seen. */
  kinds: number;
  /** First frame of the answer that named it. */
  frame: number;
}

export type Members = Map<number, Taught>;

/** Estimated bytes of memory that a member takes. */
export function memberCost({ name, params }: Taught): number {
  let cost = MEMBER_COST + 2 * (name?.length ?? 0);
  for (const param of params) cost += PARAMETER_COST + 2 * (param?.length ?? 0);
  return cost;
}

type Values = { [name: string]: Value };

interface TypeFacts {
  guid: string | null;
  name: string | null;
  isClass: boolean;
  members: Members;
  /** Types that this one derives from; for a class its default interface. */
  bases: Set<string>;
  /** HREFTYPE of an implemented type, with its index; and the flags of each index. */
  refs: Map<number, number>;
  flags: Map<number, number>;
}

/** Of what type an object is: the type by key, or a class whose default interface it is. */
interface TypeLink {
  type: string;
  viaClass: boolean;
}

/** A member as the type of an object has it. */
export interface TypedMember {
  taught: Taught;
  /** The link from the object to the type passes through its class: the default interface need not be the one called. */
  inferred: boolean;
}

export class TypeBook implements Holder {
  readonly stream = null;
  /** What was learned since the book was empty: also what made room within it, as long as others may share it. */
  readonly #account: Account;
  #types = new Bounded<TypeFacts>(MAX_TYPES);
  #ofObject = new Bounded<TypeLink>(MAX_TYPES);
  #byGuid = new Bounded<Members>(MAX_TYPES);
  /** Members learned since the book was empty. */
  #members = 0;

  constructor(kind: Kind = unlimited()) {
    this.#account = kind.open(this);
  }

  /** Memory is short: all that was learned is forgotten. */
  giveUp(): void {
    this.#types = new Bounded(MAX_TYPES);
    this.#ofObject = new Bounded(MAX_TYPES);
    this.#byGuid = new Bounded(MAX_TYPES);
    this.#members = 0;
    this.#account.set(0);
  }

  /** IDispatch::GetTypeInfo, or with `viaClass` IProvideClassInfo::GetClassInfo: `type` describes `object`. */
  link(object: string, type: string, viaClass: boolean): void {
    const known = this.#ofObject.get(object);
    if (viaClass && known && !known.viaClass) return;
    if (this.#ofObject.set(object, { type, viaClass })) this.#account.charge(LINK_COST);
  }

  /** Whether the next member finds no room: then all that was learned is forgotten, and learning starts anew. */
  forgetWhenFull(): boolean {
    if (this.#members < MAX_ALL_MEMBERS) return false;
    this.giveUp();
    return true;
  }

  /** A call of ITypeInfo on the type `key` that was answered. */
  learn(key: string, method: string, request: Values, response: Values, frame: number): void {
    switch (method) {
      case "GetTypeAttr":
        this.#attributes(key, record(response.ppTypeAttr));
        return;
      case "GetFuncDesc": {
        const described = record(response.ppFuncDesc);
        const kind = record(described?.invkind)?.value;
        if (typeof described?.memid === "number" && typeof kind === "number")
          this.#kind(key, described.memid, kind, frame);
        return;
      }
      case "GetVarDesc": {
        const memid = record(response.ppVarDesc)?.memid;
        if (typeof memid === "number") this.#kind(key, memid, INVOKE_PROPERTYGET | INVOKE_PROPERTYPUT, frame);
        return;
      }
      case "GetNames": {
        const names = Array.isArray(response.rgBstrNames) ? response.rgBstrNames : [];
        this.#name(key, request.memid, names, frame);
        return;
      }
      case "GetDocumentation":
        this.#name(key, request.memid, [response.pBstrName ?? null], frame);
        return;
      case "GetRefTypeOfImplType":
        if (typeof request.index === "number" && typeof response.pRefType === "number")
          this.#enter(this.#type(key).refs, response.pRefType, request.index);
        return;
      case "GetImplTypeFlags":
        if (typeof request.index === "number" && typeof response.pImplTypeFlags === "number")
          this.#enter(this.#type(key).flags, request.index, response.pImplTypeFlags);
    }
  }

  /** ITypeInfo::GetRefTypeInfo: `target` describes what `key` calls `href`; a base of it where that is an implemented type. */
  refer(key: string, href: Value | undefined, target: string): void {
    const type = this.#types.get(key);
    const index = typeof href === "number" ? type?.refs.get(href) : undefined;
    if (!type || index === undefined || target === key) return;
    const flags = type.flags.get(index) ?? 0;
    if ((flags & IMPLTYPEFLAG_FSOURCE) !== 0) return;
    // Of a class's interfaces the default is the one whose members Invoke reaches.
    if (type.isClass && (flags & IMPLTYPEFLAG_FDEFAULT) === 0) return;
    if (type.bases.size < MAX_OWN_BASES) type.bases.add(target);
  }

  #enter(among: Map<number, number>, from: number, to: number): void {
    const before = among.size;
    room(among)?.set(from, to);
    this.#account.charge(ENTRY_COST * (among.size - before));
  }

  /** The GUID of the type that `key` describes was said by whoever asked for it: ITypeLib::GetTypeInfoOfGuid. */
  identify(key: string, guid: string): void {
    const type = this.#type(key);
    if (type.guid === guid) return;
    type.guid = guid;
    const shared = this.#byGuid.get(guid);
    if (!shared) {
      if (this.#byGuid.set(guid, type.members)) this.#account.charge(GUID_COST);
      return;
    }
    for (const [id, taught] of type.members) if (!shared.has(id)) room(shared)?.set(id, taught);
    type.members = shared;
  }

  /** GUID and name of the object's own type, or null; of a class only its default interface is asked for. */
  typeOf(object: string): { guid: string | null; name: string | null; inferred: boolean } | null {
    const link = this.#ofObject.get(object);
    if (!link) return null;
    for (const type of this.#line(link.type)) {
      if (!type.isClass) return { guid: type.guid, name: type.name, inferred: link.viaClass };
    }
    return null;
  }

  /** The member `dispid` of the object, as its type or a base of that has it. */
  member(object: string, dispid: number): TypedMember | null {
    const link = this.#ofObject.get(object);
    if (!link) return null;
    for (const type of this.#line(link.type)) {
      const taught = type.members.get(dispid >>> 0);
      if (taught) return { taught, inferred: link.viaClass };
    }
    return null;
  }

  /** What is known of the members of the type with this GUID. */
  ofGuid(guid: string, dispid: number): Taught | null {
    return this.#byGuid.get(guid)?.get(dispid >>> 0) ?? null;
  }

  /** A type, its bases, theirs, each once. */
  #line(key: string): TypeFacts[] {
    const keys = new Set([key]);
    for (const each of keys) {
      if (keys.size > MAX_BASES) break;
      for (const base of this.#types.get(each)?.bases ?? []) keys.add(base);
    }
    return [...keys].flatMap((each) => this.#types.get(each) ?? []);
  }

  #type(key: string): TypeFacts {
    const known = this.#types.get(key);
    if (known) return known;
    const made: TypeFacts = {
      guid: null,
      name: null,
      isClass: false,
      members: new Map(),
      bases: new Set(),
      refs: new Map(),
      flags: new Map(),
    };
    if (this.#types.set(key, made)) this.#account.charge(TYPE_COST);
    return made;
  }

  #attributes(key: string, attributes: Values | null): void {
    if (typeof attributes?.guid === "string") this.identify(key, attributes.guid);
    if (record(attributes?.typekind)?.name === "TKIND_COCLASS") this.#type(key).isClass = true;
  }

  #kind(key: string, memid: number, kind: number, frame: number): void {
    const taught = this.#member(key, memid, frame);
    if (taught) taught.kinds |= kind;
  }

  #name(key: string, memid: Value | undefined, names: Value[], frame: number): void {
    const name = names[0];
    if (typeof memid !== "number" || typeof name !== "string" || !isName(name)) return;
    if (memid === MEMBERID_NIL) {
      this.#type(key).name = name;
      return;
    }
    const taught = this.#member(key, memid, frame);
    if (!taught) return;
    const before = memberCost(taught);
    if (taught.name === null) taught.frame = frame;
    taught.name ??= name;
    const rest = names.slice(1, MAX_PARAMETERS + 1);
    const params = rest.map((p) => (typeof p === "string" && isName(p) ? p : undefined));
    if (params.length > taught.params.length) taught.params = params;
    this.#account.charge(memberCost(taught) - before);
  }

  #member(key: string, memid: number, frame: number): Taught | null {
    const { members } = this.#type(key);
    const known = members.get(memid >>> 0);
    if (known) return known;
    const made: Taught = { name: null, params: [], kinds: 0, frame };
    if (!room(members)?.set(memid >>> 0, made)) return null;
    this.#members++;
    this.#account.charge(memberCost(made));
    return made;
  }
}

function isName(text: string): boolean {
  return text !== "" && text.length <= MAX_NAME;
}

/** The map, where another entry still fits. */
function room<V>(map: Map<number, V>): Map<number, V> | null {
  return map.size < MAX_MEMBERS ? map : null;
}

function record(value: Value | undefined): Values | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}
