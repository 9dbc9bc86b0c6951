/**
 * Captures that begin late, lack frames or show one direction alone: every side of a call all of whose frames are left is
 * still found, and nothing is that the whole capture has not.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { CAPTURES, captureNames } from "../../support/expected.js";
import { analyzeFrames } from "../../support/rpc/frames.js";
import { calls } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";
import { someOf } from "../../support/volume.js";

type Keep = (frame: number) => boolean;

async function callsOf(path: string, keep: Keep): Promise<CallRecord[]> {
  return calls(await analyzeFrames(path, keep));
}

/** Sides of calls by what identifies them: their connection, which side, call_id, and the frames that carried it. */
function sides(found: readonly CallRecord[]): Map<string, readonly number[]> {
  const all = new Map<string, readonly number[]>();
  for (const call of found) {
    // In datagrams a server may answer from another port, which is all that an answer alone shows.
    const ends = call.transport.protseq === "ncadg_ip_udp" ? [] : [call.client.port, call.server.port];
    const ports = ends.sort((a, b) => a - b);
    for (const side of ["request", "response"] as const) {
      const frames = call.frames[side];
      if (frames.length > 0)
        all.set(`${ports.join("/")} ${side} ${call.call_id} in ${frames.join(" ")}`, frames);
    }
  }
  return all;
}

/** Sides of which the whole capture has none on that connection; fragments and retransmissions have other frames. */
function invented(left: ReadonlyMap<string, unknown>, whole: ReadonlyMap<string, unknown>): string[] {
  const real = new Set([...whole.keys()].map((side) => side.split(" in ")[0]!));
  return [...left.keys()].filter((side) => !real.has(side.split(" in ")[0]!));
}

/** Responses of several reads of a pipe: a read's answer does not say of which pipe it is, if the question is missing. */
function inSeveralReads(found: readonly CallRecord[]): CallRecord[] {
  return found.filter(({ transport, frames }) => transport.smb !== null && frames.response.length > 1);
}

async function check(path: string): Promise<void> {
  const found = await callsOf(path, () => true);
  const unclear = sides(inSeveralReads(found));
  const whole = sides(found);
  const last = Math.max(0, ...[...whole.values()].flat());
  const requests = new Set(found.flatMap((c) => c.frames.request));
  const responses = new Set(found.flatMap((c) => c.frames.response));
  const ways: [string, Keep][] = [
    ["the first third gone", (n) => n > last / 3],
    ["the first half gone", (n) => n > last / 2],
    ["the first ten frames gone", (n) => n > 10],
    ["every seventh frame gone", (n) => n % 7 !== 0],
    ["every third frame gone", (n) => n % 3 !== 0],
    ["requests alone", (n) => requests.has(n)],
    ["responses alone", (n) => responses.has(n)],
  ];
  const some = found.filter((_, i) => i % Math.ceil(found.length / 6) === 0);
  for (const { frames } of some) {
    if (frames.request.length > 0) ways.push(["one request alone", (n) => frames.request.includes(n)]);
    if (frames.response.length > 0) ways.push(["one response alone", (n) => frames.response.includes(n)]);
  }
  for (const [way, keep] of ways) {
    const left = sides(await callsOf(path, keep));
    const lost = [...whole].flatMap(([side, frames]) =>
      frames.every(keep) && !left.has(side) && !(way === "responses alone" && unclear.has(side))
        ? [side]
        : [],
    );
    assert.deepEqual(lost, [], `lost with ${way}`);
    assert.deepEqual(invented(left, whole), [], `invented with ${way}`);
  }
}

for (const name of captureNames()) {
  test(`${name}: nothing is lost or invented where frames are missing`, async () => {
    await check(join(CAPTURES, name));
  });
}

const shared = sharedDir();
const folder = shared === null ? null : join(shared, "captures");
test("captures of other programs lose and invent nothing where frames are missing", {
  skip: folder === null || !existsSync(folder) ? "no ../shared" : false,
}, async (t) => {
  const names = ["", "pipes"].flatMap((within) => {
    const at = join(folder!, within);
    return existsSync(at) ? readdirSync(at).map((name) => join(within, name)) : [];
  });
  for (const name of someOf(names.filter((name) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name)))) {
    await t.test(name, async () => {
      await check(join(folder!, name));
    });
  }
});
