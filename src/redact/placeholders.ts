/**
 * Placeholders for secrets and users: the same one for the same text wherever it stands, numbered by kind in order of
 * appearance. What was given one is then replaced inside other texts as well. Where more is met than may be remembered,
 * nothing shows any longer which texts hold a secret, and all of them are hidden.
 */

import { hash } from "#primitives";
import { hex } from "../../dissectors/wire/guid.js";
import { utf16, utf16Bytes } from "../../dissectors/wire/text.js";
import type { Value } from "../events.js";
import { MAX_PREFIX_UNITS, type Match, MIN_SECRET, TextReplacer } from "./text-replacer.js";

/** Names and secrets remembered of one run. */
export const MAX_REMEMBERED = 32_768;
/** UTF-16 code units remembered of them all. */
const MAX_REMEMBERED_UNITS = 2 << 20;

export type Kind =
  | "user"
  | "kh"
  | "kh2"
  | "auth-id"
  | "session-id"
  | "session-name"
  | "parms"
  | "password"
  | "string"
  | "session"
  | "secret"
  | "unread";

/** Kinds that hide text of no known structure: their placeholders say how much it was. */
const SIZED: ReadonlySet<Kind> = new Set<Kind>(["string", "session", "unread"]);

export class Placeholders {
  /** By exact text; users by their lower case, as Windows distinguishes them. */
  readonly #secrets = new Map<string, string>();
  readonly #users = new Map<string, string>();
  /** Values that are no texts, by their JSON: they are not looked for. */
  readonly #values = new Map<string, string>();
  readonly #numbers = new Map<Kind, number>();
  readonly #replacer = new TextReplacer();
  readonly #most: number;
  #units = 0;
  #full = false;

  /** `most`: names and secrets that are remembered. */
  constructor(most: number = MAX_REMEMBERED) {
    this.#most = most;
  }

  /** Texts remembered: it grows when something new proved secret. */
  get size(): number {
    return this.#secrets.size + this.#users.size + this.#values.size;
  }

  /** More was met than can be remembered: no text can be shown to be free of secrets. */
  get full(): boolean {
    return this.#full;
  }

  user(user: string): string {
    if (user === "" || isPlaceholder(user)) return user;
    return this.#placeholder(this.#users, user.toLowerCase(), "user", user);
  }

  /** `*` is what the specification wants where nothing is given: it hides nothing. */
  secret(kind: Kind, secret: string): string {
    if (secret === "" || secret === "*" || isPlaceholder(secret)) return secret;
    return this.#placeholder(this.#secrets, secret, kind, secret);
  }

  /**
   * Hides a value whole, whatever it is. The texts in it are looked for elsewhere as well, a number only where it is long
   * enough to be nothing else; `numbers` takes those in it, with what is shown for them.
   */
  value(value: Value, numbers: Map<string, string>): Value {
    if (value === null) return null;
    if (typeof value === "string") return this.secret("secret", value);
    this.#inside(value, numbers);
    if (typeof value !== "object") return this.#numberOrBoolean(value, numbers);
    return this.#placeholder(this.#values, JSON.stringify(value), "secret", "");
  }

  #inside(value: Value, numbers: Map<string, string>): void {
    if (typeof value === "string") this.secret("secret", value);
    else if (typeof value === "number") numbers.set(String(value), numbers.get(String(value)) ?? "<secret>");
    else if (value !== null && typeof value === "object") {
      for (const inner of Object.values(value)) this.#inside(inner, numbers);
    }
  }

  #numberOrBoolean(value: number | boolean, numbers: Map<string, string>): string {
    const text = String(value);
    const isLong = text.length >= MIN_SECRET;
    const shown = this.#placeholder(
      isLong ? this.#secrets : this.#values,
      text,
      "secret",
      isLong ? text : "",
    );
    if (typeof value === "number") numbers.set(text, shown);
    return shown;
  }

  /** The placeholder of a text that is a known secret as a whole. */
  known(text: string): string | undefined {
    return this.#secrets.get(keyOf(text));
  }

  /** A text with all that is known in it replaced; hidden where that cannot be determined. */
  replace(text: string): string {
    if (text === "" || (this.size === 0 && !this.#full)) return text;
    return this.#full ? hidden(text) : this.#replacer.replace(text);
  }

  /** What is known in a text made of bytes. */
  findInBytes(text: string): Match[] {
    return this.size === 0 ? [] : this.#replacer.find(text, true);
  }

  #placeholder(known: Map<string, string>, key: string, kind: Kind, spelt: string): string {
    const own = keyOf(key);
    const before = known.get(own);
    if (before !== undefined) return before;
    const cost = own.length + Math.min(spelt.length, MAX_PREFIX_UNITS);
    if (this.size >= this.#most || this.#units + cost > MAX_REMEMBERED_UNITS) {
      this.#full = true;
      return `<${kind}>`;
    }
    this.#units += cost;
    const number = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, number);
    const size = SIZED.has(kind) ? `: ${spelt.length} characters` : "";
    const placeholder = `<${kind}-${number}${size}>`;
    // A part of a longer text would keep the whole of it in memory.
    known.set(copyOf(own), placeholder);
    const begin = copyOf(spelt.slice(0, MAX_PREFIX_UNITS));
    if (kind === "user") this.#replacer.name(begin, spelt.length, placeholder);
    else this.#replacer.secret(begin, spelt.length, placeholder);
    return placeholder;
  }
}

/** What a text is remembered by: very long ones by their digest. */
function keyOf(text: string): string {
  if (text.length <= MAX_PREFIX_UNITS) return text;
  return `${text.length} ${hex(hash("sha256", [utf16Bytes(text)]))}`;
}

function copyOf(text: string): string {
  return utf16(utf16Bytes(text));
}

function hidden(text: string): string {
  return isPlaceholder(text) ? text : `<text: ${text.length} characters>`;
}

function isPlaceholder(text: string): boolean {
  return /^<(?:[a-z][a-z0-9-]{0,20}-\d{1,9}|text)(?:: \d{1,9} characters)?>$/.test(text);
}
