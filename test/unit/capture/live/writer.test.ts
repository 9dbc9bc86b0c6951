/** Files that are written: read back by our own reader and by capinfos, at any moment of their making. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { Frame } from "../../../../src/capture/frame.js";
import { findProgram } from "../../../../src/capture/live/program.js";
import { openInputs } from "../../../../src/capture/node/open.js";
import { CaptureFile, type CaptureFileOptions, NO_RING } from "../../../../src/capture/node/ring.js";
import { openPipe, StreamCapture } from "../../../../src/capture/node/stream-capture.js";
import { PcapngWriter } from "../../../../src/capture/node/writer.js";
import { WriteWatch } from "../../../../src/cli/live-writing.js";
import { folder, run } from "../../../support/live/programs.js";

const INTERFACES = [
  { name: "eth0", snaplen: 262_144, filter: "tcp" },
  { name: "lo", snaplen: 0, filter: null },
];
const NOBODY_COUNTS = () => ({ received: null, dropped: null });

function frameOf(seconds: number, nanos: number, data: Uint8Array, linkType = 1, wire = data.length): Frame {
  const frame = new Frame();
  frame.seconds = seconds;
  frame.nanos = nanos;
  frame.digits = 9;
  frame.linkType = linkType;
  frame.data = data;
  frame.start = 0;
  frame.end = data.length;
  frame.wireLength = wire;
  return frame;
}

async function readBack(path: string): Promise<[number, number, number, number, string][]> {
  const source = await openInputs([path]);
  const frame = new Frame();
  const frames: [number, number, number, number, string][] = [];
  while (await source.next(frame)) {
    const bytes = Buffer.from(frame.data.subarray(frame.start, frame.end)).toString("hex");
    frames.push([frame.seconds, frame.nanos, frame.linkType, frame.wireLength, bytes]);
  }
  assert.equal(source.complete, true, JSON.stringify(source.takeNotes()));
  await source.close();
  return frames;
}

function fileOptions(path: string, over: Partial<CaptureFileOptions> = {}): CaptureFileOptions {
  return {
    path,
    application: "raiscope test",
    interfaces: INTERFACES,
    ring: null,
    owner: null,
    lastFile: null,
    opening: (open) => open(),
    onFile: null,
    onFull: null,
    ...over,
  };
}

test("what is written comes back: times to the nanosecond, lengths, link types", async (t) => {
  const path = `${folder(t)}/all.pcapng`;
  const one = fc.record({
    seconds: fc.integer({ min: 0, max: 2 ** 33 }),
    nanos: fc.integer({ min: 0, max: 999_999_999 }),
    data: fc.uint8Array({ maxLength: 3000 }),
    more: fc.integer({ min: 0, max: 70_000 }),
    linkType: fc.constantFrom(1, 113, 276),
    source: fc.integer({ min: 0, max: 1 }),
    comment: fc.option(fc.string({ unit: "grapheme", maxLength: 200 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 40 }), async (frames) => {
      const blocks: Buffer[] = [];
      const writer = new PcapngWriter(
        {
          write(b) {
            blocks.push(Buffer.from(b));
            return b.length;
          },
        },
        "test",
        INTERFACES,
      );
      for (const f of frames) {
        writer.frame(
          frameOf(f.seconds, f.nanos, f.data, f.linkType, f.data.length + f.more),
          f.source,
          f.comment,
        );
      }
      writer.statistics(1_700_000_000.5, () => ({ received: 7, dropped: 0 }));
      const all = Buffer.concat(blocks);
      assert.equal(writer.bytes, all.length);
      writeFileSync(path, all);
      assert.deepEqual(
        await readBack(path),
        frames.map((f) => [
          f.seconds,
          f.nanos,
          f.linkType,
          f.data.length + f.more,
          Buffer.from(f.data).toString("hex"),
        ]),
      );
    }),
    { numRuns: 40 },
  );
});

const [CAPINFOS, TSHARK] = [findProgram("capinfos"), findProgram("tshark")];

test("capinfos and tshark read it: names, filter, comments, counters", {
  skip: (CAPINFOS === null || TSHARK === null) && "capinfos and tshark are not both installed",
}, (t) => {
  const path = `${folder(t)}/told.pcapng`;
  const file = new CaptureFile(fileOptions(path));
  const syn = Buffer.from(
    "000000000000000000000000080045000028000100004006f97dc0000201c0000202c35000870000000100000000500220005d4d0000",
    "hex",
  );
  file.frame(
    frameOf(1_700_000_000, 123_456_789, syn),
    0,
    "IRASrv.GetSessionInfo -> S_OK, 3 sessions\nsecond line",
  );
  file.frame(frameOf(1_700_000_001, 0, syn), 1);
  file.close(1_700_000_002, () => ({ received: 5, dropped: 3 }));
  const infos = execFileSync(CAPINFOS!, ["-M", path], { encoding: "utf8" });
  for (const expected of [
    /Number of packets: +2\b/,
    /Capture application: +raiscope test/,
    /File timestamp precision: +nanoseconds/,
    /Name = eth0/,
    /Filter string = tcp/,
    /Name = lo/,
    /Number of stat entries = 1/,
  ]) {
    assert.match(infos, expected);
  }
  const fields = execFileSync(
    TSHARK!,
    ["-r", path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.comment", "-e", "tcp.dstport"],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  assert.match(fields, /^1700000000\.123456789\tIRASrv\.GetSessionInfo -> S_OK, 3 sessions.*\t135\n/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("cut anywhere behind a flush it is whole up to there", async (t) => {
  const path = `${folder(t)}/killed.pcapng`;
  const file = new CaptureFile(fileOptions(path));
  for (let n = 0; n < 500; n++) {
    file.frame(frameOf(1_700_000_000, n, new Uint8Array(n)), 0);
    if (n % 50 !== 0) continue;
    file.tick(Date.now());
    // A process that is killed here leaves this.
    assert.equal((await readBack(path)).length, n + 1);
  }
  file.close(0, NOBODY_COUNTS);
});

/** The files of a ring, by name. */
function ring(at: string): string[] {
  return readdirSync(at).sort();
}

