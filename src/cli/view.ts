/** What the options say of how records are shown. */
import type { Analyzer } from "../analyzer.js";
import type { Inputs } from "../capture/node/open.js";
import type { EventKind } from "../events.js";
import type { View } from "../output/formats.js";
import type { Spelling } from "../output/spelling.js";
import { kindsOfColumns } from "./column-options.js";
import { kindsMeant } from "./display-filter.js";
import { filterOptions, type RecordOptions } from "./options.js";

/** `inputs`: what is read; null where it is captured live. */
export function viewOf(
  options: RecordOptions,
  { table, memory }: Pick<Analyzer, "table" | "memory">,
  live: boolean,
  spelling: Spelling,
  inputs: Inputs | null,
): View {
  const filters = filterOptions(options, table);
  return {
    kinds: kindsOf(options),
    allCalls:
      options.allCalls === true ||
      filters.interfaces.length + filters.statuses.length > 0 ||
      options.where !== undefined,
    rows: options.events === undefined ? undefined : new Set(options.events),
    asMade: options.redact !== true && inputs?.logs.includes(true) !== true,
    input: inputs === null ? null : onlyCapture(inputs),
    ladder: options.ladder === true,
    full: options.full === true,
    brief: options.brief === true,
    findingsOnly: options.only?.includes("detection") === true,
    live,
    held: memory.view,
    sensor: options.sensor,
    zeek: { rows: options.zeekRows ?? "response", communityId: options.zeekCommunityId === true },
    spelling,
    columns: options.columns,
    columnLayout: options.layout,
    names: table.nameOf,
  };
}

function onlyCapture({ names, logs }: Inputs): string | null {
  const [name] = names;
  return names.length !== 1 || name === "-" || logs[0] === true ? null : name!;
}

/** The kinds of records that ndjson and json carry. */
export function kindsOf(options: RecordOptions): ReadonlySet<EventKind> {
  return new Set(options.events ?? kindsOfColumns(options.columns) ?? kindsMeant(options.where));
}
