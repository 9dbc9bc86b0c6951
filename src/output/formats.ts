/** The output formats, a row each: all that options, suffixes of files and printers go by. */
import { EVENT_KINDS, type EventKind } from "../events.js";
import type { Column } from "../fields/columns.js";
import type { ColumnLayout, Rows } from "./column-text.js";
import type { FolderPrinter } from "./folder.js";
import { jsonPrinter, linePrinter, ndjsonPrinter, type RangesOf, type TextOf } from "./ndjson.js";
import type { Paint } from "./paint.js";
import { parquetFile } from "./parquet/files.js";
import type { BinaryPrinter, Layout, Printer } from "./printer.js";
import type { Spelling } from "./spelling.js";
import type { Trees } from "./tree-printer.js";
import type { ZeekOptions } from "./zeek/zeek-logs.js";

/** What a printer may show, and how. */
export interface View {
  /** Kinds for ndjson and json. */
  kinds: ReadonlySet<EventKind>;
  /** Kinds that were asked for; what is usual for the format where absent. */
  rows?: ReadonlySet<EventKind> | undefined;
  /** Records are shown as this program made them: they come from no call log, and nothing is redacted in them. */
  asMade?: boolean;
  /** The capture, where there is but one and it has a name. */
  input?: string | null;
  allCalls: boolean;
  ladder: boolean;
  /** Values uncut. */
  full: boolean;
  /** Only the heads of offers. */
  brief: boolean;
  /** The command is about findings alone. */
  findingsOnly?: boolean;
  /** The input never ends. */
  live: boolean;
  /** Estimated bytes of memory that a view may hold back. */
  held?: number;
  /** How times, frames and addresses are written. */
  spelling: Spelling;
  /** Whose results go into a tree. */
  sensor?: string | undefined;
  /** What Zeek's logs hold. */
  zeek?: ZeekOptions;
  /** Where trees of fields come from. */
  trees?: Trees | undefined;
  /** Where parameters stand in the capture, for ndjson and json. */
  ranges?: RangesOf | undefined;
  /** Calls come as lines of the call log. */
  asLines?: boolean;
  /** The columns of -e, and what -E says of them. */
  columns?: readonly Column[] | undefined;
  columnLayout?: ColumnLayout | undefined;
  /** Names of interfaces and classes by UUID. */
  names: (uuid: string) => string | null;
}

/** What writes calls: by the schema where they are sure to have its shape, as whatever they are elsewhere. */
async function textOf({ asMade }: View): Promise<TextOf> {
  return asMade === true ? (await import("./generated/call-text.js")).callText : JSON.stringify;
}

interface OutputFormat {
  readonly name: string;
  /** Of files that are written in it. */
  readonly suffixes: readonly string[];
  /** It takes every kind of record, whatever --events says. */
  readonly everyKind: boolean;
  /** It shows the ids of records. */
  readonly ids: boolean;
  /** Kinds that it takes, whatever --events says. */
  readonly takes?: readonly EventKind[];
  /** Kinds that it takes where --events says nothing. */
  readonly usual?: readonly EventKind[];
  /** It says which frames acknowledged an answer. */
  readonly acknowledged?: true;
  /**
   * It shows what conversations did beside calls (observations.ts), which is seen only where it is asked for; instead of what
   * associations say, or beside it.
   */
  readonly observes?: "beside" | "instead";
  /** It shows trees of fields, for which the run is traced. */
  readonly traces?: true;
  /** It is no text: a terminal is not to have it, and nothing can be added to a file of it. */
  readonly binary?: true;
  load(view: View, layout: Layout & { paint: Paint }): Promise<Printer | BinaryPrinter>;
  /**
   * Of an export that is several files: their names, and what writes them into the folder that -o names. Where the format has a
   * suffix, a file by that name holds it all as well.
   */
  readonly folder?: {
    readonly files: readonly string[];
    /** Kinds that it takes beside those of one file. */
    readonly takes?: readonly EventKind[];
    load(view: View): Promise<FolderPrinter>;
  };
}

/** What other programs have events for. */
const EVENTS = ["call", "association", "offer", "note", "detection"] as const;

const ZEEK_DEFAULTS: ZeekOptions = { rows: "response", communityId: false };
const ZEEK_FILES = [
  "dce_rpc",
  "ntlm",
  "kerberos",
  "smb_mapping",
  "smb_files",
  "rdp",
  "conn",
  "notice",
  "raiscope_calls",
].map((log) => `${log}.log`);

/** `findingsOnly`: of all logs that of findings alone is written. */
function zeekOptions(zeek: ZeekOptions | undefined, findingsOnly: boolean | undefined): ZeekOptions {
  return { ...(zeek ?? ZEEK_DEFAULTS), ...(findingsOnly === true ? { findingsOnly } : {}) };
}

/** What formats of columns show. */
function rowsOf({ kinds, columns, spelling, columnLayout = {} }: View, terminal: boolean): Rows {
  return { kinds, columns: columns ?? null, layout: columnLayout, spelling, terminal };
}

