/**
 * Chains of rules in the order that a correlation names them (`temporal_ordered`). Of all chains of one length that end with
 * one rule, the one that began last is as good as any: a table of these is all that has to be remembered.
 */

import type { Incoming, Occurrence, SlidingWindow } from "./correlation-occurrence.js";
import { GROUP_BYTES, keepFew, MAX_OCCURRENCES, OCCURRENCE_BYTES, plain } from "./correlation-occurrence.js";

/** Occurrences, each behind the one before it. */
interface Chain<E> {
  start: number;
  length: number;
  last: Incoming<E>;
  before: Chain<E> | null;
}

/** By rule and length: the chain that began last. */
class Chains<E> {
  readonly #best: (Chain<E> | undefined)[][] = [];
  /** Those that end with the record that is looked at: it is not behind itself. */
  #ending: Chain<E>[] = [];
  size = 0;

  /** Takes an occurrence in, none of which is older. Answers the chains that end with it, short ones first. */
  add(one: Incoming<E>): readonly Chain<E>[] {
    if (this.#ending[0]?.last.record !== one.record) this.#settle();
    const made: Chain<E>[] = [{ start: one.time, length: 1, last: one, before: null }];
    for (let length = 2; length <= one.index + 1; length++) {
      let before: Chain<E> | undefined;
      for (let index = 0; index < one.index; index++) {
        const chain = this.#best[index]?.[length - 1];
        if (chain !== undefined && (before === undefined || chain.start > before.start)) before = chain;
      }
      if (before === undefined) break;
      made.push({ start: before.start, length, last: one, before });
    }
    this.#ending.push(...made);
    return made;
  }

  /** Takes over what is better elsewhere. */
  merge(other: Chains<E>): void {
    other.#settle();
    this.#settle();
    for (const row of other.#best) for (const chain of row ?? []) if (chain !== undefined) this.#put(chain);
  }

  #settle(): void {
    for (const chain of this.#ending) this.#put(chain);
    this.#ending = [];
  }

  #put(chain: Chain<E>): void {
    const { index } = chain.last;
    this.#best[index] ??= [];
    const row = this.#best[index];
    const known = row[chain.length];
    if (known === undefined) this.size++;
    if (known === undefined || known.start <= chain.start) row[chain.length] = chain;
  }
}

function links<E>(chain: Chain<E>): Incoming<E>[] {
  const found: Incoming<E>[] = [];
  for (let link: Chain<E> | null = chain; link !== null; link = link.before) found.push(link.last);
  return found.reverse();
}

/** The longest chain of occurrences, which stand in the order of time. */
export function longestChain<E>(within: readonly Incoming<E>[]): Incoming<E>[] {
  const chains = new Chains<E>();
  let longest: Chain<E> | null = null;
  for (const one of within) {
    const last = chains.add(one).at(-1)!;
    if (longest === null || last.length > longest.length) longest = last;
  }
  return longest === null ? [] : links(longest);
}

export class OrderWindow<E> implements SlidingWindow<E> {
  readonly #least: number;
  readonly #span: number;
  readonly #chains = new Chains<E>();
  /** In order of time, few of each rule: for those that come late. */
  #recent: Incoming<E>[] = [];
  #held: Chain<E> | null = null;

  constructor(least: number, span: number) {
    this.#least = least;
    this.#span = span;
  }

  get start(): number {
    return this.#held?.start ?? 0;
  }

  get count(): number {
    return this.#held?.length ?? 0;
  }

  add(one: Incoming<E>): boolean {
    this.#recent = keepFew(this.#recent, one, this.#span);
    if (this.#recent.at(-1) === one)
      return this.#hold(this.#chains.add(one).findLast((chain) => this.#fits(chain)));
    // As if it had come in time, of what is still known.
    const anew = new Chains<E>();
    let found: Chain<E> | undefined;
    for (const recent of this.#recent) {
      found = anew.add(recent).findLast((chain) => this.#fits(chain) && links(chain).includes(one)) ?? found;
    }
    this.#chains.merge(anew);
    return this.#hold(found);
  }

  #fits(chain: Chain<E>): boolean {
    return chain.length >= this.#least && chain.last.time - chain.start <= this.#span;
  }

  #hold(chain: Chain<E> | undefined): boolean {
    if (chain !== undefined) this.#held = chain;
    return chain !== undefined;
  }

  occurrences(): Occurrence<E>[] {
    return this.#held === null ? [] : links(this.#held).slice(-MAX_OCCURRENCES).map(plain);
  }

  values(): Iterable<Occurrence<E>> {
    return [];
  }

  get bytes(): number {
    return GROUP_BYTES + (this.#recent.length + this.#chains.size) * OCCURRENCE_BYTES;
  }
}
