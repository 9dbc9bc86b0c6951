/**
 * Operations on their way from one thread to another: what there is most of, the places and records of calls, as numbers and
 * lines of text; all else as JSON. A record is the line that the call log has of it, so that whoever writes call logs need not
 * read it.
 */
import type { CallRecord } from "../events.js";
import type { CallDone, CallMeant, Moment, Operation } from "./operations.js";
import type { Suspicion } from "./suspicion.js";

/** What travels at once. */
export interface Batch {
  /** Operations of this frame and all before it are in this batch, or were in earlier ones. */
  upTo: number;
  /** The number of frames that were read by then, and their bytes. */
  frames: number;
  bytes: number;
  /** One row of numbers for each operation, as long as its first number says. */
  codes: Float64Array<ArrayBuffer>;
  /** A JSON array of the operations that are neither places nor records. */
  others: string;
  /** Words that rows name by their place, in addition to those of earlier batches. */
  words: readonly string[];
  /** Lines of records, and calls that were packed, one behind the other. */
  lines: Uint8Array<ArrayBuffer>;
  /** What calls teach, packed: it may be kept for long. */
  taught: Uint8Array<ArrayBuffer>;
}

/** A record of which only its line is at hand, with what is counted of it. */
export interface LineRecord extends Pick<CallRecord, "type" | "status" | "notes"> {
  line: Uint8Array;
}

/** What rows are of. Each begins with that, the frame and the rank. */
const OPENED = 0;
const CALL = 1;
const OTHER = 2;
const MEANT = 3;

const FIRST_CODES = 4096;
const FIRST_LINES = 1 << 16;
/** A code unit takes three bytes at most. */
const UNIT = 3;

export class BatchWriter {
  readonly #moment: Moment;
  #codes = new Float64Array(FIRST_CODES);
  #count = 0;
  readonly #lines = new Bytes();
  readonly #taught = new Bytes();
  #others: string[] = [];
  #othersSize = 0;
  readonly #words = new Map<string, number>();
  #newWords: string[] = [];

  /** `moment`: when what is received comes about. */
  constructor(moment: Moment) {
    this.#moment = moment;
  }

  /** What waits to be taken, in bytes or nearly so. */
  get size(): number {
    return this.#lines.size + this.#taught.size + 8 * this.#count + this.#othersSize;
  }

  readonly receive = (operation: Operation): void => {
    switch (operation.kind) {
      case "opened":
        this.#row(OPENED, 2);
        this.#put(operation.call);
        this.#put(operation.frame);
        return;
      case "call":
        this.#call(operation);
        return;
      case "meant":
        this.#meant(operation);
        return;
      default:
        this.#row(OTHER, 0);
        this.#other(operation);
    }
  };

