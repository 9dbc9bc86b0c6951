/** The output formats, a row each: all that options, suffixes of files and printers go by. */
import type { EventKind } from "../events.js";
import { jsonPrinter, ndjsonPrinter } from "./ndjson.js";
import type { Paint } from "./paint.js";
import type { Layout, Printer } from "./printer.js";

/** What a printer may show, and how. */
export interface View {
  /** Kinds for ndjson and json. */
  kinds: ReadonlySet<EventKind>;
  allCalls: boolean;
  ladder: boolean;
  /** Values uncut. */
  full: boolean;
  /** Only the heads of offers. */
  brief: boolean;
  /** The input never ends. */
  live: boolean;
  /** Estimated bytes of memory that a view may hold back. */
  held?: number;
  /** Names of interfaces and classes by UUID. */
  names: (uuid: string) => string | null;
}

interface OutputFormat {
  readonly name: string;
  /** Of files that are written in it. */
  readonly suffixes: readonly string[];
  /** It takes every kind of record, whatever --events says. */
  readonly everyKind: boolean;
  /** It shows the ids of records. */
  readonly ids: boolean;
  load(view: View, layout: Layout & { paint: Paint }): Promise<Printer>;
}

/** The first is the default. */
export const FORMATS = [
  {
    name: "transcript",
    suffixes: [".txt", ".text"],
    everyKind: true,
    ids: false,
    async load({ held: heldBytes, allCalls, ladder, full, brief, live, names }, layout) {
      const { transcriptPrinter } = await import("./transcript.js");
      return transcriptPrinter({ ...layout, allCalls, ladder, full, brief, live, names, heldBytes });
    },
  },
  {
    name: "ndjson",
    suffixes: [".ndjson", ".jsonl"],
    everyKind: false,
    ids: true,
    load: async ({ kinds }) => ndjsonPrinter(kinds),
  },
  {
    name: "json",
    suffixes: [".json"],
    everyKind: false,
    ids: true,
    load: async ({ kinds }) => jsonPrinter(kinds),
  },
  {
    name: "table",
    suffixes: [".table"],
    everyKind: false,
    ids: false,
    async load({ full }, layout) {
      const { tablePrinter } = await import("./table.js");
      return tablePrinter({ ...layout, cut: layout.cut && !full });
    },
  },
] as const satisfies readonly OutputFormat[];

export type Format = (typeof FORMATS)[number]["name"];

export const DEFAULT_FORMAT: Format = FORMATS[0].name;

/** The row of a format. */
export function formatNamed(name: Format): OutputFormat {
  return FORMATS.find((format) => format.name === name)!;
}

/** The format that a file's suffix asks for, in any case; null where it asks for none. */
export function formatOfSuffix(suffix: string): Format | null {
  const wanted = suffix.toLowerCase();
  const rows: readonly OutputFormat[] = FORMATS;
  return (rows.find(({ suffixes }) => suffixes.includes(wanted))?.name as Format | undefined) ?? null;
}
