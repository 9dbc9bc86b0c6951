/**
 * One table of Parquet, written group of rows by group of rows: what is held back is bounded, the footer alone grows with the
 * number of groups.
 */

import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Event, EventKind } from "../../events.js";
import type { Cells } from "./cells.js";
import type { Column, SchemaElement } from "./columns.js";
import { writeChunk } from "./pages.js";
import { TABLES } from "./tables.js";

/** Rows of one group, and bytes that they may have before they are written. */
const GROUP_ROWS = 4_096;
const GROUP_BYTES = 8 << 20;
/** Memory that a byte takes: in a buffer that grows by doubling, and once more while it is written. */
const COST = 3;

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
    this.#limit = Math.min(GROUP_BYTES, held / COST);
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
    return COST * this.#held;
  }

  /** Rows that were added. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds a record of the table's kind; answers what can be written now. */
  push(event: Event): Uint8Array {
    const columns = this.#columns;
    let held = this.#held;
    for (let i = 0; i < columns.length; i++) held += this.#cells[i]!.add(columns[i]!.value(event));
    this.#held = held;
    this.#rows++;
    this.#grouped++;
    return this.#grouped >= GROUP_ROWS || held >= this.#limit ? this.group() : NOTHING;
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
    const out = this.#bytes;
    const from = out.offset;
    let uncompressed = 0n;
    const columns = this.#columns.map(({ schema, random }, i) => {
      const file_offset = BigInt(out.offset);
      const cell = this.#cells[i]!.take();
      const chunk = writeChunk(out, cell, this.#grouped, this.#writer.compressors.SNAPPY, random);
      uncompressed += chunk.total_uncompressed_size;
      const path_in_schema = schema.map(({ name }) => name);
      return { file_offset, meta_data: { type: schema.at(-1)!.type!, path_in_schema, ...chunk } };
    });
    this.#writer.row_groups.push({
      columns,
      total_byte_size: uncompressed,
      num_rows: BigInt(this.#grouped),
      total_compressed_size: BigInt(out.offset - from),
    });
    this.#writer.num_rows += BigInt(this.#grouped);
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
 * As the footer has it: readers take a column for JSON by its converted type, for which the library would encode the texts once
 * more.
 */
function footerElement(element: SchemaElement): SchemaElement {
  return element.logical_type?.type === "JSON" ? { ...element, converted_type: "JSON" } : element;
}
