/**
 * Accounts that may offer help, as a file lists them: one a line, `DOMAIN\user`, `user@domain` or the user alone, which is of any
 * domain. `#` begins a comment. Case does not matter, and a domain is the same by its NetBIOS name and by its DNS name where the first
 * label of the one is the other.
 */
import type { OfferRecord } from "../events.js";

interface Account {
  user: string;
  /** null for any. */
  domain: string | null;
}

export class Helpers {
  readonly #byUser = new Map<string, (string | null)[]>();
  /** The lines, as they stand there. */
  readonly names: readonly string[];

  constructor(text: string) {
    const names: string[] = [];
    for (const line of text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/)) {
      const name = line.replace(/(?:^|\s)#.*$/, "").trim();
      if (name === "") continue;
      names.push(name);
      const { user, domain } = accountOf(name);
      const domains = this.#byUser.get(user);
      if (domains === undefined) this.#byUser.set(user, [domain]);
      else domains.push(domain);
    }
    this.names = names;
  }

  /** Whether the account is listed; null where it is not known which it is. */
  lists(user: string | null, domain: string | null): boolean | null {
    if (user === null || user === "") return null;
    // What a client calls itself may have its domain in it.
    const own = accountOf(domain === null || domain === "" ? user : `${domain}\\${user}`);
    const domains = this.#byUser.get(own.user) ?? [];
    return domains.some((listed) => listed === null || own.domain === null || isSame(listed, own.domain));
  }

  /** The offer with `expert.listed`. */
  marked(offer: OfferRecord): OfferRecord {
    const listed = this.lists(offer.expert.user, offer.expert.domain);
    return listed === offer.expert.listed ? offer : { ...offer, expert: { ...offer.expert, listed } };
  }
}

function accountOf(name: string): Account {
  const lower = name.toLowerCase();
  const slash = lower.indexOf("\\");
  if (slash >= 0) {
    const user = lower.slice(slash + 1);
    // `DOMAIN\user@domain` is how some clients write a principal.
    const at = user.lastIndexOf("@");
    return { user: at > 0 ? user.slice(0, at) : user, domain: slash === 0 ? null : lower.slice(0, slash) };
  }
  const at = lower.lastIndexOf("@");
  return at > 0
    ? { user: lower.slice(0, at), domain: lower.slice(at + 1) || null }
    : { user: lower, domain: null };
}

function isSame(a: string, b: string): boolean {
  if (a === b) return true;
  const label = (name: string): string => name.replace(/\..*$/s, "");
  return a.includes(".") !== b.includes(".") && label(a) === label(b);
}
