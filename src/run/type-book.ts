/**
 * What type information that passed on the wire says of automation objects, [MS-OAUT] 2.2.44-49 and 3.7: which type an object
 * is of (IDispatch::GetTypeInfo), the type's GUID and name, its bases, and the names of its members. Out of decoded values
 * only. Types of one GUID share what is known of them, whoever asked.
 */
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import { MAX_ALL_MEMBERS, type MemberName, type TypedMember, type TypeKnowledge } from "../call/knowledge.js";
import type { TypeFact } from "../facts/fact.js";
import { Bounded } from "./bounded.js";

/** Descriptions of types (ITypeInfo objects), objects whose type is known, and GUIDs, each remembered up to here. */
const MAX_TYPES = 4096;
/** Members of one type that are remembered. */
const MAX_MEMBERS = 4096;
/** Types that are looked at for one object: its own, that one's bases, and theirs. */
const MAX_BASES = 16;
/** Bases of one type. */
const MAX_OWN_BASES = 8;

/** What is remembered at most. */
export const TYPE_LIMITS = {
  types: MAX_TYPES,
  members: MAX_MEMBERS,
  bases: MAX_BASES,
  ownBases: MAX_OWN_BASES,
};
export type TypeLimits = Readonly<typeof TYPE_LIMITS>;

/** Estimated costs, in bytes of memory, of what is known of a type, of a link to one, of a GUID, and of an entry of a type. */
const TYPE_COST = 900;
const LINK_COST = 350;
const GUID_COST = 250;
const ENTRY_COST = 50;
/** Of a member beside its name, and of a parameter's name beside its text. */
const MEMBER_COST = 200;
const PARAMETER_COST = 30;

/** [MS-OAUT] 2.2.13: flags of an implemented type. */
const IMPLTYPEFLAG_FDEFAULT = 1;
const IMPLTYPEFLAG_FSOURCE = 2;

export type Members = Map<number, MemberName>;

/** Estimated bytes of memory that a member takes. */
export function memberCost({ name, params }: MemberName): number {
  let cost = MEMBER_COST + 2 * (name?.length ?? 0);
  for (const param of params) cost += PARAMETER_COST + 2 * (param?.length ?? 0);
  return cost;
}

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

/** Types that an earlier run learned, up to a frame. */
export interface EarlierTypes {
  types: TypeBook;
  now(): number;
}

export class TypeBook implements Holder, TypeKnowledge {
  readonly stream = null;
  /** What was learned since the book was empty: also what made room within it, as long as others may share it. */
  readonly #account: Account;
  readonly #limits: TypeLimits;
  #types: Bounded<TypeFacts>;
  #ofObject: Bounded<TypeLink>;
  #byGuid: Bounded<Members>;
  /** Something was not remembered, or not looked at, because there was too much. */
  #full = false;
  /** Members learned since the book was empty. */
  #members = 0;
  /** All was dropped because there was too much of it, and no call said so yet. */
  dropped = false;
  readonly #earlier: EarlierTypes | null;

  /** `earlier`: types that are asked for where nothing is known here. */
  constructor(
    kind: Kind = unlimited(),
    limits: TypeLimits = TYPE_LIMITS,
    earlier: EarlierTypes | null = null,
  ) {
    this.#account = kind.open(this);
    this.#limits = limits;
    this.#earlier = earlier;
    this.#types = new Bounded(limits.types);
    this.#ofObject = new Bounded(limits.types);
    this.#byGuid = new Bounded(limits.types);
  }

  /** A limit was reached: not all that was reported is known. */
  get full(): boolean {
    return this.#full || this.#types.full || this.#ofObject.full || this.#byGuid.full;
  }

  /** Memory is short: all that was learned is forgotten. */
  giveUp(): void {
    this.#full = this.full;
    this.#types = new Bounded(this.#limits.types);
    this.#ofObject = new Bounded(this.#limits.types);
    this.#byGuid = new Bounded(this.#limits.types);
    this.#members = 0;
    this.#account.set(0);
  }

  apply(fact: TypeFact, frame: number): void {
    switch (fact.kind) {
      case "type-of-object":
        this.#link(fact.object, fact.type, fact.viaClass);
        return;
      case "type-attributes":
        if (fact.guid !== null) this.#identify(fact.type, fact.guid);
        if (fact.isClass) this.#type(fact.type).isClass = true;
        return;
      case "type-name":
        this.#type(fact.type).name = fact.name;
        return;
      case "type-member":
        this.#learn(fact.type, fact.memid, fact.invkinds, fact.names, frame);
        return;
      case "type-implements":
        if (fact.href !== null) this.#enter(this.#type(fact.type).refs, fact.href, fact.index);
        if (fact.flags !== null) this.#enter(this.#type(fact.type).flags, fact.index, fact.flags);
        return;
      case "type-reference":
        this.#refer(fact.type, fact.href, fact.target);
    }
  }

