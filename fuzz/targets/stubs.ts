/**
 * Stubs of every method of every shipped interface, the catalogue's included, in both syntaxes and byte orders: NDR, OLE automation, DCOM. Inputs name
 * the method that they are decoded by; half of them are captured ones that were changed, half are written word by word in the
 * manner of NDR: referents, counts, small numbers, runs of text, pieces that are object references.
 */

import { NATIVES } from "../../dissectors/natives/table.js";
import { decodeRequest, decodeResponse, type NdrContext } from "../../dissectors/ndr/decode.js";
import type { Interface } from "../../dissectors/ndr/types.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { type InterfaceTable, shippedInterfaces } from "../../src/interfaces.js";
import { captured } from "../corpus.js";
import { behind, mutate } from "../mutate.js";
import { checkFinite } from "../oracles.js";
import type { Random } from "../random.js";
import type { Target } from "../target.js";

/** Inputs are the interface's UUID (16 bytes, as its text), opnum (2, little-endian), flags, and the stub. */
const HEAD = 19;
const RESPONSE = 1;
const NDR64 = 2;
const BIG_ENDIAN = 4;

let table: InterfaceTable | null = null;
const interfaces = (): InterfaceTable => {
  table ??= shippedInterfaces();
  return table;
};

let known: readonly Interface[] | null = null;
/** What is written by hand and what the catalogue describes. */
const all = (): readonly Interface[] => {
  known ??= [...interfaces().library.interfaces, ...interfaces().catalogued()];
  return known;
};

function input(uuid: string, opnum: number, flags: number, stub: Uint8Array): Uint8Array {
  const id = Buffer.from(uuid.replaceAll("-", ""), "hex");
  return behind([...id, opnum & 0xff, opnum >> 8, flags], stub);
}

export const stubs: Target = {
  name: "stubs",
  async seeds() {
    return (await captured()).stubs.map(({ uuid, opnum, side, littleEndian, bytes }) => {
      const flags = (side === "response" ? RESPONSE : 0) | (littleEndian ? 0 : BIG_ENDIAN);
      return input(uuid ?? "00000000-0000-0000-0000-000000000000", opnum, flags, bytes);
    });
  },
  make(random, seeds) {
    const seed = random.pick(seeds);
    const changed = random.oneIn(8) ? seed.slice(HEAD) : mutate(seed.subarray(HEAD), random, seeds);
    if (random.oneIn(2)) {
      return behind(
        [...seed.subarray(0, HEAD - 1), seed[HEAD - 1]! ^ (random.oneIn(4) ? NDR64 : 0)],
        changed,
      );
    }
    const iface = random.pick(all());
    const opnum = random.below(Math.max(1, iface.methods.length));
    return input(iface.uuid, opnum, random.below(8), random.oneIn(3) ? changed : written(random, seeds));
  },
  run(bytes) {
    if (bytes.length < HEAD) return;
    const hex = Buffer.from(bytes.subarray(0, 16)).toString("hex");
    const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    const method = interfaces().find(uuid)?.methods[bytes[16]! | (bytes[17]! << 8)];
    if (method === undefined) return;
    const flags = bytes[HEAD - 1]!;
    const stub = bytes.subarray(HEAD);
    const context: NdrContext = {
      syntax: flags & NDR64 ? "ndr64" : "ndr",
      natives: NATIVES,
      types: interfaces().library.types,
      interfaceName: interfaces().interfaceName,
    };
    const reader = new Reader(stub, (flags & BIG_ENDIAN) === 0, 0, stub.length, "stub");
    // What goes wrong is part of the answer, never an exception.
    const side =
      flags & RESPONSE ? decodeResponse(method, reader, context) : decodeRequest(method, reader, context);
    checkFinite(side.values);
  },
};

/** Words as NDR has them, in the stub's own alignment; whether they fit the method is for the decoder to find out. */
function written(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const out: number[] = [];
  let referent = 0x20000;
  const word = (value: number): void =>
    void out.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  const words = random.below(60);
  for (let i = 0; i < words; i++) {
    switch (random.below(9)) {
      case 0:
        word(0);
        break;
      case 1:
      case 2:
        word(referent);
        referent += 4;
        break;
      case 3:
      case 4:
        word(random.below(9));
        break;
      case 5: {
        const count = random.below(12);
        for (const value of [count, 0, count]) word(value);
        for (let k = 0; k < count; k++) out.push(0x41 + random.below(26), 0);
        while (out.length % 4 !== 0) out.push(0);
        break;
      }
      case 6: {
        const other = random.pick(seeds);
        const from = HEAD + 4 * random.below(Math.max(1, (other.length - HEAD) >> 2));
        out.push(...other.subarray(from, from + 4 * random.below(16)));
        break;
      }
      case 7:
        out.push(...random.bytes(4));
        break;
      default:
        word(random.pick([8, 9, 12, 13, 0x2008, 0x200c, 0x4008, 0x24, 0x4c, 0x100]));
    }
  }
  return Uint8Array.from(out);
}
