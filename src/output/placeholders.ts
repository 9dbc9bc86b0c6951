/**
 * Placeholders for secrets and users: the same one for the same text wherever it stands, numbered by kind in order of
 * appearance. What was given one is then replaced inside other texts as well.
 */

import { createHash } from "node:crypto";
import { MAX_SOUGHT, Sought } from "./sought.js";

/** Secrets told apart; further ones share one placeholder of their kind. */
export const MAX_SECRETS = 50_000;

export type Kind =
  | "user"
  | "kh"
  | "kh2"
  | "auth-id"
  | "session-id"
  | "parms"
  | "password"
  | "string"
  | "session"
  | "secret";

export class Placeholders {
  /** By exact text; users by their lower case, as Windows tells them apart. */
  readonly #secrets = new Map<string, string>();
  readonly #users = new Map<string, string>();
  readonly #numbers = new Map<Kind, number>();
  readonly #sought = new Sought();

  user(user: string): string {
    if (user === "" || isPlaceholder(user)) return user;
    return this.#placeholder(this.#users, user.toLowerCase(), "user", user);
  }

  /** `*` is what the specification wants where nothing is told: it hides nothing. */
  secret(kind: Kind, secret: string): string {
    if (secret === "" || secret === "*" || isPlaceholder(secret)) return secret;
    return this.#placeholder(this.#secrets, secret, kind, secret);
  }

  /** The placeholder of a text that is a known secret as a whole. */
  known(text: string): string | undefined {
    return this.#secrets.get(keyOf(text));
  }

  /** A text with all that is known in it replaced. */
  replace(text: string): string {
    return this.#sought.replace(text);
  }

  #placeholder(known: Map<string, string>, key: string, kind: Kind, spelt: string): string {
    const own = keyOf(key);
    const before = known.get(own);
    if (before !== undefined) return before;
    if (known.size >= MAX_SECRETS) return `<${kind}>`;
    const number = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, number);
    const placeholder = `<${kind}-${number}>`;
    // A part of a longer text would keep the whole of it in memory.
    known.set(copyOf(own), placeholder);
    if (spelt.length > MAX_SOUGHT) return placeholder;
    if (kind === "user") this.#sought.name(copyOf(spelt), placeholder);
    else this.#sought.secret(copyOf(spelt), placeholder);
    return placeholder;
  }
}

/** What a text is remembered by: very long ones by their digest. */
function keyOf(text: string): string {
  if (text.length <= MAX_SOUGHT) return text;
  return `${text.length} ${createHash("sha256").update(text, "utf16le").digest("base64")}`;
}

function copyOf(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

function isPlaceholder(text: string): boolean {
  return /^<[a-z0-9-]+-\d+>$/.test(text);
}
