/** Which kinds of records the outputs of a run show, and what makes findings where these are among them. */

import { EVENT_KINDS, type EventKind } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { formatNamed } from "../output/formats.js";
import type { FindingChoices } from "./finding-options.js";
import type { Findings } from "./findings.js";
import type { CommonOptions, RecordOptions } from "./options.js";
import { formatsOf, takenByFolders } from "./outputs.js";
import type { Redaction } from "./redaction.js";
import { kindsOf } from "./view.js";

export type KindOptions = RecordOptions & CommonOptions & FindingChoices;

/** The kinds of records that some output shows. */
export function shownKinds(options: KindOptions): ReadonlySet<EventKind> {
  if (options.only !== undefined) return new Set(options.only);
  if (showsEveryKind(options) || isTreeOfAll(options)) return new Set(EVENT_KINDS);
  const formats = formatsOf(options.output ?? [], options.format).map(formatNamed);
  const usual = options.events === undefined ? formats.flatMap((format) => format.usual ?? []) : [];
  const taken = formats.flatMap(({ takes }) => takes ?? []);
  const folders = takenByFolders(options.output ?? [], options.format);
  return new Set([...kindsOf(options), ...usual, ...taken, ...folders]);
}

/** A tree of results holds every kind of record where --events says nothing. */
function isTreeOfAll({ sensor, events }: KindOptions): boolean {
  return sensor !== undefined && events === undefined;
}

export function showsEveryKind(options: KindOptions): boolean {
  return formatsOf(options.output ?? [], options.format).some((name) => formatNamed(name).everyKind);
}

/** What makes findings; null where nobody asks for any. Throws CommandError. */
export async function findingsOf(
  options: KindOptions,
  table: InterfaceTable,
  redaction: Redaction,
  live: boolean,
): Promise<Findings | null> {
  const wanted = options.failOn !== undefined || shownKinds(options).has("detection");
  if (!wanted && options.helpers === undefined) return null;
  const { findingsFor } = await import("./findings.js");
  return findingsFor(options, { wanted, names: table.nameOf, redaction, live });
}
