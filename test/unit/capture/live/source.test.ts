/** Reading engines: order, limits, counters, what is dropped. The engines here are small scripts, so nobody needs to be root. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Frame, type SourceNote } from "../../../../src/capture/frame.js";
import { EngineChild } from "../../../../src/capture/live/child.js";
import { DUMPCAP } from "../../../../src/capture/live/dumpcap.js";
import {
  type Engine,
  LiveError,
  type LiveSettings,
  NO_COUNTERS,
} from "../../../../src/capture/live/engine.js";
import { LiveSource } from "../../../../src/capture/live/live-source.js";
import { TCPDUMP } from "../../../../src/capture/live/tcpdump.js";
import { folder } from "../../../support/live/programs.js";

const SETTINGS: LiveSettings = {
  interfaces: [],
  filter: null,
  kerberos: false,
  snaplen: 262_144,
  bufferBytes: null,
  promiscuous: true,
  immediate: false,
  user: null,
};

/** A pcap file with a frame of `size` bytes at each of these times (seconds since 1970, nanoseconds). */
function pcap(times: readonly (readonly [number, number])[], size = 60): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  const records = times.map(([seconds, nanos], index) => {
    const record = Buffer.alloc(16 + size, index & 0xff);
    record.writeUInt32LE(seconds, 0);
    record.writeUInt32LE(nanos, 4);
    record.writeUInt32LE(size, 8);
    record.writeUInt32LE(size + 5, 12);
    return record;
  });
  return Buffer.concat([header, ...records]);
}

/** An engine that runs a shell script, with the interface's name as `$1`. */
function scripted(script: string, over: Partial<Engine> = {}): Engine {
  return {
    ...TCPDUMP,
    latency: () => 0.2,
    command: (_program, name) => ({ file: "/bin/sh", args: ["-c", script, "sh", name], kept: true }),
    ...over,
  };
}

async function opened(engine: Engine, name: string): Promise<EngineChild> {
  const child = new EngineChild(engine, name, engine.command("", name, "", SETTINGS));
  await child.opened();
  return child;
}

interface Read {
  frames: {
    number: number;
    seconds: number;
    nanos: number;
    first: number;
    length: number;
    wire: number;
    from: number;
  }[];
  notes: SourceNote[];
}

async function readAll(source: LiveSource): Promise<Read> {
  const frame = new Frame();
  const frames: Read["frames"] = [];
  while (await source.next(frame)) {
    frames.push({
      number: frame.number,
      seconds: frame.seconds,
      nanos: frame.nanos,
      first: frame.data[frame.start] ?? -1,
      length: frame.end - frame.start,
      wire: frame.wireLength,
      from: source.lastSource,
    });
  }
  return { frames, notes: source.takeNotes() };
}

test("an engine's stream comes out as it is, its counters at the end", async (t) => {
  const path = `${folder(t)}/one.pcap`;
  writeFileSync(
    path,
    pcap([
      [10, 1],
      [10, 999_999_999],
      [11, 0],
    ]),
  );
  // The counters go first: when the third frame is there, the engine is asked to end.
  const script = `echo "tcpdump: listening on $1
3 packets captured
4 packets received by filter
1 packet dropped by kernel" >&2; cat ${path}; exec sleep 60`;
  const child = await opened(scripted(script), "eth9");
  const source = new LiveSource([child], SETTINGS);
  const tapped: number[] = [];
  source.start((frame) => tapped.push(frame.number), 3);
  const { frames, notes } = await readAll(source);
  assert.deepEqual(frames, [
    { number: 1, seconds: 10, nanos: 1, first: 0, length: 60, wire: 65, from: 0 },
    { number: 2, seconds: 10, nanos: 999_999_999, first: 1, length: 60, wire: 65, from: 0 },
    { number: 3, seconds: 11, nanos: 0, first: 2, length: 60, wire: 65, from: 0 },
  ]);
  assert.deepEqual(tapped, [1, 2, 3]);
  assert.deepEqual(source.counters, { received: 3, droppedKernel: 1, droppedInterface: 0, droppedOwn: 0 });
  assert.equal(source.complete, true);
  assert.deepEqual(
    notes.map((n) => n.code),
    ["kernel-drops"],
  );
});

