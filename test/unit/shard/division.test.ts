/** Several who read one capture, each a part of its conversations: what comes out of all of them is what one would see. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { newIpResult } from "../../../dissectors/ip/result.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { type Division, ownerOf } from "../../../src/reassembly/division.js";
import type { StreamItem } from "../../../src/reassembly/items.js";
import { StreamAssembler, type StreamLimits } from "../../../src/reassembly/streams.js";
import { sharedDir } from "../../support/shared.js";

const root = join(import.meta.dirname, "../../..");
const shared = sharedDir();

function capturesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(?:pcap|pcapng|cap)(?:\.gz)?$/.test(name))
    .map((name) => join(folder, name));
}

/** One thing that came out, and where it stands among all. */
interface Told {
  frame: number;
  rank: number;
  text: string;
}

/** What is said of an item; bytes are those of the moment. */
function textOf(item: StreamItem): string {
  const { frame } = item;
  switch (item.kind) {
    case "datagram":
      return `datagram ${item.stream} ${item.size} #${frame}`;
    case "data": {
      const { direction, bytes, offset } = item;
      return `data ${item.flow.stream} ${direction} ${offset} ${Buffer.from(bytes).toString("base64")} #${frame}`;
    }
    case "gap":
      return `gap ${item.flow.stream} ${item.direction} ${item.offset} ${item.size} ${item.reason} #${frame}`;
    case "note":
      return `note ${item.flow?.stream ?? "-"} ${item.code} ${item.message} #${frame}`;
    case "close":
      return `close ${item.flow.stream} ${item.reason} #${frame}`;
    default:
      return `${item.kind} ${item.flow.stream} #${frame}`;
  }
}

interface Read {
  told: Told[];
  streams: number;
}

/** `dismiss`: every conversation whose number this divides is of no interest after its first bytes. */
async function read(file: string, limits: Partial<StreamLimits>, dismiss: number): Promise<Read> {
  const source = await openInputs([file]);
  const assembler = new StreamAssembler({ ...limits, datagrams: [{ wants: () => true }] });
  const frame = new Frame();
  const told: Told[] = [];
  const take = (items: readonly StreamItem[], at: number): void => {
    for (const item of items) {
      const flow = item.kind === "datagram" ? null : item.flow;
      if (flow?.foreign || (item.kind === "datagram" && (limits.division?.index ?? 0) > 0)) continue;
      told.push({ frame: at, rank: item.rank, text: textOf(item) });
      if (item.kind === "data" && item.flow.stream % dismiss === 0) item.flow.dismiss();
    }
  };
  while (await source.next(frame)) take(assembler.push(frame), frame.number);
  await source.close();
  take(assembler.finish(), Infinity);
  return { told, streams: assembler.counters.streams };
}

/** As whoever joins them would: by frame and rank, and what one has of both in its order. */
function joined(parts: readonly Told[][]): string[] {
  const all = parts
    .flat()
    .sort((a, b) => (a.frame === b.frame ? a.rank - b.rank : a.frame < b.frame ? -1 : 1));
  // Whoever could make a note of the run makes it.
  const once = new Set<string>();
  return all.flatMap(({ text }) => {
    const code = /^note - (\S+)/.exec(text)?.[1];
    if (code !== undefined && once.has(code)) return [];
    if (code !== undefined) once.add(code);
    return [text];
  });
}

const files = [
  ...capturesIn(join(root, "captures")),
  ...(shared === null ? [] : [join(shared, "captures"), join(shared, "captures/pipes")].flatMap(capturesIn)),
];

for (const count of [2, 3]) {
  for (const follows of [false, true]) {
    test(`${count} parts of a capture are the whole; what others have is ${follows ? "followed" : "dismissed"}`, async () => {
      let divided = 0;
      for (const file of files) {
        for (const dismiss of [1, 2, 1000]) {
          const whole = await read(file, {}, dismiss);
          const parts: Told[][] = [];
          for (let index = 0; index < count; index++) {
            const division: Division = { index, count, follows };
            const part = await read(file, { division }, dismiss);
            assert.equal(part.streams, whole.streams, file);
            parts.push(part.told);
          }
          const opens = parts.map((told) => told.filter(({ text }) => text.startsWith("open")).length);
          if (opens.filter((n) => n > 0).length > 1) divided++;
          assert.deepEqual(
            joined(parts),
            whole.told.map(({ text }) => text),
            file,
          );
        }
      }
      assert.ok(divided > 0, "some capture has conversations of several owners");
    });
  }
}

test("shared captures are read as well", { skip: shared === null && "no ../shared" }, () => {
  assert.ok(files.length > 30);
});

test("what belongs to whom depends on the two addresses, whichever comes first, and on all of them", () => {
  const ip = newIpResult();
  const counts = new Map<number, number>();
  for (const version of [4, 6] as const) {
    ip.version = version;
    for (let a = 0; a < 64; a++) {
      for (let b = 0; b < 64; b++) {
        const words = version === 4 ? [0x0a000000 + a, 0, 0, 0] : [0x20010db8, 0, 0, a];
        const others = version === 4 ? [0x0a000000 + b, 0, 0, 0] : [0x20010db8, 0, 0, b];
        [ip.source0, ip.source1, ip.source2, ip.source3] = words as [number, number, number, number];
        [ip.destination0, ip.destination1, ip.destination2, ip.destination3] = others as [
          number,
          number,
          number,
          number,
        ];
        const owner = ownerOf(ip, 4);
        assert.ok(owner >= 0 && owner < 4);
        [ip.source0, ip.source1, ip.source2, ip.source3] = others as [number, number, number, number];
        [ip.destination0, ip.destination1, ip.destination2, ip.destination3] = words as [
          number,
          number,
          number,
          number,
        ];
        assert.equal(ownerOf(ip, 4), owner);
        counts.set(owner, (counts.get(owner) ?? 0) + 1);
      }
    }
  }
  // Nearly as many for each: pairs of one net are as far apart as any.
  for (const n of counts.values()) assert.ok(n > 1700 && n < 2400, [...counts.values()].join(" "));
  assert.equal(counts.size, 4);
});
