/**
 * A fleet on a Redis of its own: ring files of two sensors, several workers, one of which is killed while it holds a window, and a restart
 * of Redis. What all of them wrote is held against one run over all files of a sensor: nothing lost, nothing double.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before, describe } from "node:test";
import { Redis } from "ioredis";
import { ended, start } from "../support/cli/spawn.js";
import { RedisServer, withoutRedis } from "../support/fleet/redis-server.js";
import { cutRing, withoutEditcap } from "../support/fleet/rings.js";
import { CAPTURES, captureNames } from "../support/golden.js";
import { filesBelow, rowsIn } from "../support/lake/trees.js";
import { duckDb, WITHOUT_DUCKDB } from "../support/output/duckdb.js";
import { PROGRAM } from "../support/program.js";
import { sharedDir } from "../support/shared.js";

const SENSORS = ["dc1", "branch-7"] as const;
const TABLES = ["calls", "associations", "offers", "notes"];
/** The sensor whose windows overlap for longer than any of its associations. */
const WHOLE_OVERLAP = "dc1";
const FILES = 12;
/** Workers that are killed until one held a window. */
const TRIES = 12;

const folder = mkdtempSync(join(tmpdir(), "raiscope-fleet-"));
const results = join(folder, "results");
const ask = await duckDb();
const skip = withoutRedis() || withoutEditcap();

function raiscope(...args: string[]): { status: number | null; text: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { maxBuffer: 1 << 28 });
  return { status, text: stdout.toString("utf8"), error: stderr.toString("utf8") };
}

/** Shipped captures, and shared ones where they are at hand, half of them for each sensor. */
function capturesOf(sensor: (typeof SENSORS)[number]): string[] {
  const shared = sharedDir();
  const others =
    shared === null
      ? []
      : readdirSync(join(shared, "captures"))
          .filter((name) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(name) && !name.startsWith("lower_"))
          .map((name) => join(shared, "captures", name));
  const all = [...captureNames().map((name) => join(CAPTURES, name)), ...others];
  const part = SENSORS.indexOf(sensor);
  return all.filter((_, index) => index % 2 === part);
}

interface Written {
  code?: string;
  id: string;
  revision: number;
  provisional: boolean;
  status: string;
}

/** What the ledger, or a run, has of one kind, by id: how often, in its newest revision. */
async function newest(
  sensor: string,
  table: string,
): Promise<{ counts: Map<string, number>; provisional: number }> {
  const root = join(results, table, `sensor=${sensor}`);
  const files = existsSync(root) ? filesBelow(root).filter((path) => path.endsWith(".parquet")) : [];
  const rows = (
    await Promise.all(files.map((path) => rowsIn(join(root, path))))
  ).flat() as unknown as Written[];
  const latest = new Map<string, number>();
  for (const { id, revision } of rows) latest.set(id, Math.max(revision, latest.get(id) ?? 0));
  const counts = new Map<string, number>();
  let provisional = 0;
  for (const row of rows) {
    // Windows with a short overlap say of which associations they do not know the binds: one run knows all.
    if (row.code === "bind-not-in-window" && sensor !== WHOLE_OVERLAP) continue;
    if (row.revision !== latest.get(row.id)) continue;
    counts.set(row.id, (counts.get(row.id) ?? 0) + 1);
    if (row.provisional) provisional++;
  }
  return { counts, provisional };
}

/** The times of a capture's frames. */
function framesOf(capture: string): string[] {
  const { stdout } = spawnSync("tshark", ["-r", capture, "-T", "fields", "-e", "frame.time_epoch"], {
    encoding: "utf8",
  });
  return stdout.trim().split("\n");
}

interface Exchange {
  id: string;
  frames: { request: number[]; response: number[] };
}

function callsIn(capture: string): Exchange[] {
  const lines = raiscope("-q", capture, "-T", "ndjson").text.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Exchange);
}