const RING_NAME = /^cap_(\d{5})_\d{14}\.pcapng$/;

test("a ring by size: named and bounded as dumpcap does it, the oldest deleted, each file readable alone", async (t) => {
  const at = folder(t);
  const begun: string[] = [];
  const options = fileOptions(`${at}/cap.pcapng`, {
    ring: { ...NO_RING, filesize: 10, files: 3 },
    onFile: (path) => begun.push(basename(path)),
  });
  const file = new CaptureFile(options);
  for (let n = 0; n < 60; n++) file.frame(frameOf(1_700_000_000 + n, 0, new Uint8Array(1000)), n % 2);
  file.close(1_700_000_100, NOBODY_COUNTS);
  assert.ok(begun.length === 7 || begun.length === 6, `${begun.length} files`);
  assert.deepEqual(
    begun.map((name) => Number(RING_NAME.exec(name)?.[1])),
    begun.map((_, n) => n + 1),
  );
  assert.deepEqual(ring(at), begun.slice(-3));
  const [first, second, last] = ring(at).map((name) => `${at}/${name}`) as [string, string, string];
  for (const path of [first, second]) {
    const { size } = statSync(path);
    assert.ok(size >= 10_000 && size < 11_100, `${size} bytes`);
  }
  const frames = [...(await readBack(first)), ...(await readBack(second)), ...(await readBack(last))];
  assert.deepEqual(
    frames.map((f) => f[0]),
    Array.from(frames, (_, n) => 1_700_000_060 - frames.length + n),
  );
  assert.deepEqual([file.frames, file.files], [60, begun.length]);
});

