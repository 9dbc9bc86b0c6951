/** What is asked of a capture that is open: trees and frames as the command shows them, filters, searches, objects. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { visible } from "../../../src/output/visible.js";
import type { FindQuery, Hit, NodeTree, ShownFrame } from "../../../src/view/model.js";
import { Inputs } from "../../../src/worker/inputs.js";
import { Run } from "../../../src/worker/run.js";
import { showFrame } from "../../../src/worker/show-frame.js";
import { Turns } from "../../../src/worker/turns.js";
import { CAPTURES, captureNames } from "../../support/golden.js";
import { PROGRAM } from "../../support/program.js";
import { fileNamed, type Opened, openSession, wholeTrees } from "../../support/session.js";

function printed(...args: string[]): string {
  return execFileSync(process.execPath, [PROGRAM, ...args, "-q"], { encoding: "utf8", maxBuffer: 1 << 28 });
}

const opened = (name: string): Promise<Opened> => openSession([fileNamed(join(CAPTURES, name))]);

/** The lines of -V, without what they are indented by. */
function linesOf({ nodes, note }: NodeTree): string[] {
  const lines: string[] = [];
  let hidden = Number.POSITIVE_INFINITY;
  for (const { depth, name, text, note: of, prefix } of nodes) {
    if (depth > hidden) continue;
    hidden = prefix ? depth : Number.POSITIVE_INFINITY;
    if (prefix) continue;
    const said = text === "" ? "" : `: ${visible(text)}`;
    lines.push(`${visible(name)}${said}${of === null ? "" : `  [${visible(of)}]`}`);
  }
  return note === null ? lines : [...lines, `[${visible(note)}]`];
}

/** The blocks that are printed of one kind, each without its heading. */
function blocksOf(text: string, kind: string): string[][] {
  const blocks: string[][] = [];
  let open: string[] | null = null;
  for (const line of text.split("\n")) {
    const heading = /^(call|association|frame) \S+(?: \d+)? {2}\d/.exec(line);
    if (heading !== null) {
      open = heading[1] === kind ? [] : null;
      if (open !== null) blocks.push(open);
    } else if (line !== "") open?.push(line.trimStart());
  }
  return blocks;
}

describe("trees are those that the command prints", () => {
  for (const name of captureNames()) {
    test(name, async () => {
      const { session, rows } = await opened(name);
      const blocks = blocksOf(printed(join(CAPTURES, name), "-V"), "call");
      assert.equal(blocks.length, rows.count);
      for (const [row, lines] of blocks.entries()) {
        const { tree } = await session.show(row);
        assert.deepEqual(linesOf(tree!), lines, `row ${row}`);
      }
    });
  }
});

describe("a frame", () => {
  const frameOf = async (name: string, frame: number): Promise<ShownFrame> => {
    const run = new Run(new Inputs([fileNamed(join(CAPTURES, name))]), shippedInterfaces(), null);
    return showFrame(run, frame, new Turns());
  };
  for (const [name, step] of [
    ["datagrams.pcap", 6],
    ["pipes.pcapng", 31],
    ["fragmented-interleaved.pcap", 19],
    ["two-experts.pcapng", 43],
  ] as const) {
    test(`${name}: as the command prints it, read alone as well as in a whole run`, async () => {
      const { session, summary } = await opened(name);
      const records = (await wholeTrees({ inputs: [fileNamed(join(CAPTURES, name))] })).map(
        ({ record }) => record,
      );
      for (let frame = 1; frame <= summary!.frames; frame += step) {
        const shown = await session.frame(frame);
        const [lines] = blocksOf(
          printed("show", join(CAPTURES, name), "--frame", String(frame), "-V"),
          "frame",
        );
        assert.deepEqual(linesOf(shown.tree), lines, `frame ${frame}`);
        assert.deepEqual(shown.tree, (await frameOf(name, frame)).tree, `frame ${frame}`);
        const named = records.flatMap(({ frames: { request, response } }, row) =>
          [...request, ...response].includes(frame) ? [row] : [],
        );
        // What only acknowledges a call is of it as well.
        for (const row of named) assert.ok(shown.rows.includes(row), `row ${row} of frame ${frame}`);
      }
      assert.equal(session.passes, 0);
    });
  }

  test("that is not there is a sentence", async () => {
    const { session } = await opened("datagrams.pcap");
    await assert.rejects(session.frame(9_999), /there is no frame 9999/);
  });
});

