/** Views of trees: text, hex panes, PDML, JSON. The trees are made by hand, with what a hostile capture could put into them. */
import assert from "node:assert/strict";
import test from "node:test";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { Field, Range, Source, Tree } from "../../../dissectors/wire/trace.js";
import { hexView } from "../../../src/output/hex-view.js";
import { type Paint, plain } from "../../../src/output/paint.js";
import { PDML_END, pdml, pdmlHead } from "../../../src/output/pdml.js";
import { fieldsLine, treeJson } from "../../../src/output/tree-json.js";
import type { ShownTree } from "../../../src/output/tree-text.js";
import { treeView } from "../../../src/output/tree-view.js";
import { width } from "../../../src/output/width.js";

const field = (name: string, value: unknown, range: Range | null, more: Partial<Field> = {}): Field => ({
  name,
  show: null,
  value,
  range,
  children: [],
  note: null,
  ...more,
});
const at = (source: number, start: number, length: number): Range => ({ source, start, length });
const frame = (number: number, bytes: Uint8Array): Source => ({
  name: `Frame ${number}`,
  kind: "frame",
  bytes,
  pieces: [{ start: 0, length: bytes.length, from: { frame: number }, at: 0, sealed: false }],
});
const counting = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => from + i);

/** A PDU in two frames, the first of which holds four bytes of it, with a stub that a key opened. */
function example(): Tree {
  const flags = at(2, 1, 1);
  const bit = (name: string, mask: number, set: boolean): Field =>
    field(name, set, flags, { mask, show: set ? "set" : "not set" });
  const pdu = field("dcerpc", null, at(2, 0, 12), {
    show: "request",
    children: [
      field("PTYPE", 0, at(2, 0, 1), { show: "request" }),
      field("pfc_flags", 5, flags, {
        children: [bit("PFC_FIRST_FRAG", 1, true), bit("PFC_LAST_FRAG", 2, false)],
      }),
      field("frag_length", 12, at(2, 2, 2)),
      field("stub_data", null, at(2, 4, 8), {
        note: "encrypted in the capture",
        children: [
          field("pszName", 'a "quoted" <name> & \u202e\u0007', at(3, 0, 4)),
          field("[0]", 18446744073709551615n, at(3, 4, 2)),
          field("abData", counting(2, 0x47), at(3, 6, 2)),
          field("pNext", null, null, { show: "NULL" }),
        ],
      }),
    ],
  });
  return {
    root: field("call", null, null, { show: "IX.Method, call 1", children: [pdu] }),
    sources: [
      frame(7, counting(20)),
      frame(9, counting(300)),
      {
        name: "Reassembled PDU",
        kind: "pdu",
        bytes: counting(12, 0x30),
        pieces: [
          { start: 0, length: 4, from: 0, at: 16, sealed: false },
          { start: 4, length: 8, from: 1, at: 0x102, sealed: false },
        ],
      },
      {
        name: "Opened stub",
        kind: "opened",
        bytes: counting(8, 0x41),
        pieces: [{ start: 0, length: 8, from: 2, at: 4, sealed: true }],
      },
    ],
  };
}

const view = (tree: ShownTree, columns: number, offsets = true, cut = true, paint: Paint = plain): string =>
  treeView(tree, { columns, cut, paint, full: false, offsets });

test("the tree: names, values and what they mean, bits as tshark draws them, offsets to the right", () => {
  assert.equal(
    view(example(), 72),
    `dcerpc: request                                                C 0000+12
    PTYPE: 0 (request)                                         C 0000+1
    pfc_flags: 0x05                                            C 0001+1
        .... ...1 = PFC_FIRST_FRAG: set                        C 0001+1
        .... ..0. = PFC_LAST_FRAG: not set                     C 0001+1
    frag_length: 12                                            C 0002+2
    stub_data  [encrypted in the capture]                      C 0004+8
        pszName: "a "quoted" <name> & \\u202e\\x07"              D 0000+4
        [0]: 18446744073709551615                              D 0004+2
        abData: 4748                                           D 0006+2
        pNext: NULL
`,
  );
});

