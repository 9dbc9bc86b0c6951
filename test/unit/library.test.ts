/** The library as the README shows it: what is wrong with a capture reaches the records, whoever calls. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import {
  Analyzer,
  analyze,
  type Event,
  Frame,
  type FrameSource,
  InputError,
  openInputs,
  type SummaryRecord,
} from "../../src/index.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "raiscope-library-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const pcap = readFileSync(join(ROOT, "captures/xp-collection-walk.pcap"));
const pcapng = readFileSync(join(ROOT, "captures/vista-offer-integrity.pcapng"));

/** The first record whose length is made absurd. */
function damagedPcap(): Buffer {
  const copy = Buffer.from(pcap);
  let at = 24;
  for (let i = 0; i < 10; i++) at += 16 + copy.readUInt32LE(at + 8);
  copy.writeUInt32LE(0x7fffffff, at + 8);
  return copy;
}

/** The README's example, with other files and somebody who listens. */
async function example(files: readonly string[]): Promise<Event[]> {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
  const code = blocks.find((block) => block.includes('from "raiscope"'));
  assert.ok(code);
  assert.ok(code.includes('["offer.pcapng"]') && code.includes("console.log(event)"));
  const program = code
    .replace(/import \{ (.*) \} from "raiscope";/, "const { $1 } = library;")
    .replace('["offer.pcapng"]', "files");
  const AsyncFunction = (async () => {}).constructor as new (
    ...names: string[]
  ) => (library: object, files: readonly string[], console: { log(event: Event): void }) => Promise<void>;
  const events: Event[] = [];
  await new AsyncFunction("library", "files", "console", program)(
    { Analyzer, analyze, Frame, openInputs },
    files,
    {
      log: (event) => events.push(event),
    },
  );
  return events;
}

const summaryOf = (events: readonly Event[]): SummaryRecord => {
  const last = events.at(-1);
  assert.equal(last?.type, "summary");
  return last as SummaryRecord;
};
const codes = (events: readonly Event[]): string[] =>
  events
    .filter((event) => event.type === "note" && event.stream === null)
    .map((event) => (event as { code: string }).code);

describe("the README's example", () => {
  const place = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const cases: [what: string, files: string[], codes: string[]][] = [
    ["a whole file", [place("whole.pcapng", pcapng)], []],
    ["a whole file in gzip", [place("whole.pcap.gz", gzipSync(pcap))], []],
    ["a file without frames", [place("header.pcap", pcap.subarray(0, 24))], []],
    ["a cut pcap", [place("cut.pcap", pcap.subarray(0, pcap.length - 7))], ["capture-cut-short"]],
    ["a cut pcapng", [place("cut.pcapng", pcapng.subarray(0, pcapng.length - 7))], ["capture-cut-short"]],
    ["a cut header", [place("stub.pcap", pcap.subarray(0, 11))], ["capture-cut-short"]],
    ["a cut gzip", [place("cut.pcap.gz", gzipSync(pcap).subarray(0, -40))], ["capture-cut-short"]],
    ["a damaged record", [place("damaged.pcap", damagedPcap())], ["capture-damaged"]],
    [
      "a second input that is missing",
      [place("first.pcap", pcap), join(folder, "missing.pcap")],
      ["input-unreadable"],
    ],
    [
      "a second input that is none",
      [place("one.pcap", pcap), place("two", Buffer.from("hello"))],
      ["not-a-capture"],
    ],
  ];
  for (const [what, files, expected] of cases) {
    test(what, async () => {
      const events = await example(files);
      const { complete, notes } = summaryOf(events);
      assert.deepEqual(codes(events), expected);
      assert.equal(complete, expected.length === 0);
      for (const code of expected) assert.equal(notes[code], 1);
    });
  }

  test("of two captures the cut one is reported before the frames behind it", async () => {
    const whole = join(folder, "later.pcapng");
    copyFileSync(join(ROOT, "captures/vista-offer-integrity.pcapng"), whole);
    const events = await example([join(folder, "cut.pcap"), whole]);
    assert.deepEqual(codes(events), ["capture-cut-short"]);
    assert.equal(summaryOf(events).complete, false);
    const files = new Set(events.map((event) => event.file).filter((file) => file !== null));
    assert.deepEqual([...files].sort(), [join(folder, "cut.pcap"), whole]);
  });

  test("nothing that can be opened is an error", async () => {
    await assert.rejects(example([join(folder, "missing.pcap")]), InputError);
  });
});

test("one name is enough", async () => {
  const events: Event[] = [];
  for await (const event of analyze(join(folder, "whole.pcapng"))) events.push(event);
  assert.equal(summaryOf(events).complete, true);
});

test("a source of one's own: its notes and whether it is whole reach the records, by hand as well", async () => {
  const own = (): FrameSource & { closed: boolean } => {
    let notes = [{ severity: "warning" as const, code: "sensor-restarted", message: "it was off", frame: 0 }];
    return {
      complete: false,
      closed: false,
      next: () => false,
      takeNotes() {
        const taken = notes;
        notes = [];
        return taken;
      },
      async close() {
        this.closed = true;
      },
    };
  };
  const source = own();
  const events: Event[] = [];
  for await (const event of analyze(source)) events.push(event);
  const byHand = [...new Analyzer().finish(own())];
  for (const found of [events, byHand]) {
    assert.deepEqual(
      found.map(({ type }) => type),
      ["note", "summary"],
    );
    assert.equal(summaryOf(found).complete, false);
    assert.equal(summaryOf(found).notes["sensor-restarted"], 1);
  }
  assert.ok(source.closed);
});

test("who stops listening closes the source", async () => {
  const source = await openInputs([join(folder, "whole.pcapng")]);
  let closed = false;
  const close = source.close.bind(source);
  source.close = () => {
    closed = true;
    return close();
  };
  for await (const _ of analyze(source)) break;
  assert.ok(closed);
});
