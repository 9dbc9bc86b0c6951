/** What the values of a call mean, as the record has it: `readable`. */

import type { Interface } from "../../dissectors/ndr/types.js";
import {
  MAX_MEANINGS,
  MAX_PATH_CHARACTERS,
  type Meanings,
  meaningsOf,
} from "../../dissectors/readable/plan.js";
import { loneText } from "../../dissectors/wire/text.js";
import type { DecodedCall, Values } from "../call/decoded-call.js";
import type { SeenStub } from "../call/seen-stubs.js";
import type { CallRecord, Note, Value } from "../events.js";
import type { RecordKnowledge } from "../run/run-state.js";

/** Estimated bytes of memory that one meaning takes beside its text. */
const MEANING_COST = 100;

export interface Readable {
  readable: CallRecord["readable"];
  notes: readonly Note[];
}

const NOTHING: Readable = { readable: null, notes: [] };

/** The meanings of both sides of a call, and what there is to note of them. */
export function readableOf(
  { identity, method, request, response }: DecodedCall,
  { table, cimClasses }: Pick<RecordKnowledge, "table" | "cimClasses">,
): Readable {
  const { iface } = identity;
  if (iface === null || method === null) return NOTHING;
  const { nameOf } = table;
  const sent = once(request.seen, iface, null, () =>
    request.values === null ? null : meaningsOf(iface, method, request.values, null, nameOf),
  );
  let asked = false;
  const classOf: typeof cimClasses.classOf = (id) => {
    asked = true;
    return cimClasses.classOf(id);
  };
  const answered = once(response.seen, iface, request.values, () =>
    response.values === null
      ? null
      : meaningsOf(iface, method, response.values, request.values, nameOf, classOf),
  );
  // What classes mean is learned as the run goes on.
  if (asked && response.seen !== null) response.seen.meaning = null;
  if (sent === null && answered === null) return NOTHING;
  const readable = { request: sent?.values ?? {}, response: answered?.values ?? {} };
  const notes = [...notesOf("request", sent), ...notesOf("response", answered)];
  const means = !isEmpty(readable.request) || !isEmpty(readable.response);
  return means || notes.length > 0 ? { readable: means ? readable : null, notes } : NOTHING;
}

function isEmpty(values: object): boolean {
  for (const _ in values) return false;
  return true;
}

/** What is meant by a stub, found once for all calls that have it. */
function once(
  seen: SeenStub | null,
  iface: Interface,
  request: Values | null,
  find: () => Meanings | null,
): Meanings | null {
  if (seen === null) return find();
  const { meaning } = seen;
  if (meaning !== null && meaning.iface === iface && meaning.request === request) return meaning.meanings;
  const meanings = find();
  seen.meaning = { iface, request, meanings };
  return meanings;
}

function notesOf(which: string, meanings: Meanings | null): Note[] {
  const notes: Note[] = [];
  if (meanings === null) return notes;
  const { lone, incomplete, limited } = meanings;
  if (lone !== null) {
    const message = `${which}: ${lone.path}: ${loneText(lone.units)}`;
    notes.push({ severity: "warning", code: "text-lone-surrogate", message });
  }
  if (incomplete !== null) {
    const { path, reason, count } = incomplete;
    const more = count === 1 ? "" : ` (and of ${count - 1} more)`;
    const message = `${which}: ${path}: not all could be read${more}: ${reason}`;
    notes.push({ severity: "info", code: "readable-incomplete", message });
  }
  if (!limited) return notes;
  const message =
    `${which}: more than ${MAX_MEANINGS} values whose meaning has a name, or ${MAX_PATH_CHARACTERS} characters of ` +
    "their paths: further ones are shown without it";
  notes.push({ severity: "info", code: "readable-limit", message });
  return notes;
}

/** Estimated bytes of memory that `readable` takes. */
export function readableCost(readable: CallRecord["readable"]): number {
  return readable === null ? 0 : textOf(readable.request) + textOf(readable.response);
}

function textOf(value: Value): number {
  if (typeof value === "string") return 2 * value.length;
  if (value === null || typeof value !== "object") return 0;
  let cost = 0;
  for (const [name, inner] of Object.entries(value)) cost += MEANING_COST + 2 * name.length + textOf(inner);
  return cost;
}
