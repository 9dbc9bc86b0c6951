/** XXH64 without WebAssembly says what xxhash-wasm says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import reference from "xxhash-wasm";
import load from "../../../src/capture/xxh64.js";

test("the same checksums, however the bytes come in pieces", async () => {
  const [{ create64 }, wasm] = await Promise.all([load(), reference()]);
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 }), (pieces) => {
      const own = create64();
      const other = wasm.create64();
      for (const piece of pieces) {
        own.update(piece);
        other.update(piece);
        assert.equal(own.digest(), other.digest());
      }
    }),
    { numRuns: 300 },
  );
  const large = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * i) >> 3);
  assert.equal(create64().update(large).digest(), wasm.create64().update(large).digest());
});
