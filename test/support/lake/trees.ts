/** Trees of Parquet files, as tests look at them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parquetReadObjects } from "hyparquet";
import type { Row } from "../output/duckdb.js";

export function emptyFolder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** All files below it, in order; hidden ones as well. */
export function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();
}

/** The rows of one file, in order. */
export function rowsIn(path: string): Promise<Row[]> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  return parquetReadObjects({ file });
}
