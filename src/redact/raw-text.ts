/**
 * The texts of [MS-RAI] with their secrets cut out, at the places that their readers give: connection strings of both
 * forms, help blobs, session entries. What a reader could not read is hidden, with its length.
 */

import {
  type ConnectionStringPart,
  PROTOCOL_VERSION,
  readConnectionString,
  splitAddress,
} from "../../dissectors/rai/connection-string.js";
import { readHelpBlob, type SpannedHelpBlob } from "../../dissectors/rai/help-blob.js";
import { readSession } from "../../dissectors/rai/sessions.js";
import type { Span } from "../../dissectors/rai/spans.js";
import type { ConnectionString, HelpBlob, SessionEntry } from "../events.js";
import type { Kind, Placeholders } from "./placeholders.js";

/** Parts of connection strings that are secret, and their kinds. The others are addresses, ports and versions. */
const SECRET_PARTS: ReadonlyMap<ConnectionStringPart | "unread", Kind> = new Map([
  ["assistant_account_pwd", "password"],
  ["ra_session_id", "session-id"],
  ["ra_session_name", "session-name"],
  ["ra_session_pwd", "password"],
  ["protocol_specific_parms", "parms"],
  ["kh", "kh"],
  ["kh2", "kh2"],
  ["id", "auth-id"],
  ["unread", "unread"],
]);

/** A text cut at spans: what each shows, and between them what they leave. */
interface Cut {
  text: string;
  /** Where `text` shows what stood at a place of the raw text. */
  from(start: number, end: number): string;
  /** What stood in spans that are hidden, with what is shown instead. */
  hidden: Map<string, string>;
}

function cut<What extends string>(
  raw: string,
  spans: readonly Span<What>[],
  show: (span: Span<What>) => string,
  between: (text: string) => string,
): Cut {
  const pieces: { start: number; end: number; shown: string }[] = [];
  const hidden = new Map<string, string>();
  let done = 0;
  for (const span of spans) {
    if (span.start > done) {
      pieces.push({ start: done, end: span.start, shown: between(raw.slice(done, span.start)) });
    }
    const shown = show(span);
    if (shown !== span.value) hidden.set(span.value, shown);
    pieces.push({ start: span.start, end: span.end, shown });
    done = span.end;
  }
  if (done < raw.length) {
    pieces.push({ start: done, end: raw.length, shown: between(raw.slice(done)) });
  }
  const from = (start: number, end: number): string =>
    pieces
      .filter((piece) => piece.start >= start && piece.end <= end)
      .map(({ shown }) => shown)
      .join("");
  return { text: pieces.map(({ shown }) => shown).join(""), from, hidden };
}

export class RawTexts {
  readonly #placeholders: Placeholders;

  constructor(placeholders: Placeholders) {
    this.#placeholders = placeholders;
  }

  connectionString(string: ConnectionString): ConnectionString {
    const secret = (kind: Kind, value: string | null): string | null =>
      value === null ? null : this.#placeholders.secret(kind, value);
    if (string.form === null) {
      const raw = this.#placeholders.secret("string", string.raw);
      const violations = string.violations.map((sentence) => withoutQuotes(sentence, () => null));
      return { ...string, raw, violations };
    }
    const { raw, shown, shows } = this.#cutString(string.raw);
    const violations = string.violations.map((sentence) => withoutQuotes(sentence, shows));
    if (string.form === 2) {
      const { kh, kh2, id } = string.auth;
      const auth = { kh: secret("kh", kh), kh2: secret("kh2", kh2), id: secret("auth-id", id) };
      const transports = string.transports.map((transport) => ({
        ...transport,
        id: this.#maybeText(transport.id),
        sid: this.#maybeText(transport.sid),
        listeners: transport.listeners.map((listener) => ({
          ...listener,
          name: this.#maybeText(listener.name),
          uri: this.#maybeText(listener.uri),
        })),
      }));
      return { ...string, raw, auth, transports, violations };
    }
    const host = (name: string): string =>
      shown.has(name) ? this.#placeholders.replace(name) : this.#placeholders.secret("unread", name);
    return {
      ...string,
      raw,
      machine_addresses: string.machine_addresses.map((address) => ({
        ...address,
        host: host(address.host),
      })),
      listeners: string.listeners.map((listener) => ({
        ...listener,
        name: listener.name === null ? null : host(listener.name),
      })),
      assistant_account_pwd: secret("password", string.assistant_account_pwd),
      ra_session_id: secret("session-id", string.ra_session_id),
      ra_session_name: secret("session-name", string.ra_session_name),
      ra_session_pwd: secret("password", string.ra_session_pwd),
      protocol_specific_parms: secret("parms", string.protocol_specific_parms),
      violations,
    };
  }

  /** The text of a connection string alone, or null where it is none. */
  stringText(text: string): string | null {
    if (!mayBeString(text)) return null;
    const { value } = readConnectionString(text);
    if (value.form === null) return this.#placeholders.secret("string", text);
    if (value.form === 1 && value.protocol_version !== PROTOCOL_VERSION) {
      const readable = value.protocol_version !== null && value.protocol_type !== null;
      if (!readable || !value.machine_addresses.some(({ port }) => port !== null)) return null;
    }
    return this.#cutString(text).raw;
  }

