/** Where items are put while one call of the assembler lasts, with the place and time they are about. */
import { Frame } from "../capture/frame.js";
import type { Instant } from "../time.js";
import type { Flow } from "./flow.js";
import type { CloseReason, GapReason, StreamItem } from "./items.js";
import type { TcpLedger } from "./ledger.js";
import type { Direction, When } from "./when.js";

const NOTHING: StreamItem[] = [];

export class Sink {
  /** What came out since `begin` or `clear`; always the same empty array where nothing did. */
  out: StreamItem[] = NOTHING;
  /** The frame that is looked at. */
  frame: Frame = new Frame();
  /** Latest time of the capture, in seconds. */
  now = 0;
  /** Of what comes out next, as rank.ts says. */
  rank = 0;
  #time: Instant | null = null;

  /** A new frame is looked at. */
  begin(frame: Frame): void {
    this.out = NOTHING;
    this.frame = frame;
    this.rank = 0;
    this.#time = null;
    const time = frame.seconds + frame.nanos / 1e9;
    if (time > this.now) this.now = time;
  }

  clear(): void {
    this.out = NOTHING;
  }

  here(): When {
    const { number, file } = this.frame;
    return { frame: number, time: this.time, file };
  }

  /** The time of the frame; one object for all that comes out of it. */
  get time(): Instant {
    if (this.#time === null) {
      const { seconds, nanos, digits } = this.frame;
      this.#time = { seconds, nanos, digits };
    }
    return this.#time;
  }

  /** Puts what came out since into the order of ranks. */
  order(from: number): void {
    const { out } = this;
    for (let i = from + 1; i < out.length; i++) {
      if (out[i - 1]!.rank <= out[i]!.rank) continue;
      const later = out.splice(from);
      out.push(...later.sort((a, b) => a.rank - b.rank));
      return;
    }
  }

  emit(item: StreamItem): void {
    if (this.out === NOTHING) this.out = [item];
    else this.out.push(item);
  }

  open(flow: Flow): void {
    this.emit({ kind: "open", flow, rank: this.rank, ...this.here() });
  }

  acknowledged(flow: Flow, direction: Direction, acked: number): void {
    this.emit({ kind: "acknowledged", flow, direction, acked, rank: this.rank, ...this.here() });
  }

  close(flow: Flow, reason: CloseReason): void {
    this.emit({ kind: "close", flow, reason, rank: this.rank, ...this.here() });
  }

  over(flow: Flow, ledger: TcpLedger): void {
    this.emit({ kind: "over", flow, ledger, rank: this.rank, ...this.here() });
  }

  data(
    flow: Flow,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    sequence: number,
    frames: number | number[],
    held: When | null,
  ): void {
    const f = this.frame;
    this.emit({
      kind: "data",
      flow,
      direction,
      bytes,
      offset,
      sequence,
      frames,
      rank: this.rank,
      frame: held?.frame ?? f.number,
      time: held?.time ?? this.time,
      file: held?.file ?? f.file,
    });
  }

  gap(
    flow: Flow,
    direction: Direction,
    offset: number,
    size: number,
    reason: GapReason,
    when: When | null,
  ): void {
    const { frame, time, file } = when ?? this.here();
    this.emit({ kind: "gap", flow, direction, offset, size, reason, rank: this.rank, frame, time, file });
  }

  note(flow: Flow | null, severity: "info" | "warning", code: string, message: string): void {
    this.emit({ kind: "note", flow, severity, code, message, rank: this.rank, ...this.here() });
  }
}
