/** Times in text are those that tshark prints for the same letter of -t, in whatever zone, to the last digit. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TIME_FORMATS } from "../../src/output/times.js";
import { ended, start } from "../support/cli/spawn.js";
import { CAPTURES, captureNames } from "../support/expected.js";

const skip = spawnSync("tshark", ["--version"]).status === 0 ? false : "tshark is not installed";

/** Ahead of UTC by a part of an hour, behind it with summer time, and UTC itself. */
const ZONES = ["Asia/Kolkata", "America/New_York", "UTC"];

/** The time of each frame of a capture, as tshark shows it. */
function timesOf(path: string, format: string, zone: string): Map<number, string> {
  const args = ["-n", "-t", format, "-r", path, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Time"];
  const text = execFileSync("tshark", args, {
    encoding: "utf8",
    env: { ...process.env, TZ: zone },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = text.trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [frame, time] = line.split("\t");
      return [Number(frame), time!];
    }),
  );
}

async function run(args: readonly string[], zone: string): Promise<string> {
  const child = start([...args, "-q"], { TZ: zone });
  child.stdin?.end();
  const { status, stdout, stderr } = await ended(child);
  assert.deepEqual([status, stderr], [0, ""], args.join(" "));
  return stdout;
}

const folder = mkdtempSync(join(tmpdir(), "raiscope-times-"));
after(() => rmSync(folder, { recursive: true, force: true }));

for (const [index, name] of captureNames().entries()) {
  const zone = ZONES[index % ZONES.length]!;
  test(`times of ${name} in ${zone} are tshark's for every letter`, { skip }, async () => {
    const path = join(CAPTURES, name);
    const log = await run([path, "-T", "ndjson"], zone);
    const calls = log
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { frames: { request: number[]; response: number[] } });
    for (const format of TIME_FORMATS) {
      const expected = timesOf(path, format, zone);
      const inOrder = calls.map(({ frames }) => expected.get(frames.request[0] ?? frames.response[0]!)!);
      const to = ["txt", "ndjson"].map((suffix) => join(folder, `${name}.${format}.${suffix}`));
      const outputs = to.flatMap((file) => ["-o", file]);
      const table = await run(
        [path, "-T", "table", "--no-shipped-rules", "--all-calls", "-t", format, ...outputs],
        zone,
      );
      const [transcript, same] = to.map((file) => readFileSync(file, "utf8"));
      const [, ...rows] = table.split("\n");
      for (const [row, time] of inOrder.entries()) {
        assert.ok(rows[row]!.trimStart().startsWith(`${time} `), `${rows[row]} is not at ${time}`);
        assert.ok(transcript!.includes(`${time} `), `no line at ${time}`);
      }
      // The call log is in UTC whatever -t says.
      assert.equal(same, log);
    }
  });
}
