/** Moments as people write them, against what GNU date makes of them, and the frames that they let through. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Frame, type FrameSource } from "../../../src/capture/frame.js";
import { FrameTimes, TimeWindow } from "../../../src/capture/time-window.js";
import { parseMoment } from "../../../src/cli/moments.js";
import { splitPcap } from "../../support/capture/split.js";
import { ended, raiscope, start } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-moments-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const date = (text: string, zone: string): { seconds: number; nanos: number } | null => {
  const { status, stdout } = spawnSync("date", ["-d", text, "+%s %N"], {
    encoding: "utf8",
    env: { ...process.env, TZ: zone, LC_ALL: "C" },
  });
  if (status !== 0) return null;
  const [seconds, nanos] = stdout.trim().split(" ").map(Number);
  return { seconds: seconds!, nanos: nanos! };
};
const skip = date("@1.5", "UTC")?.nanos === 5e8 ? false : "there is no GNU date";

describe("moments", () => {
  const zone = process.env.TZ;
  before(() => {
    process.env.TZ = "America/New_York";
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  test("are read as date reads them", { skip }, () => {
    for (const text of [
      "2024-06-03T08:15:06.000298Z",
      "2024-06-03t08:15:06z",
      "2024-06-03 08:15:06.123456789 UTC",
      "2024-06-03T10:15:06+02:00",
      "2024-06-03T10:15:06.5-0330",
      "2024-06-03 10:15:06",
      "2024-12-03 10:15",
      "2024-06-03",
      "1969-12-31 23:59:59Z",
      "1900-02-28T00:00:00Z",
      "@1717406106",
      "@1717406106.000298",
      "@-1.25",
    ]) {
      assert.deepEqual(parseMoment(text), date(text, "America/New_York"), text);
    }
  });

  test("seconds since 1970 need no sign in front of them", () => {
    assert.deepEqual(parseMoment("1717406106.000298"), { seconds: 1717406106, nanos: 298_000 });
    assert.deepEqual(parseMoment(" 0 "), { seconds: 0, nanos: 0 });
    assert.deepEqual(parseMoment("2016-12-31T23:59:60Z"), { seconds: 1483228800, nanos: 0 });
  });

  test("what is none is refused, and said what is one", () => {
    for (const text of [
      "",
      "yesterday",
      "10:15",
      "2024-13-01",
      "2024-02-30",
      "2023-02-29T00:00:00Z",
      "2024-06-03T24:00:00Z",
      "2024-06-03T10:60",
      "2024-06-03T10:15:06+25:00",
      "2024-06-03T10",
      "2024-6-3",
      "2024-06-03T10:15:06 CEST",
      "03/06/2024",
      "1717406106.",
      "1e9",
      "2024-06-03T10:15:06.1234567891Z",
    ]) {
      assert.throws(() => parseMoment(text), /Give a time such as/, text);
    }
  });
});

/** A source of frames at these times, some of which it must be waited for. */
function sourceOf(times: readonly number[]): FrameSource {
  let at = 0;
  return {
    complete: true,
    takeNotes: () => [],
    close: async () => {},
    next(frame) {
      const give = (): boolean => {
        if (at >= times.length) return false;
        frame.number = at + 1;
        frame.seconds = Math.floor(times[at]! / 10);
        frame.nanos = (times[at++]! % 10) * 1e8;
        return true;
      };
      return at % 3 === 1 ? Promise.resolve().then(give) : give();
    },
  };
}

async function numbers(source: FrameSource): Promise<number[]> {
  const frame = new Frame();
  const found: number[] = [];
  while (await source.next(frame)) found.push(frame.number);
  return found;
}

test("a window is closed at its beginning and open at its end, and keeps numbers, also where time goes back", async () => {
  const times = [10, 20, 25, 15, 30, 20, 31];
  const window = new TimeWindow(sourceOf(times), { seconds: 2, nanos: 0 }, { seconds: 3, nanos: 0 });
  assert.deepEqual(await numbers(window), [2, 3, 6]);
  assert.equal(window.skipped, 4);
  assert.deepEqual(
    await numbers(new TimeWindow(sourceOf(times), { seconds: 2, nanos: 500000000 }, null)),
    [3, 5, 7],
  );
  assert.deepEqual(await numbers(new TimeWindow(sourceOf(times), null, { seconds: 1, nanos: 1 })), [1]);
});

test("times of frames are remembered as far as there is room, and it is said where there is none", async () => {
  const times = new FrameTimes(sourceOf([10, 21, 33, 46, 60, 75]), true, 3);
  await numbers(times);
  assert.equal(times.first(), "1970-01-01T00:00:01.000000Z");
  assert.equal(times.before("1970-01-01T00:00:07.500000Z", 6), "1970-01-01T00:00:06.000000Z");
  assert.equal(times.before("1970-01-01T00:00:06.000000Z", null), "1970-01-01T00:00:04.600000Z");
  assert.equal(times.before("1970-01-01T00:00:02.100000Z", 2), null);
  assert.deepEqual(
    times.takeNotes().map(({ code }) => code),
    ["frame-times-limit"],
  );
  assert.deepEqual(times.takeNotes(), []);
});

