import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NATIVES } from "../../../dissectors/natives/table.js";
import { decodeRequest, decodeResponse } from "../../../dissectors/ndr/decode.js";
import type { DecodedSide } from "../../../dissectors/ndr/decoded.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { SeenStubs, type StubReading } from "../../../src/call/seen-stubs.js";
import { library, methodOf } from "../../support/ndr/rules.js";

const IDL = "long m([in] long n, [in, size_is(n)] byte data[], [out, size_is(n)] byte back[]);";
const lib = library(IDL);
const method = methodOf(lib);
const ctx = { syntax: "ndr" as const, natives: NATIVES, types: lib.types, interfaceName: () => null };

const PLAIN: StubReading = {
  response: false,
  ndr64: false,
  littleEndian: true,
  whole: true,
  start: 0,
  end: 0,
  outer: null,
};

/** A request of `size` bytes, the first of which is `first`. */
function request(size: number, first: number): Uint8Array {
  const stub = new Uint8Array(8 + size);
  const at = new DataView(stub.buffer);
  at.setInt32(0, size, true);
  at.setInt32(4, size, true);
  stub[8] = first;
  return stub;
}

class Asked {
  readonly seen: SeenStubs;
  reads = 0;

  constructor(seen = new SeenStubs()) {
    this.seen = seen;
  }

  request(stub: Uint8Array, littleEndian = true): DecodedSide {
    return this.seen.of(method, stub, { ...PLAIN, littleEndian, end: stub.length }, () => {
      this.reads++;
      return decodeRequest(method, new Reader(stub, littleEndian), ctx);
    }).side;
  }

  response(stub: Uint8Array, values: DecodedSide["values"] | null): DecodedSide {
    const how = { ...PLAIN, response: true, end: stub.length, outer: values };
    return this.seen.of(method, stub, how, () => {
      this.reads++;
      return decodeResponse(method, new Reader(stub), ctx, values);
    }).side;
  }
}

describe("stubs that come again", () => {
  it("are read no more once they came twice", () => {
    const asked = new Asked();
    const alone = decodeRequest(method, new Reader(request(4, 7)), ctx);
    for (let i = 0; i < 5; i++) assert.deepEqual(asked.request(request(4, 7)), alone);
    assert.equal(asked.reads, 2);
    assert.equal(asked.request(request(4, 7)), asked.request(request(4, 7)));
  });

  it("are others where one byte differs, the byte order, or the method", () => {
    const asked = new Asked();
    const long = request(400, 1);
    for (let i = 0; i < 3; i++) asked.request(long);
    // None of the bytes that a mark is made of.
    const other = long.slice();
    other[30] = 9;
    assert.notDeepEqual(asked.request(other).values, asked.request(long).values);
    assert.notEqual(asked.request(long, false).error, null);
    assert.equal(asked.request(long).error, null);
    const twin = methodOf(library(IDL));
    let read = false;
    asked.seen.of(twin, long, { ...PLAIN, end: long.length }, () => {
      read = true;
      return decodeRequest(twin, new Reader(long), ctx);
    });
    assert.ok(read);
  });

  it("are read anew where what they are held against is of another request", () => {
    const asked = new Asked();
    const stub = new Uint8Array([2, 0, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0]);
    const two = { n: 2 };
    for (let i = 0; i < 4; i++) {
      const { notes } = asked.response(stub, two);
      const others = asked.response(stub, { n: 3 }).notes;
      assert.deepEqual(
        [notes, others].map((list) => list.map((n) => n.code)),
        [asked.response(stub, two).notes.map((n) => n.code), ["size-is-mismatch"]],
      );
      assert.ok(!notes.some((n) => n.code === "size-is-mismatch"));
    }
    const before = asked.reads;
    for (let i = 0; i < 4; i++) asked.response(stub, two);
    assert.equal(asked.reads, before);
  });

  it("are forgotten where there is no room for more", () => {
    const asked = new Asked(new SeenStubs(8 * 1024));
    const every = Array.from({ length: 200 }, (_, i) => request(4, i));
    for (let round = 0; round < 3; round++) for (const stub of every) asked.request(stub);
    assert.equal(asked.reads, 600, "all were forgotten before they came again");
    for (let i = 0; i < 3; i++) asked.request(every[0]!);
    assert.equal(asked.reads, 601);
  });

  it("are not kept where they are long", () => {
    const asked = new Asked();
    for (let i = 0; i < 3; i++) asked.request(request(10_000, 1));
    assert.equal(asked.reads, 3);
  });
});
