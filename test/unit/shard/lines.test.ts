/** Operations written as lines, read again, cut and altered; and brought into one order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBytes, Window } from "../../../src/capture/byte-source.js";
import type { Note } from "../../../src/events.js";
import { differenceOf, readHeader, type ShardRun, shardHeader } from "../../../src/shard/header.js";
import { inOrder } from "../../../src/shard/in-order.js";
import { joinKeys } from "../../../src/shard/keys.js";
import { AT_END, type Moment, type Operation } from "../../../src/shard/operations.js";
import { type Entry, ShardFile } from "../../../src/shard/shard-file.js";
import { ShardWriter } from "../../../src/shard/writer.js";

const RUN: ShardRun = {
  version: "1.2.3",
  count: 3,
  inputs: [{ name: "a.pcap", bytes: 1000, begins: "00ff" }],
  options: { idl: "", keys: "password 1" },
};

const LONGEST = 1 << 20;

function opened(call: number, frame: number): Operation {
  return { kind: "opened", call, frame };
}

function noted(message: string): Operation {
  const note: Note = { severity: "info", code: "snaplen", message };
  return { kind: "note", note, frame: 3, at: { seconds: 1, nanos: 2, digits: 6 }, of: null, file: null };
}

function written(index: number, entries: readonly Entry[], run = RUN): string {
  let text = "";
  const writer = new ShardWriter(shardHeader(index, run), (line) => {
    text += line;
  });
  for (const { moment, operation } of entries) writer.operation(moment, operation);
  writer.finish();
  return text;
}

async function open(text: string): Promise<ShardFile> {
  const bytes = new MemoryBytes(new TextEncoder().encode(text));
  const file = await ShardFile.open(new Window(bytes), bytes, "a.ndjson", LONGEST);
  assert.ok(file !== null);
  return file;
}

async function all(file: ShardFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let entry = await file.next(); entry !== null; entry = await file.next()) entries.push(entry);
  return entries;
}

const at = (frame: number, rank: number, operation: Operation): Entry => ({
  moment: { frame, rank },
  operation,
});

const SOME = [
  at(1, -1, { kind: "second", frame: 1, at: { seconds: 5, nanos: 0, digits: 9 } }),
  at(1, 1, opened(0, 1)),
  at(7, 1, noted('text with "quotes", \u2028 and \ud83d\ude00')),
  at(AT_END, 2 ** 41 + 5, opened(1, 6)),
];

test("what was written is read again, and each line is JSON by itself", async () => {
  const text = written(1, SOME);
  for (const line of text.trimEnd().split("\n")) assert.equal(typeof JSON.parse(line).type, "string");
  const file = await open(text);
  assert.equal(file.header.index, 1);
  assert.equal(file.header.count, 3);
  assert.deepEqual(await all(file), SOME);
  assert.equal(file.fault, null);
});

test("many lines, more than are hashed at a time", async () => {
  const many = Array.from({ length: 5_000 }, (_, i) => at(i + 1, 1, noted(`number ${i}`)));
  const file = await open(written(0, many));
  assert.equal((await all(file)).length, 5_000);
  assert.equal(file.fault, null);
});

test("cut anywhere, it says so and gives what came before", async () => {
  const text = written(0, SOME);
  const header = text.indexOf("\n") + 1;
  for (let size = header; size < text.length - 1; size += 7) {
    const file = await open(text.slice(0, size));
    const entries = await all(file);
    assert.notEqual(file.fault, null, `cut at ${size}`);
    assert.deepEqual(entries, SOME.slice(0, entries.length));
  }
});

test("a line that was altered, taken out or put in is found at the end", async () => {
  const text = written(0, SOME);
  const lines = text.trimEnd().split("\n");
  const others = [
    text.replace("[7,1]", "[8,1]"),
    [...lines.slice(0, 2), ...lines.slice(3)].join("\n"),
    [...lines.slice(0, 2), lines[1], ...lines.slice(2)].join("\n"),
  ];
  for (const other of others) {
    const file = await open(`${other}\n`);
    await all(file);
    assert.match(file.fault ?? "", /not those that were written/);
  }
});

test("what is no shard is none, and one that cannot be read says why", async () => {
  const bytes = (text: string): MemoryBytes => new MemoryBytes(new TextEncoder().encode(text));
  const opening = (text: string): Promise<ShardFile | null> => {
    const source = bytes(text);
    return ShardFile.open(new Window(source), source, "a.ndjson", LONGEST);
  };
  assert.equal(await opening('{"type":"call","schema":2}\n'), null);
  assert.equal(await opening(""), null);
  await assert.rejects(opening('{"type":"shard","schema":9}\n'), /schema 9/);
  await assert.rejects(opening('{"type":"shard","schema":2,"form":1,"index":5,"count":3}\n'), /lacks/);
  const altered = written(0, SOME).replace('"bytes":1000', '"bytes":1001');
  await assert.rejects(opening(altered), /altered/);
});

test("shards of different runs are told apart, and how", () => {
  const first = shardHeader(0, RUN);
  const of = (more: Partial<ShardRun>): string =>
    differenceOf(first, shardHeader(1, { ...RUN, ...more })) ?? "";
  assert.equal(of({}), "");
  assert.match(of({ version: "2.0.0" }), /version 2\.0\.0/);
  assert.match(of({ count: 4 }), /one of 4/);
  assert.match(of({ inputs: [{ name: "a.pcap", bytes: 1001, begins: "00ff" }] }), /another input/);
  assert.match(of({ options: { idl: "", keys: "" } }), /another keys/);
  assert.ok(typeof readHeader(JSON.parse(JSON.stringify(first))) === "object");
});

test("operations of several fronts come in the order of their moments", async () => {
  const times: readonly (readonly [number, number])[] = [
    [1, -1],
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2 ** 20 + 4],
    [2, 2 ** 20 + 9],
    [AT_END, 3],
    [AT_END, 2 ** 40],
  ];
  for (let count = 1; count <= 3; count++) {
    const fronts = Array.from({ length: count }, (_, front) =>
      times
        .filter((_, i) => i % count === front)
        .map(([frame, rank]) => at(frame, rank, opened(front, frame))),
    );
    const readers = fronts.map((entries) => {
      const left = [...entries];
      return { next: async () => left.shift() ?? null };
    });
    const order: Moment[] = [];
    for await (const { front, moment, operation } of inOrder(readers)) {
      order.push(moment);
      assert.equal(operation.kind === "opened" && operation.call, front);
    }
    assert.deepEqual(
      order,
      times.map(([frame, rank]) => ({ frame, rank })),
    );
  }
});

test("reports on the same secrets are added, contexts in the order of conversations", () => {
  const secret = (label: string, opened: number) =>
    ({ secret: label, kind: "password", user: null, domain: null, opened }) as const;
  const context = (stream: number) =>
    ({ stream }) as NonNullable<ReturnType<typeof joinKeys>>["contexts"][number];
  const joined = joinKeys([
    {
      secrets: [secret("password #1", 1), secret("keytab a", 0), secret("keytab a", 2)],
      contexts: [context(4)],
      contexts_not_listed: 1,
    },
    {
      secrets: [secret("password #1", 2), secret("keytab a", 1), secret("keytab a", 0), secret("none", 1)],
      contexts: [context(1), context(9)],
      contexts_not_listed: 0,
    },
    null,
  ]);
  assert.deepEqual(
    joined?.secrets.map(({ secret, opened }) => `${secret} ${opened}`),
    ["password #1 3", "keytab a 1", "keytab a 2", "none 1"],
  );
  assert.deepEqual(
    joined?.contexts.map(({ stream }) => stream),
    [1, 4, 9],
  );
  assert.equal(joined?.contexts_not_listed, 1);
  assert.equal(joinKeys([null, null]), null);
});
