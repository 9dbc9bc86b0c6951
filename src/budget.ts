/**
 * One budget for all that traffic can fill. Whoever keeps something of it has an account, and charges it with an
 * estimate of what keeping costs. Where the whole, or one kind of it, exceeds its limit, the analyzer asks for relief between
 * two items: the kind that holds most gives up first, of it the account that was used longest ago. Nothing is evicted
 * while a holder is at work, and evicting one account costs the same however many there are.
 */

/** What holders keep; asked to give it up. */
export interface Holder {
  /** The TCP conversation that the loss concerns; null for what the whole run shares. */
  readonly stream: number | null;
  /** Gives up as much as makes sense, and takes it off its account. */
  giveUp(): void;
}

/** What was evicted. */
export interface Loss {
  /** In words, as `partial PDUs were given up`. */
  kind: string;
  stream: number | null;
  bytes: number;
}

/** What one holder keeps. */
export class Account {
  bytes = 0;
  readonly kind: Kind;
  readonly holder: Holder;
  /** Neighbours in the order of use; `listed` is false while there is nothing to be asked for. */
  older: Account | null = null;
  newer: Account | null = null;
  listed = false;

  constructor(kind: Kind, holder: Holder) {
    this.kind = kind;
    this.holder = holder;
  }

  /** Adds to what is held, or takes from it where negative. What is added to is in use. */
  charge(bytes: number): void {
    this.bytes += bytes;
    this.kind.add(bytes);
    if (bytes > 0) this.touch();
  }

  /** Holds so much from now on. */
  set(bytes: number): void {
    if (bytes !== this.bytes) this.charge(bytes - this.bytes);
  }

  /** It was used: others go before it. */
  touch(): void {
    if (this.kind.newest === this) return;
    this.kind.unlist(this);
    this.kind.list(this);
  }

  /** The holder keeps nothing any more. */
  close(): void {
    this.charge(-this.bytes);
    this.kind.unlist(this);
  }
}

/** Accounts of one kind, in the order of their use. */
export class Kind {
  readonly name: string;
  /** What all of the kind may hold. */
  readonly limit: number;
  bytes = 0;
  oldest: Account | null = null;
  newest: Account | null = null;
  readonly #budget: MemoryBudget;

  constructor(name: string, limit: number, budget: MemoryBudget) {
    this.name = name;
    this.limit = limit;
    this.#budget = budget;
  }

  open(holder: Holder): Account {
    return new Account(this, holder);
  }

  add(bytes: number): void {
    this.bytes += bytes;
    this.#budget.add(bytes, this.bytes > this.limit);
  }

  list(account: Account): void {
    account.older = this.newest;
    if (this.newest === null) this.oldest = account;
    else this.newest.newer = account;
    this.newest = account;
    account.listed = true;
  }

  unlist(account: Account): void {
    if (!account.listed) return;
    if (account.older === null) this.oldest = account.newer;
    else account.older.newer = account.newer;
    if (account.newer === null) this.newest = account.older;
    else account.newer.older = account.older;
    account.older = null;
    account.newer = null;
    account.listed = false;
  }
}

/** The part of the whole that is freed at once. */
const RELIEF = 16;

export class MemoryBudget {
  readonly limit: number;
  held = 0;
  /** Something exceeded its limit since the last relief. */
  pressed = false;
  readonly #kinds: Kind[] = [];

  /** What shares of kinds are of. */
  readonly #whole: number;

  constructor(limit: number, whole = limit) {
    this.limit = limit;
    this.#whole = whole;
  }

  /** `share`: how much of the whole this kind alone may hold. */
  kind(name: string, share = 1): Kind {
    const kind = new Kind(name, this.#whole * share, this);
    this.#kinds.push(kind);
    return kind;
  }

  add(bytes: number, over: boolean): void {
    this.held += bytes;
    if (over || this.held > this.limit) this.pressed = true;
  }

  /**
   * Has holders give up until all is within its limits, or so much was freed that the rest can wait for the next time: what
   * is given up often comes out as records, which take memory themselves. Answers what was lost.
   */
  relieve(): Loss[] {
    const losses: Loss[] = [];
    let freed = 0;
    for (let kind = this.#worst(); kind !== null; kind = this.#worst()) {
      if (freed > this.limit / RELIEF) return losses;
      const account = kind.oldest!;
      const before = account.bytes;
      account.holder.giveUp();
      const bytes = before - account.bytes;
      // What has nothing to give is asked again once it holds more.
      if (bytes <= 0) kind.unlist(account);
      else losses.push({ kind: kind.name, stream: account.holder.stream, bytes });
      freed += Math.max(0, bytes);
    }
    this.pressed = false;
    return losses;
  }

  /** The kind to be relieved next, or null. */
  #worst(): Kind | null {
    let worst: Kind | null = null;
    for (const kind of this.#kinds) {
      if (kind.oldest === null) continue;
      if (kind.bytes > kind.limit) return kind;
      if (this.held > this.limit && (worst === null || kind.bytes > worst.bytes)) worst = kind;
    }
    return worst;
  }
}

/** A kind without limits, for holders that stand alone. */
export function unlimited(): Kind {
  return new MemoryBudget(Number.POSITIVE_INFINITY).kind("");
}