const CAPTURE = fileURLToPath(new URL("../../../captures/follow-up.pcapng", import.meta.url));
const CLASSIC = fileURLToPath(new URL("../../../captures/vista-offer-privacy-ntlmssp.pcap", import.meta.url));
interface Call {
  ts: string;
  frames: { request: number[]; response: number[] };
}
const calls = (text: string): Call[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

describe("--after and --before", { concurrency: 2 }, () => {
  test("decode a part of a capture, whose frames keep their numbers, and say what was left out", async () => {
    const whole = calls((await raiscope([CAPTURE, "-T", "ndjson"])).stdout);
    const middle = whole[3]!;
    const part = await raiscope([CAPTURE, "-T", "ndjson", "--before", middle.ts, "--events", "call,summary"]);
    assert.equal(part.status, 0);
    const records = calls(part.stdout);
    const summary = records.pop() as unknown as { frames: number; skipped: { time: number } };
    assert.equal(summary.frames, middle.frames.request[0]! - 1);
    const before = new Set(whole.slice(0, 3).map(({ frames }) => JSON.stringify(frames)));
    assert.deepEqual(new Set(records.map(({ frames }) => JSON.stringify(frames))), before);
    assert.equal(
      part.stderr,
      `raiscope: ${summary.skipped.time} frames outside of --after and --before were not decoded\n`,
    );
    const rest = await raiscope([CAPTURE, "--after", middle.ts, "--all-calls"]);
    assert.match(
      rest.stdout,
      new RegExp(`${summary.frames} frames outside of --after and --before were not decoded`),
    );
    const total = (await raiscope([CAPTURE, "-T", "ndjson", "--events", "summary"])).stdout;
    assert.equal(JSON.parse(total).frames, summary.frames + summary.skipped.time);
    assert.equal(JSON.parse(total).skipped, undefined);
    for (const command of ["stats", "objects"]) {
      const { stderr } = await raiscope([command, CAPTURE, "--before", middle.ts]);
      assert.match(stderr, /^raiscope: \d+ frames outside/, command);
    }
    const none = await raiscope([CAPTURE, "--after", "2100-01-01"]);
    assert.equal(none.status, 0);
    assert.match(none.stdout, /^No DCE\/RPC here: no frame is within/);
    assert.match(none.stdout, /\d frames outside of --after and --before were not decoded/);
  });

  test("keep the numbers of each file where several are read", async () => {
    const files = splitPcap(readFileSync(CLASSIC), (frame) => frame % 2).map((bytes, index) => {
      const path = join(folder, `part-${index}.pcap`);
      writeFileSync(path, bytes);
      return path;
    });
    const whole = calls((await raiscope([...files, "-T", "ndjson"])).stdout) as (Call & { places: object })[];
    const from = whole[4]!;
    const part = calls(
      (await raiscope([...files, "-T", "ndjson", "--after", from.ts])).stdout,
    ) as typeof whole;
    const same = part.filter(({ ts }) => ts === from.ts);
    assert.deepEqual(
      same.map(({ frames, places }) => [frames, places]),
      [[from.frames, from.places]],
    );
  });

  test("are refused where they make no sense", async () => {
    for (const [shape, said] of [
      [[CAPTURE, "--after", "soon"], /--after.*Give a time such as/s],
      [[CAPTURE, "--after", "2024-06-03", "--before", "2024-06-03"], /no frame is between them/],
      [["sniff", "-i", "lo", "--after", "2024-06-03"], /--after is for captures that were made before/],
      [["sniff", "-i", "lo", "--before", "2024-06-03"], /--before is for captures that were made before/],
      [[CAPTURE, "-t", "u", "--local"], /-t u asks for times in UTC/],
      [[CAPTURE, "-t", "x"], /Allowed choices are ad, a, r, d, e, u/],
    ] as const) {
      const { status, stdout, stderr } = await raiscope(shape);
      assert.deepEqual([status, stdout], [1, ""], shape.join(" "));
      assert.match(stderr, said);
    }
  });

  test("times relative to the first frame are so although it is not decoded", async () => {
    const table = async (...more: string[]): Promise<string[]> =>
      (await raiscope([CAPTURE, "-T", "table", ...more])).stdout.split("\n");
    const whole = await table("-t", "r");
    const { ts } = calls((await raiscope([CAPTURE, "-T", "ndjson"])).stdout)[2]!;
    const part = await table("-t", "r", "--after", ts);
    const time = (line: string): string => line.trimStart().split(" ")[0]!;
    assert.ok(whole.map(time).includes(time(part[1]!)), part[1]);
    assert.notEqual(time(part[1]!), "0.000000");
  });
});

test("--local shows the zone of this machine, with its days and how far it is from UTC", async () => {
  const run = async (...more: string[]): Promise<string> => {
    const child = start([CAPTURE, ...more], { TZ: "Asia/Kolkata" });
    child.stdin?.end();
    return (await ended(child)).stdout;
  };
  const utc = await run();
  const local = await run("--local");
  assert.match(utc, /Offer 1 {2}2024-06-03 09:15:00\.\d{6} UTC/);
  assert.match(local, /Offer 1 {2}2024-06-03 14:45:00\.\d{6} \+05:30/);
  assert.match(await run("-t", "ad"), /Offer 1 {2}2024-06-03 14:45:00\.\d{6} \+05:30/);
  assert.match(await run("-t", "e"), /Offer 1 {2}1717406100\.\d{6} /);
});
