/** Names of addresses for text outputs, as --resolve asks: told by the capture, from a file, or asked of the resolver. */

import { Resolver } from "node:dns/promises";
import { canonicalAddress } from "../address.js";
import type { Event } from "../events.js";
import { readText } from "./inputs.js";
import type { EventSink } from "./pipeline.js";
import type { Source } from "./reading-options.js";
import { ToldNames } from "./told-names.js";

/** Addresses that the resolver is asked for in a run, and questions that may be open at a time. */
const MAX_ASKED = 10_000;
const MAX_OPEN = 16;
/** Milliseconds that one answer may take, and that a run waits for answers in all. */
const PATIENCE = 2_000;
const WAITING = 10_000;

export interface Names {
  nameOf(address: string): string | null;
  /** Sees records as they are written, before the outputs do. */
  readonly sink: EventSink;
  /** Settles when the names in a record are known, or the run has waited long enough; null where that is now. */
  ready(event: Event): Promise<void> | null;
  /** Settles when every question is answered, likewise. */
  settled(): Promise<void>;
  /** No name is wanted any more. */
  close(): void;
}

/** The part of node:dns that is used. */
type Reverse = Pick<Resolver, "reverse" | "cancel">;

const systemResolver = (): Reverse => new Resolver({ timeout: PATIENCE, tries: 1 });

/** `sources` in the order in which they are believed. Throws CommandError where a file of names cannot be read. */
export function namesFrom(sources: readonly Source[], resolver: () => Reverse = systemResolver): Names {
  const told = sources.some(({ how }) => how === "capture") ? new ToldNames() : null;
  const dns = sources.some(({ how }) => how === "dns") ? new Asked(resolver()) : null;
  const lookups = sources.map((source): ((address: string) => string | null) => {
    if (source.how === "hosts") {
      const known = hostsOf(readText(source.file));
      return (address) => known.get(address) ?? null;
    }
    return (address) => (source.how === "capture" ? told : dns)!.nameOf(address);
  });
  return {
    nameOf(address) {
      for (const lookup of lookups) {
        const name = lookup(address);
        if (name !== null) return name;
      }
      return null;
    },
    sink: {
      push: (event) => told?.learn(event),
      hidden: (event) => told?.learn(event),
      flush() {},
      pressure: () => null,
      // Whether anybody reads on does not depend on this one.
      closed: true,
    },
    ready: (event) => dns?.ask(addressesOf(event)) ?? null,
    settled: () => dns?.settled() ?? Promise.resolve(),
    close: () => dns?.close(),
  };
}

/** Lines of hosts(5): an address, its name, other names. The first line of an address counts. */
export function hostsOf(text: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [address, name] = line.replace(/#.*/, "").trim().split(/\s+/);
    const known = canonicalAddress(address ?? "");
    if (known !== null && name !== undefined && !names.has(known)) names.set(known, name);
  }
  return names;
}

function addressesOf(event: Event): string[] {
  switch (event.type) {
    case "call":
    case "association":
      return [event.client.address, event.server.address];
    case "offer":
      return [
        event.expert.address,
        event.novice.address,
        ...(event.follow_up === null ? [] : [event.follow_up.server.address]),
      ];
    default:
      return [];
  }
}

/** The resolver of this machine, asked once for each address. */
class Asked {
  readonly #resolver: Reverse;
  /** null: it has no name, or none is known yet. */
  readonly #names = new Map<string, string | null>();
  readonly #waiting: string[] = [];
  #open = 0;
  #left = WAITING;
  readonly #wakes: (() => void)[] = [];
  #closed = false;

  constructor(resolver: Reverse) {
    this.#resolver = resolver;
  }

  nameOf(address: string): string | null {
    return this.#names.get(address) ?? null;
  }

  ask(addresses: readonly string[]): Promise<void> | null {
    let fresh = false;
    for (const address of addresses) {
      if (this.#closed || this.#names.has(address) || this.#names.size >= MAX_ASKED) continue;
      this.#names.set(address, null);
      this.#waiting.push(address);
      fresh = true;
    }
    this.#next();
    return fresh && this.#left > 0 ? this.settled() : null;
  }

  #next(): void {
    while (this.#open < MAX_OPEN && this.#waiting.length > 0) void this.#one(this.#waiting.shift()!);
    if (this.#open === 0) this.#wake();
  }

  async #one(address: string): Promise<void> {
    this.#open++;
    try {
      // The zone of an IPv6 address is no part of its name in DNS.
      const [name] = await this.#resolver.reverse(address.replace(/%.*/, ""));
      if (name !== undefined) this.#names.set(address, name);
    } catch {
      // Without a name, or without an answer: the address stands alone.
    }
    this.#open--;
    this.#next();
  }

  /** At most as long as the run may still wait. */
  async settled(): Promise<void> {
    if (this.#open === 0 || this.#left <= 0) return;
    const begun = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#left);
      this.#wakes.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#left -= performance.now() - begun;
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#resolver.cancel();
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }
}
