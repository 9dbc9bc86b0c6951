/** Operations of one front as lines of NDJSON, the header first and a seal of all lines last. */
import { hashText } from "#primitives";
import { SCHEMA } from "../events.js";
import type { ShardHeader } from "./header.js";
import { AT_END, type Moment, type Operation } from "./operations.js";

/** Characters of lines that are hashed at a time. */
const HASHED_AT_ONCE = 1 << 16;

/** A hash over lines, each piece of them hashed behind the hash of those before. */
export class LineSeal {
  #seal = "";
  #lines: string[] = [];
  #size = 0;

  /** A line with its newline. */
  add(line: string): void {
    this.#lines.push(line);
    this.#size += line.length;
    if (this.#size >= HASHED_AT_ONCE) this.#close();
  }

  /** The hash of all lines so far. */
  take(): string {
    this.#close();
    return this.#seal;
  }

  #close(): void {
    if (this.#size === 0) return;
    this.#seal = hashText("sha256", this.#seal + this.#lines.join(""), "hex");
    this.#lines = [];
    this.#size = 0;
  }
}

/** How the last line begins, which the seal does not cover. */
export const SHARD_END = "shard-end";

export class ShardWriter {
  readonly #seal = new LineSeal();
  readonly #write: (line: string) => void;
  #operations = 0;

  /** `write` takes lines, each with its newline. */
  constructor(header: ShardHeader, write: (line: string) => void) {
    this.#write = write;
    this.#line(header);
  }

  operation({ frame, rank }: Moment, operation: Operation): void {
    this.#operations++;
    const at = [frame === AT_END ? null : frame, rank];
    this.#line({ type: "operation", schema: SCHEMA, at, operation });
  }

  /** Nothing more comes. */
  finish(): void {
    const last = { type: SHARD_END, schema: SCHEMA, operations: this.#operations, seal: this.#seal.take() };
    this.#write(`${JSON.stringify(last)}\n`);
  }

  #line(value: object): void {
    const line = `${JSON.stringify(value)}\n`;
    this.#seal.add(line);
    this.#write(line);
  }
}
