/** Parquet: one kind of record in one file, or several in a folder, a file each. */

import type { EventKind } from "../../events.js";
import type { FolderPrinter } from "../folder.js";
import { type BinaryPrinter, FormatError } from "../printer.js";
import { parquetFile } from "./files.js";
import { ParquetTable } from "./table.js";

/** Estimated bytes of memory that rows may take where nobody says. */
const HELD = 16 << 20;

/** `held`: estimated bytes of memory that rows may take. Throws FormatError where several kinds are asked for. */
export function parquetPrinter(kinds: ReadonlySet<EventKind>, held = HELD): BinaryPrinter {
  const [kind] = kinds;
  if (kind === undefined || kinds.size > 1) {
    throw new FormatError(
      "a Parquet file holds records of one kind",
      "-o DIR/ -T parquet writes a file for each kind of --events",
    );
  }
  const table = new ParquetTable(kind, held);
  return {
    push: (event) => (event.type === kind ? table.push(event) : ""),
    finish: () => table.finish(),
  };
}

/** Every kind has its file, also where there is no such record. */
export function parquetFolder(kinds: ReadonlySet<EventKind>, held = HELD): FolderPrinter {
  const tables = new Map([...kinds].map((kind) => [kind, new ParquetTable(kind, held / kinds.size)]));
  return {
    push(event, folder) {
      const bytes = tables.get(event.type)?.push(event);
      if (bytes !== undefined && bytes.length > 0) folder.write(parquetFile(event.type), bytes);
    },
    finish(folder) {
      for (const [kind, table] of tables) folder.write(parquetFile(kind), table.finish());
    },
  };
}