test("a ring by time, by frames, and with an end", async (t) => {
  const at = folder(t);
  const timed = new CaptureFile(fileOptions(`${at}/cap.pcapng`, { ring: { ...NO_RING, duration: 10 } }));
  const now = Date.now();
  timed.tick(now + 9_000);
  assert.equal(timed.files, 1);
  timed.tick(now + 11_000);
  assert.equal(timed.files, 2);
  timed.close(0, NOBODY_COUNTS);
  assert.equal(ring(at).length, 2, "all are kept where no number is given");

  const other = folder(t);
  let full = 0;
  const counted = new CaptureFile(
    fileOptions(`${other}/cap`, {
      ring: { ...NO_RING, packets: 5 },
      lastFile: 3,
      onFull: () => full++,
    }),
  );
  for (let n = 0; n < 20; n++) counted.frame(frameOf(n, 0, new Uint8Array(10)), 0);
  counted.close(0, NOBODY_COUNTS);
  assert.deepEqual([full, counted.frames, ring(other).length], [1, 15, 3]);
  for (const name of ring(other)) {
    assert.match(name, /^cap_\d{5}_\d{14}$/);
    assert.equal((await readBack(`${other}/${name}`)).length, 5);
  }
});

test("opened anew: after the file was moved away, and where it was not", async (t) => {
  const at = folder(t);
  const path = `${at}/cap.pcapng`;
  const file = new CaptureFile(fileOptions(path));
  file.frame(frameOf(1, 0, Buffer.from("a")), 0);
  renameSync(path, `${at}/old.pcapng`);
  file.reopen();
  file.frame(frameOf(2, 0, Buffer.from("b")), 0);
  file.reopen();
  file.frame(frameOf(3, 0, Buffer.from("c")), 0);
  file.close(4, () => ({ received: 3, dropped: null }));
  assert.deepEqual(
    (await readBack(`${at}/old.pcapng`)).map((f) => f[0]),
    [1],
  );
  assert.deepEqual(
    (await readBack(path)).map((f) => f[0]),
    [2, 3],
  );
});

test("a disk that is full ends the writing, not the run, and the file stays whole", {
  skip: process.platform !== "linux",
}, () => {
  const file = new CaptureFile(fileOptions("/dev/full"));
  assert.equal((file.failure as NodeJS.ErrnoException | null)?.code, "ENOSPC");
  file.frame(frameOf(1, 0, new Uint8Array(100_000)), 0);
  file.tick(Date.now());
  assert.equal(file.frames, 0);
  file.close(0, NOBODY_COUNTS);
});

test("on a disk that fills up all that fits is kept, and no more is counted; a ring begins no file then", {
  skip: (process.getuid?.() !== 0 || process.platform !== "linux") && "only root can make a small disk",
}, async (t) => {
  const at = mkdtempSync(join(tmpdir(), "raiscope-live-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=100k", "raiscope-test", at], { stdio: "ignore" });
  } catch {
    rmdirSync(at);
    t.skip("nothing can be mounted here");
    return;
  }
  t.after(() => {
    execFileSync("umount", [at]);
    rmdirSync(at);
  });
  const one = new CaptureFile(fileOptions(`${at}/one.pcapng`));
  const frame = frameOf(1, 0, new Uint8Array(1000));
  for (let n = 0; n < 300; n++) one.frame(frame, 0);
  one.tick(Date.now());
  assert.equal((one.failure as NodeJS.ErrnoException | null)?.code, "ENOSPC");
  one.close(0, NOBODY_COUNTS);
  const kept = (await readBack(`${at}/one.pcapng`)).length;
  assert.ok(kept > 85, `${kept} frames`);
  assert.deepEqual([one.frames, one.bytes], [kept, statSync(`${at}/one.pcapng`).size]);

  unlinkSync(`${at}/one.pcapng`);
  const ring = { ...NO_RING, filesize: 30, files: 9 };
  const many = new CaptureFile(fileOptions(`${at}/ring.pcapng`, { ring }));
  for (let n = 0; n < 300; n++) many.frame(frame, 0);
  many.close(0, NOBODY_COUNTS);
  const names = readdirSync(at);
  let all = 0;
  for (const name of names) all += (await readBack(`${at}/${name}`)).length;
  assert.equal(many.frames, all);
  assert.equal(names.length, many.files);
  assert.equal((many.failure as NodeJS.ErrnoException | null)?.code, "ENOSPC");
});

