/**
 * --redact: secrets of connection strings, password material, hashes and user names give way to placeholders such as
 * `<user-1>`, the same one for the same text in every record and every output of the run. Domains, machines and
 * addresses stay.
 *
 * What is secret is known by its place: what the IDL marks `[secret]` (`marked.ts`), fields of records and names of
 * parameters (`fields.ts`), spans of the texts of [MS-RAI] (`raw-text.ts`). A text that proved secret is then also
 * replaced wherever else it stands: in values, messages and bytes. Placeholders are numbered in order of appearance, so
 * two runs over one capture redact alike.
 *
 * Not handled: what was written before any record reported that it is a name; a run over files reads them once before, so that
 * all is known when the first record is written.
 */

import type { Tree } from "../../dissectors/wire/trace.js";
import type { CallRecord, ConnectionString, Event, HelpBlob, Note, SessionEntry, Value } from "../events.js";
import { placesIn } from "./bytes.js";
import { isAccountPrincipal, memberOf } from "./fields.js";
import {
  type Descriptions,
  hideArguments,
  hideInvoked,
  hideParameters,
  hidePaths,
  Marks,
  stepsOf,
} from "./marked.js";
import { MAX_REMEMBERED, Placeholders } from "./placeholders.js";
import { RawTexts, withoutQuotes } from "./raw-text.js";
import { hideInSentence, withoutNumbers } from "./sentences.js";
import { type RedactedTree, TreeRedaction } from "./trees.js";
import { type Context, type Members, PARAMETERS, Values } from "./values.js";

const RECORD: Context = { ...PARAMETERS, record: true };

export class Redactor {
  readonly #placeholders: Placeholders;
  readonly #marks: Marks;
  readonly #texts: RawTexts;
  readonly #values: Values;
  #reportedFull = false;

  /**
   * `most`: names and secrets that are remembered. `descriptions`: the interfaces whose IDL marks secrets.
   */
  constructor(most: number = MAX_REMEMBERED, descriptions: Descriptions | null = null) {
    this.#placeholders = new Placeholders(most);
    this.#marks = new Marks(descriptions);
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

  /** A tree of fields, and which bytes of it are not to be seen. `call`: the record of the call that it is of. */
  tree(tree: Tree, call: CallRecord | null): RedactedTree {
    const context = { ...PARAMETERS, method: call?.dispatch?.member ?? call?.method ?? null };
    const secrets = call === null ? new Set<string>() : this.#marks.names(call);
    return this.#settled(() => {
      this.#values.read = new Map();
      return new TreeRedaction(tree, this.#placeholders, this.#values, secrets).redacted(context);
    });
  }

  /** Where known names and secrets stand among bytes, as text of one or two bytes a character. */
  places(bytes: Uint8Array): { start: number; end: number }[] {
    return placesIn(bytes, this.#placeholders);
  }

  /** A line of the program's own, which may hold names. */
  text(text: string): string {
    return hideInSentence(text, this.#placeholders);
  }

  /** Names and secrets that are known. */
  get known(): number {
    return this.#placeholders.size;
  }

  /** What there is to say of the redaction itself, each once. */
  takeNotes(): Note[] {
    if (!this.#placeholders.full || this.#reportedFull) return [];
    this.#reportedFull = true;
    const message =
      "more names and secrets than --redact keeps: from here on all text of the traffic is hidden";
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
    return event.type === "call" ? this.#call(event) : (this.#members(event) as Event);
  }

  #anyOf(value: Value): Value {
    this.#values.read = new Map();
    return this.#member("", value);
  }

  /** Every member by its name: what is not known to be the program's own is searched, whatever is added to records. */
  #members(record: object, shown: { [name: string]: unknown } = {}): unknown {
    const all: { [name: string]: unknown } = {};
    for (const [name, value] of Object.entries(record)) {
      all[name] = name in shown ? shown[name] : this.#member(name, value as Value);
    }
    return all;
  }

  #member(name: string, value: Value): Value {
    const kind = memberOf(name);
    if (kind === "own" || value === null) return value;
    if (Array.isArray(value)) return value.map((element) => this.#member(name, element));
    if (typeof value === "object") return this.#object(name, value) as Value;
    if (typeof value !== "string") return value;
    if (kind === "sentence") return this.text(value);
    // What a sentence of an invitation quotes may be a secret that is too short to be looked for.
    if (kind === "quoting") return this.text(withoutQuotes(value, () => null));
    const account = name === "service" || name === "MsvAvTargetName";
    if (account && isAccountPrincipal(value)) return this.#values.userText(value);
    return this.#values.value(name, value, RECORD);
  }

  #object(name: string, value: Members): unknown {
    if (isConnectionString(value)) return this.#texts.connectionString(value);
    if (isHelpBlob(value)) return this.#texts.helpBlob(value);
    if (isSession(value)) return this.#texts.session(value);
    // Of a finding: by paths, as a rule has them.
    if (name === "fields") return this.#paths(value);
    return name === "readable" ? this.#readable(value, PARAMETERS) : this.#members(value);
  }

