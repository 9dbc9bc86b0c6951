/** Random types with random values, encoded by the encoder of these tests, come back equal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ArrayType, BaseName, EnumType, NdrType, UnionType } from "../../../dissectors/ndr/types.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { encodeParameter, type Options, Out, tagValue } from "../../support/ndr/encode.js";
import { array, base, context, decodeValue, n, ptr } from "../../support/ndr/types.js";
import { volume } from "../../support/volume.js";

// biome-ignore lint/suspicious/noExplicitAny: values of any shape
type Any = any;
interface Sample {
  type: NdrType;
  value: Any;
}

const RANGES: { [K in BaseName]?: [bigint, bigint] } = {
  byte: [0n, 255n],
  uint8: [0n, 255n],
  int8: [-128n, 127n],
  int16: [-32768n, 32767n],
  uint16: [0n, 65535n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
};

function baseValue(b: BaseName): fc.Arbitrary<Any> {
  const range = RANGES[b];
  if (range !== undefined) return fc.bigInt(range[0], range[1]).map(Number);
  switch (b) {
    case "boolean":
      return fc.boolean();
    case "char":
      return fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c));
    case "wchar":
      return codeUnit(0).map((c) => String.fromCharCode(c));
    case "int64":
      return fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String);
    case "uint64":
      return fc.bigInt(0n, 2n ** 64n - 1n).map(String);
    case "error_status":
      return fc.bigInt(0n, 2n ** 32n - 1n).map((v) => `0x${v.toString(16).padStart(8, "0")}`);
    case "float":
      return fc.float({ noNaN: true, noDefaultInfinity: true });
    case "double":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    default:
      return fc.bigInt(0n, 2n ** 31n - 1n).map(Number);
  }
}

/** A code unit that is a character by itself: halves of pairs are shown as another one. */
function codeUnit(min: number): fc.Arbitrary<number> {
  return fc.integer({ min, max: 0xffff }).filter((c) => c < 0xd800 || c > 0xdfff);
}

/** int3264 is a number in NDR and a decimal string in NDR64, so it is left to its own test. */
const BASES: BaseName[] = [
  "boolean",
  "byte",
  "char",
  "wchar",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float",
  "double",
  "error_status",
];

const text = fc.string({
  unit: codeUnit(1).map((c) => String.fromCharCode(c)),
  maxLength: 6,
});
const ascii = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((c) => String.fromCharCode(c)),
  maxLength: 6,
});

const aBase: fc.Arbitrary<Sample> = fc
  .constantFrom(...BASES)
  .chain((b) => baseValue(b).map((value) => ({ type: base(b), value })));

const anEnum: fc.Arbitrary<Sample> = fc
  .record({ v1: fc.boolean(), value: fc.integer({ min: 0, max: 5 }) })
  .map(({ v1, value }) => {
    const type: EnumType = {
      kind: "enum",
      v1,
      members: new Map([
        [0, "zero"],
        [1, "one"],
        [4, "four"],
      ]),
    };
    return { type, value: { value, name: type.members.get(value) ?? null } };
  });

const aHandle: fc.Arbitrary<Sample> = fc
  .record({ attributes: fc.nat(), uuid: fc.uuid() })
  .map(({ attributes, uuid }) => ({ type: { kind: "context_handle" }, value: { attributes, uuid } }));

function aString(conformant: boolean): fc.Arbitrary<Sample> {
  return fc.boolean().chain((wide) =>
    (wide ? text : ascii).map((value) => {
      const length = conformant ? null : n(16);
      const type: ArrayType = array(base(wide ? "wchar" : "char"), {
        length,
        conformant,
        varying: true,
        string: true,
      });
      return { type, value };
    }),
  );
}

function anArray(depth: number, conformant: boolean): fc.Arbitrary<Sample> {
  return fc
    .record({ varying: fc.boolean(), dims: fc.integer({ min: 1, max: 3 }) })
    .chain(({ varying, dims }) =>
      fc
        .record({
          shape: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: dims, maxLength: dims }),
          element: element(depth),
        })
        .map(({ shape, element: e }) => {
          let type: NdrType = e.type;
          let value: Any = e.value;
          for (let i = dims - 1; i >= 0; i--) {
            const size = shape[i]!;
            const inner = type;
            const outermost = i === 0 && conformant;
            const length = outermost ? null : n(varying ? 4 : size);
            type = array(inner, { length, conformant: outermost, varying });
            value = flatten(
              inner,
              Array.from({ length: size }, () => value),
            );
          }
          return { type, value };
        }),
    );
}

/** Bytes are shown as hex and wide characters as text. */
function flatten(element: NdrType, list: Any[]): Any {
  if (element.kind !== "base") return list;
  if (element.base === "wchar") return list.join("");
  if (element.base === "char") return list.map((c) => hex2(c.charCodeAt(0))).join("");
  if (element.base === "byte" || element.base === "uint8") return list.map((b) => hex2(b)).join("");
  return list;
}

const hex2 = (v: number): string => v.toString(16).padStart(2, "0");

/** Trailing NULs of text are not shown: characters of arrays are not NUL. */
function element(depth: number): fc.Arbitrary<Sample> {
  return inline(depth).filter(
    (s) => !(s.type.kind === "base" && s.type.base === "wchar" && s.value === "\0"),
  );
}