describe("filters", () => {
  for (const expression of [
    'status == "ok"',
    'server.port == 135 || interface.name == "IRASrv"',
    "size(frames.request) > 1",
    'call.matches("Rem.*") || method.contains("Get")',
    "duration_us > 400.0",
  ]) {
    test(expression, async (t) => {
      const { session } = await opened("two-experts.pcapng");
      const path = join(CAPTURES, "two-experts.pcapng");
      const { rows, ids } = await rowsAndIds(session);
      let expected: string[];
      try {
        const lines = printed("-T", "ndjson", "-Y", expression, path).split("\n").filter(Boolean);
        expected = lines.map((line) => (JSON.parse(line) as CallRecord).id!);
      } catch {
        t.diagnostic("the command refuses it");
        await assert.rejects(session.filter(expression));
        return;
      }
      const found = await session.filter(expression);
      assert.deepEqual(
        [...found].map((row) => ids[row]),
        expected,
      );
      assert.ok(rows > 0);
    });
  }

  test("what is wrong with one is said, with its place", async () => {
    const { session } = await opened("two-experts.pcapng");
    await assert.rejects(session.filter("status == "), (error: Error) => {
      assert.match(error.message, /\n.*\^/);
      return true;
    });
    await assert.rejects(session.filter(""), /empty/);
  });

  async function rowsAndIds(session: Opened["session"]): Promise<{ rows: number; ids: string[] }> {
    const ids: string[] = [];
    for (let row = 0; ; row++) {
      try {
        ids.push((JSON.parse(await session.json(row)) as CallRecord).id!);
      } catch {
        return { rows: row, ids };
      }
    }
  }
});

