/**
 * A shard's file read: its header, then operations in order, each with its moment. What is damaged ends it, since whatever came
 * behind would be told without what it rests on.
 */
import { Lines } from "../calllog/lines.js";
import { type ByteSource, Replay, type Window } from "../capture/byte-source.js";
import { InputError } from "../capture/formats.js";
import type { FrameSource } from "../capture/frame.js";
import { readHeader, type ShardHeader } from "./header.js";
import { AT_END, type Moment, type Operation } from "./operations.js";
import { LineSeal, SHARD_END } from "./writer.js";

/** How a shard begins. */
const BEGINS = /^\s*\{\s*"type"\s*:\s*"shard"/;
const LOOKED_AT = 64;

export interface Entry {
  moment: Moment;
  operation: Operation;
}

export class ShardFile {
  readonly name: string;
  readonly header: ShardHeader;
  /** Why it ended before it was whole, in words; null where it did not. */
  fault: string | null = null;
  readonly #lines: Lines;
  readonly #bytes: ByteSource;
  readonly #seal = new LineSeal();
  readonly #decoder = new TextDecoder();
  #operations = 0;
  #over = false;

  private constructor(name: string, header: ShardHeader, lines: Lines, bytes: ByteSource, first: string) {
    this.name = name;
    this.header = header;
    this.#lines = lines;
    this.#bytes = bytes;
    this.#seal.add(first);
  }

  /** Null where the bytes begin otherwise than a shard. Throws InputError for one that cannot be read. */
  static async open(
    window: Window,
    bytes: ByteSource,
    name: string,
    longest: number,
  ): Promise<ShardFile | null> {
    await window.fill(LOOKED_AT);
    const head = new TextDecoder("latin1").decode(
      window.data.subarray(window.pos, window.end).subarray(0, LOOKED_AT),
    );
    if (!BEGINS.test(head)) return null;
    const whole = new Replay(bytes, window);
    const lines = new Lines(whole, longest);
    const text = (await lines.next()) ? textOf(lines) : "";
    const header = readHeader(parsed(text));
    if (typeof header === "string") throw new InputError(name, header);
    return new ShardFile(name, header, lines, whole, `${text}\n`);
  }

  /** The next operation; null at the end, which `fault` may explain. */
  async next(): Promise<Entry | null> {
    if (this.#over) return null;
    const more = this.#lines.next();
    if (!(typeof more === "boolean" ? more : await more)) return this.#end("its end is missing");
    if (this.#lines.tooLong) return this.#end(`line ${this.#lines.number} is too long`);
    const text = textOf(this.#lines, this.#decoder);
    const value = parsed(text) as { type?: unknown } | null;
    if (value === null) return this.#end(`line ${this.#lines.number} is cut or damaged`);
    if (value.type === SHARD_END) {
      const { seal, operations } = value as { seal?: unknown; operations?: unknown };
      const whole = seal === this.#seal.take() && operations === this.#operations;
      if (!whole) return this.#end("its lines are not those that were written");
      const behind = this.#lines.next();
      const none = !(typeof behind === "boolean" ? behind : await behind);
      return this.#end(none ? null : `line ${this.#lines.number} stands behind its end`);
    }
    if (!isEntry(value)) return this.#end(`line ${this.#lines.number} is no operation`);
    this.#seal.add(`${text}\n`);
    this.#operations++;
    const { at, operation } = value;
    return { moment: { frame: at[0] ?? AT_END, rank: at[1] }, operation };
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }

  #end(fault: string | null): null {
    this.#over = true;
    this.fault = fault ?? this.#bytes.fault;
    return null;
  }
}

/** In the place of a capture's frames: a shard is read by whoever opened it. */
export function standIn(file: ShardFile): FrameSource {
  return {
    next: () => false,
    takeNotes: () => [],
    complete: true,
    holds: "records",
    close: () => file.close(),
  };
}

interface PlainEntry {
  at: readonly [frame: number | null, rank: number];
  operation: Operation;
}

function isEntry(value: object): value is PlainEntry {
  const { type, at, operation } = value as { type?: unknown } & Partial<PlainEntry>;
  if (type !== "operation" || !Array.isArray(at) || at.length !== 2) return false;
  const [frame, rank] = at as readonly unknown[];
  const placed = (frame === null || Number.isSafeInteger(frame)) && typeof rank === "number";
  return placed && typeof operation === "object" && operation !== null && typeof operation.kind === "string";
}

function textOf({ data, start, end }: Lines, decoder = new TextDecoder()): string {
  return decoder.decode(data.subarray(start, end));
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
