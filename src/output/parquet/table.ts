/**
 * One table of Parquet, written group of rows by group of rows: what is held back is bounded, the footer alone grows with the
 * number of groups.
 */

import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Event, EventKind } from "../../events.js";
import type { Cells } from "./cells.js";
import type { Column, SchemaElement } from "./columns.js";
import { TABLES } from "./tables.js";

/** Rows of one group, and estimated bytes of memory that they may take before they are written. */
const GROUP_ROWS = 4_096;
const GROUP_BYTES = 16 << 20;

const PLAIN = { encoding: "PLAIN" } as const;
const NOTHING = new Uint8Array(0);

export class ParquetTable {
  readonly #columns: readonly Column<Event>[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  readonly #schema: readonly SchemaElement[];
  readonly #limit: number;
  readonly #cells: readonly Cells[];
  /** Of the group that is still held back. */
  #grouped = 0;
  #rows = 0;
  #held = 0;

  /** `held`: estimated bytes of memory that may be held back. */
  constructor(kind: EventKind, held: number) {
    this.#columns = TABLES[kind] as readonly Column<Event>[];
    this.#limit = Math.min(GROUP_BYTES, held);
    this.#cells = this.#columns.map((column) => column.cells());
    const root: SchemaElement = { name: kind, num_children: this.#columns.length };
    this.#schema = [root, ...this.#columns.flatMap(({ schema }) => schema)];
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [...this.#schema],
      createdBy: "raiscope",
      kvMetadata: [{ key: "raiscope.schema", value: "2" }],
    });
  }

  /** Estimated bytes of memory that rows take which are held back. */
  get held(): number {
    return this.#held;
  }

  /** Rows that were added. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds a record of the table's kind; answers what can be written now. */
  push(event: Event): Uint8Array {
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) {
      this.#held += this.#cells[i]!.add(columns[i]!.value(event));
    }
    this.#rows++;
    this.#grouped++;
    return this.#grouped >= GROUP_ROWS || this.#held >= this.#limit ? this.group() : NOTHING;
  }

  /** The last rows, and the footer. */
  finish(): Uint8Array {
    if (this.#grouped > 0) this.#encode();
    this.#writer.schema = this.#schema.map(footerElement);
    void this.#writer.finish();
    return this.#take();
  }

  /** The rows that are held back, as a group of their own. */
  group(): Uint8Array {
    if (this.#grouped > 0) this.#encode();
    return this.#take();
  }

  #encode(): void {
    const columnData = this.#columns.map(({ name, statistics, distinct }, i) => ({
      name,
      data: lately(this.#cells[i]!, this.#grouped),
      statistics,
      offsetIndex: false,
      ...(distinct ? PLAIN : {}),
    }));
    void this.#writer.write({ columnData, rowGroupSize: this.#grouped });
    this.#grouped = 0;
    this.#held = 0;
  }

  /** The bytes that were made; `offset` goes on counting them. */
  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

/**
 * The values of a column as an array that the library takes whole, which is put together when its turn comes and is garbage before
 * the next.
 */
function lately(cells: Cells, length: number): unknown[] {
  return { length, slice: () => cells.take() } as unknown as unknown[];
}

/**
 * As the footer has it: readers take a column for JSON by its converted type, for which the library would encode the texts once
 * more.
 */
function footerElement(element: SchemaElement): SchemaElement {
  return element.logical_type?.type === "JSON" ? { ...element, converted_type: "JSON" } : element;
}
