/** The option -Y: an expression over records, which is compiled before the command begins. */

import type { Command } from "commander";
import { EVENT_KINDS, type EventKind } from "../events.js";
import type { RecordFilter } from "../filter/filter.js";
import { CommandError } from "./failure.js";

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Adds -Y, and leaves what it says as the option `where` of the command. */
export function addDisplayFilter(command: Command): Command {
  return command
    .option(
      "-Y, --display-filter <expression>",
      "show only records for which this holds: CEL over their fields (docs/filters.md, -G fields); repeatable",
      collect,
    )
    .hook("preAction", async (_, running) => {
      const { displayFilter } = running.opts<{ displayFilter?: string[] }>();
      if (displayFilter !== undefined) running.setOptionValue("where", await compileAll(displayFilter));
    });
}

/** Throws CommandError, with the place that is wrong. */
async function compileAll(expressions: readonly string[]): Promise<RecordFilter> {
  const { compileFilter } = await import("../filter/filter.js");
  const { FilterError } = await import("../filter/filter-error.js");
  const filters: RecordFilter[] = [];
  for (const expression of expressions) {
    try {
      filters.push(await compileFilter(expression));
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      const hint = expression.trim() === "" ? null : error.place();
      throw new CommandError(`-Y: ${error.message}`, hint, "filter-expression");
    }
  }
  if (filters.length === 1) return filters[0]!;
  return {
    matches: (record) => filters.every((filter) => filter.matches(record)),
    uses: new Set(filters.flatMap(({ uses }) => [...uses])),
    kinds: new Set(EVENT_KINDS.filter((kind) => filters.every(({ kinds }) => kinds.has(kind)))),
    get givenUp() {
      return filters.reduce((sum, { givenUp }) => sum + givenUp, 0);
    },
  };
}

/** Whether -Y asks for ids of records, which are made only where something needs them. */
export function usesIds(where: RecordFilter | undefined): boolean {
  return where !== undefined && ["id", "community_id", "call_ids"].some((key) => where.uses.has(key));
}

/** Whether -Y or -e asks which frame acknowledged an answer, which is looked for only where something needs it. */
export function usesAcknowledged({ where, columns }: Choices): boolean {
  const asked = where !== undefined && (where.uses.has("acknowledged") || where.uses.has("binds"));
  return asked || columns?.some(({ name }) => /\backnowledged$|^binds$/.test(name)) === true;
}

interface Choices {
  where?: RecordFilter;
  columns?: readonly { readonly name: string }[];
}

/**
 * The kinds of records that are shown where --events does not say: calls; where -Y asks for the kind, or for what calls do not
 * have, those that it speaks of.
 */
export function kindsMeant(where: RecordFilter | undefined): readonly EventKind[] {
  if (where === undefined) return ["call"];
  if (where.uses.has("type")) return EVENT_KINDS;
  return where.kinds.has("call") ? ["call"] : [...where.kinds];
}
