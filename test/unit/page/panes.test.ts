/** What the panes are drawn from: windows of long lists, folds, lines of bytes, and the ways between fields and bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Folding } from "../../../src/page/panes/folding.js";
import { byteHex, byteText, HexLines, hexOf } from "../../../src/page/panes/hex-lines.js";
import { nodeAt, originOf, originsOf, partsOf } from "../../../src/page/panes/places.js";
import { MAX_HEIGHT, scrollFor, windowOf } from "../../../src/page/panes/window.js";
import type { TreeNode, TreeSource } from "../../../src/view/model.js";
import { sessionOf } from "../../support/page-session.js";

const VIEW = 440;
const ROW = 22;

test("every row of a list can be scrolled to, and is where it is drawn", () => {
  for (const count of [0, 1, 19, 20, 21, 1_000, 699_999, 700_000, 700_001, 1_000_000, 12_345_678]) {
    const shape = { count, row: ROW, view: VIEW };
    assert.ok(windowOf(shape, 0).height <= MAX_HEIGHT);
    assert.equal(windowOf(shape, 0).first, 0);
    assert.equal(windowOf(shape, Number.MAX_SAFE_INTEGER).end, count);
    for (const index of [0, 1, Math.floor(count / 3), count - 2, count - 1]) {
      if (index < 0 || index >= count) continue;
      for (const from of [0, 5_000, MAX_HEIGHT]) {
        const { height } = windowOf(shape, 0);
        const scrolled = scrollFor(shape, Math.min(from, Math.max(0, height - VIEW)), index);
        const { first, end, top } = windowOf(shape, scrolled);
        assert.ok(index >= first && index < end, `${index} of ${count}`);
        const y = top + (index - first) * ROW - scrolled;
        assert.ok(y >= -0.01 && y + ROW <= VIEW + 0.01, `${index} of ${count} is at ${y}`);
        assert.ok(end - first < 60);
        // It is seen: nothing moves.
        assert.equal(scrollFor(shape, scrolled, index), scrolled);
      }
    }
  }
});

function nodes(lines: string): TreeNode[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [, blanks, name, text = ""] = /^( *)([^:]+)(?:: (.*))?$/.exec(line)!;
      const depth = blanks!.length / 2;
      return {
        depth,
        name: name!,
        text,
        note: null,
        source: 0,
        start: 0,
        length: 1,
        kind: "value",
        prefix: false,
      };
    });
}

const CALL = nodes(`
dcerpc: request
  rpc_vers: 5
  pfc_flags: 0x83
    PFC_FIRST_FRAG
  frag_length: 10
  call_id: 7
  opnum: 3
  stub_data
    a: 1
    b
      c: 2
  sec_trailer
    auth_type: 9
dcerpc: response
  call_id: 7
  stub_data
    d: 3
`);

const shown = (folding: Folding, side: "both" | "request" | "response" = "both"): string[] =>
  folding
    .lines(side, false)
    .map(({ node, group, level }) => `${level} ${group ? "header" : CALL[node]!.name}`);

test("a PDU's header and trailer are folded at first, its parameters are seen", () => {
  const folding = new Folding({ nodes: CALL });
  assert.deepEqual(shown(folding), [
    "1 dcerpc",
    "2 header",
    "2 stub_data",
    "3 a",
    "3 b",
    "4 c",
    "2 sec_trailer",
    "1 dcerpc",
    "2 call_id",
    "2 stub_data",
    "3 d",
  ]);
  assert.deepEqual(shown(folding, "response"), ["1 dcerpc", "2 call_id", "2 stub_data", "3 d"]);
  folding.reveal(3);
  assert.deepEqual(shown(folding).slice(0, 6), [
    "1 dcerpc",
    "2 header",
    "3 rpc_vers",
    "3 pfc_flags",
    "4 PFC_FIRST_FRAG",
    "3 frag_length",
  ]);
  folding.setAll(false);
  assert.deepEqual(shown(folding), ["1 dcerpc", "1 dcerpc"]);
  folding.setAll(true);
  assert.equal(shown(folding).length, CALL.length + 1);
  assert.equal(folding.sideOf(9), "request");
  assert.equal(folding.sideOf(16), "response");
  assert.ok(folding.twoSided);
});

const source = (bytes: number[], pieces: TreeSource["pieces"] = [], hidden: number[] = []): TreeSource => ({
  title: `Frame 1 (${bytes.length} bytes)`,
  kind: "pdu",
  label: "A",
  bytes: Uint8Array.from(bytes),
  hidden: hidden.length === 0 ? null : Uint8Array.from(bytes, (_, at) => (hidden.includes(at) ? 1 : 0)),
  pieces,
});

test("bytes stand in lines as -x has them, hidden ones as **", () => {
  const of = source([0x41, 0, 0x7f, 0x20], [], [0]);
  assert.equal(hexOf(of, 0, 9), "** 00 7f 20");
  assert.equal([0, 1, 2, 3].map((at) => byteText(of, at)).join(""), "*.. ");
  assert.equal(byteHex(of, 0), "**");
  const many = Array.from({ length: 10 }, (_, at) => ({
    start: at,
    length: 1,
    from: { frame: at + 1 },
    at: 0,
    sealed: false,
  }));
  const lines = new HexLines([source(Array(40).fill(1)), source([], []), source(Array(33).fill(2), many)]);
  const kinds = Array.from({ length: lines.count }, (_, at) => lines.line(at).kind);
  assert.deepEqual(kinds.slice(0, 7), ["title", "bytes", "bytes", "bytes", "blank", "title", "blank"]);
  assert.deepEqual(kinds.slice(7, 18), ["title", ...Array(8).fill("piece"), "more", "bytes"]);
  assert.equal(lines.lineOf(0, 39), 3);
  assert.equal(lines.lineOf(2, 16), 18);
  assert.deepEqual(lines.line(18), { kind: "bytes", source: 2, at: 16 });
  assert.equal(new HexLines([source([1])], () => false).lineOf(0, 0), -1);
});

test("a byte leads to the frame that brought it, through whatever it was put together from", () => {
  const pieces = (from: number | { frame: number }, at: number, sealed = false) => [
    { start: 0, length: 4, from, at, sealed },
  ];
  const sources = [
    source([1, 2, 3, 4], pieces(1, 2, true)),
    source(Array(8).fill(0), [
      { start: 0, length: 4, from: { frame: 5 }, at: 54, sealed: false },
      { start: 4, length: 4, from: { frame: 6 }, at: 60, sealed: false },
    ]),
  ];
  assert.deepEqual(originOf(sources, 0, 1), { frame: 5, at: 57, sealed: true });
  assert.deepEqual(originOf(sources, 0, 2), { frame: 6, at: 60, sealed: true });
  assert.equal(originOf(sources, 0, 4), null);
  assert.equal(originOf([source([1], pieces(0, 0))], 0, 0), null, "a circle has no end");
  const { runs, more } = originsOf(sources, { source: 0, start: 0, length: 4 }, 3);
  assert.deepEqual(
    runs.map(({ frame, at, length }) => [frame, at, length]),
    [
      [5, 56, 2],
      [6, 60, 2],
    ],
  );
  assert.ok(!more);
  assert.ok(originsOf(sources, { source: 0, start: 0, length: 4 }, 1).more);
});

test("every byte of every field of a capture leads back to it, or to a field within it", async () => {
  const session = await sessionOf("follow-up.pcapng");
  let looked = 0;
  for (let row = 0; row < session.state.rows.count; row++) {
    await session.select(row);
    const { tree, folding } = session.state.subject!;
    for (const [node, { source: of, start, length }] of tree!.nodes.entries()) {
      if (of < 0 || length === 0) continue;
      const found = tree!.nodes[nodeAt(tree!, of, start)]!;
      assert.ok(found.length <= length && start >= found.start && start < found.start + found.length);
      session.selectByte(of, start);
      const { place, cursor, node: selected } = session.state;
      assert.deepEqual([place!.start, place!.length], [found.start, found.length]);
      assert.deepEqual(cursor, { source: of, offset: start });
      assert.ok(folding!.lines("both", false).some((line) => line.node === selected));
      for (const part of partsOf(tree!, node, folding!.end(node))) {
        assert.ok(part.start + part.length <= tree!.sources[part.source]!.bytes.length);
      }
      looked++;
    }
  }
  assert.ok(looked > 1_000);
});
