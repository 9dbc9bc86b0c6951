/** `tcpdump -U -w - | raiscope -`: a record leaves within a tenth of a second of its last frame, also when nothing follows. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Frame } from "../../src/capture/frame.js";
import { openInputs } from "../../src/capture/node/open.js";
import type { CallRecord, Event } from "../../src/events.js";
import { PROGRAM } from "../program.js";
import { ROOT } from "./support.js";

/** Milliseconds from the writing of a record's last frame to its arrival. */
const PROMPT = 100;
/** This machine may be busy: one of so many runs has to be prompt. */
const ATTEMPTS = 4;

/** The frame of the first request of vista-offer-integrity.pcapng. */
const REQUEST = 6;

interface Arrived {
  record: Event;
  /** Since its last frame was written. */
  after: number;
}

async function framesOf(capture: string): Promise<Buffer[]> {
  const source = await openInputs([`${ROOT}captures/${capture}`]);
  const frame = new Frame();
  const frames: Buffer[] = [];
  while (await source.next(frame)) frames.push(Buffer.from(frame.data.subarray(frame.start, frame.end)));
  return frames;
}

/** Plays frames into `raiscope -` as if it happened now, and keeps the pipe open for a while. */
async function play(frames: readonly Buffer[], gap: number): Promise<Arrived[]> {
  const child = spawn(process.execPath, [PROGRAM, "-", "-T", "ndjson", "--events", "call,association"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const written: number[] = [0];
  const records: { record: Event; at: number }[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) records.push({ record: JSON.parse(line) as Event, at: performance.now() });
  });
  const header = Buffer.from("4d3cb2a1020004000000000000000000000004000100000000", "hex").subarray(0, 24);
  child.stdin.write(header);
  // Until the program has begun.
  await sleep(4_000);
  for (const octets of frames) {
    const record = Buffer.alloc(16 + octets.length);
    const now = Date.now();
    record.writeUInt32LE(Math.floor(now / 1000), 0);
    record.writeUInt32LE((now % 1000) * 1e6, 4);
    record.writeUInt32LE(octets.length, 8);
    record.writeUInt32LE(octets.length, 12);
    record.set(octets, 16);
    child.stdin.write(record);
    written.push(performance.now());
    await sleep(gap);
  }
  await sleep(400);
  const seen = [...records];
  child.stdin.end();
  await once(child, "close");
  return seen.map(({ record, at }) => ({
    record,
    after: at - written[lastFrame(record, written.length - 1)]!,
  }));
}

/** Where a call without a response was cut off is known by the end only. */
function lastFrame(record: Event, end: number): number {
  if (record.type === "call") return record.frames.response.at(-1) ?? end;
  return end;
}

for (const [capture, answered] of [
  ["vista-offer-integrity.pcapng", 15],
  ["failures-and-faults.pcap", 32],
] as const) {
  test(`${capture}, frame by frame`, { timeout: 60_000 }, async () => {
    const frames = await framesOf(capture);
    let slowest = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < ATTEMPTS && slowest > PROMPT; attempt++) {
      const arrived = await play(frames, 3);
      const calls = arrived.filter((a): a is Arrived & { record: CallRecord } => a.record.type === "call");
      const done = calls.filter(({ record }) => record.frames.response.length > 0);
      assert.ok(done.length >= answered, `${done.length} calls before the end of the input`);
      slowest = Math.max(...done.map((a) => a.after));
    }
    assert.ok(slowest <= PROMPT, `the slowest took ${slowest.toFixed(0)} ms`);
  });
}

/** The reset that the sender of an Ethernet frame with a TCP segment sends behind it. */
function resetBehind(frame: Buffer): Buffer {
  const ip = 14;
  const tcp = ip + (frame[ip]! & 15) * 4;
  const data = tcp + (frame[tcp + 12]! >> 4) * 4;
  const end = ip + frame.readUInt16BE(ip + 2);
  const reset = Buffer.from(frame.subarray(0, tcp + 20));
  reset.writeUInt16BE(tcp + 20 - ip, ip + 2);
  reset.writeUInt32BE((frame.readUInt32BE(tcp + 4) + end - data) >>> 0, tcp + 4);
  reset[tcp + 12] = 0x50;
  reset[tcp + 13] = 0x14;
  return reset;
}

test("a call that a reset cuts off, and its connection, are told at once", { timeout: 60_000 }, async () => {
  const frames = (await framesOf("vista-offer-integrity.pcapng")).slice(0, REQUEST);
  frames.push(resetBehind(frames.at(-1)!));
  let latest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && latest > PROMPT; attempt++) {
    const arrived = await play(frames, 3);
    assert.deepEqual(
      arrived.map(({ record }) => (record.type === "call" ? record.status : record.type)),
      ["no_response", "association"],
    );
    latest = Math.max(...arrived.map((a) => a.after));
  }
  assert.ok(latest <= PROMPT, `it took ${latest.toFixed(0)} ms`);
});