function aStruct(depth: number, last: fc.Arbitrary<Sample> | null): fc.Arbitrary<Sample> {
  return fc
    .record({
      fields: fc.array(inline(depth), { minLength: last === null ? 1 : 0, maxLength: 4 }),
      tail: last ?? fc.constant(null),
    })
    .map(({ fields, tail }) => {
      const all = tail === null ? fields : [...fields, tail];
      return {
        type: { kind: "struct" as const, fields: all.map((s, i) => ({ name: `f${i}`, type: s.type })) },
        value: Object.fromEntries(all.map((s, i) => [`f${i}`, s.value])),
      };
    });
}

function aUnion(depth: number): fc.Arbitrary<Sample> {
  const discriminants: fc.Arbitrary<NdrType> = fc.constantFrom<NdrType>(
    base("int32"),
    base("uint16"),
    base("uint8"),
    base("char"),
    { kind: "enum", v1: false, members: new Map([[1, "one"]]) },
  );
  return fc
    .record({
      discriminant: discriminants,
      arms: fc.array(inline(depth), { minLength: 1, maxLength: 3 }),
      empty: fc.boolean(),
      encapsulated: fc.boolean(),
      msUnion: fc.boolean(),
      live: fc.nat(),
    })
    .map(({ discriminant, arms, empty, encapsulated, msUnion, live }) => {
      const type: UnionType = {
        kind: "union",
        discriminant,
        msUnion,
        arms: arms.map((a, i) => ({
          cases: [n(i + 1)],
          isDefault: false,
          field: { name: `a${i}`, type: a.type },
        })),
      };
      if (empty) type.arms.push({ cases: [], isDefault: true, field: null });
      const at = live % type.arms.length;
      const arm = type.arms[at]!;
      const shown = arm.field === null ? null : { [arm.field.name]: arms[at]!.value };
      if (!encapsulated) return { type, value: shown };
      type.encapsulated = { discriminantName: "tag", unionName: "u" };
      const tag = arm.cases[0]?.op === "const" ? arm.cases[0].value : 99n;
      return { type, value: { tag: tagValue(type, tag), u: shown } };
    });
}

function aPointer(depth: number): fc.Arbitrary<Sample> {
  return fc
    .record({
      kind: fc.constantFrom("unique" as const, "ref" as const, "full" as const),
      target: whole(depth),
      none: fc.boolean(),
    })
    .map(({ kind, target, none }) => ({
      type: ptr(target.type, kind),
      value: none && kind !== "ref" ? null : target.value,
    }));
}

/** Types that may stand inside of others. */
function inline(depth: number): fc.Arbitrary<Sample> {
  if (depth <= 0) return fc.oneof(aBase, anEnum, aHandle);
  return fc.oneof(
    aBase,
    anEnum,
    anArray(depth - 1, false),
    aString(false),
    aStruct(depth - 1, null),
    aUnion(depth - 1),
    aPointer(depth - 1),
  );
}

/** Types at the top level or behind a pointer, which may be conformant. */
function whole(depth: number): fc.Arbitrary<Sample> {
  if (depth <= 0) return fc.oneof(inline(0), aString(true));
  return fc.oneof(
    inline(depth),
    anArray(depth - 1, true),
    aString(true),
    aStruct(
      depth - 1,
      fc.oneof(anArray(depth - 1, true), aString(true), aStruct(depth - 1, anArray(depth - 1, true))),
    ),
  );
}

const options: Options[] = [
  { syntax: "ndr", littleEndian: true },
  { syntax: "ndr", littleEndian: false },
  { syntax: "ndr64", littleEndian: true },
  { syntax: "ndr64", littleEndian: false },
];

for (const o of options) {
  test(`random values come back equal: ${o.syntax}, ${o.littleEndian ? "little" : "big"}-endian`, () => {
    fc.assert(
      fc.property(whole(3), ({ type, value }) => {
        const out = new Out(o);
        encodeParameter(out, type, value);
        const bytes = out.bytes();
        const side = decodeValue(type, new Reader(bytes, o.littleEndian), context(o.syntax));
        assert.equal(side.error, null, `${side.error?.path}: ${side.error?.message}`);
        assert.deepEqual(side.values.value, value);
        assert.equal(side.left, 0);
        assert.deepEqual(side.notes, []);
      }),
      { numRuns: 600 },
    );
  });
}

test("a stub cut at any byte, or with any byte changed, never throws and keeps what came before", () => {
  fc.assert(
    fc.property(
      whole(2),
      fc.constantFrom(...options),
      fc.nat(),
      fc.nat(),
      ({ type, value }, o, where, flip) => {
        const out = new Out(o);
        encodeParameter(out, type, value);
        const bytes = out.bytes();
        for (let cut = 0; cut < bytes.length; cut++) {
          const side = decodeValue(
            type,
            new Reader(bytes.subarray(0, cut), o.littleEndian),
            context(o.syntax),
          );
          if (side.error === null) {
            // Senders do and do not align an array without elements: what is cut may fit the other way.
            const both = /\[\]|""/.test(JSON.stringify(value));
            assert.ok(both || bytes.length - cut < 8, "only padding may be missing without an error");
          } else assert.equal(side.error.kind, "incomplete");
          JSON.stringify(side.values);
        }
        if (bytes.length === 0) return;
        const changed = bytes.slice();
        changed[where % bytes.length] = (changed[where % bytes.length]! ^ (1 << (flip % 8))) & 0xff;
        JSON.stringify(decodeValue(type, new Reader(changed, o.littleEndian), context(o.syntax)).values);
      },
    ),
    { numRuns: volume(300, 80) },
  );
});