function inOneRun(sensor: string, table: string): Map<string, number> {
  const lines = readFileSync(join(folder, `${sensor}.ndjson`), "utf8")
    .trim()
    .split("\n");
  const counts = new Map<string, number>();
  for (const line of lines) {
    const { type, id } = JSON.parse(line) as { type: string; id: string };
    if (`${type}s` === table) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** What `a` has more often than `b`. */
function beyond(a: Map<string, number>, b: Map<string, number>): string[] {
  return [...a].filter(([id, count]) => count > (b.get(id) ?? 0)).map(([id]) => id);
}

describe("a fleet", { skip }, () => {
  let server: RedisServer;
  let redis: Redis;
  const workers = new Set<ChildProcess>();

  before(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on("error", () => {});
    for (const sensor of SENSORS) {
      const files = cutRing(capturesOf(sensor), join(folder, sensor), FILES);
      assert.equal(files.length, FILES);
      const log = join(folder, `${sensor}.ndjson`);
      raiscope("-q", ...files, "--events", "all", "-o", log);
    }
  });
  after(async () => {
    for (const worker of workers) worker.kill("SIGKILL");
    redis.disconnect();
    await server.end();
    rmSync(folder, { recursive: true });
  });

  function work(...more: string[]): ChildProcess {
    const words = ["fleet", "work", "--queue", server.url, "--results", results, "--stalled-after", "3"];
    const worker = start([...words, ...more]);
    workers.add(worker);
    worker.once("exit", () => workers.delete(worker));
    return worker;
  }

  function add(sensor: string, overlap: string): { status: number | null; text: string; error: string } {
    const words = ["--window", "1files", "--overlap", overlap, join(folder, sensor)];
    return raiscope("fleet", "add", "--queue", server.url, "--sensor", sensor, ...words);
  }

  async function jobs(): Promise<{ waiting: number; active: number; done: number }> {
    const [waiting, active, done] = await Promise.all([
      redis.llen("raiscope:windows:wait"),
      redis.llen("raiscope:windows:active"),
      redis.zcard("raiscope:windows:completed"),
    ]);
    return { waiting, active, done };
  }

  /** Kills a worker as soon as it has a window. True where it still had it then. */
  async function killedAtWork(): Promise<boolean> {
    const worker = work();
    for (;;) {
      const { active, waiting } = await jobs();
      if (active > 0 || waiting === 0) break;
      await new Promise((look) => setTimeout(look, 2));
    }
    const gone = ended(worker);
    worker.kill("SIGKILL");
    await gone;
    return (await jobs()).active > 0;
  }

  test("adding twice adds nothing", async () => {
    for (const sensor of SENSORS) {
      const { status, error } = add(sensor, sensor === WHOLE_OVERLAP ? "10m" : "1files");
      assert.equal(status, 0, error);
      assert.match(error, new RegExp(`${sensor}: ${FILES} windows of ${FILES} files`));
    }
    assert.deepEqual(await jobs(), { waiting: 2 * FILES, active: 0, done: 0 });
    for (const sensor of SENSORS) assert.equal(add(sensor, "10m").status, 0);
    assert.deepEqual(await jobs(), { waiting: 2 * FILES, active: 0, done: 0 });
  });

  test("a killed worker and a restart of Redis lose and double nothing", { timeout: 60_000 }, async () => {
    let killed = false;
    for (let tries = 0; !killed && tries < TRIES; tries++) killed = await killedAtWork();
    assert.ok(killed, "no worker was killed while it had a window");
    const both = [work("--once"), work("--once")].map(ended);
    for (let done = 0; done < 4; done = (await jobs()).done) await new Promise((look) => setTimeout(look, 5));
    await server.kill();
    await server.begin();
    for (const { status, stderr } of await Promise.all(both)) assert.equal(status, 0, stderr);
    assert.deepEqual(await jobs(), { waiting: 0, active: 0, done: 2 * FILES });
    for (const sensor of SENSORS) {
      for (const table of TABLES) {
        const { counts, provisional } = await newest(sensor, table);
        const expected = inOneRun(sensor, table);
        const [lost, double] = [beyond(expected, counts), beyond(counts, expected)];
        assert.deepEqual({ lost, double }, { lost: [], double: [] }, `${table} of ${sensor}`);
        assert.equal(provisional, 0);
      }
    }
    assert.deepEqual(
      filesBelow(results).filter((path) => path.endsWith(".tmp") && statSync(join(results, path)).size === 0),
      [],
    );
  });

  test("DuckDB has the same, by the views of docs/results.md", {
    skip: ask === null ? WITHOUT_DUCKDB : false,
  }, async () => {
    const page = readFileSync(new URL("../../docs/results.md", import.meta.url), "utf8");
    const views = [...page.matchAll(/^```sql\n(create view .*?)^```/gms)].slice(0, 2);
    for (const [, sql] of views) await ask!(sql!.replaceAll("'results/", `'${results}/`));
    for (const sensor of SENSORS) {
      for (const table of ["calls", "associations", "offers"]) {
        const rows = await ask!(`select id from ${table} where sensor = '${sensor}' and not provisional`);
        const ids = rows.map(({ id }) => id as string).sort();
        assert.deepEqual(ids, [...inOneRun(sensor, table).keys()].sort(), `${table} of ${sensor}`);
      }
    }
  });

  test("status counts what was done, and knows no gap", () => {
    const { status, text, error } = raiscope("fleet", "status", "--queue", server.url, "-T", "json");
    assert.equal(status, 0, text + error);
    const sensors = JSON.parse(text) as {
      sensor: string;
      windows: number;
      states: object;
      gaps: unknown[];
    }[];
    assert.deepEqual(
      sensors.map(({ sensor, windows, states, gaps }) => ({ sensor, windows, states, gaps })),
      [...SENSORS]
        .sort()
        .map((sensor) => ({ sensor, windows: FILES, states: { completed: FILES }, gaps: [] })),
    );
  });

  /** A ring file that ends with a request without its answer, moved so that it ended so long ago, and the rest of the capture. */
  function cutAtCall(name: string, ago: number): { first: string; rest: string; id: string } {
    const capture = join(CAPTURES, "wmi.pcapng");
    const cut = callsIn(capture).findLast(({ frames }) => frames.response[0]! > frames.request.at(-1)!)!;
    const answered = cut.frames.response[0]!;
    mkdirSync(join(folder, name));
    const [first, rest] = [join(folder, name, "1.pcapng"), join(folder, `${name}.rest.pcapng`)];
    const times = framesOf(capture);
    const last = Number(times[answered - 2]);
    const move = ["-t", String(Math.round(Date.now() / 1_000 - last - ago))];
    execFileSync("editcap", [...move, "-r", capture, first, `1-${answered - 1}`]);
    execFileSync("editcap", [...move, "-r", capture, rest, `${answered}-${times.length}`]);
    const open = callsIn(first).find(({ frames }) => frames.request.join() === cut.frames.request.join())!;
    return { first, rest, id: open.id };
  }

  async function rowsOf(sensor: string, id: string): Promise<[number, boolean, string][]> {
    const root = join(results, "calls", `sensor=${sensor}`);
    const files = existsSync(root) ? filesBelow(root).filter((path) => path.endsWith(".parquet")) : [];
    const rows = (
      await Promise.all(files.map((path) => rowsIn(join(root, path))))
    ).flat() as unknown as Written[];
    return rows
      .filter((row) => row.id === id)
      .map(({ revision, provisional, status }): [number, boolean, string] => [revision, provisional, status])
      .sort(([a], [b]) => a - b);
  }

  test("a call without its answer is provisional until the window that sees it", async () => {
    const { rest, id } = cutAtCall("live", 10);
    assert.equal(add("live", "10m").status, 0);
    assert.equal((await ended(work("--once"))).status, 0);
    assert.deepEqual(await rowsOf("live", id), [[1, true, "no_response"]]);
    renameSync(rest, join(folder, "live", "2.pcapng"));
    assert.equal(add("live", "10m").status, 0);
    assert.equal((await ended(work("--once"))).status, 0);
    assert.deepEqual(await rowsOf("live", id), [
      [1, true, "no_response"],
      [3, false, "ok"],
    ]);
  });

  test("or until 300 s have gone by", { timeout: 30_000 }, async () => {
    const { id } = cutAtCall("quiet", 296);
    assert.equal(add("quiet", "10m").status, 0);
    const worker = work();
    const over = ended(worker);
    while ((await rowsOf("quiet", id)).length < 2) await new Promise((look) => setTimeout(look, 100));
    assert.deepEqual(await rowsOf("quiet", id), [
      [1, true, "no_response"],
      [2, false, "no_response"],
    ]);
    worker.kill("SIGTERM");
    assert.equal((await over).status, 143);
  });

  test("a ring that lacks a file, and files that change, are gaps", async () => {
    const { first } = cutAtCall("gaps", 4_000);
    const ring = (number: number): string =>
      join(folder, "gaps", `g_0000${number}_2024060310000${number}.pcapng`);
    renameSync(first, ring(1));
    for (const number of [2, 4]) execFileSync("editcap", ["-t", String(number), ring(1), ring(number)]);
    assert.equal(add("gaps", "0").status, 0);
    rmSync(ring(2));
    writeFileSync(ring(4), readFileSync(ring(1)));
    appendFileSync(ring(1), new Uint8Array(28));
    assert.equal((await ended(work("--once"))).status, 0);
    assert.equal(add("gaps", "0").status, 0);
    const { status, text } = raiscope("fleet", "status", "--queue", server.url, "-T", "json");
    assert.equal(status, 2);
    const sensors = JSON.parse(text) as { sensor: string; gaps: { kind: string; reason: string }[] }[];
    const { gaps } = sensors.find(({ sensor }) => sensor === "gaps")!;
    const told = gaps
      .map(({ kind, reason }) => `${kind}: ${reason}`)
      .map((line) => line.replaceAll(/\/\S+\/g_0000(\d)_\S+\.pcapng/g, "/$1").replaceAll(/\d\d+/g, "N"))
      .sort();
    assert.deepEqual(told, [
      "changed: it was planned with N bytes and has N",
      "incomplete: /1: it has changed since it was planned; a file is damaged or cut short: its notes say where",
      "incomplete: /2: it was gone when it was to be read",
      "incomplete: /4: another capture has taken its place",
      "not-in-ring: by its number between /2 and /4",
    ]);
  });
});
