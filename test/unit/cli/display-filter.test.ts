/** -Y on the command line: which records come out, of every command and format, and what is said of wrong expressions. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { raiscope } from "../../support/cli/spawn.js";

const CAPTURE = fileURLToPath(new URL("../../../captures/follow-up.pcapng", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "raiscope-filter-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Shown {
  type: string;
  method?: string;
  shown?: { calls: number; offers: number };
}

async function records(...options: string[]): Promise<Shown[]> {
  const { status, stdout } = await raiscope([CAPTURE, "-T", "ndjson", ...options]);
  assert.equal(status, 0);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Shown);
}

describe("-Y", { concurrency: 2 }, () => {
  test("chooses calls, beside the other filters and given twice", async () => {
    const methods = async (...options: string[]): Promise<(string | undefined)[]> =>
      (await records(...options)).map(({ method }) => method);
    assert.deepEqual(await methods("-Y", 'method.startsWith("Get")'), [
      "GetSessionInfo",
      "GetNoviceUserInfo",
    ]);
    assert.deepEqual(await methods("-Y", 'method.startsWith("Get")', "-Y", "opnum == 8"), ["GetSessionInfo"]);
    const both = await methods("-Y", "opnum == 5", "--interface", "IRemUnknown2", "--host", "10.20.4.90");
    assert(both.length > 0);
    assert(both.every((method) => method === "RemRelease"));
    assert.deepEqual(await methods("--display-filter", "opnum == 5", "--interface", "IRASrv"), []);
  });

  test("chooses records of every kind", async () => {
    const kinds = async (...options: string[]): Promise<string[]> =>
      (await records(...options)).map(({ type }) => type);
    assert.deepEqual(await kinds("--events", "all", "-Y", 'kind == "offer" && outcome == "connected"'), [
      "offer",
    ]);
    assert.deepEqual(await kinds("--events", "all", "-Y", 'method == "GetSessionInfo"'), ["call"]);
    assert.deepEqual(await kinds("-Y", 'kind in ["offer", "summary"]'), ["offer", "summary"]);
    assert.deepEqual(await kinds("-Y", 'outcome == "connected"'), ["offer"], "kinds that the names are of");
    assert.deepEqual(
      await kinds("--events", "call", "-Y", 'kind == "offer"'),
      [],
      "--events has the last word",
    );
    const [summary] = await records("-Y", 'kind == "summary"');
    assert.deepEqual(summary?.shown, { calls: 0, offers: 0 });
  });

  test("sees ids where the output shows none", async () => {
    const [first] = (await records()) as unknown as { id: string; community_id: string }[];
    const { stdout } = await raiscope([CAPTURE, "-T", "table", "-Y", `id == "${first!.id}"`]);
    assert.equal(stdout.trim().split("\n").length, 2);
  });

  test("in stats and transcripts, which count what is not shown", async () => {
    const stats = await raiscope(["stats", CAPTURE, "-T", "json", "-Y", "opnum == 8"]);
    const { interfaces, capture_calls } = JSON.parse(stats.stdout) as {
      interfaces: { name: string; calls: number }[];
      capture_calls: number;
    };
    assert.deepEqual(
      interfaces.map(({ name, calls }) => [name, calls]),
      [["IRASrv", 1]],
    );
    assert.equal(capture_calls, 22);
    const transcript = await raiscope([CAPTURE, "-Y", "opnum == 8"]);
    assert.match(transcript.stdout, /IRASrv\.GetSessionInfo/);
    assert.doesNotMatch(transcript.stdout, /IRASrv\.GetNoviceUserInfo/);
    assert.match(transcript.stdout, /22 calls, 1 shown/);
    assert.match(transcript.stdout, /^Summary$/m);
  });

  test("a wrong expression is refused with its place, before anything is opened", async () => {
    const kept = join(folder, "kept.ndjson");
    writeFileSync(kept, "before");
    for (const [expression, ...lines] of [
      ['metod == "x"', "-Y: records have no metod; did you mean method?", 'metod == "x"', "^^^^^"],
      ["opnum ==", "-Y: the expression ends too early", "opnum ==", "        ^"],
      ["", "-Y: the expression is empty"],
      [
        'method == "\x1b[2J" && x',
        "-Y: records have no x; -G fields lists all names",
        'method == "\\x1b[2J" && x',
      ],
    ] as const) {
      const { status, stdout, stderr } = await raiscope(["no-such-file", "-o", kept, "-Y", expression]);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(
        stderr
          .split("\n")
          .slice(0, lines.length)
          .map((line) => line.replace("raiscope: ", ""))
          .join("\n"),
        lines.join("\n"),
      );
    }
    assert.equal(readFileSync(kept, "utf8"), "before");
    const json = await raiscope([CAPTURE, "--log-format", "json", "-Y", "opnum == x"]);
    const { code, message, hint } = JSON.parse(json.stderr) as {
      code: string;
      message: string;
      hint: string;
    };
    assert.deepEqual([code, hint.split("\n").at(-1)], ["filter-expression", "         ^"]);
    assert.match(message, /no x/);
  });
});
