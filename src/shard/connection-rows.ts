/** What is counted of connections, as numbers that travel from a front to the tail, and what the tail's offers see of them. */
import type { Endpoint } from "../events.js";
import type { FlowView } from "../offers/connections/attempts.js";

/** Numbers of one row. */
export const ROW = 8;

const MIDSTREAM = 1;
const CLOSED = 2;
const CLOSING = 4;
const EXACT0 = 8;
const EXACT1 = 16;

/** Puts a row of the connection behind the others. */
export function addConnectionRow(rows: number[], flow: FlowView): void {
  const { half0, half1 } = flow;
  const flags =
    (flow.midstream ? MIDSTREAM : 0) |
    (flow.closed ? CLOSED : 0) |
    (flow.closing ? CLOSING : 0) |
    (half0.exact ? EXACT0 : 0) |
    (half1.exact ? EXACT1 : 0);
  rows.push(
    flow.stream,
    flags,
    half0.packets,
    half0.bytes,
    half1.packets,
    half1.bytes,
    flow.lastSeconds,
    flow.lastNanos,
  );
}

/** A connection that another front counts, as its latest row says. */
export class CountedElsewhere implements FlowView {
  readonly stream: number;
  readonly endpoint0: Endpoint;
  readonly endpoint1: Endpoint;
  midstream = false;
  closed = false;
  closing = false;
  half0 = { packets: 0, bytes: 0, exact: false };
  half1 = { packets: 0, bytes: 0, exact: false };
  lastSeconds = 0;
  lastNanos = 0;

  constructor({ stream, endpoint0, endpoint1 }: Pick<FlowView, "stream" | "endpoint0" | "endpoint1">) {
    this.stream = stream;
    this.endpoint0 = endpoint0;
    this.endpoint1 = endpoint1;
  }

  /** The row that begins at `at`. */
  update(rows: readonly number[], at: number): void {
    const flags = rows[at + 1]!;
    this.midstream = (flags & MIDSTREAM) !== 0;
    this.closed = (flags & CLOSED) !== 0;
    this.closing = (flags & CLOSING) !== 0;
    this.half0 = { packets: rows[at + 2]!, bytes: rows[at + 3]!, exact: (flags & EXACT0) !== 0 };
    this.half1 = { packets: rows[at + 4]!, bytes: rows[at + 5]!, exact: (flags & EXACT1) !== 0 };
    this.lastSeconds = rows[at + 6]!;
    this.lastNanos = rows[at + 7]!;
  }
}
