/** Names and addresses of machines, learned from what passes: NTLM target information, tickets, string bindings. */

import { canonicalAddress } from "../../address.js";
import { type Account, type Holder, type Kind, unlimited } from "../../budget.js";
import type { AssociationRecord, Value } from "../../events.js";
import { Oldest } from "../../oldest.js";
import { bindingsOf } from "../steps/predicates.js";
import type { Step } from "../steps/step.js";

/** Names remembered of the run; the oldest are forgotten first. */
export const MAX_NAMES = 4096;
/** Addresses remembered of one name. */
export const MAX_ADDRESSES = 16;

/** Estimated costs, in bytes of memory, of a name beside its text and of an address. */
const NAME_COST = 350;
const ADDRESS_COST = 120;

/** The run's names, with every address that each was seen to stand for. */
export class MachineNames implements Holder {
  readonly stream = null;
  /** By name: addresses, and since when each is known. */
  readonly #addresses = new Map<string, Map<string, number>>();
  readonly #oldest = new Oldest(this.#addresses);
  readonly #account: Account;

  /** Names were forgotten, or addresses of one not remembered, because there were too many. */
  full = false;

  constructor(kind: Kind = unlimited()) {
    this.#account = kind.open(this);
  }

  /** Memory is short: the eighth of the names that was learned first is forgotten. */
  giveUp(): void {
    for (const key of this.#oldest.some(this.#addresses.size / 8)) this.#forget(key);
  }

  #forget(key: string): void {
    this.#account.charge(-NAME_COST - 2 * key.length - ADDRESS_COST * this.#addresses.get(key)!.size);
    this.#addresses.delete(key);
  }

  /** `at`: microseconds since 1970. */
  learn(name: string, address: string, at: number): void {
    const key = fold(name);
    let known = this.#addresses.get(key);
    if (known === undefined) {
      if (this.#addresses.size >= MAX_NAMES) {
        this.#forget(this.#oldest.next()!);
        this.full = true;
      }
      known = new Map();
      this.#addresses.set(key, known);
      this.#account.charge(NAME_COST + 2 * key.length);
    }
    const since = known.get(address);
    if (since === undefined && known.size >= MAX_ADDRESSES) {
      this.full = true;
      return;
    }
    if (since !== undefined && at >= since) return;
    if (since === undefined) this.#account.charge(ADDRESS_COST);
    known.set(address, at);
  }

  /** The string bindings of a machine list its names and addresses. */
  learnBindings(step: Step): void {
    const bindings = bindingsOf(step);
    if (bindings.length === 0) return;
    const machine = step.server.address;
    const names = new Set<string>();
    const addresses = new Set([machine]);
    for (const { host } of bindings) {
      const address = canonicalAddress(host);
      if (address === null) names.add(host);
      else if (addresses.size < MAX_ADDRESSES) addresses.add(address);
      else if (!addresses.has(address)) this.full = true;
    }
    // The names of a machine stand for each of its addresses.
    for (const address of addresses) for (const name of names) this.learn(name, address, step.end);
  }

  /** Known already at that time: what is learned later changes nothing that was reported. */
  isNameOf(name: string, address: string, at: number): boolean {
    return spellings(name).some((key) => (this.#addresses.get(key)?.get(address) ?? Infinity) <= at);
  }
}

/** The same machine under a full name and its first label. */
export function sameName(a: string, b: string): boolean {
  const x = fold(a);
  const y = fold(b);
  if (x === y) return true;
  if (x.includes(".") === y.includes(".")) return false;
  return x.replace(/\..*$/s, "") === y.replace(/\..*$/s, "");
}

function fold(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function spellings(name: string): string[] {
  const whole = fold(name);
  const label = whole.replace(/\..*$/s, "");
  return whole === label ? [whole] : [whole, label];
}

/** What an association says about its server's names, the best first. */
export function serverNames(record: AssociationRecord): { name: string; how: string }[] {
  const names: { name: string; how: string }[] = [];
  const add = (value: Value | undefined, how: string): void => {
    if (typeof value !== "string" || value === "" || canonicalAddress(value) !== null) return;
    if (!names.some((n) => n.name === value)) names.push({ name: value, how });
  };
  for (const security of record.security_contexts) {
    add(security.ntlm?.av_pairs.MsvAvNbComputerName, "NTLM target information");
    add(security.ntlm?.av_pairs.MsvAvDnsComputerName, "NTLM target information");
    // A service's name is SERVICE/HOST, with the realm or a further part behind it.
    const service = security.kerberos?.service ?? null;
    add(/^[^/]+\/([^/@:]+)/.exec(service ?? "")?.[1], "the Kerberos ticket's service");
  }
  return names;
}