test("several interfaces are put in order of time, also where one says nothing", async (t) => {
  const at = folder(t);
  const now = Math.floor(Date.now() / 1000);
  writeFileSync(
    `${at}/a`,
    pcap([
      [now, 100],
      [now, 300],
      [now, 500],
    ]),
  );
  writeFileSync(
    `${at}/b`,
    pcap([
      [now, 200],
      [now, 400],
      [now, 400],
    ]),
  );
  writeFileSync(`${at}/c`, pcap([]));
  // Long enough that however slowly the engines begin, none is late.
  const engine = scripted(`echo "listening on $1" >&2; cat ${at}/$1; exec sleep 60`, { latency: () => 4 });
  const children = await Promise.all(["a", "b", "c"].map((name) => opened(engine, name)));
  const source = new LiveSource(children, SETTINGS);
  source.start(null, 6);
  const { frames } = await readAll(source);
  assert.deepEqual(
    frames.map((f) => [f.number, f.nanos, f.from]),
    [
      [1, 100, 0],
      [2, 200, 1],
      [3, 300, 0],
      [4, 400, 1],
      [5, 400, 1],
      [6, 500, 0],
    ],
  );
});

test("the order of time holds when this process stood still while frames came", async (t) => {
  const at = folder(t);
  const engine = (pause: number): Engine =>
    scripted(
      `echo "listening on $1" >&2; until [ -e ${at}/go ]; do sleep 0.05; done; sleep ${pause}; cat ${at}/$1; exec sleep 60`,
      { latency: () => 3 },
    );
  const children = await Promise.all([opened(engine(0), "a"), opened(engine(1), "b")]);
  const now = Math.ceil(Date.now() / 1000);
  writeFileSync(
    `${at}/a`,
    pcap([
      [now, 100],
      [now, 300],
    ]),
  );
  writeFileSync(`${at}/b`, pcap([[now, 200]]));
  const source = new LiveSource(children, SETTINGS);
  source.start(null, 3);
  writeFileSync(`${at}/go`, "");
  // The frames of `a` are here by then; that of `b` comes while nobody looks.
  const still = (): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
  // Timers have their turn next, and pipes only then.
  setTimeout(() => setImmediate(still), 600);
  const { frames } = await readAll(source);
  assert.deepEqual(
    frames.map((f) => f.nanos),
    [100, 200, 300],
  );
});

test("frames from before the clock was set back do not wait for that time beside a silent interface", {
  timeout: 60_000,
}, async (t) => {
  const at = folder(t);
  const ahead = Math.floor(Date.now() / 1000) + 3600;
  writeFileSync(
    `${at}/a`,
    pcap([
      [ahead, 1],
      [ahead, 2],
    ]),
  );
  writeFileSync(`${at}/b`, pcap([]));
  const engine = scripted(`echo "listening on $1" >&2; cat ${at}/$1; exec sleep 600`);
  const children = await Promise.all(["a", "b"].map((name) => opened(engine, name)));
  const source = new LiveSource(children, SETTINGS);
  source.start(null, 2);
  const { frames } = await readAll(source);
  assert.deepEqual(
    frames.map((f) => [f.seconds, f.nanos]),
    [
      [ahead, 1],
      [ahead, 2],
    ],
  );
});

test("what was captured before the wish to stop still comes, and nothing later", async () => {
  const now = Date.now() / 1000;
  const later = Math.floor(now) + 100;
  const record = (seconds: number): Buffer => {
    const r = Buffer.alloc(20);
    r.writeUInt32LE(seconds, 0);
    r.writeUInt32LE(4, 8);
    r.writeUInt32LE(4, 12);
    return r;
  };
  const header = Buffer.from("4d3cb2a1020004000000000000000000ffff000001000000", "hex");
  const bytes = Buffer.concat([header, record(Math.floor(now)), record(later)]);
  const octal = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  // The frames are in the pipe before the engine says that it listens, so before it can be asked to end.
  const script = `printf '${octal}'; echo "listening on $1" >&2; exec sleep 60`;
  const source = new LiveSource([await opened(scripted(script), "x")], SETTINGS);
  source.stop();
  source.start(null);
  const { frames } = await readAll(source);
  assert.deepEqual(
    frames.map((f) => f.seconds),
    [Math.floor(now)],
  );
  assert.equal(source.complete, true);
});

