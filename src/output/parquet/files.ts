/** Which file of a folder holds which kind of record. */

import type { EventKind } from "../../events.js";

export function parquetFile(kind: EventKind): string {
  return kind === "summary" ? "summary.parquet" : `${kind}s.parquet`;
}
