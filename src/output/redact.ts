/**
 * --redact: secrets of connection strings, password material, hashes and user names give way to placeholders such as
 * `<user-1>`, the same one for the same text in every record and every output of the run. Domains, machines and
 * addresses stay.
 *
 * What is secret is known by its place (fields of records, names of parameters). A text that proved secret is then
 * also replaced wherever else it stands in values and messages. Placeholders are numbered in order of appearance, so
 * two runs over one capture redact alike.
 *
 * Not handled: a user name that a value shows before any record told that it is one.
 */

import type {
  AssociationRecord,
  AuthRecord,
  CallRecord,
  ConnectionString,
  Event,
  HelpBlob,
  KeysRecord,
  Note,
  OfferRecord,
  RaiRecord,
  SessionEntry,
  Value,
} from "../events.js";
import { hideMarkup } from "./markup.js";
import { type Kind, Placeholders } from "./placeholders.js";

/** Fewer numbers than this are no key or hash. */
const MIN_KEY_BYTES = 8;

/** Longer texts are no connection string 1 and no help blob, and slow to search. */
const MAX_SEARCHED = 65_536;

/** Names of parameters and fields whose text is a user: bstrUserName, UserName, AccountName, user_name, upn … */
const USER_NAME = /^[a-z_]{0,6}?(user|user_?name|account_?name|sam_?account_?name|upn|principal_?name)$/i;
/** Names of parameters and fields that hold password material. */
const SECRET_NAME = /hash|owf|password|passwd|pwd|pass_?stub|session_?key|secret|credential|lhticket/i;