  #other(operation: Operation): void {
    const text = JSON.stringify(plain(operation));
    this.#others.push(text);
    this.#othersSize += text.length;
  }

  /** What is to be looked at again, if at all, as bytes; the rest only where it says anything. */
  #meant(operation: CallMeant): void {
    const { step, first, suspicion } = operation;
    const { places, call, taught } = suspicion ?? NO_SUSPICION;
    const more = step !== null || first;
    this.#row(MEANT, 5 + places.length);
    this.#put(operation.call);
    this.#put(more ? 1 : 0);
    this.#put(call === null ? -1 : this.#lines.add(call));
    this.#put(taught === null ? -1 : this.#taught.add(taught));
    this.#put(places.length);
    for (const place of places) this.#put(place);
    if (more) this.#other({ ...operation, suspicion: null });
  }

  #call({ call, record, cost, evicted }: CallDone): void {
    const text = JSON.stringify(record);
    const size = this.#lines.addLine(text);
    const { notes } = record;
    this.#row(CALL, 6 + notes.length);
    this.#put(call);
    this.#put(cost);
    this.#put(evicted ? 1 : 0);
    this.#put(size);
    this.#put(this.#word(record.status));
    this.#put(notes.length);
    for (const { code } of notes) this.#put(this.#word(code));
  }

  #word(text: string): number {
    let index = this.#words.get(text);
    if (index === undefined) {
      index = this.#words.size;
      this.#words.set(text, index);
      this.#newWords.push(text);
    }
    return index;
  }

  #row(kind: number, more: number): void {
    if (this.#count + 3 + more > this.#codes.length) {
      const larger = new Float64Array(2 * (this.#count + 3 + more));
      larger.set(this.#codes.subarray(0, this.#count));
      this.#codes = larger;
    }
    this.#put(kind);
    this.#put(this.#moment.frame);
    this.#put(this.#moment.rank);
  }

  #put(value: number): void {
    this.#codes[this.#count++] = value;
  }

  /** What was received since the last call of this method. */
  take(upTo: number, frames: number, bytes: number): Batch {
    const batch: Batch = {
      upTo,
      frames,
      bytes,
      codes: this.#codes.slice(0, this.#count),
      others: `[${this.#others.join(",")}]`,
      words: this.#newWords,
      lines: this.#lines.take(),
      taught: this.#taught.take(),
    };
    this.#count = 0;
    this.#others = [];
    this.#othersSize = 0;
    this.#newWords = [];
    return batch;
  }
}

const NEWLINE = 10;

/** Bytes that are put one behind the other. */
class Bytes {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(FIRST_LINES);
  size = 0;

  /** Answers how many bytes it adds. */
  add(bytes: Uint8Array): number {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.size);
    this.size += bytes.length;
    return bytes.length;
  }

  addLine(text: string): number {
    this.#makeRoom(UNIT * text.length + 1);
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(this.size));
    this.#bytes[this.size + written] = NEWLINE;
    this.size += written + 1;
    return written + 1;
  }

  #makeRoom(most: number): void {
    if (this.size + most <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.size + most));
    larger.set(this.#bytes.subarray(0, this.size));
    this.#bytes = larger;
  }

  /** All of them, which are the caller's. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.size === 0) return NO_BYTES;
    const bytes = this.#bytes.subarray(0, this.size);
    this.#bytes = new Uint8Array(this.#bytes.length);
    this.size = 0;
    return bytes;
  }
}

const NO_SUSPICION: Suspicion = { places: [], call: null, taught: null };
const NO_BYTES = new Uint8Array(0);

/** The same without what only this thread has. */
export function plain(operation: Operation): Operation {
  switch (operation.kind) {
    case "note":
    case "limit": {
      const { of } = operation;
      return { ...operation, of: of && { stream: of.stream, communityId: of.communityId } };
    }
    case "connection": {
      const { stream, endpoint0, endpoint1, midstream, half0, half1 } = operation.flow;
      const { closed, closing, lastSeconds, lastNanos } = operation.flow;
      const halves = { half0: counted(half0), half1: counted(half1) };
      const seen = { midstream, closed, closing, lastSeconds, lastNanos, ...halves };
      return { ...operation, flow: { stream, endpoint0, endpoint1, ...seen } };
    }
    default:
      return operation;
  }
}

function counted({ packets, bytes, exact }: { packets: number; bytes: number; exact: boolean }) {
  return { packets, bytes, exact };
}

/** A call of which nothing is told but what its record rests on. */
const MEANS_NO_MORE = {
  kind: "meant",
  association: null,
  server: { address: "", port: 0 },
  transport: { protseq: "ncacn_ip_tcp", endpoint: "", smb: null },
  first: false,
  doubt: null,
  step: null,
} as const;

