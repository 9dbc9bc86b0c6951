/** The passwords of a run, and the Kerberos keys made of them: with the salts that the capture names, and those that Windows makes of names. */
import type { PrincipalName } from "../../../dissectors/kerberos/basic.js";
import {
  AES128_SHA1,
  AES128_SHA256,
  AES256_SHA1,
  AES256_SHA384,
  RC4_HMAC,
  stringToKey,
} from "../../../dissectors/kerberos/crypto.js";
import { MAX_ITERATIONS } from "../../../dissectors/kerberos/limits.js";
import type { Salt } from "../../../dissectors/kerberos/padata.js";
import { MAX_ROUNDS, MAX_SALT, MAX_SALTS, type ReachedKeyLimits } from "./key-limits.js";
import type { SecretEntry } from "./key-report.js";

/** What a count of rounds that is not given stands for. */
const USUAL_ROUNDS = 4096;
/** A password that may turn out to be of use once a salt is heard of. */
export interface PasswordSource {
  password: string;
  user: string | null;
  secret: SecretEntry;
}

export class PasswordKeys {
  readonly #passwords: PasswordSource[] = [];
  readonly #salts = new Map<string, Salt>();
  readonly #derived = new Map<string, Uint8Array | null>();
  #rounds = 0;
  readonly #limited: ReachedKeyLimits;

  constructor(limited: ReachedKeyLimits) {
    this.#limited = limited;
  }

  add(source: PasswordSource): void {
    this.#passwords.push(source);
  }

  get count(): number {
    return this.#passwords.length;
  }

  /** Grows whenever keys may be made that could not be made before. */
  get known(): number {
    return this.#passwords.length + this.#salts.size;
  }

  /** A salt that the capture names. */
  hear(salt: Salt): void {
    // Only passwords are joined with salts.
    if (this.#passwords.length === 0) return;
    const id = saltId(salt);
    if (this.#salts.has(id)) return;
    if (this.#salts.size < MAX_SALTS && salt.salt.length <= MAX_SALT) this.#salts.set(id, salt);
    else this.#limited.salts = true;
  }

  /** Keys made of the passwords, with the salts that were heard of and those that Windows makes of names. */
  keys(
    etype: number,
    name: PrincipalName | null,
    realm: string | null,
  ): { key: Uint8Array; secret: SecretEntry }[] {
    const found: { key: Uint8Array; secret: SecretEntry }[] = [];
    if (![AES128_SHA1, AES256_SHA1, AES128_SHA256, AES256_SHA384, RC4_HMAC].includes(etype)) return found;
    for (const source of this.#passwords) {
      const salts = etype === RC4_HMAC ? [unsalted(etype, "")] : this.#saltsFor(etype, source, name, realm);
      for (const salt of salts) {
        const key = this.#derive(source, salt);
        if (key !== null) found.push({ key, secret: source.secret });
      }
    }
    return found;
  }

  /** [MS-KILE] 3.1.1.2: realm and user name; for machines, `host` and the full name in lower case. */
  #saltsFor(etype: number, source: PasswordSource, name: PrincipalName | null, realm: string | null): Salt[] {
    const salts = [...this.#salts.values()].filter((s) => s.etype === etype);
    if (realm === null) return salts;
    const upper = realm.toUpperCase();
    const parts = name?.name_string ?? [];
    const made = new Set<string>();
    if (parts.length > 0) made.add(upper + parts.join(""));
    if (source.user?.endsWith("$")) {
      made.add(`${upper}host${source.user.slice(0, -1).toLowerCase()}.${realm.toLowerCase()}`);
    } else if (source.user !== null) made.add(upper + source.user);
    return [...salts, ...[...made].map((salt) => unsalted(etype, salt))];
  }

  #derive(source: PasswordSource, salt: Salt): Uint8Array | null {
    if (salt.salt.length > MAX_SALT) {
      this.#limited.salts = true;
      return null;
    }
    const id = `${this.#passwords.indexOf(source)}/${saltId(salt)}`;
    const known = this.#derived.get(id);
    if (known !== undefined) return known;
    const rounds = salt.iterations ?? USUAL_ROUNDS;
    if (salt.etype !== RC4_HMAC && (rounds > MAX_ITERATIONS || this.#rounds + rounds > MAX_ROUNDS)) {
      this.#limited.rounds = true;
      return null;
    }
    if (salt.etype !== RC4_HMAC) this.#rounds += rounds;
    const key = stringToKey(salt.etype, source.password, salt.salt, salt.iterations);
    this.#derived.set(id, key);
    return key;
  }
}

function unsalted(etype: number, salt: string): Salt {
  return { etype, salt, iterations: null };
}

function saltId({ etype, salt, iterations }: Salt): string {
  return `${etype}/${iterations}/${salt}`;
}