  #link(object: string, type: string, viaClass: boolean): void {
    const known = this.#ofObject.get(object);
    if (viaClass && known && !known.viaClass) return;
    if (this.#ofObject.set(object, { type, viaClass })) this.#account.charge(LINK_COST);
  }

  /** `target` is a base of the type `key`, where `href` is an implemented type of it. */
  #refer(key: string, href: number, target: string): void {
    const type = this.#types.get(key);
    const index = type?.refs.get(href);
    if (!type || index === undefined || target === key) return;
    const flags = type.flags.get(index) ?? 0;
    if ((flags & IMPLTYPEFLAG_FSOURCE) !== 0) return;
    // Of a class's interfaces the default is the one whose members Invoke reaches.
    if (type.isClass && (flags & IMPLTYPEFLAG_FDEFAULT) === 0) return;
    if (type.bases.has(target)) return;
    if (type.bases.size < this.#limits.ownBases) type.bases.add(target);
    else this.#full = true;
  }

  #enter(among: Map<number, number>, from: number, to: number): void {
    const before = among.size;
    if (this.#fits(among, from)) among.set(from, to);
    this.#account.charge(ENTRY_COST * (among.size - before));
  }

  #identify(key: string, guid: string): void {
    const type = this.#type(key);
    if (type.guid === guid) return;
    type.guid = guid;
    const shared = this.#byGuid.get(guid);
    if (!shared) {
      if (this.#byGuid.set(guid, type.members)) this.#account.charge(GUID_COST);
      return;
    }
    for (const [id, member] of type.members) {
      if (!shared.has(id) && this.#fits(shared, id)) shared.set(id, member);
    }
    type.members = shared;
  }

  /** GUID and name of the object's own type, or null; of a class only its default interface is asked for. */
  typeOf(object: string): { guid: string | null; name: string | null; inferred: boolean } | null {
    const link = this.#ofObject.get(object);
    if (!link) return this.#earlier?.types.typeOf(object) ?? null;
    for (const type of this.#line(link.type)) {
      if (!type.isClass) return { guid: type.guid, name: type.name, inferred: link.viaClass };
    }
    return null;
  }

  /** The member `dispid` of the object, as its type or a base of that has it. */
  member(object: string, dispid: number): TypedMember | null {
    const link = this.#ofObject.get(object);
    if (!link) {
      const earlier = this.#earlier?.types.member(object, dispid) ?? null;
      return earlier === null || this.#asOfNow(earlier.member) === null ? null : earlier;
    }
    for (const type of this.#line(link.type)) {
      const member = type.members.get(dispid >>> 0);
      if (member) return { member, inferred: link.viaClass };
    }
    return null;
  }

  /** What an earlier run learned behind the frame at hand is not known yet. */
  #asOfNow(member: MemberName): MemberName | null {
    return member.frame > this.#earlier!.now() ? null : member;
  }

  /** What is known of the members of the type with this GUID. */
  ofGuid(guid: string, dispid: number): MemberName | null {
    const own = this.#byGuid.get(guid)?.get(dispid >>> 0) ?? null;
    const earlier = own === null ? (this.#earlier?.types.ofGuid(guid, dispid) ?? null) : null;
    return earlier === null ? own : this.#asOfNow(earlier);
  }

  /** A type, its bases, theirs, each once. */
  #line(key: string): TypeFacts[] {
    const keys = new Set([key]);
    for (const each of keys) {
      for (const base of this.#types.get(each)?.bases ?? []) {
        if (keys.size <= this.#limits.bases || keys.has(base)) keys.add(base);
        else this.#full = true;
      }
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

  /** `names`: of the member and its parameters, none where only its kind was reported. */
  #learn(
    key: string,
    memid: number,
    kinds: number,
    [name, ...params]: readonly (string | undefined)[],
    frame: number,
  ): void {
    const member = this.#member(key, memid, frame);
    if (member === null) return;
    member.kinds |= kinds;
    if (name !== undefined) {
      const before = memberCost(member);
      if (member.name === null) member.frame = frame;
      member.name ??= name;
      if (params.length > member.params.length) member.params = params;
      this.#account.charge(memberCost(member) - before);
    }
    if (this.#members < MAX_ALL_MEMBERS) return;
    this.giveUp();
    this.dropped = true;
  }

  #member(key: string, memid: number, frame: number): MemberName | null {
    const { members } = this.#type(key);
    const known = members.get(memid >>> 0);
    if (known) return known;
    const made: MemberName = { name: null, params: [], kinds: 0, frame };
    if (!this.#fits(members, memid >>> 0)) return null;
    members.set(memid >>> 0, made);
    this.#members++;
    this.#account.charge(memberCost(made));
    return made;
  }

  /** Whether the map has the key, or room for it. */
  #fits(map: ReadonlyMap<number, unknown>, key: number): boolean {
    if (map.size < this.#limits.members || map.has(key)) return true;
    this.#full = true;
    return false;
  }
}