test("an engine that ends by itself has lost its interface, and says why", async (t) => {
  const path = `${folder(t)}/one.pcap`;
  writeFileSync(path, pcap([[10, 1]]));
  const script = `echo "listening on $1" >&2; cat ${path}; echo "tcpdump: pcap_loop: The interface disappeared" >&2; exit 1`;
  const source = new LiveSource([await opened(scripted(script), "eth9")], SETTINGS);
  source.start(null);
  const { frames, notes } = await readAll(source);
  assert.equal(frames.length, 1);
  assert.equal(source.complete, false);
  assert.deepEqual(notes, [
    {
      severity: "error",
      code: "interface-lost",
      message: "capture has ended after frame 1: eth9: pcap_loop: The interface disappeared",
      frame: 1,
    },
  ]);
});

test("an engine that dies in the middle of a frame says why as well", async (t) => {
  const path = `${folder(t)}/one.pcap`;
  writeFileSync(path, pcap([[10, 1]]).subarray(0, -7));
  const script = `echo "listening on $1" >&2; cat ${path}; echo "tcpdump: pcap_loop: Out of memory" >&2; exit 1`;
  const source = new LiveSource([await opened(scripted(script), "eth9")], SETTINGS);
  source.start(null);
  const { frames, notes } = await readAll(source);
  assert.deepEqual([frames.length, source.complete], [0, false]);
  assert.deepEqual(
    notes.map((n) => n.code),
    ["capture-cut-short", "interface-lost"],
  );
  assert.match(notes[1]!.message, /eth9: pcap_loop: Out of memory/);
});

/** An engine that hands 4,000 frames of 1,000 bytes over at once. */
async function much(t: TestContext): Promise<EngineChild> {
  const path = `${folder(t)}/much.pcap`;
  const times = Array.from({ length: 4000 }, (_, n) => [10, n] as const);
  writeFileSync(path, pcap(times, 1000));
  return opened(scripted(`echo "listening on $1" >&2; cat ${path}; exec sleep 60`), "x");
}

test("decoding that cannot keep up costs whole runs of frames, counted and reported; who keeps frames sees all", async (t) => {
  const source = new LiveSource([await much(t)], SETTINGS, 1 << 20);
  let seen = 0;
  source.start(() => seen++, 4000);
  const frame = new Frame();
  const decoded: number[] = [];
  while (await source.next(frame)) {
    decoded.push(frame.number);
    // Slower than what comes.
    if (decoded.length % 20 === 0) await sleep(2);
  }
  assert.equal(seen, 4000);
  const { received, droppedOwn } = source.counters;
  assert.deepEqual([received, droppedOwn], [4000, 4000 - decoded.length]);
  assert.ok(droppedOwn > 400, `${droppedOwn} dropped`);
  const runs = decoded.filter((number, index) => number !== (decoded[index - 1] ?? 0) + 1).length;
  assert.ok(runs > 0 && runs < 20, `${runs} gaps`);
  const notes = source.takeNotes();
  assert.deepEqual(new Set(notes.map((n) => n.code)), new Set(["frames-let-go"]));
  assert.match(
    notes.at(-1)!.message,
    new RegExp(`cannot keep up: \\d+ frames dropped \\(${droppedOwn} so far\\)`),
  );
});

