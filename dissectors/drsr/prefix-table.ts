/**
 * [MS-DRSR] 5.16.4 ATTRTYP-to-OID conversion: 32 bits that stand for an attribute or a class, by a table of the beginnings of OIDs
 * that travels with the message, or by the one that every domain controller begins with.
 *
 * Not handled: identifiers without a table (5.16.4, msDS-IntId: 0x80000000 and above), which only the schema of a forest
 * resolves.
 */

/** Bytes of a beginning, and of one number in it: real ones have 10 and 3. */
const MAX_PREFIX_BYTES = 64;
const MAX_NUMBER_BYTES = 7;

/** [MS-DRSR] 5.16.4, the table of a new domain controller, by index. */
const STANDARD: readonly string[] = [
  "2.5.4",
  "2.5.6",
  "1.2.840.113556.1.2",
  "1.2.840.113556.1.3",
  "2.16.840.1.101.2.2.1",
  "2.16.840.1.101.2.2.3",
  "2.16.840.1.101.2.1.5",
  "2.16.840.1.101.2.1.4",
  "2.5.5",
  "1.2.840.113556.1.4",
  "1.2.840.113556.1.5",
  "1.2.840.113556.1.4.260",
  "1.2.840.113556.1.5.56",
  "1.2.840.113556.1.4.262",
  "1.2.840.113556.1.5.57",
  "1.2.840.113556.1.4.263",
  "1.2.840.113556.1.5.58",
  "1.2.840.113556.1.5.73",
  "1.2.840.113556.1.4.305",
  "0.9.2342.19200300.100",
  "2.16.840.1.113730.3",
  "0.9.2342.19200300.100.1",
  "2.16.840.1.113730.3.1",
  "1.2.840.113556.1.5.7000",
  "2.5.21",
  "2.5.18",
  "2.5.20",
  "1.3.6.1.4.1.1466.101.119",
  "2.16.840.1.113730.3.2",
  "1.3.6.1.4.1.250.1",
  "1.2.840.113549.1.9",
  "0.9.2342.19200300.100.4",
  "1.2.840.113556.1.6.23",
  "1.2.840.113556.1.6.18.1",
  "1.2.840.113556.1.6.18.2",
  "1.2.840.113556.1.6.13.3",
  "1.2.840.113556.1.6.13.4",
  "1.3.6.1.1.1.1",
  "1.3.6.1.1.1.2",
];

/** The beginnings of OIDs by their indexes, as BER writes them ([ITU-T X.690] 8.19). */
export type Prefixes = ReadonlyMap<number, Uint8Array>;

/** What one message calls attributes and classes. */
export class PrefixTable {
  readonly #prefixes: Prefixes | null;
  readonly #texts = new Map<number, string | null>();

  /** `prefixes`: null where the message has no table. */
  constructor(prefixes: Prefixes | null) {
    this.#prefixes = prefixes;
  }

  /** The OID that an ATTRTYP stands for, or null where the table does not say. */
  oid(attrtyp: number): string | null {
    const index = attrtyp >>> 16;
    const low = attrtyp & 0xffff;
    if (low < 0x8000) {
      const prefix = this.prefix(index);
      return prefix === null ? null : `${prefix}.${low}`;
    }
    // The lower 14 bits of the last number, behind a mark; what is above them ends the prefix.
    const bytes = this.#prefixes?.get(index);
    if (bytes === undefined) return null;
    return oidText(
      Uint8Array.of(...bytes.subarray(0, MAX_PREFIX_BYTES), ((low >> 7) & 0x7f) | 0x80, low & 0x7f),
    );
  }

  /** The beginning that an index stands for, in numbers. */
  prefix(index: number): string | null {
    if (this.#prefixes === null) return STANDARD[index] ?? null;
    let text = this.#texts.get(index);
    if (text === undefined) {
      const bytes = this.#prefixes.get(index);
      text = bytes === undefined ? null : oidText(bytes);
      this.#texts.set(index, text);
    }
    return text;
  }

  /** Every index of the message's own table. */
  indexes(): number[] {
    return [...(this.#prefixes?.keys() ?? [])];
  }
}

/** The numbers of an OID, or of a beginning of one that ends with a whole number; null where it is none. */
function oidText(bytes: Uint8Array): string | null {
  if (bytes.length === 0 || bytes.length > MAX_PREFIX_BYTES + 2) return null;
  const numbers: number[] = [];
  let value = 0;
  let length = 0;
  for (const byte of bytes) {
    if (++length > MAX_NUMBER_BYTES) return null;
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (numbers.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      numbers.push(first, value - 40 * first);
    } else numbers.push(value);
    value = 0;
    length = 0;
  }
  // What is left over is the upper part of a large last number, which its own bytes complete.
  return length === 0 ? numbers.join(".") : null;
}
