/**
 * Values of parameters and members of records: what their names say is secret, and what their text says; everything else
 * is searched for what proved secret elsewhere.
 */

import type { Value } from "../events.js";
import { hideInHex, isHex, textOfNumbers } from "./bytes.js";
import {
  isAccountPrincipal,
  isStructure,
  type Meaning,
  meaningOf,
  namesAccounts,
  namesNoAccounts,
  namesTaskAccount,
} from "./fields.js";
import type { Placeholders } from "./placeholders.js";
import type { RawTexts } from "./raw-text.js";

export type Members = { [name: string]: Value };

/** What is known of a value from what holds it. */
export interface Context {
  /** The method whose parameters these are. */
  method: string | null;
  /** Numbers are the program's own: no bytes. */
  record: boolean;
  users: boolean;
  secrets: boolean;
  /** The elements of UserNames of GetSessionInfo. */
  sessions: boolean;
}

export const PARAMETERS: Context = {
  method: null,
  record: false,
  users: false,
  secrets: false,
  sessions: false,
};

const SESSIONS = /^usernames$/i;

export class Values {
  /** What was read whole from the record at hand, by its text, and how it is shown: wherever the record repeats it. */
  read: ReadonlyMap<string, string> = new Map();
  /** What names of members say; there are few different ones. */
  readonly #meanings = new Map<string, Meaning>();
  readonly #placeholders: Placeholders;
  readonly #texts: RawTexts;

  constructor(placeholders: Placeholders, texts: RawTexts) {
    this.#placeholders = placeholders;
    this.#texts = texts;
  }

  members(values: Members, context: Context): Members {
    const shown: Members = {};
    for (const [name, value] of Object.entries(values)) shown[name] = this.value(name, value, context);
    return shown;
  }

  value(name: string, value: Value, outer: Context): Value {
    if (value === null || typeof value === "boolean" || typeof value === "number") return value;
    const context = this.inner(name, outer);
    if (typeof value === "string") return this.#string(name, value, context);
    if (Array.isArray(value)) return this.#array(name, value, context);
    return this.members(value, isEnumerator(value) ? { ...context, method: null } : context);
  }

  /** A value by the names on its path. */
  at(steps: readonly string[], value: Value, outer: Context): Value {
    let context = outer;
    for (const step of steps.slice(0, -1)) context = this.inner(step, context);
    return this.value(steps.at(-1) ?? "", value, context);
  }

  #array(name: string, values: Value[], context: Context): Value {
    const numbers = textOfNumbers(values);
    if (numbers !== null) {
      const hides =
        (context.secrets && values.length >= MIN_KEY) ||
        (!context.record && (context.users || numbers.some((text) => this.#holdsKnown(text))));
      return hides ? this.#placeholders.secret("secret", JSON.stringify(values)) : values;
    }
    const inner = namesAccounts(context.method, name) ? { ...context, users: true } : context;
    return values.map((element) => this.value("", element, inner));
  }

  #holdsKnown(text: string): boolean {
    return this.#placeholders.full || this.#placeholders.findInBytes(text).length > 0;
  }

  #string(name: string, text: string, context: Context): string {
    if (context.secrets) return this.#placeholders.secret("secret", text);
    if (context.sessions) return this.#texts.sessionText(text);
    if (context.users) return this.userText(text);
    if (name === "principal" && isAccountPrincipal(text)) return this.userText(text);
    if (namesTaskAccount(name, text)) return this.userText(text);
    return this.text(text);
  }

  /** `user`, `DOMAIN\user` or `user@domain`. */
  userText(text: string): string {
    const user = text.slice(text.indexOf("\\") + 1);
    const domain = text.slice(0, text.length - user.length);
    const at = user.lastIndexOf("@");
    const end = at < 0 ? user.length : at;
    return (
      this.#placeholders.replace(domain) +
      this.#placeholders.user(user.slice(0, end)) +
      this.#placeholders.replace(user.slice(end))
    );
  }

  /** A text that is not secret as a whole by its place. */
  text(text: string): string {
    const whole =
      this.read.get(text) ??
      this.#placeholders.known(text) ??
      this.#texts.stringText(text) ??
      this.#texts.blobText(text);
    if (whole !== null) return whole;
    const shown = this.#placeholders.replace(text);
    return shown === text && isHex(text) ? hideInHex(text, this.#placeholders) : shown;
  }

  /** What a member's name adds to what is known. */
  inner(name: string, context: Context): Context {
    if (isStructure(name)) return { ...context, users: false, secrets: false, sessions: false };
    if (context.method !== null && namesNoAccounts(name)) return { ...context, method: null };
    const meaning = this.#meaningOf(name);
    const sessions = context.sessions || SESSIONS.test(name);
    const users = context.users || (meaning === "user" && !sessions) || namesAccounts(context.method, name);
    const secrets = context.secrets || meaning === "secret";
    if (users === context.users && secrets === context.secrets && sessions === context.sessions) {
      return context;
    }
    return { ...context, users, secrets, sessions };
  }

  #meaningOf(name: string): Meaning {
    const known = this.#meanings.get(name);
    if (known !== undefined) return known;
    const meaning = meaningOf(name);
    if (this.#meanings.size < MAX_MEANINGS) this.#meanings.set(name, meaning);
    return meaning;
  }
}

/** How values of enumerations are shown: a number and what the IDL calls it. */
function isEnumerator({ value, name, ...more }: Members): boolean {
  return typeof value === "number" && typeof name === "string" && Object.keys(more).length === 0;
}

/** Names of members whose meaning is kept, a cache: others are made anew each time, so no note is needed. */
const MAX_MEANINGS = 4_096;
/** Fewer numbers than this are no key or hash. */
const MIN_KEY = 8;
