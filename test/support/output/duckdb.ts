/**
 * DuckDB, which judges the Parquet files. It is 70 MB of native code and no dependency: `npm install --no-save
 * @duckdb/node-api` brings it, as .ci/run does; tests that need it skip where it is not there, visibly.
 */

/** Values as JSON has them: whole numbers of 64 bits and times are texts. */
export type Row = { [column: string]: unknown };

interface Connection {
  runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): Row[] }>;
}

interface DuckDb {
  DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<Connection> }> };
}

/** A name that is no literal, since no types are there either. */
const PACKAGE: string = "@duckdb/node-api";

/** Asks a question; null where DuckDB is not there. */
export async function duckDb(): Promise<((sql: string) => Promise<Row[]>) | null> {
  let duckdb: DuckDb;
  try {
    duckdb = (await import(PACKAGE)) as DuckDb;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return null;
    throw error;
  }
  const instance = await duckdb.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.runAndReadAll("set timezone = 'UTC'");
  return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
}
