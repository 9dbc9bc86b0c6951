/** Random VARIANTs, written by the lab's marshaller (which knows nothing of the decoder), come back equal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Encoding, LITTLE, NDR64, Ndr } from "../../lab/ndr.js";
import { saidVariant, type Variant, variant } from "../../lab/oaut.js";
import { clean, decode } from "../../support/oaut/values.js";

const text = fc.option(
  fc.string({
    unit: fc
      .integer({ min: 0, max: 0xffff })
      .filter((c) => c < 0xd800 || c > 0xdfff)
      .map((c) => String.fromCharCode(c)),
    maxLength: 8,
  }),
);
const byref = fc.boolean();
const int = (bits: number, signed: boolean): fc.Arbitrary<number> =>
  signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 });

const reference = fc.option(
  fc.record(
    {
      iid: fc.uuid(),
      flags: fc.nat(),
      publicRefs: fc.nat(),
      oxid: fc.bigInt(0n, 2n ** 64n - 1n),
      oid: fc.bigInt(0n, 2n ** 64n - 1n),
      ipid: fc.uuid(),
      bindings: fc.constant({ strings: [{ tower: 7, address: "10.0.0.1" }], security: [] }),
    },
    { noNullPrototype: true },
  ),
);

function scalar(vt: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Variant> {
  return fc.record({ vt: fc.constant(vt), value, byref }, { noNullPrototype: true }) as fc.Arbitrary<Variant>;
}

const simple: fc.Arbitrary<Variant> = fc.oneof(
  fc.constantFrom<Variant>({ vt: "VT_EMPTY" }, { vt: "VT_NULL" }),
  scalar("VT_I1", int(8, true)),
  scalar("VT_UI1", int(8, false)),
  scalar("VT_I2", int(16, true)),
  scalar("VT_UI2", int(16, false)),
  scalar("VT_I4", int(32, true)),
  scalar("VT_UI4", int(32, false)),
  scalar("VT_INT", int(32, true)),
  scalar("VT_UINT", int(32, false)),
  scalar("VT_ERROR", int(32, false)),
  scalar("VT_BOOL", fc.constantFrom(0, 0xffff)),
  scalar("VT_R4", fc.float({ noNaN: true, noDefaultInfinity: true })),
  scalar("VT_R8", fc.double({ noNaN: true, noDefaultInfinity: true })),
  scalar("VT_DATE", fc.double({ noNaN: true, noDefaultInfinity: true })),
  scalar("VT_I8", fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  scalar("VT_UI8", fc.bigInt(0n, 2n ** 64n - 1n)),
  scalar("VT_CY", fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  scalar("VT_BSTR", text),
  scalar("VT_DISPATCH", reference),
  scalar("VT_UNKNOWN", reference),
  scalar(
    "VT_DECIMAL",
    fc.record(
      {
        negative: fc.boolean(),
        scale: fc.integer({ min: 0, max: 28 }),
        hi: int(32, false),
        lo: fc.bigInt(0n, 2n ** 64n - 1n),
      },
      { noNullPrototype: true },
    ),
  ),
);

const bounds = fc.array(
  fc.record(
    { elements: fc.integer({ min: 1, max: 3 }), lower: fc.integer({ min: -5, max: 5 }) },
    { noNullPrototype: true },
  ),
  { minLength: 1, maxLength: 3 },
);

function elements(depth: number): fc.Arbitrary<{ vt: string; one: fc.Arbitrary<unknown> }> {
  return fc.constantFrom(
    { vt: "VT_BSTR", one: text },
    { vt: "VT_VARIANT", one: anyVariant(depth) },
    { vt: "VT_DISPATCH", one: reference },
    { vt: "VT_UI1", one: int(8, false) },
    { vt: "VT_I2", one: int(16, true) },
    { vt: "VT_BOOL", one: fc.constantFrom(0, 0xffff) },
    { vt: "VT_I4", one: int(32, true) },
    { vt: "VT_I8", one: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) },
    { vt: "VT_R8", one: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  );
}

function anArray(depth: number): fc.Arbitrary<Variant> {
  return fc.tuple(elements(depth), bounds, byref).chain(([e, b, by]) => {
    const n = b.reduce((product, x) => product * x.elements, 1);
    return fc
      .array(e.one, { minLength: n, maxLength: n })
      .map((values) => ({ vt: "VT_ARRAY", value: { vt: e.vt, bounds: b, values }, byref: by }) as Variant);
  });
}

function anyVariant(depth: number): fc.Arbitrary<Variant> {
  if (depth <= 0) return simple;
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    { weight: 2, arbitrary: anArray(depth - 1) },
    { weight: 1, arbitrary: anyVariant(depth - 1).map((value) => ({ vt: "VT_VARIANT", value }) as Variant) },
  );
}

const BIG: Encoding = { little: false, ndr64: false };

const encodings: [string, Encoding][] = [
  ["NDR, little-endian", LITTLE],
  ["NDR, big-endian", BIG],
  ["NDR64", NDR64],
];

/** Without what the lab's own table of interfaces names, and without the flags, which it does not say. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (k, x) => (k === "interface" || k === "flags" ? undefined : x)));

for (const [name, encoding] of encodings) {
  test(`random VARIANTs come back equal: ${name}`, () => {
    fc.assert(
      fc.property(anyVariant(2), (v) => {
        const ndr = new Ndr(encoding);
        ndr.param(() => variant(ndr, v));
        const side = decode("VARIANT", ndr.done(), encoding.ndr64 ? "ndr64" : "ndr", encoding.little);
        assert.deepEqual(plain(clean(side)), plain(saidVariant(v)));
      }),
      { numRuns: 400 },
    );
  });
}

test("VARIANTs cut at any byte, or with any byte changed, never throw", () => {
  fc.assert(
    fc.property(
      anyVariant(2),
      fc.constantFrom(...encodings),
      fc.nat(),
      fc.nat(),
      (v, [, encoding], where, flip) => {
        const ndr = new Ndr(encoding);
        ndr.param(() => variant(ndr, v));
        const bytes = ndr.done();
        const syntax = encoding.ndr64 ? "ndr64" : "ndr";
        for (let cut = 0; cut < bytes.length; cut++) {
          JSON.stringify(decode("VARIANT", bytes.subarray(0, cut), syntax, encoding.little).values);
        }
        const changed = bytes.slice();
        const at = where % bytes.length;
        changed[at] = changed[at]! ^ (1 << (flip % 8));
        JSON.stringify(decode("VARIANT", changed, syntax, encoding.little).values);
      },
    ),
    { numRuns: 150 },
  );
});
