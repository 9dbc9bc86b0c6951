/** `tcpdump -U -w - | raiscope -`: a record leaves when its last frame has come, also when nothing follows. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { CallRecord, Event } from "../../../src/events.js";
import { ROOT } from "../../support/live/programs.js";
import { PROGRAM } from "../../support/program.js";
import { analyze, calls } from "../../support/run.js";

/** The frame of the first request of vista-offer-integrity.pcapng. */
const REQUEST = 6;

async function framesOf(capture: string): Promise<Buffer[]> {
  const source = await openInputs([`${ROOT}captures/${capture}`]);
  const frame = new Frame();
  const frames: Buffer[] = [];
  while (await source.next(frame)) frames.push(Buffer.from(frame.data.subarray(frame.start, frame.end)));
  return frames;
}

/**
 * Plays frames into `raiscope -` as if it happened now. After each frame nothing more is written until `there` is true of
 * what has come (the test's time limit is how long that may take); the pipe is open for all that time.
 */
async function play(
  t: TestContext,
  frames: readonly Buffer[],
  there: (frame: number, records: readonly Event[]) => boolean,
): Promise<Event[]> {
  const args = ["-", "-T", "ndjson", "--events", "call,association"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const records: Event[] = [];
  let came = (): void => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    records.push(JSON.parse(line) as Event);
    came();
  });
  child.stdin.write(Buffer.from("4d3cb2a1020004000000000000000000000004000100000000", "hex").subarray(0, 24));
  for (const [index, bytes] of frames.entries()) {
    const record = Buffer.alloc(16 + bytes.length);
    const now = Date.now();
    record.writeUInt32LE(Math.floor(now / 1000), 0);
    record.writeUInt32LE((now % 1000) * 1e6, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    record.set(bytes, 16);
    child.stdin.write(record);
    while (!there(index + 1, records)) {
      await new Promise<void>((resolve) => {
        came = resolve;
      });
    }
  }
  const seen = [...records];
  child.stdin.end();
  await once(child, "close");
  return seen;
}

for (const [capture, answered] of [
  ["vista-offer-integrity.pcapng", 15],
  ["failures-and-faults.pcap", 32],
] as const) {
  test(`${capture}, frame by frame`, { timeout: 60_000 }, async (t) => {
    const answeredOf = (records: readonly Event[]): CallRecord[] =>
      calls(records).filter((call) => call.frames.response.length > 0);
    const offline = await analyze([`${ROOT}captures/${capture}`]);
    const last = answeredOf(offline).map((call) => call.frames.response.at(-1)!);
    const there = (frame: number, records: readonly Event[]): boolean =>
      answeredOf(records).length >= last.filter((n) => n <= frame).length;
    const done = answeredOf(await play(t, await framesOf(capture), there));
    assert.ok(done.length >= answered, `${done.length} calls before the end of the input`);
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

test("a call that a reset cuts off, and its connection, are reported at once", {
  timeout: 60_000,
}, async (t) => {
  const frames = (await framesOf("vista-offer-integrity.pcapng")).slice(0, REQUEST);
  frames.push(resetBehind(frames.at(-1)!));
  const seen = await play(t, frames, (frame, records) => frame < frames.length || records.length >= 2);
  assert.deepEqual(
    seen.map((record) => (record.type === "call" ? record.status : record.type)),
    ["no_response", "association"],
  );
});