/** What a thread was sent by one front, operation by operation. */
export class BatchReader {
  readonly moment: Moment = { frame: 0, rank: 0 };
  readonly #batches: Batch[] = [];
  readonly #words: string[] = [];
  readonly #decoder = new TextDecoder();
  readonly #asLines: boolean;
  #codes: Float64Array = new Float64Array(0);
  #at = 0;
  #lines = new Uint8Array(0);
  #line = 0;
  #taught = new Uint8Array(0);
  #taughtAt = 0;
  #others: readonly Operation[] = [];
  #other = 0;
  /** Operations up to this frame were sent. */
  upTo = -1;
  /** There is an operation, of which `moment` says when it came about. */
  has = false;
  /** Batches that were read to their end since somebody set this to 0. */
  finished = 0;

  /** `asLines`: records are left as the lines that they are (LineRecord). */
  constructor(asLines: boolean) {
    this.#asLines = asLines;
  }

  add(batch: Batch): void {
    this.#batches.push(batch);
    this.upTo = batch.upTo;
    if (!this.has) this.#begin();
  }

  /** Takes the operation at hand. */
  next(): Operation {
    const codes = this.#codes;
    const kind = codes[this.#at]!;
    let at = this.#at + 3;
    let operation: Operation;
    if (kind === OPENED) {
      operation = { kind: "opened", call: codes[at]!, frame: codes[at + 1]! };
      at += 2;
    } else if (kind === CALL) {
      const line = this.#lines.subarray(this.#line, this.#line + codes[at + 3]!);
      this.#line += codes[at + 3]!;
      const notes = codes[at + 5]!;
      operation = {
        kind: "call",
        call: codes[at]!,
        record: this.#asLines ? this.#lineRecord(line, at + 4) : JSON.parse(this.#decoder.decode(line)),
        cost: codes[at + 1]!,
        evicted: codes[at + 2]! === 1,
      };
      at += 6 + notes;
    } else if (kind === MEANT) {
      operation = this.#meant(at);
      at += 5 + codes[at + 4]!;
    } else operation = this.#others[this.#other++]!;
    this.#at = at;
    if (at < codes.length) this.#look();
    else {
      this.has = false;
      this.finished++;
      this.#begin();
    }
    return operation;
  }

  #meant(at: number): Operation {
    const codes = this.#codes;
    const call = codes[at + 2]!;
    const taught = codes[at + 3]!;
    const suspicion: Suspicion = {
      places: Array.from(codes.subarray(at + 5, at + 5 + codes[at + 4]!)),
      call: call < 0 ? null : this.#lines.subarray(this.#line, this.#line + call),
      taught: taught < 0 ? null : this.#taught.subarray(this.#taughtAt, this.#taughtAt + taught),
    };
    if (call > 0) this.#line += call;
    if (taught > 0) this.#taughtAt += taught;
    if (codes[at + 1]! === 1) {
      const meant = this.#others[this.#other++] as CallMeant;
      return { ...meant, suspicion };
    }
    return { ...MEANS_NO_MORE, call: codes[at]!, suspicion };
  }

  /** Whoever wants lines asks for nothing else of a record. */
  #lineRecord(line: Uint8Array, at: number): CallRecord {
    const codes = this.#codes;
    const status = this.#words[codes[at]!]!;
    const notes: { code: string }[] = [];
    for (let i = 0; i < codes[at + 1]!; i++) notes.push({ code: this.#words[codes[at + 2 + i]!]! });
    const record = { type: "call", status, notes, line };
    return record as unknown as CallRecord;
  }

  #begin(): void {
    for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) {
      for (const word of batch.words) this.#words.push(word);
      if (batch.codes.length === 0) {
        this.finished++;
        continue;
      }
      this.#codes = batch.codes;
      this.#at = 0;
      this.#lines = batch.lines;
      this.#line = 0;
      this.#taught = batch.taught;
      this.#taughtAt = 0;
      this.#others = JSON.parse(batch.others) as Operation[];
      this.#other = 0;
      this.has = true;
      this.#look();
      return;
    }
  }

  #look(): void {
    this.moment.frame = this.#codes[this.#at + 1]!;
    this.moment.rank = this.#codes[this.#at + 2]!;
  }
}
