/** One rule of NDR in a few lines of IDL, with the bytes that it makes in both transfer syntaxes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readIdl } from "../../../dissectors/idl/reader.js";
import { NATIVES } from "../../../dissectors/natives/table.js";
import { decodeRequest, decodeResponse } from "../../../dissectors/ndr/decode.js";
import type { Syntax } from "../../../dissectors/ndr/decode-state.js";
import type { DecodedSide, Value } from "../../../dissectors/ndr/decoded.js";
import type { Library, Method } from "../../../dissectors/ndr/types.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { parseBytes } from "./parse-bytes.js";

export function library(idl: string): Library {
  const header = "[uuid(11111111-2222-3333-4444-555555555555), version(1.0), pointer_default(unique)]";
  const text = idl.includes("interface ") ? idl : `${header} interface t { ${idl} }`;
  const { library: made, problems } = readIdl([{ name: "t.idl", text }], () => null);
  assert.deepEqual(
    problems.filter((p) => p.severity === "error"),
    [],
  );
  return made;
}

/** The one method of the interface. */
export function methodOf(lib: Library): Method {
  return lib.interfaces.at(-1)!.methods.find((m) => m !== undefined && !m.notOnWire)!;
}

export interface Rule {
  /** Declarations and one method `m`. */
  idl: string;
  ndr: string;
  ndr64: string;
  values: { [name: string]: Value };
  returned?: Value;
  /** Codes of the notes. */
  notes?: string[];
  /** Path and kind of the error. */
  error?: [path: string, kind: string];
  left?: number;
  /** The bytes are the response's, these the values of its request. */
  response?: { [name: string]: Value };
}

export function decodeWith(
  lib: Library,
  bytes: Uint8Array,
  syntax: Syntax,
  littleEndian: boolean,
  request: { [name: string]: Value } | null = null,
): DecodedSide {
  const method = methodOf(lib);
  const ctx = { syntax, natives: NATIVES, types: lib.types, interfaceName: () => null };
  const reader = new Reader(bytes, littleEndian);
  return request === null ? decodeRequest(method, reader, ctx) : decodeResponse(method, reader, ctx, request);
}

/** Tests the rule in both transfer syntaxes and both byte orders. */
export function rule(name: string, r: Rule): void {
  test(name, () => {
    const lib = library(r.idl);
    for (const syntax of ["ndr", "ndr64"] as const) {
      for (const littleEndian of [true, false]) {
        const where = `${syntax}, ${littleEndian ? "little" : "big"}-endian`;
        const bytes = parseBytes(r[syntax], littleEndian);
        const side = decodeWith(lib, bytes, syntax, littleEndian, r.response ?? null);
        const fault = side.error === null ? null : [side.error.path, side.error.kind];
        assert.deepEqual(fault, r.error ?? null, `${where}: ${side.error?.path} ${side.error?.message}`);
        // Members that were never read are absent.
        assert.deepEqual(JSON.parse(JSON.stringify(side.values)), r.values, where);
        assert.deepEqual(side.returned, r.returned, where);
        assert.deepEqual(
          side.notes.map((n) => n.code),
          r.notes ?? [],
          where,
        );
        assert.equal(side.left, r.left ?? 0, where);
      }
    }
  });
}
