/**
 * --redact: secrets of connection strings, password material, hashes and user names give way to placeholders such as
 * `<user-1>`, the same one for the same text in every record and every output of the run. Domains, machines and
 * addresses stay.
 *
 * What is secret is known by its place: fields of records, names of parameters (`fields.ts`), spans of the texts of
 * [MS-RAI] (`raw-text.ts`). A text that proved secret is then also replaced wherever else it stands: in values, messages
 * and bytes. Placeholders are numbered in order of appearance, so two runs over one capture redact alike.
 *
 * Not handled: what was written before any record told that it is a name; a run over files reads them once before, so that
 * all is known when the first record is written.
 */

import type {
  AssociationRecord,
  AuthRecord,
  CallRecord,
  Event,
  KeysRecord,
  Note,
  OfferRecord,
  RaiRecord,
  Value,
} from "../events.js";
import { isAccountPrincipal } from "./fields.js";
import { MAX_REMEMBERED, Placeholders } from "./placeholders.js";
import { RawTexts, withoutQuotes } from "./raw-text.js";
import { hideInSentence } from "./sentences.js";
import { PARAMETERS, Values } from "./values.js";

type Target = AssociationRecord["auth"];

export class Redactor {
  readonly #placeholders: Placeholders;
  readonly #texts: RawTexts;
  readonly #values: Values;
  #toldFull = false;

  /** `most`: names and secrets that are remembered. */
  constructor(most: number = MAX_REMEMBERED) {
    this.#placeholders = new Placeholders(most);
    this.#texts = new RawTexts(this.#placeholders);
    this.#values = new Values(this.#placeholders, this.#texts);
  }

  /** The record with its secrets replaced; the record given is left as it is. */
  event<E extends Event>(event: E): E {
    return this.#settled(() => this.#event(event)) as E;
  }

  /** Any JSON value, by the names of its members: for records that are not events. */
  any<T>(record: T): T {
    return this.#settled(() => this.#anyOf(record as Value)) as T;
  }

  /** A line of the program's own, which may hold names. */
  text(text: string): string {
    return hideInSentence(text, this.#placeholders);
  }

  /** What there is to say of the redaction itself, each once. */
  takeNotes(): Note[] {
    if (!this.#placeholders.full || this.#toldFull) return [];
    this.#toldFull = true;
    const message =
      "more names and secrets were met than --redact remembers: from here on every text of the traffic is hidden";
    return [{ severity: "warning", code: "redaction-limit", message }];
  }

  /** What proved secret late in a record is hidden early in it as well. */
  #settled<T>(rewrite: () => T): T {
    for (;;) {
      const before = this.#placeholders.size;
      const shown = rewrite();
      if (this.#placeholders.size === before) return shown;
    }
  }

  #event(event: Event): Event {
    this.#values.read = new Map();
    switch (event.type) {
      case "call":
        return this.#call(event);
      case "association":
        return this.#association(event);
      case "offer":
        return this.#offer(event);
      case "note":
        return { ...event, message: this.text(event.message) };
      case "summary":
        return { ...event, keys: event.keys && this.#keys(event.keys) };
    }
  }

  #anyOf(value: Value): Value {
    this.#values.read = new Map();
    return this.#record("", value);
  }

  /** Records within records: connection strings know what of them is secret. */
  #record(name: string, value: Value): Value {
    if (Array.isArray(value)) {
      if (SENTENCES.has(name)) return value.map((sentence) => this.#quoting(String(sentence)));
      return value.map((element) => this.#record(name, element));
    }
    if (typeof value === "string" && SENTENCES.has(name)) return this.#quoting(value);
    if (value === null || typeof value !== "object") {
      return this.#values.value(name, value, { ...PARAMETERS, record: true });
    }
    if (isConnectionString(value)) {
      return this.#texts.connectionString(value as never) as unknown as Value;
    }
    const shown: { [name: string]: Value } = {};
    for (const [member, inner] of Object.entries(value)) shown[member] = this.#record(member, inner);
    return shown;
  }

  /** What a sentence of an invitation quotes may be a secret that is too short to be looked for. */
  #quoting(sentence: string): string {
    return this.text(withoutQuotes(sentence, () => null));
  }

  #call(call: CallRecord): CallRecord {
    const auth = this.#auth(call.auth);
    const rai = call.rai && this.#rai(call.rai);
    const context = { ...PARAMETERS, method: call.dispatch?.member ?? call.method };
    const side = (values: CallRecord["request"]): CallRecord["request"] =>
      values && this.#values.members(values, context);
    return {
      ...call,
      auth,
      // The arguments of Invoke have names, which say more than their places in DISPPARAMS.
      dispatch: call.dispatch && {
        ...call.dispatch,
        arguments: this.#values.members(call.dispatch.arguments, context),
      },
      target: call.target,
      orpc: call.orpc && (this.#record("", call.orpc as unknown as Value) as unknown as CallRecord["orpc"]),
      request: side(call.request),
      response: side(call.response),
      returned: call.returned && {
        ...call.returned,
        value: this.#values.value("", call.returned.value, context),
      },
      rai,
      notes: this.#notes(call.notes),
    };
  }

  #association(association: AssociationRecord): AssociationRecord {
    return {
      ...association,
      auth: this.#securityContext(association.auth),
      security_contexts: association.security_contexts.map((context) => this.#securityContext(context)),
      notes: this.#notes(association.notes),
    };
  }

  #securityContext(auth: Target): Target {
    const { ntlm, kerberos } = auth;
    const who = this.#auth(auth);
    const pairs = ntlm && { ...ntlm.av_pairs };
    const target = pairs?.MsvAvTargetName;
    if (typeof target === "string" && isAccountPrincipal(target)) {
      pairs!.MsvAvTargetName = this.#values.userText(target);
    }
    return {
      ...who,
      ntlm: ntlm && {
        ...ntlm,
        target_name: this.#maybeText(ntlm.target_name),
        av_pairs: this.#values.members(pairs!, PARAMETERS),
      },
      kerberos: kerberos && {
        ...kerberos,
        realm: this.#maybeText(kerberos.realm),
        service:
          kerberos.service !== null && isAccountPrincipal(kerberos.service)
            ? this.#values.userText(kerberos.service)
            : this.#maybeText(kerberos.service),
      },
    };
  }