/** The first is the default. */
export const FORMATS = [
  {
    name: "transcript",
    suffixes: [".txt", ".text"],
    everyKind: true,
    ids: false,
    async load(
      { held: heldBytes, allCalls, ladder, full, brief, findingsOnly, live, spelling, names },
      layout,
    ) {
      const { transcriptPrinter } = await import("./transcript.js");
      const view = { allCalls, ladder, full, brief, findingsOnly, live, spelling, names, heldBytes };
      return transcriptPrinter({ ...layout, ...view });
    },
  },
  {
    name: "ndjson",
    suffixes: [".ndjson", ".jsonl"],
    everyKind: false,
    ids: true,
    load: async (view) =>
      view.asLines === true
        ? linePrinter(view.kinds)
        : ndjsonPrinter(view.kinds, view.ranges, await textOf(view)),
  },
  {
    name: "json",
    suffixes: [".json"],
    everyKind: false,
    ids: true,
    load: async (view) => jsonPrinter(view.kinds, view.ranges, await textOf(view)),
  },
  {
    name: "table",
    suffixes: [".table"],
    everyKind: false,
    ids: false,
    usual: ["call", "offer", "detection"],
    async load({ full, rows, live, spelling }, layout) {
      const { tablePrinter } = await import("./table.js");
      return tablePrinter({ ...layout, cut: layout.cut && !full, kinds: rows, live, spelling });
    },
  },
  {
    name: "tree",
    suffixes: [".tree"],
    everyKind: false,
    ids: false,
    usual: ["call", "association"],
    traces: true,
    async load({ trees, full, spelling }, layout) {
      const { treePrinter } = await import("./tree-printer.js");
      return treePrinter(trees!, { ...layout, full, spelling });
    },
  },
  {
    name: "pdml",
    suffixes: [".pdml"],
    everyKind: false,
    ids: false,
    usual: ["call", "association"],
    traces: true,
    async load({ trees }) {
      const { pdmlPrinter } = await import("./tree-printer.js");
      return pdmlPrinter(trees!);
    },
  },
  {
    name: "fields",
    suffixes: [],
    everyKind: false,
    ids: false,
    async load(view, { cut }) {
      const { fieldsPrinter } = await import("./fields.js");
      return fieldsPrinter(rowsOf(view, cut));
    },
  },
  {
    name: "csv",
    suffixes: [".csv"],
    everyKind: false,
    ids: false,
    async load(view, { cut }) {
      const { csvPrinter } = await import("./csv.js");
      return csvPrinter(rowsOf(view, cut));
    },
  },
  {
    name: "tsv",
    suffixes: [".tsv"],
    everyKind: false,
    ids: false,
    async load(view, { cut }) {
      const { tsvPrinter } = await import("./csv.js");
      return tsvPrinter(rowsOf(view, cut));
    },
  },
  {
    name: "zeek",
    suffixes: [],
    everyKind: false,
    ids: false,
    takes: ["call", "association"],
    observes: "instead",
    async load({ zeek, findingsOnly }) {
      const { zeekPrinter } = await import("./zeek/printer.js");
      return zeekPrinter(zeekOptions(zeek, findingsOnly));
    },
    folder: {
      files: ZEEK_FILES,
      takes: ["detection"],
      async load({ zeek, findingsOnly }) {
        const { zeekFolder } = await import("./zeek/printer.js");
        return zeekFolder(zeekOptions(zeek, findingsOnly));
      },
    },
  },
  {
    name: "zeek-json",
    suffixes: [],
    everyKind: false,
    ids: false,
    takes: ["call", "association", "detection"],
    observes: "instead",
    async load({ zeek, findingsOnly }) {
      const { zeekJsonPrinter } = await import("./zeek/printer.js");
      return zeekJsonPrinter(zeekOptions(zeek, findingsOnly));
    },
    folder: {
      files: ZEEK_FILES,
      async load({ zeek, findingsOnly }) {
        const { zeekJsonFolder } = await import("./zeek/printer.js");
        return zeekJsonFolder(zeekOptions(zeek, findingsOnly));
      },
    },
  },
  {
    name: "eve",
    suffixes: [],
    everyKind: false,
    ids: true,
    observes: "beside",
    usual: EVENTS,
    acknowledged: true,
    async load({ rows, input }) {
      const { evePrinter } = await import("./eve/printer.js");
      return evePrinter({ kinds: rows ?? new Set(EVENTS), input: input ?? null });
    },
  },
  {
    name: "ecs",
    suffixes: [],
    everyKind: false,
    ids: true,
    observes: "beside",
    usual: EVENTS,
    async load({ rows, input }) {
      const { ecsPrinter } = await import("./ecs/printer.js");
      return ecsPrinter({ kinds: rows ?? new Set(EVENTS), input: input ?? null });
    },
  },
  {
    name: "parquet",
    suffixes: [".parquet"],
    everyKind: false,
    ids: true,
    binary: true,
    async load({ kinds, held }) {
      const { parquetPrinter } = await import("./parquet/printer.js");
      return parquetPrinter(kinds, held);
    },
    folder: {
      files: EVENT_KINDS.map(parquetFile),
      async load({ kinds, held }) {
        const { parquetFolder } = await import("./parquet/printer.js");
        return parquetFolder(kinds, held);
      },
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