test("without offsets there is nothing to the right, and no line is broken where nothing is cut", () => {
  assert.match(view(example(), 72, false), /^ {4}frag_length: 12$/m);
  const long = field("bstr", "x".repeat(150), at(0, 0, 2));
  const tree = { root: field("call", null, null, { children: [long] }), sources: [frame(1, counting(2))] };
  assert.equal(view(tree, 60, true, false).split("\n").length, 2);
  for (const line of view(tree, 60).split("\n")) assert.ok(width(line) <= 60, line);
});

test("a deep tree stays within the columns of a narrow terminal", () => {
  let deep = field("ipid", "00008400-86ac-aa77-a892-fba48660716d", at(0, 0, 16), { show: "IDispatch" });
  for (let level = 0; level < 30; level++) deep = field("pNext", null, at(0, 0, 16), { children: [deep] });
  const tree = { root: field("call", null, null, { children: [deep] }), sources: [frame(1, counting(16))] };
  for (const columns of [40, 80, 120]) {
    for (const line of view(tree, columns).split("\n")) assert.ok(width(line) <= columns, line);
  }
});

test("colour surrounds text, and never changes it", () => {
  const painted = view(example(), 80, true, true, (style, text) => (text === "" ? "" : `{${style}:${text}}`));
  assert.match(painted, /\{title:stub_data\} {2}\{warn:\[encrypted in the capture\]\} +\{dim:C 0004\+8\}/);
  assert.equal(painted.replace(/\{(?:title|warn|dim|name):([^}]*)\}/g, "$1"), view(example(), 80));
});

test("long values are cut, uncut with --full", () => {
  const tree: Tree = {
    root: field("call", null, null, { children: [field("abData", counting(40), at(0, 0, 40))] }),
    sources: [frame(1, counting(40))],
  };
  assert.match(view(tree, 120, false), /abData: 0001[0-9a-f]+1f… \(8 more bytes\)$/m);
  const full = treeView(tree, { columns: 200, cut: true, paint: plain, full: true, offsets: false });
  assert.match(full, /2627$/m);
});

test("the hex panes: a block for each source, and where in the capture it stands", () => {
  const text = hexView(example(), { columns: 80, paint: plain });
  assert.match(
    text,
    /^A {2}Frame 7 \(20 bytes\):\n0000 {2}00 01 02 .* 0e 0f {3}\.{16}\n0010 {2}10 11 12 13 +\.{4}\n/,
  );
  assert.match(
    text,
    /^C {2}Reassembled PDU \(12 bytes\):\n {2}made of A \(Frame 7\) 0010\+4, B \(Frame 9\) 0102\+8\n0000 {2}30 31 32 33 34 35 36 37 38 39 3a 3b {15}0123456789:;$/m,
  );
  assert.match(
    text,
    /^D {2}Opened stub \(8 bytes\):\n {2}made of C \(Reassembled PDU\) 0004\+8, encrypted there$/m,
  );
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
});

test("masked bytes are in no pane, value or document", () => {
  const tree = example();
  const masks = tree.sources.map(({ bytes }) => new Uint8Array(bytes.length));
  masks[3]!.fill(1, 6, 8);
  const shown = { ...tree, masks };
  assert.match(
    hexView(shown, { columns: 80, paint: plain }),
    /0000 {2}41 42 43 44 45 46 \*\* \*\* +ABCDEF\*\*/,
  );
  assert.match(view(shown, 80), /abData: \*{4} /);
  assert.doesNotMatch(
    pdml(shown, () => null),
    /name="raiscope\.dcerpc\.stub_data\.abdata"[^>]* value=/,
  );
  const json = treeJson(shown) as { sources: { bytes: string; hidden?: object[] }[] };
  assert.equal(json.sources[3]!.bytes, "414243444546****");
  assert.deepEqual(json.sources[3]!.hidden, [{ start: 6, length: 2 }]);
});