  #offer(offer: OfferRecord): OfferRecord {
    const who = <T extends { user: string | null; domain: string | null }>(one: T): T => ({
      ...one,
      user: this.#maybeUser(one.user),
      domain: this.#maybeText(one.domain),
    });
    return {
      ...offer,
      expert: { ...who(offer.expert), workstation: this.#maybeText(offer.expert.workstation) },
      novice: { ...offer.novice, name: this.#maybeText(offer.novice.name) },
      sessions: offer.sessions.map(who),
      selected: offer.selected && who(offer.selected),
      connection_string: offer.connection_string && this.#texts.connectionString(offer.connection_string),
      refusal: offer.refusal && this.text(offer.refusal),
      evidence: offer.evidence.map((piece) => ({ ...piece, statement: this.text(piece.statement) })),
      notes: this.#notes(offer.notes),
    };
  }

  /** The names of secrets are made by this program and say nothing of them. */
  #keys(keys: KeysRecord): KeysRecord {
    const who = <T extends { user: string | null; domain: string | null }>(one: T): T => ({
      ...one,
      user: this.#maybeUser(one.user),
      domain: this.#maybeText(one.domain),
    });
    return {
      ...keys,
      secrets: keys.secrets.map(who),
      contexts: keys.contexts.map((context) => ({
        ...who(context),
        message: context.message && this.text(context.message),
      })),
    };
  }

  #auth<A extends AuthRecord>(auth: A): A {
    return {
      ...auth,
      user: this.#maybeUser(auth.user),
      domain: this.#maybeText(auth.domain),
      workstation: this.#maybeText(auth.workstation),
    };
  }

  #rai(rai: RaiRecord): RaiRecord {
    const { connection_string: string, help_blob: blob, sessions } = rai;
    const shown = {
      connection_string: string && this.#texts.connectionString(string),
      help_blob: blob && this.#texts.helpBlob(blob),
      sessions: sessions?.map((session) => this.#texts.session(session)) ?? null,
    };
    const read = new Map<string, string>();
    if (string !== null) read.set(string.raw, shown.connection_string!.raw);
    if (blob !== null) read.set(blob.raw, shown.help_blob!.raw);
    for (const [i, { raw }] of (sessions ?? []).entries()) read.set(raw, shown.sessions![i]!.raw);
    this.#values.read = read;
    return { ...rai, ...shown };
  }

  #notes(notes: Note[]): Note[] {
    return notes.map((note) => ({ ...note, message: this.text(note.message) }));
  }

  #maybeUser(user: string | null): string | null {
    return user === null ? null : this.#placeholders.user(user);
  }

  #maybeText(text: string | null): string | null {
    return text === null ? null : this.#placeholders.replace(text);
  }
}

/** Members of invitation records that hold sentences of this program. */
const SENTENCES: ReadonlySet<string> = new Set(["violations", "error"]);

/** A connection string as records hold it. */
function isConnectionString(value: object): boolean {
  return "form" in value && "raw" in value && "violations" in value && typeof value.raw === "string";
}
