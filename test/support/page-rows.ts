/** Rows of a page, out of records or out of whole cloth. */
import type { CallRecord } from "../../src/events.js";
import { Rows } from "../../src/page/rows.js";
import { RowBuilder } from "../../src/view/rows.js";
import { call } from "./output/samples.js";

export function rowsOf(calls: Iterable<CallRecord>): Rows {
  const rows = new Rows();
  const builder = new RowBuilder();
  const flush = (): void => {
    const batch = builder.take();
    if (batch !== null) rows.add(batch);
  };
  for (const one of calls) {
    if (builder.ready) flush();
    builder.add(one);
  }
  flush();
  return rows;
}

/** Microseconds since the samples' day began as a time of records. */
export function at(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const whole = new Date(Date.UTC(2024, 4, 1, 10) + seconds * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(us % 1e6).padStart(6, "0")}Z`;
}

/** `count` calls, `step` microseconds apart, in conversations that take turns. */
export function* many(count: number, step: number, conversations = 1): Generator<CallRecord> {
  const usual = call({});
  for (let n = 0; n < count; n++) {
    yield { ...usual, ts: at(n * step), call_id: n, stream: n % conversations, duration_us: 10 };
  }
}