  helpBlob(blob: HelpBlob): HelpBlob {
    const { spans, starts } = readAgain(blob);
    const { text, from } = this.#cutBlob(blob.raw, spans);
    const fields = blob.fields.map((field, i) => ({
      ...field,
      text: from(starts[i]!, starts[i]! + field.text.length),
    }));
    return {
      ...blob,
      raw: text,
      fields,
      id: {
        domain: this.#maybeText(blob.id.domain),
        user: blob.id.user && this.#placeholders.user(blob.id.user),
      },
      violations: blob.violations.map((sentence) => withoutQuotes(sentence, () => null)),
    };
  }

  /** The text of a help blob alone, or null where it is none. */
  blobText(text: string): string | null {
    if (!text.includes("UNSOLICITED=")) return null;
    return this.#cutBlob(text, readHelpBlob(text).spans).text;
  }

  session(session: SessionEntry): SessionEntry {
    return {
      ...session,
      raw: this.sessionText(session.raw),
      domain: this.#maybeText(session.domain),
      user: session.user && this.#placeholders.user(session.user),
    };
  }

  /** `DOMAIN\user:ID`. */
  sessionText(raw: string): string {
    const show = ({ what, value }: Span<"domain" | "user" | "session_id">): string => {
      if (what === "user") return this.#placeholders.user(value);
      if (what === "unread") return this.#placeholders.secret("session", value);
      return what === "domain" ? this.#placeholders.replace(value) : value;
    };
    return cut(raw, readSession(raw).spans, show, (text) => text).text;
  }

  /** `shown`: the values that are no secret; `shows`: what stands for a text that a sentence quotes, if that is known. */
  #cutString(raw: string): {
    raw: string;
    shown: ReadonlySet<string>;
    shows: (quoted: string) => string | null;
  } {
    const shown = new Set<string>();
    const result = cut(
      raw,
      readConnectionString(raw).spans,
      (span) => {
        const kind = SECRET_PARTS.get(span.what);
        if (kind !== undefined) return this.#placeholders.secret(kind, span.value);
        shown.add(span.value);
        if (span.what === "machine_addresses") {
          const { host, port } = splitAddress(span.value);
          shown.add(host);
          if (port !== null) shown.add(port);
        }
        return this.#placeholders.replace(raw.slice(span.start, span.end));
      },
      (text) => text,
    );
    const shows = (quoted: string): string | null => {
      const placeholder = result.hidden.get(quoted);
      if (placeholder !== undefined) return placeholder;
      // A listener is quoted with its port.
      const name = quoted.replace(/, port (?:\d{1,9}|null)$/, "");
      const known = quoted === "*" || shown.has(quoted) || shown.has(name);
      return known ? this.#placeholders.replace(quoted) : null;
    };
    return { raw: result.text, shown, shows };
  }

  #cutBlob(raw: string, spans: ReturnType<typeof readHelpBlob>["spans"]): Cut {
    return cut(
      raw,
      spans,
      ({ what, value }) => {
        if (what === "user") return this.#placeholders.user(value);
        if (what === "unread") return this.#placeholders.secret("unread", value);
        return what === "domain" ? this.#placeholders.replace(value) : value;
      },
      (text) => text,
    );
  }

  #maybeText(text: string | null): string | null {
    return text === null ? null : this.#placeholders.replace(text);
  }
}

/** The places in a blob of which a record holds the values: as a whole one or, where those are its fields, as the beginning of one. */
function readAgain({ raw, fields }: HelpBlob): SpannedHelpBlob {
  const read = readHelpBlob(raw);
  const same =
    read.value.fields.length === fields.length &&
    read.value.fields.every(({ text }, i) => text === fields[i]!.text);
  return same ? read : readHelpBlob(raw, false);
}

/** Whether a text begins as a connection string does, or holds the marks of one or of an invitation. */
function mayBeString(text: string): boolean {
  const begin = text.slice(0, 64).trimStart();
  if (/^\d{1,10}\s*,\s*\d{1,10}\s*,/.test(begin)) return true;
  return /\bKH2?=/.test(text) || text.includes("TICKET=") || text.includes("PassStub=");
}

/** Elements of connection strings, which sentences name. */
const ELEMENT = /^\/?[EACTL]$/;

/**
 * A sentence of the program's own without what it quotes of a text, but for quotations that `shows` answers a text for.
 * What is quoted may hold quotation marks itself: one that is not known ends at the last mark of its kind.
 */
export function withoutQuotes(sentence: string, shows: (quoted: string) => string | null): string {
  let rest = sentence;
  let shown = "";
  for (;;) {
    const open = rest.search(/"|<|(?<!\p{L})'/u);
    if (open < 0) return shown + rest;
    const mark = rest[open]!;
    const end = mark === "<" ? ">" : mark;
    const near = rest.indexOf(end, open + 1);
    const inner = near < 0 ? "" : rest.slice(open + 1, near);
    const known = near < 0 ? null : mark === "<" && ELEMENT.test(inner) ? inner : shows(inner);
    if (known === null) {
      let far = rest.lastIndexOf(end);
      // An apostrophe is no mark.
      while (far > open && /^'\p{L}/u.test(rest.slice(far, far + 3))) far = rest.lastIndexOf(end, far - 1);
      const tail = far > open ? rest.slice(far + 1) : "";
      return `${shown}${rest.slice(0, open + 1)}…${end}${tail.replace(/["<].*/s, "…")}`;
    }
    shown += rest.slice(0, open + 1) + known + end;
    rest = rest.slice(near + 1);
  }
}