test("beside a silent interface a busy one costs decoding as well, not the frames that are kept", async (t) => {
  const silent = await opened(scripted(`echo "listening on $1" >&2; exec sleep 60`), "y");
  const source = new LiveSource([await much(t), silent], SETTINGS, 2 << 20);
  let seen = 0;
  source.start(() => seen++, 4000);
  const frame = new Frame();
  for (let count = 1; await source.next(frame); count++) if (count % 20 === 0) await sleep(2);
  assert.equal(seen, 4000);
  assert.ok(source.counters.droppedOwn > 400, `${source.counters.droppedOwn} dropped`);
});

test("where nobody keeps frames, the engine waits for decoding, and nothing is lost here", async (t) => {
  const child = await much(t);
  const source = new LiveSource([child], SETTINGS, 1 << 20);
  source.start(null, 4000);
  const frame = new Frame();
  let most = 0;
  let count = 0;
  while (await source.next(frame)) {
    assert.equal(frame.number, ++count);
    most = Math.max(most, source.waiting);
    if (count % 20 === 0) await sleep(2);
  }
  assert.equal(count, 4000);
  assert.ok(most > 500_000 && most < 2_000_000, `${most} bytes waited`);
  assert.deepEqual(source.counters, {
    received: 4000,
    droppedKernel: null,
    droppedInterface: null,
    droppedOwn: 0,
  });
});

test("after the wish to stop all that the engine has is taken, however much waits", async (t) => {
  const source = new LiveSource([await much(t)], SETTINGS, 1 << 20);
  source.start(null);
  const frame = new Frame();
  assert.equal(await source.next(frame), true);
  source.stop();
  let count = 1;
  while (await source.next(frame)) if (++count === 2) await sleep(600);
  assert.equal(count, 4000);
  assert.equal(source.complete, true);
});

test("why an engine did not begin", async () => {
  const failing = (line: string, status = 1): Promise<LiveError> =>
    opened(scripted(`echo '${line}' >&2; exit ${status}`), "eth9").then(
      () => assert.fail("it began"),
      (error: LiveError) => error,
    );
  const permission = await failing(
    "tcpdump: eth9: You don'\\''t have permission to perform this capture on that device",
  );
  assert.deepEqual(
    [permission.fault, permission.message],
    ["permission", "eth9: You don't have permission to perform this capture on that device"],
  );
  assert.equal((await failing("tcpdump: eth9: No such device exists")).fault, "no-interface");
  assert.equal((await failing("tcpdump: can'\\''t parse filter expression: syntax error")).fault, "filter");
  const silent = await failing("Capturing on 'eth9'");
  assert.deepEqual([silent.fault, silent.message], ["failed", "eth9: it exited without a message (tcpdump)"]);
  const missing = new EngineChild({ ...TCPDUMP, command: TCPDUMP.command }, "x", {
    file: "/nonexistent/tcpdump",
    args: [],
    kept: true,
  });
  await assert.rejects(
    missing.opened(),
    (error: LiveError) => error instanceof LiveError && error.fault === "missing",
  );
});

test("the counters of tcpdump and dumpcap, as they print them", () => {
  const counters = { ...NO_COUNTERS };
  assert.equal(
    TCPDUMP.count(
      "tcpdump: 3 packets captured, 6 packets received by filter, 0 packets dropped by kernel",
      counters,
    ),
    true,
  );
  assert.deepEqual([counters.matched, counters.droppedKernel, counters.droppedInterface], [6, 0, 0]);
  assert.equal(TCPDUMP.count("1 packet dropped by interface", counters), true);
  assert.equal(counters.droppedInterface, 1);
  assert.equal(TCPDUMP.count("tcpdump: pcap_loop: error", counters), false);
  const others = { ...NO_COUNTERS };
  const line =
    "Packets received/dropped on interface 'v1': 496907/103093 (pcap:103093/dumpcap:0/flushed:0/ps_ifdrop:2) (82.8%)";
  assert.equal(DUMPCAP.count(line, others), true);
  assert.deepEqual([others.matched, others.droppedKernel, others.droppedInterface], [600_000, 103_093, 2]);
  assert.equal(DUMPCAP.isReady("File: -"), true);
  assert.equal(DUMPCAP.isReady("Capturing on 'lo'"), false);
});