/** The text alone says that it is a connection string, whatever holds it. */
const LOOKS_LIKE_FORM_2 = /^\s*(<\?xml[^>]*>\s*)?<E>[\s\S]*<A\s/;
const LOOKS_LIKE_FORM_1 = /^\d{1,10},\d{1,10},[^,]*:\d+[^,]*,([^,]*,){4}/;
const AUTH_KINDS: ReadonlyMap<string, Kind> = new Map([
  ["KH", "kh"],
  ["KH2", "kh2"],
  ["ID", "auth-id"],
]);
/** `DOMAIN\\user` as the program's own messages write it, which may come before any record names the user. */
const ACCOUNT =
  /(?<![\p{L}\p{N}_.\\-])[\p{L}\p{N}_.-]{2,}\\([^\\,;:"()[\]]+?)(?=[,;:)\]]| on | at | is | has |$)/gu;
/** The requesting user in a help blob. */
const BLOB_USER = /UNSOLICITED[\s\S]*\bID=[^\\;]*\\([^;]+)$/;

export class Redactor {
  readonly #placeholders = new Placeholders();
  /** What was read whole from the call at hand, by its text, and how it is shown: wherever the call repeats it. */
  #read = new Map<string, string>();

  /** The record with its secrets replaced; the record given is left as it is. */
  event<E extends Event>(event: E): E {
    switch (event.type) {
      case "call":
        return this.#call(event) as E;
      case "association":
        return this.#association(event) as E;
      case "offer":
        return this.#offer(event) as E;
      case "note":
        return { ...event, message: this.#message(event.message) };
      case "summary":
        return { ...event, keys: event.keys && this.#keys(event.keys) };
    }
  }

  /** Any JSON value, by the names of its members: for records that are not events. */
  any<T>(value: T): T {
    return this.#value("", value as Value) as T;
  }

  #call(call: CallRecord): CallRecord {
    this.#learnAuth(call.auth);
    this.#read = new Map();
    if (call.rai !== null) this.#learnRai(call.rai);
    const rai = call.rai && this.#rai(call.rai);
    for (const part of ["connection_string", "help_blob"] as const) {
      if (rai?.[part] != null) this.#read.set(call.rai![part]!.raw, rai[part].raw);
    }
    const userName = call.method?.startsWith("UserName") === true || call.dispatch?.member === "UserName";
    const side = (values: CallRecord["request"]): CallRecord["request"] =>
      values === null ? null : (this.#members(values, userName) as CallRecord["request"]);
    // The arguments of Invoke have names, which say more than their places in DISPPARAMS.
    const dispatch = call.dispatch && {
      ...call.dispatch,
      arguments: this.#members(call.dispatch.arguments, userName),
    };
    return {
      ...call,
      dispatch,
      orpc: this.any(call.orpc),
      auth: this.#auth(call.auth),
      request: side(call.request),
      response: side(call.response),
      returned: call.returned && { ...call.returned, value: this.#value("", call.returned.value) },
      rai,
      notes: this.#notes(call.notes),
    };
  }

  #association(association: AssociationRecord): AssociationRecord {
    const contexts = [association.auth, ...association.security_contexts];
    for (const auth of contexts) this.#learnAuth(auth);
    const context = (auth: AssociationRecord["auth"]): AssociationRecord["auth"] => ({
      ...this.#auth(auth),
      ntlm: auth.ntlm && { ...auth.ntlm, av_pairs: this.#members(auth.ntlm.av_pairs, false) },
      kerberos: auth.kerberos && { ...auth.kerberos, service: this.#maybeProse(auth.kerberos.service) },
    });
    return {
      ...association,
      auth: context(association.auth),
      security_contexts: association.security_contexts.map(context),
      notes: this.#notes(association.notes),
    };
  }

  #offer(offer: OfferRecord): OfferRecord {
    for (const { user } of [offer.expert, ...offer.sessions, ...(offer.selected ? [offer.selected] : [])]) {
      if (user !== null) this.#placeholders.user(user);
    }
    if (offer.connection_string !== null) this.#learnString(offer.connection_string);
    const withUser = <T extends { user: string | null }>(who: T): T => ({
      ...who,
      user: this.#maybeUser(who.user),
    });
    return {
      ...offer,
      expert: withUser(offer.expert),
      sessions: offer.sessions.map(withUser),
      selected: offer.selected && withUser(offer.selected),
      connection_string: offer.connection_string && this.#string(offer.connection_string),
      refusal: offer.refusal && this.#message(offer.refusal),
      evidence: offer.evidence.map((piece) => ({ ...piece, statement: this.#message(piece.statement) })),
      notes: this.#notes(offer.notes),
    };
  }

  /** The names of secrets are made by this program and say nothing of them. */
  #keys(keys: KeysRecord): KeysRecord {
    return {
      ...keys,
      secrets: keys.secrets.map((secret) => ({ ...secret, user: this.#maybeUser(secret.user) })),
      contexts: keys.contexts.map((context) => ({
        ...context,
        user: this.#maybeUser(context.user),
        message: context.message && this.#message(context.message),
      })),
    };
  }

  // What proves secret is noted before anything of the record is rewritten.

  #learnAuth({ user }: AuthRecord): void {
    if (user !== null) this.#placeholders.user(user);
  }

  #learnRai({ connection_string: string, help_blob: blob, sessions }: RaiRecord): void {
    if (blob?.id.user) this.#placeholders.user(blob.id.user);
    for (const session of sessions ?? []) if (session.user !== null) this.#placeholders.user(session.user);
    if (string !== null) this.#learnString(string);
  }

  #learnString(string: ConnectionString): void {
    if (string.form === 2) {
      this.#maybeSecret("kh", string.auth.kh);
      this.#maybeSecret("kh2", string.auth.kh2);
      this.#maybeSecret("auth-id", string.auth.id);
    } else if (string.form === 1) {
      this.#maybeSecret("password", string.assistant_account_pwd);
      this.#maybeSecret("session-id", string.ra_session_id);
      this.#maybeSecret("password", string.ra_session_pwd);
      this.#maybeSecret("parms", string.protocol_specific_parms);
    } else {
      this.#placeholders.secret("string", string.raw);
    }
  }

  // Records and their parts.

  #auth<A extends AuthRecord>(auth: A): A {
    return { ...auth, user: this.#maybeUser(auth.user) };
  }

  #rai(rai: RaiRecord): RaiRecord {
    return {
      connection_string: rai.connection_string && this.#string(rai.connection_string),
      help_blob: rai.help_blob && this.#blob(rai.help_blob),
      sessions: rai.sessions?.map((session) => this.#session(session)) ?? null,
    };
  }

  /** A field says whose it is, that help was not asked for, or what only its sender knows. */
  #blob(blob: HelpBlob): HelpBlob {
    const fields = blob.fields.map((field) => ({ ...field, text: this.#blobField(field.text, blob.id) }));
    let raw = "";
    let at = 0;
    for (const [index, { text }] of blob.fields.entries()) {
      const found = text === "" ? -1 : blob.raw.indexOf(text, at);
      if (found < 0) continue;
      raw += blob.raw.slice(at, found) + fields[index]!.text;
      at = found + text.length;
    }
    const rest = blob.raw.slice(at);
    const hidden = new Map(blob.fields.map(({ text }, index) => [text, fields[index]!.text]));
    return {
      ...blob,
      raw: raw + (/^\0*$/.test(rest) ? rest : this.#placeholders.secret("secret", rest)),
      fields,
      id: { ...blob.id, user: this.#maybeUser(blob.id.user) },
      violations: blob.violations.map((sentence) => this.#prose(withoutQuotes(sentence, hidden))),
    };
  }

  #blobField(text: string, { user }: HelpBlob["id"]): string {
    if (/^UNSOLICITED=[01]?$/.test(text)) return text;
    const isId = text.startsWith("ID=") && user !== null && text.endsWith(user);
    if (isId) return text.slice(0, text.length - user.length) + this.#placeholders.user(user);
    const name = /^[A-Z][A-Z0-9_]{0,30}=/.exec(text)?.[0] ?? "";
    return name + this.#placeholders.secret("secret", text.slice(name.length));
  }

  #session(session: SessionEntry): SessionEntry {
    if (session.user === null) return { ...session, raw: this.#placeholders.secret("session", session.raw) };
    return { ...session, raw: this.#sessionText(session.raw), user: this.#placeholders.user(session.user) };
  }

  /** `DOMAIN\user:ID`, taken apart as the dissector does: the user ends at the last colon that a number follows. */
  #sessionText(raw: string): string {
    const tail = /:\s*-?\d{1,10}\s*\0*$/.exec(raw)?.[0] ?? /\0*$/.exec(raw)![0];
    const account = raw.slice(0, raw.length - tail.length);
    const begin = account.indexOf("\\") + 1;
    return account.slice(0, begin) + this.#placeholders.user(account.slice(begin)) + tail;
  }

  #string(string: ConnectionString): ConnectionString {
    const hidden = new Map<string, string>();
    const hide = (kind: Kind, secret: string | null): string | null => {
      const shown = this.#maybeSecret(kind, secret);
      if (secret !== null && secret !== shown) hidden.set(secret, shown!);
      return shown;
    };
    const violations = (): string[] =>
      string.violations.map((sentence) => this.#prose(withoutQuotes(sentence, hidden)));
    if (string.form === null) {
      return { ...string, raw: this.#placeholders.secret("string", string.raw), violations: violations() };
    }
    if (string.form === 2) {
      const { kh, kh2, id } = string.auth;
      const auth = { kh: hide("kh", kh), kh2: hide("kh2", kh2), id: hide("auth-id", id) };
      return { ...string, raw: this.#rawForm2(string.raw, string.auth), auth, violations: violations() };
    }
    const shown = {
      assistant_account_pwd: hide("password", string.assistant_account_pwd),
      ra_session_id: hide("session-id", string.ra_session_id),
      ra_session_pwd: hide("password", string.ra_session_pwd),
      protocol_specific_parms: hide("parms", string.protocol_specific_parms),
    };
    return { ...string, raw: this.#rawForm1(string.raw), ...shown, violations: violations() };
  }

  /**
   * The XML with every value replaced but those of transports and listeners. A value may be spelt with character
   * references or broken lines: `auth` tells how the first auth string's are to be read.
   */
  #rawForm2(raw: string, auth: { kh: string | null; kh2: string | null; id: string | null } | null): string {
    // Of several auth strings the first one counts.
    const read = new Map(auth === null ? [] : Object.entries({ KH: auth.kh, KH2: auth.kh2, ID: auth.id }));
    return hideMarkup(raw, (text, element, attribute) => {
      if (element !== "A" || attribute === null) return this.#placeholders.secret("secret", text);
      const known = read.get(attribute);
      read.delete(attribute);
      return this.#placeholders.secret(AUTH_KINDS.get(attribute) ?? "secret", known ?? withoutSpace(text));
    });
  }

  #rawForm1(raw: string): string {
    const parts = raw.split(",");
    const kinds: readonly (Kind | null)[] = [null, null, null, "password", "session-id", null, "password"];
    const shown = parts.slice(0, kinds.length).map((part, index) => {
      const kind = kinds[index];
      return kind
        ? this.#placeholders.secret(kind, kind === "session-id" ? withoutSpace(part) : part.trim())
        : part;
    });
    if (parts.length > kinds.length) {
      shown.push(this.#placeholders.secret("parms", withoutSpace(parts.slice(kinds.length).join(","))));
    }
    return shown.join(",");
  }

  #notes(notes: Note[]): Note[] {
    return notes.map((note) => ({ ...note, message: this.#message(note.message) }));
  }

  // Values.

  /** `users` says that every text in here is a user name. */
  #members(values: { [name: string]: Value }, users: boolean): { [name: string]: Value } {
    const shown: { [name: string]: Value } = {};
    for (const [name, value] of Object.entries(values)) shown[name] = this.#value(name, value, users);
    return shown;
  }

  #value(name: string, value: Value, users = false, secrets = false): Value {
    const isUser = users || USER_NAME.test(name);
    const isSecret = secrets || SECRET_NAME.test(name);
    if (typeof value === "string") {
      if (isSecret) return this.#placeholders.secret("secret", value);
      // The principal of a security binding is an account, or the name of a service.
      const account = name === "principal" && /[\\@]/.test(value) && !value.includes("/");
      if (isUser || account) return this.#userText(value);
      return /^usernames$/i.test(name) ? this.#sessionText(value) : this.#text(value);
    }
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) {
      if (isSecret && isBytes(value)) return this.#placeholders.secret("secret", JSON.stringify(value));
      const inner = /^(usernames|values)$/i.test(name) ? name : "";
      return value.map((element) => this.#value(inner, element, isUser, isSecret));
    }
    if (isConnectionString(value)) {
      this.#learnString(value);
      return this.#string(value) as unknown as Value;
    }
    const shown: { [name: string]: Value } = {};
    const listed = /^usernames$/i.test(name);
    for (const [member, inner] of Object.entries(value)) {
      // The type of a VARIANT is no user name, whatever the VARIANT is called.
      const plain = member === "vt" || member === "iid" || member === "interface";
      const called = listed && member === "values" ? name : member;
      shown[member] = plain ? inner : this.#value(called, inner, isUser, isSecret);
    }
    return shown;
  }

  /** `user`, `DOMAIN\user` or `user@domain`. */
  #userText(text: string): string {
    const parts = /^([^\\]*\\)?([^@]*)(@.*)?$/s.exec(text);
    if (parts === null) return this.#placeholders.user(text);
    return (parts[1] ?? "") + this.#placeholders.user(parts[2] ?? "") + (parts[3] ?? "");
  }

  /** A text that is not secret as a whole. */
  #text(text: string): string {
    const whole = this.#read.get(text) ?? this.#placeholders.known(text);
    if (whole !== undefined) return whole;
    if (LOOKS_LIKE_FORM_2.test(text)) return this.#rawForm2(text, null);
    if (text.length > MAX_SEARCHED) return this.#prose(text);
    if (LOOKS_LIKE_FORM_1.test(text)) return this.#rawForm1(text);
    const blob = BLOB_USER.exec(text);
    if (blob !== null) this.#placeholders.user(blob[1]!);
    return this.#prose(text);
  }

  /** A sentence of the program's own. */
  #message(text: string): string {
    for (const [, user] of text.matchAll(ACCOUNT)) this.#placeholders.user(user!);
    return this.#prose(text);
  }

  #prose(text: string): string {
    return this.#placeholders.replace(text);
  }

  #maybeProse(text: string | null): string | null {
    return text === null ? null : this.#prose(text);
  }

  // Placeholders.

  #maybeUser(user: string | null): string | null {
    return user === null ? null : this.#placeholders.user(user);
  }

  #maybeSecret(kind: Kind, secret: string | null): string | null {
    return secret === null ? null : this.#placeholders.secret(kind, secret);
  }
}

function withoutSpace(text: string): string {
  return text.replace(/[ \t\r\n]+/g, "");
}

/** Quoted longer texts are clipped: so much of one tells which it is. */
const RECOGNISED = 40;

/** A sentence of the program's own without the secrets that it quotes, whole or clipped, however short they are. */
function withoutQuotes(sentence: string, hidden: ReadonlyMap<string, string>): string {
  let shown = sentence;
  for (const [secret, placeholder] of hidden) {
    if (secret === "") continue;
    shown = shown.replaceAll(`"${secret}"`, () => `"${placeholder}"`);
    const at = secret.length > RECOGNISED ? shown.indexOf(`"${secret.slice(0, RECOGNISED)}`) : -1;
    const end = at < 0 ? -1 : shown.indexOf('…"', at);
    if (end >= 0) shown = `${shown.slice(0, at)}"${placeholder}${shown.slice(end + 1)}`;
  }
  return shown;
}

/** A connection string as records hold it. */
function isConnectionString(value: object): value is ConnectionString {
  return "form" in value && "raw" in value && "violations" in value && typeof value.raw === "string";
}

function isBytes(values: Value[]): boolean {
  return values.length >= MIN_KEY_BYTES && values.every((value) => typeof value === "number");
}