test("PDML is well-formed whatever the values are, and names the bytes that positions count in", () => {
  const text = pdmlHead('raiscope "x"') + pdml(example(), (number) => `${number}.000000001`) + PDML_END;
  assert.equal(XMLValidator.validate(text), true);
  const { pdml: read } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" }).parse(text);
  const [general, about, dcerpc] = read.packet.proto;
  assert.deepEqual(
    general.field.map(({ name, show }: { name: string; show: string }) => [name, show]),
    [
      ["num", "9"],
      ["len", "300"],
      ["caplen", "300"],
      ["timestamp", "9.000000001"],
    ],
  );
  assert.equal(about.name, "frame");
  assert.equal(dcerpc.name, "raiscope.dcerpc");
  const [source, ptype, flags, length, stub] = dcerpc.field;
  assert.equal(source.show, "Reassembled PDU (12 bytes)");
  assert.deepEqual(
    { ...ptype },
    {
      name: "raiscope.dcerpc.ptype",
      showname: "PTYPE: 0 (request)",
      size: "1",
      pos: "0",
      show: "0",
      value: "30",
    },
  );
  assert.equal(flags.field[1].showname, ".... ..0. = PFC_LAST_FRAG: not set");
  assert.equal(flags.field[0].unmaskedvalue, "31");
  assert.equal(length.show, "12");
  assert.equal(stub.field[0].show, "Opened stub (8 bytes)");
  assert.equal(stub.field[1].show, 'a "quoted" <name> & \\u202e\\x07');
  // An index is no part of a name.
  assert.equal(stub.field[2].name, "raiscope.dcerpc.stub_data");
});

test("JSON: bytes as hex, offsets in numbered sources", () => {
  const json = JSON.parse(JSON.stringify(treeJson(example())));
  const [, , , stub] = json.root.children[0].children;
  assert.deepEqual(stub.children[1], {
    name: "[0]",
    value: "18446744073709551615",
    show: null,
    source: 3,
    start: 4,
    length: 2,
  });
  assert.deepEqual(json.sources[2].pieces[1], { start: 4, length: 8, source: 1, at: 0x102, sealed: false });
  assert.equal(json.sources[3].bytes, "4142434445464748");
});

test("the field dump counts from the first byte of the PDU, also in what was opened", () => {
  const tree = example();
  const pdu = tree.root.children[0]!;
  const line = JSON.parse(fieldsLine({ tree, field: pdu, frame: 9, ordinal: 0, stubStart: 4, joined: null }));
  assert.deepEqual([line.frame, line.k, line.stubStart], [9, 0, 4]);
  assert.deepEqual(line.fields.slice(0, 4), [
    ["PTYPE", 0, 1, "0 (request)", "pdu", 1],
    ["pfc_flags", 1, 1, "0x05", "pdu", 1],
    ["frag_length", 2, 2, "12", "pdu", 1],
    ["stub_data", 4, 8, "", "pdu", 0],
  ]);
  assert.deepEqual(line.fields[6], ["stub_data.abData", 10, 2, "4748", "pdu", 1]);
});

test("a flag of 32 bits keeps them together on a narrow terminal", () => {
  const range = at(0, 0, 4);
  const bit = field("SMB2_FLAGS_SERVER_TO_REDIR", false, range, { mask: 1, show: "not set" });
  const flags = field("Flags", 8, range, { children: [bit] });
  const tree = { root: field("call", null, null, { children: [flags] }), sources: [frame(1, counting(4))] };
  assert.equal(
    view(tree, 70),
    `Flags: 0x00000008                                               0000+4
    .... .... .... .... .... .... .... ...0 =                   0000+4
      SMB2_FLAGS_SERVER_TO_REDIR: not set
`,
  );
});
