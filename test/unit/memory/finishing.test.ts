/** The end of a run, in pieces and whole; and a call whose values are more than the limit on memory allows. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Analyzer, type InputEnd } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { CallRecord, Event, NoteRecord } from "../../../src/events.js";
import { capture } from "../../support/memory/shapes.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-finishing-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Pushes a shape's frames; the end is the caller's. */
async function read(shape: string, n: number, maxMemory: number): Promise<[Analyzer, Event[]]> {
  const file = join(folder, `${shape}-${n}.pcap`);
  writeFileSync(file, Buffer.concat([...capture(shape, n)]));
  const source = await openInputs([file]);
  const analyzer = new Analyzer({ maxMemory });
  const frame = new Frame();
  const events: Event[] = [];
  while (await source.next(frame)) events.push(...analyzer.push(frame));
  await source.close();
  return [analyzer, events];
}

function state(): InputEnd {
  const notes = [{ severity: "warning" as const, code: "input-damaged", message: "cut", frame: 7 }];
  return { takeNotes: () => notes.splice(0), complete: false, ended: "signal" };
}

test("the end is made while it is taken, with the source's notes first and the summary last", async () => {
  const [whole, same] = await read("idleBinds", 300, 16 << 20);
  const [pieces, before] = await read("idleBinds", 300, 16 << 20);
  assert.deepEqual(same, before);
  const end = [...whole.finish(state())];
  const taken: Event[] = [];
  const held = [pieces.memory.kinds.conversations.bytes];
  for (const event of pieces.finish(state())) {
    taken.push(event);
    if (event.type === "association") held.push(pieces.memory.kinds.conversations.bytes);
  }
  assert.deepEqual(taken, end);
  // Each connection is written before the next is closed.
  assert.ok(held.length > 300);
  for (let i = 1; i < held.length; i++) assert.ok(held[i]! < held[i - 1]!);
  const first = end[0] as NoteRecord;
  assert.deepEqual([first.type, first.code], ["note", "input-damaged"]);
  const last = end.at(-1)!;
  assert.ok(last.type === "summary" && !last.complete && last.ended === "signal");
});

test("what was given up is summed up at the end, before the summary, and always in the same order", async () => {
  const ends = await Promise.all(
    [1, 2].map(async () => {
      const [analyzer, events] = await read("offers", 300, 1 << 20);
      return [...events, ...analyzer.finish()];
    }),
  );
  assert.deepEqual(ends[0], ends[1]);
  const codes = ends[0]!.slice(-3).map((event) => (event.type === "note" ? event.code : event.type));
  assert.deepEqual(codes.slice(-2), ["memory-limit", "summary"]);
});

test("a stub of more values than memory allows is not malformed: the decoder gave up", async () => {
  const [analyzer, events] = await read("giant", 12, 1 << 20);
  const calls = [...events, ...analyzer.finish()].filter((e): e is CallRecord => e.type === "call");
  const limited = calls.filter(({ notes }) => notes.some(({ code }) => code === "stub-limit"));
  assert.ok(limited.length > 0);
  for (const { stub, notes } of limited) {
    const side = notes.find(({ code }) => code === "stub-limit")!.message.startsWith("request")
      ? stub.request
      : stub.response;
    assert.equal(side, "unknown");
  }
});
