/**
 * DuckDB, which judges the Parquet files. It is 70 MB of native code for each platform, which npm leaves out where it is not to be
 * had; tests that need it skip there, visibly.
 */

/** Values as JSON has them: whole numbers of 64 bits and times are texts. */
export type Row = { [column: string]: unknown };

export type Ask = (sql: string) => Promise<Row[]>;

/** Why `duckDb` answers null, for tests that skip. */
export const WITHOUT_DUCKDB = "DuckDB is not here: npm install brings @duckdb/node-api where it can be had";

/** What Node says where the package, or its part for this platform, is not there or does not fit. */
const ABSENT: ReadonlySet<unknown> = new Set([
  "ERR_MODULE_NOT_FOUND",
  "MODULE_NOT_FOUND",
  "ERR_DLOPEN_FAILED",
]);

/** Asks a question, or tells; null where DuckDB is not there. Each has tables and views of its own. */
export async function duckDb(): Promise<Ask | null> {
  let duckdb: typeof import("@duckdb/node-api");
  try {
    duckdb = await import("@duckdb/node-api");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (ABSENT.has(code) || message.includes("native binding")) return null;
    throw error;
  }
  const instance = await duckdb.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run("set timezone = 'UTC'");
  return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson() as Row[];
}