  /** Each by the last part of its name. */
  #paths(values: Members): unknown {
    return Object.fromEntries(
      Object.entries(values).map(([path, value]) => [
        path,
        this.#values.at(stepsOf(path), value as Value, PARAMETERS),
      ]),
    );
  }

  /** The members are paths of parameters. */
  #readable(value: Members, context: Context): unknown {
    const side = (values: Value): Value =>
      Object.fromEntries(
        Object.entries(values ?? {}).map(([path, of]) => [
          path,
          this.#values.at(stepsOf(path), of as Value, context),
        ]),
      );
    return { ...value, request: side(value.request ?? null), response: side(value.response ?? null) };
  }

  #call(recorded: CallRecord): Event {
    const call = this.#unmarked(recorded);
    const auth = this.#members(call.auth);
    const rai = this.#rai(call.rai);
    const context = { ...PARAMETERS, method: call.dispatch?.member ?? call.method };
    const values = (of: object | null): unknown => of && this.#values.members(of as Members, context);
    return this.#members(call, {
      auth,
      rai,
      // The arguments of Invoke have names, which say more than their places in DISPPARAMS.
      dispatch: call.dispatch && { ...call.dispatch, arguments: values(call.dispatch.arguments) },
      orpc: values(call.orpc),
      request: values(call.request),
      response: values(call.response),
      readable: call.readable && this.#readable(call.readable, context),
      returned: call.returned && {
        ...call.returned,
        value: this.#values.value("", call.returned.value, context),
      },
    }) as Event;
  }

  /** The call without what its IDL marks `[secret]`. */
  #unmarked(call: CallRecord): CallRecord {
    const marked = this.#marks.ofCall(call);
    const members = this.#marks.ofDispatch(call.dispatch);
    if (marked === null && members.length === 0) return call;
    const numbers = new Map<string, string>();
    const hide = (value: Value): Value => this.#placeholders.value(value, numbers);
    const side = (values: Members | null): Members | null => {
      if (values === null) return null;
      const shown = marked === null ? values : hideParameters(values, marked, hide);
      return members.length === 0 ? shown : hideInvoked(shown, hide);
    };
    const { returned, readable } = call;
    const dispatch = call.dispatch && {
      ...call.dispatch,
      arguments: hideArguments(call.dispatch.arguments, members, hide),
    };
    const names = this.#marks.namesIn(members);
    const shown: CallRecord = {
      ...call,
      request: side(call.request),
      response: side(call.response),
      readable: readable && {
        request: hidePaths(readable.request, marked, names, hide),
        response: hidePaths(readable.response, marked, names, hide),
      },
      dispatch,
      returned: returned && {
        ...returned,
        ...(marked?.method.returnsSecret === true && { value: hide(returned.value), name: null }),
      },
    };
    // What the decoder noticed of a number may quote it.
    const notes = call.notes.map((note) => ({ ...note, message: withoutNumbers(note.message, numbers) }));
    return { ...shown, notes };
  }

  /** What was read whole out of parameters is shown alike in the parameters themselves. */
  #rai(rai: CallRecord["rai"]): CallRecord["rai"] {
    if (rai === null) return null;
    const shown = this.#members(rai) as NonNullable<CallRecord["rai"]>;
    const read = new Map<string, string>();
    for (const part of ["connection_string", "help_blob"] as const) {
      if (rai[part] !== null) read.set(rai[part].raw, shown[part]!.raw);
    }
    for (const [i, { raw }] of (rai.sessions ?? []).entries()) read.set(raw, shown.sessions![i]!.raw);
    this.#values.read = read;
    return shown;
  }
}

/** A connection string as records hold it. */
function isConnectionString(value: object): value is ConnectionString {
  return "form" in value && "raw" in value && "violations" in value && typeof value.raw === "string";
}

function isHelpBlob(value: object): value is HelpBlob {
  return "fields" in value && "unsolicited" in value && "raw" in value && typeof value.raw === "string";
}

function isSession(value: object): value is SessionEntry & Members {
  return "session_id" in value && "raw" in value && typeof value.raw === "string";
}
