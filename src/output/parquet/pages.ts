/**
 * One column of a group of rows in the file: the page of a dictionary where there is one, and a data page in version 2. Headers are
 * Thrift's compact protocol, as parquet.thrift of the format describes them.
 */

import type { ByteWriter } from "hyparquet-writer";
import { Bytes } from "./bytes.js";
import type { Cell } from "./cells.js";

export type Compress = (bytes: Uint8Array) => Uint8Array;

/** PageType. */
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;
/** Encoding. */
const PLAIN = 0;
const RLE_DICTIONARY = 8;
/** Types of fields. */
const FALSE = 2;
const I32 = 5;
const STRUCT = 12;
const STOP = 0;

/** Bytes below which nothing is gained by compression. */
const SMALL = 64;

/** What the footer says of it, beside the column's name and type. */
export interface Chunk {
  readonly encodings: ("PLAIN" | "RLE" | "RLE_DICTIONARY")[];
  readonly codec: "SNAPPY";
  readonly num_values: bigint;
  readonly total_uncompressed_size: bigint;
  readonly total_compressed_size: bigint;
  readonly data_page_offset: bigint;
  readonly dictionary_page_offset?: bigint;
  readonly statistics?: { min_value: bigint; max_value: bigint; null_count: bigint };
}

const header = new Bytes();

/** A whole number that is not negative. */
function number(id: number, before: number, value: number): void {
  header.u8(((id - before) << 4) | I32);
  header.varint(value * 2);
}

function beginPage(type: number, uncompressed: number, compressed: number, field: number): void {
  header.clear();
  number(1, 0, type);
  number(2, 1, uncompressed);
  number(3, 2, compressed);
  header.u8(((field - 3) << 4) | STRUCT);
}

/** Writes it, and answers what the footer says. `incompressible`: it is not tried. */
export function writeChunk(
  out: ByteWriter,
  cell: Cell,
  rows: number,
  compress: Compress,
  incompressible: boolean,
): Chunk {
  const from = out.offset;
  let uncompressed = 0;
  const { dictionary, definition, repetition, range } = cell;
  if (dictionary !== null) {
    const packed = compress(dictionary.bytes);
    beginPage(DICTIONARY_PAGE, dictionary.bytes.length, packed.length, 7);
    number(1, 0, dictionary.size);
    number(2, 1, PLAIN);
    header.u8(STOP);
    header.u8(STOP);
    out.appendBytes(header.all());
    uncompressed += header.size + dictionary.bytes.length;
    out.appendBytes(packed);
  }
  const data = out.offset;
  const levels = repetition.length + definition.length;
  const tried = incompressible || cell.bytes.length < SMALL ? cell.bytes : compress(cell.bytes);
  const packed = tried.length < cell.bytes.length ? tried : cell.bytes;
  beginPage(DATA_PAGE_V2, levels + cell.bytes.length, levels + packed.length, 8);
  number(1, 0, cell.values);
  number(2, 1, cell.nulls);
  number(3, 2, rows);
  number(4, 3, dictionary === null ? PLAIN : RLE_DICTIONARY);
  number(5, 4, definition.length);
  number(6, 5, repetition.length);
  // Compressed is what is not said.
  if (packed === cell.bytes) header.u8((1 << 4) | FALSE);
  header.u8(STOP);
  header.u8(STOP);
  out.appendBytes(header.all());
  uncompressed += header.size + levels + cell.bytes.length;
  out.appendBytes(repetition);
  out.appendBytes(definition);
  out.appendBytes(packed);
  return {
    encodings: dictionary === null ? ["PLAIN", "RLE"] : ["PLAIN", "RLE", "RLE_DICTIONARY"],
    codec: "SNAPPY",
    num_values: BigInt(cell.values),
    total_uncompressed_size: BigInt(uncompressed),
    total_compressed_size: BigInt(out.offset - from),
    data_page_offset: BigInt(data),
    ...(dictionary === null ? {} : { dictionary_page_offset: BigInt(from) }),
    ...(range === null
      ? {}
      : { statistics: { min_value: range.min, max_value: range.max, null_count: BigInt(cell.nulls) } }),
  };
}