test("a named pipe: its reader is waited for, and one that takes nothing is not waited for at the end", {
  timeout: 60_000,
}, async (t) => {
  const path = `${folder(t)}/fifo`;
  execFileSync("mkfifo", [path]);
  let waits = 0;
  let opening: ReturnType<typeof openPipe> | null = null;
  await new Promise<void>((resolve) => {
    opening = openPipe(path, () => {
      waits++;
      resolve();
    });
  });
  const reader = run(t, null, "sh", ["-c", 'exec cat "$0" > "$0.pcapng"', path]);
  const taken = new StreamCapture(path, await opening!, "test", INTERFACES, () => {});
  for (let n = 1; n <= 500; n++) taken.frame(frameOf(n, 0, new Uint8Array(1000)), 0);
  await taken.close(0, NOBODY_COUNTS);
  assert.equal(await reader.ended, 0);
  assert.equal(waits, 1);
  assert.equal((await readBack(`${path}.pcapng`)).length, 500);
  assert.equal(taken.failure, null);

  run(t, null, "sh", ["-c", 'exec sleep 60 < "$0"', path]);
  const stuck = new StreamCapture(path, await openPipe(path, () => {}), "test", INTERFACES, () => {});
  for (let n = 1; n <= 500; n++) stuck.frame(frameOf(n, 0, new Uint8Array(1000)), 0);
  await stuck.close(0, NOBODY_COUNTS);
  assert.match(stuck.failure?.message ?? "", /did not read the last \d+ bytes/);
});

test("what cannot be written, and what a slow reader costs, is reported once", () => {
  const target = { path: "pipe", failure: null as Error | null, dropped: 0 };
  const output = { name: "calls.ndjson", failure: null as Error | null };
  const watch = new WriteWatch(target, [output]);
  const look = (): string[] => {
    const said: string[] = [];
    watch.look((severity, code, message) => said.push(`${severity} ${code} ${message}`));
    return said;
  };
  assert.deepEqual(look(), []);
  target.dropped = 3;
  assert.deepEqual(look(), [
    "warning frames-let-go pipe: its reader is too slow: 3 frames were dropped (3 so far)",
  ]);
  target.dropped = 5;
  assert.deepEqual(look(), [
    "warning frames-let-go pipe: its reader is too slow: 2 frames were dropped (5 so far)",
  ]);
  target.failure = Object.assign(new Error("gone"), { code: "EPIPE" });
  assert.deepEqual(look(), ["warning write-failed pipe: its reader has closed it"]);
  assert.equal(watch.failed, false);
  output.failure = Object.assign(new Error("full"), { code: "ENOSPC" });
  assert.deepEqual(look(), [
    "error write-failed calls.ndjson: cannot be written any more: no space left on device",
  ]);
  assert.equal(watch.failed, true);
  assert.deepEqual(look(), []);
});

test("a reader that goes away, and one that is slow", async () => {
  const pipe = new PassThrough();
  let gone = 0;
  const capture = new StreamCapture("pipe", pipe, "test", INTERFACES, () => gone++);
  const big = frameOf(1, 0, new Uint8Array(200_000));
  for (let n = 0; n < 500; n++) capture.frame(big, 0);
  assert.ok(capture.dropped > 100 && capture.frames < 400, `${capture.dropped} dropped`);
  assert.equal(capture.frames + capture.dropped, 500);
  pipe.destroy(Object.assign(new Error("gone"), { code: "EPIPE" }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(gone, 1);
  assert.equal(capture.abandoned, true);
  capture.frame(big, 0);
  await capture.close(0, NOBODY_COUNTS);
});

test("a comment that no option can hold says how long it was", () => {
  const blocks: Buffer[] = [];
  const write = (b: Uint8Array): number => blocks.push(Buffer.from(b)) && b.length;
  const writer = new PcapngWriter({ write }, "test", INTERFACES);
  writer.frame(frameOf(1, 0, new Uint8Array(60)), 0, "é".repeat(40_000));
  writer.flush();
  const text = Buffer.concat(blocks).toString("utf8");
  assert.match(text, /é{32000,} \[cut: 80000 bytes\]/);
  assert.ok(!text.slice(text.indexOf("é"), text.indexOf("[cut")).includes("\ufffd"));
});
