/** Names of automation members that were learned from the wire, by the object or class that has them: [MS-OAUT] 3.1.4.3. */
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { MemberName, NameKnowledge } from "../call/knowledge.js";
import type { MemberNameFact } from "../facts/fact.js";
import { Oldest } from "../oldest.js";
import { type Members, memberCost, TYPE_LIMITS, TypeBook } from "./type-book.js";

/** Objects whose names are remembered, and names of one object. */
const MAX_NAMED_OBJECTS = 4096;
const MAX_NAMES = 4096;

export const NAME_LIMITS = { objects: MAX_NAMED_OBJECTS, names: MAX_NAMES };

/** Estimated cost of an object, in bytes of memory, beside its members. */
const OBJECT_COST = 300;

/** Names that an earlier run learned, up to a frame. */
export interface EarlierNames {
  names: DispidNames;
  now(): number;
}

/** DISPIDs that GetIDsOfNames answered, by object; and what ITypeInfo said of types. */
export class DispidNames implements Holder, NameKnowledge {
  readonly stream = null;
  readonly types: TypeBook;
  readonly #names = new Map<string, Members>();
  readonly #oldest = new Oldest(this.#names);
  readonly #account: Account;
  readonly #limits: Readonly<typeof NAME_LIMITS>;
  readonly #earlier: EarlierNames | null;
  #full = false;

  /** `earlier`: names that are asked for where these have none. */
  constructor(
    kind: Kind = unlimited(),
    limits: Readonly<typeof NAME_LIMITS> = NAME_LIMITS,
    earlier: EarlierNames | null = null,
  ) {
    this.types = new TypeBook(kind, TYPE_LIMITS, earlier && { types: earlier.names.types, now: earlier.now });
    this.#account = kind.open(this);
    this.#limits = limits;
    this.#earlier = earlier;
  }

  /** A name was not remembered, or an object or a type forgotten, because there was too much. */
  get full(): boolean {
    return this.#full || this.types.full;
  }

  /** A name was too long to be remembered, or one of too many. */
  passedOver(): void {
    this.#full = true;
  }

  /** Memory is short: the names of the eighth of all objects that came first are forgotten. */
  giveUp(): void {
    for (const key of this.#oldest.some(this.#names.size / 8)) this.#forget(key);
  }

  #forget(key: string): void {
    let cost = OBJECT_COST;
    for (const member of this.#names.get(key)!.values()) cost += memberCost(member);
    this.#account.charge(-cost);
    this.#names.delete(key);
  }

  /** GetIDsOfNames answered for a name in `frame`; the keys are the object's IPID and OID, and its class. */
  learn({ keys, dispid, name, params }: MemberNameFact, frame: number): void {
    for (const key of keys) {
      let book = this.#names.get(key);
      if (!book) {
        if (this.#names.size >= this.#limits.objects) {
          this.#forget(this.#oldest.next()!);
          this.#full = true;
        }
        book = new Map();
        this.#names.set(key, book);
        this.#account.charge(OBJECT_COST);
      }
      this.#add(book, dispid >>> 0, { name, params: [...params], kinds: 0, frame });
    }
  }

  #add(book: Members, id: number, member: MemberName): void {
    const before = book.get(id);
    if (before === undefined && book.size >= this.#limits.names) {
      this.#full = true;
      return;
    }
    const { params } = member;
    if (before?.name === member.name) for (const [place, p] of before.params.entries()) params[place] ??= p;
    this.#account.charge(memberCost(member) - (before === undefined ? 0 : memberCost(before)));
    book.set(id, member);
  }

  named(keys: readonly string[], dispid: number): MemberName | null {
    for (const key of keys) {
      const member = this.#names.get(key)?.get(dispid >>> 0);
      if (member !== undefined) return member;
    }
    const earlier = this.#earlier?.names.named(keys, dispid) ?? null;
    return earlier === null || earlier.frame > this.#earlier!.now() ? null : earlier;
  }
}