describe("searches", () => {
  const found = async ({ session }: Opened, query: FindQuery): Promise<Hit[]> => {
    const hits: Hit[] = [];
    await session.find(query, (some) => hits.push(...some));
    return hits;
  };
  const trees = wholeTrees({ inputs: [fileNamed(join(CAPTURES, "pipes.pcapng"))] }, true);

  for (const text of ["samr", "STATUS_SUCCESS", "first_frag", "no such text", "\\"]) {
    test(`text in trees: ${text}`, async () => {
      const expected = (await trees).flatMap(({ tree }, row) =>
        (tree?.nodes ?? []).flatMap((one, node) =>
          [one.name, one.text, one.note ?? ""].some((of) => of.toLowerCase().includes(text.toLowerCase()))
            ? [{ row, node }]
            : [],
        ),
      );
      assert.deepEqual(await found(await opened("pipes.pcapng"), { text, as: "text", in: "tree" }), expected);
    });
  }

  test("a regular expression in trees", async () => {
    const expected = (await trees).flatMap(({ tree }, row) =>
      (tree?.nodes ?? []).flatMap((one, node) =>
        [one.name, one.text, one.note ?? ""].some((of) => /^opnum$|handle\[\d/.test(of))
          ? [{ row, node }]
          : [],
      ),
    );
    const hits = await found(await opened("pipes.pcapng"), {
      text: "^opnum$|handle\\[\\d",
      as: "regex",
      in: "tree",
    });
    assert.ok(hits.length > 0);
    assert.deepEqual(hits, expected);
  });

  /** Every place of the needle that is not within the one before. */
  const places = (bytes: Uint8Array, needle: Uint8Array): number[] => {
    const at: number[] = [];
    for (let i = 0; i + needle.length <= bytes.length; ) {
      if (needle.every((byte, k) => bytes[i + k] === byte)) {
        at.push(i);
        i += needle.length;
      } else i++;
    }
    return at;
  };

  for (const hex of ["05 00 00 03", "0x10000000", "ffffffffffffff"]) {
    test(`hex in bytes: ${hex}`, async () => {
      const needle = Buffer.from(hex.replace(/^0x|\s/g, ""), "hex");
      const expected = (await trees).flatMap(({ tree }, row) =>
        (tree?.sources ?? []).flatMap(({ bytes }, source) =>
          places(bytes, needle).map((start) => ({ row, bytes: { source, start, length: needle.length } })),
        ),
      );
      assert.deepEqual(
        await found(await opened("pipes.pcapng"), { text: hex, as: "hex", in: "bytes" }),
        expected,
      );
    });
  }

  test("text in bytes is found in either spelling, whatever its case", async () => {
    const hits = await found(await opened("pipes.pcapng"), { text: "REPAIR.exe", as: "text", in: "bytes" });
    const all = await trees;
    assert.ok(hits.length > 0);
    for (const { row, bytes } of hits) {
      const source = all[row]!.tree!.sources[bytes!.source]!.bytes;
      const here = Buffer.from(source.subarray(bytes!.start, bytes!.start + bytes!.length));
      const read = [here.toString("latin1"), here.toString("utf16le")].map((one) => one.toLowerCase());
      assert.ok(read.includes("repair.exe"), `row ${row}: ${here.toString("hex")}`);
    }
    const naive = all.flatMap(({ tree }, row) =>
      (tree?.sources ?? []).flatMap(({ bytes }, source) => {
        const text = Buffer.from(bytes).toString("latin1").toLowerCase();
        const wide = Buffer.from("repair.exe", "utf16le").toString("latin1");
        return text.includes("repair.exe") || text.includes(wide) ? [`${row}/${source}`] : [];
      }),
    );
    assert.deepEqual(new Set(hits.map(({ row, bytes }) => `${row}/${bytes!.source}`)), new Set(naive));
  });

  test("there may be too many", async () => {
    const bytes = readFileSync(join(CAPTURES, "pipes.pcapng"));
    const all = await openSession([{ name: "many", data: Buffer.concat(Array(12).fill(bytes)) }]);
    const hits: Hit[] = [];
    const { cut } = await all.session.find({ text: "e", as: "text", in: "tree" }, (some) =>
      hits.push(...some),
    );
    assert.equal(cut, true);
    assert.equal(hits.length, 10_000);
  });

  test("what is wrong with a query is a sentence", async () => {
    const { session } = await opened("datagrams.pcap");
    const find = (query: FindQuery) => session.find(query, () => {});
    await assert.rejects(find({ text: "", as: "text", in: "tree" }), /nothing to search for/);
    await assert.rejects(find({ text: "abc", as: "hex", in: "bytes" }), /two hex digits/);
    await assert.rejects(find({ text: "xyz", as: "hex", in: "bytes" }), /no hex digits|not hex digits/);
    await assert.rejects(find({ text: "(a", as: "regex", in: "tree" }), /no regular expression/);
  });

  test("another search, or being told to, ends one", async () => {
    const { session } = await opened("pipes.pcapng");
    const query: FindQuery = { text: "samr", as: "text", in: "tree" };
    const first = session.find(query, () => {});
    const second = session.find(query, () => {});
    await assert.rejects(first, /ended/);
    await second;
    const third = session.find(query, () => {});
    session.cancel();
    await assert.rejects(third, /ended/);
  });
});

test("objects: where each came from, and the calls on it", async () => {
  const path = join(CAPTURES, "invoke.pcapng");
  const { session, rows } = await opened("invoke.pcapng");
  const { machines } = JSON.parse(printed("objects", "-T", "json", path)) as {
    machines: {
      exporters: {
        oxid: string | null;
        objects: { oid: string | null; interfaces: { ipid: string; first_frame: number }[] }[];
      }[];
    }[];
  };
  const exporters = machines.flatMap((machine) => machine.exporters);
  assert.ok(exporters.length > 0);
  const callsOn = (ipids: readonly string[]): number[] =>
    Array.from({ length: rows.count }, (_, row) => row).filter((row) =>
      ipids.includes(rows.text("object", row)),
    );
  for (const { oxid, objects } of exporters) {
    const all = objects.flatMap(({ interfaces }) => interfaces.map(({ ipid }) => ipid));
    if (oxid !== null) assert.deepEqual((await session.object(oxid)).rows, callsOn(all));
    for (const { oid, interfaces } of objects) {
      for (const { ipid, first_frame } of interfaces) {
        const story = await session.object(`{${ipid.toUpperCase()}}`);
        assert.equal(story.kind, "ipid");
        assert.equal(story.born?.frame, first_frame);
        assert.deepEqual(story.rows, callsOn([ipid]));
        if (story.born!.row === null) continue;
        const { frames } = (await session.show(story.born!.row)).record;
        assert.ok([frames.request[0], frames.response[0]].includes(first_frame));
      }
      if (oid === null) continue;
      const story = await session.object(oid);
      assert.equal(story.kind, "oid");
      assert.deepEqual(story.rows, callsOn(interfaces.map(({ ipid }) => ipid)));
    }
  }
  await assert.rejects(session.object("01020304-0000-0000-0000-000000000000"), /nothing was captured of/);
});

test("a reading that is ended tells what was found by then", async () => {
  const bytes = readFileSync(join(CAPTURES, "two-experts.pcapng"));
  const data = Buffer.concat(Array(300).fill(bytes));
  const { summary, rows, news } = await openSession([{ name: "long.pcapng", data }], {}, undefined, {
    news: (told, session) => {
      if (told.rows !== undefined) session.cancel();
    },
  });
  assert.equal(summary?.ended, "signal");
  assert.equal(summary?.complete, false);
  assert.ok(rows.count > 0 && rows.count < 300 * 31);
  assert.equal(news.at(-1)?.done, true);
});

test("another capture is opened in the place of one that is still read", async () => {
  const bytes = readFileSync(join(CAPTURES, "two-experts.pcapng"));
  const long = [{ name: "long.pcapng", data: Buffer.concat(Array(300).fill(bytes)) }];
  let second: Promise<Opened> | null = null;
  const first = await openSession(long, {}, undefined, {
    news: (_, session) => {
      second ??= openSession([fileNamed(join(CAPTURES, "datagrams.pcap"))], {}, session);
    },
  });
  assert.equal(first.news.at(-1)?.done, undefined);
  const { rows, session } = await second!;
  assert.equal(rows.count, 7);
  assert.equal((await session.show(0)).record.method, "ept_map");
});
