/** --shard and merge: parts that were written by processes of their own print what one run prints, or say why they cannot. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-merge-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const CAPTURES = fileURLToPath(new URL("../../../captures/", import.meta.url));
const all = readdirSync(CAPTURES)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => join(CAPTURES, name));
const one = join(CAPTURES, "one-expert-three-novices.pcapng");

/** Writes the parts of a run; answers their files. */
async function parts(name: string, count: number, args: readonly string[], status = 0): Promise<string[]> {
  const files: string[] = [];
  for (let index = 0; index < count; index++) {
    const file = join(folder, `${name}-${index}-${count}.ndjson`);
    const made = await raiscope([...args, "--shard", `${index}/${count}`, "-o", file]);
    assert.equal(made.status, status, made.stderr);
    files.push(file);
  }
  return files;
}

describe("parts of a run", { concurrency: 2 }, () => {
  let whole: string[] = [];
  let observed: string[] = [];
  before(async () => {
    whole = await parts("whole", 3, all);
    observed = await parts("observed", 3, [...all, "-T", "zeek"]);
  });

  for (const args of [
    ["-T", "ndjson"],
    ["-T", "ndjson", "--events", "all"],
    ["-T", "json", "--events", "call,note"],
    ["-v"],
    ["-T", "table"],
    ["-T", "table", "-t", "r"],
    ["--all-calls", "--full", "-t", "ad"],
    ["--ladder"],
    ["-T", "ndjson", "--only-rai", "--events", "call,summary"],
    ["-T", "table", "-Y", 'status != "ok"'],
    ["-T", "fields", "-e", "frame.number", "-e", "dcerpc.opnum"],
    ["-T", "csv", "-e", "ts", "-e", "method"],
    ["--redact"],
    ["-T", "ndjson", "--events", "all", "--redact"],
    ["-T", "table", "--resolve", "capture"],
    ["-q", "--fail-on", "low"],
  ]) {
    test(`${args.join(" ")} of the parts is that of the run`, async () => {
      const expected = await raiscope([...all, ...args, "--jobs", "1"]);
      // In whatever order they are named.
      const merged = await raiscope(["merge", whole[2]!, whole[0]!, whole[1]!, ...args]);
      assert.equal(merged.stderr, expected.stderr);
      assert.equal(merged.stdout, expected.stdout);
      assert.equal(merged.status, expected.status);
    });
  }

  for (const format of ["eve", "ecs", "zeek", "zeek-json"]) {
    test(`-T ${format} of parts that were made for it is that of the run`, async () => {
      const expected = await raiscope([...all, "-T", format, "--jobs", "1"]);
      const merged = await raiscope(["merge", ...observed, "-T", format]);
      // When it was written stands in it.
      const lines = (text: string) => text.split("\n").filter((line) => !/^#(?:open|close)/.test(line));
      assert.deepEqual(lines(merged.stdout), lines(expected.stdout));
      assert.equal(merged.stderr, expected.stderr);
    });
  }

  test("findings are those of the run", async () => {
    const expected = await raiscope([...all, "-T", "ndjson", "--events", "detection", "--jobs", "1"]);
    const merged = await raiscope(["merge", ...whole, "-T", "ndjson", "--events", "detection"]);
    assert.equal(merged.stdout, expected.stdout);
  });

  test("an export of what was not taken down says so", async () => {
    const { stderr } = await raiscope(["merge", ...whole, "-T", "zeek"]);
    assert.match(stderr, /without what conversations did beside calls/);
  });

  test("packed, and from standard input", async () => {
    const [a, b, c] = whole;
    const packed = join(folder, "packed.gz");
    writeFileSync(packed, gzipSync(readFileSync(a!)));
    const expected = await raiscope([...all, "-T", "ndjson", "--jobs", "1"]);
    assert.equal((await raiscope(["merge", packed, b!, c!, "-T", "ndjson"])).stdout, expected.stdout);
  });

  test("every line is JSON, records inside are whole, and no key is in it", async () => {
    const file = join(folder, "sealed.ndjson");
    const sealed = join(CAPTURES, "vista-offer-privacy-ntlmssp.pcap");
    await raiscope([sealed, "--password", "Help4Desk!", "--shard", "0/1", "-o", file]);
    const text = readFileSync(file, "utf8");
    const lines = text.trimEnd().split("\n");
    const values = lines.map((line) => JSON.parse(line) as { type: string; operation?: { record?: object } });
    assert.equal(values[0]!.type, "shard");
    assert.equal(values.at(-1)!.type, "shard-end");
    assert.ok(values.some(({ operation }) => operation?.record !== undefined));
    assert.ok(!text.includes("Help4Desk!"));
    const expected = await raiscope([sealed, "--password", "Help4Desk!", "-T", "ndjson", "--jobs", "1"]);
    assert.equal((await raiscope(["merge", file, "-T", "ndjson"])).stdout, expected.stdout);
  });

  test("a damaged capture ends as one run of it does", async () => {
    const cut = join(folder, "cut.pcapng");
    const bytes = readFileSync(one);
    writeFileSync(cut, bytes.subarray(0, bytes.length - 7));
    const args = ["-T", "ndjson", "--events", "all"];
    const expected = await raiscope([cut, ...args, "--jobs", "1"]);
    const merged = await raiscope(["merge", ...(await parts("cut", 2, [cut], 2)), ...args]);
    assert.equal(merged.stdout, expected.stdout);
    assert.equal(merged.status, 2);
  });

  test("a part of the time and of the frames", async () => {
    const chosen = [one, "--after", "2020-01-01", "--before", "2040-01-01", "-f", "tcp", "-c", "60"];
    const args = ["-T", "ndjson", "--events", "all"];
    const expected = await raiscope([...chosen, ...args, "--jobs", "1"]);
    const merged = await raiscope(["merge", ...(await parts("chosen", 2, chosen)), ...args]);
    assert.equal(merged.stdout, expected.stdout);
    assert.equal(merged.status, expected.status);
  });
});

describe("what cannot be merged", () => {
  let files: string[] = [];
  before(async () => {
    files = await parts("refused", 3, [one]);
  });
  const refuses = async (args: readonly string[], says: RegExp, status = 1): Promise<void> => {
    const result = await raiscope(["merge", ...args, "-T", "ndjson"]);
    assert.match(result.stderr, says);
    assert.equal(result.status, status);
  };

  test("a part that is missing, or there twice", async () => {
    await refuses([files[0]!, files[2]!], /part 1 is missing of 3/);
    const twin = join(folder, "twin.ndjson");
    writeFileSync(twin, readFileSync(files[1]!));
    await refuses([...files, twin], /are both part 1 of 3/);
  });

  test("parts of another input, or with other options", async () => {
    const other = await parts("other", 3, [join(CAPTURES, "two-experts.pcapng")]);
    await refuses([files[0]!, other[1]!, files[2]!], /no part of the same run as .*another input/);
    const limited = await parts("limited", 3, [one, "-c", "10"]);
    await refuses([files[0]!, limited[1]!, files[2]!], /written with another -c/);
    const four = await parts("four", 4, [one]);
    await refuses([files[0]!, four[1]!, files[2]!], /one of 4 shards/);
  });

  test("a part that was cut is read up to there, and said", async () => {
    const text = readFileSync(files[1]!, "utf8");
    const cut = join(folder, "cut.ndjson");
    writeFileSync(cut, text.slice(0, text.length / 2));
    const result = await raiscope(["merge", files[0]!, cut, files[2]!, "-T", "ndjson", "--events", "all"]);
    assert.equal(result.status, 2);
    assert.match(result.stderr, /cut\.ndjson: (?:line \d+ is cut or damaged|its end is missing)/);
    const last = JSON.parse(result.stdout.trimEnd().split("\n").at(-1)!);
    assert.equal(last.type, "summary");
    assert.equal(last.complete, false);
    assert.equal(last.notes["shard-cut-short"], 1);
  });

  test("what stands behind a part's end is said", async () => {
    const more = join(folder, "more.ndjson");
    writeFileSync(more, readFileSync(files[1]!, "utf8") + readFileSync(files[2]!, "utf8"));
    const result = await raiscope(["merge", files[0]!, more, files[2]!]);
    assert.equal(result.status, 2);
    assert.match(result.stderr, /more\.ndjson: line \d+ stands behind its end/);
  });

  test("a part by itself is no call log, and other files are no parts", async () => {
    const alone = await raiscope([files[0]!]);
    assert.equal(alone.status, 1);
    assert.match(alone.stderr, /part 0 of 3 .*raiscope merge/);
    const log = join(folder, "log.ndjson");
    await raiscope([one, "-o", log]);
    await refuses([...files, log], /log\.ndjson is no part of a run/);
    await refuses([join(folder, "nothing")], /no such file/);
  });

  test("what --shard does not go with", async () => {
    const refused = async (args: readonly string[], says: RegExp): Promise<void> => {
      const result = await raiscope([one, "--shard", "0/2", ...args]);
      assert.equal(result.status, 1, result.stderr);
      assert.match(result.stderr, says);
    };
    await refused(["--redact"], /give it to raiscope merge/);
    await refused(["-w", join(folder, "w.pcapng")], /-w needs the whole capture/);
    await refused(["-V"], /-V needs the whole capture/);
    await refused(["--only-rai"], /--only-rai is for records/);
    const wrong = await raiscope([one, "--shard", "2/2"]);
    assert.match(wrong.stderr, /which part of how many/);
    const standardInput = await raiscope(["-", "--shard", "0/2"], readFileSync(one));
    assert.match(standardInput.stderr, /--shard reads files/);
  });
});

test("call logs are merged as they are read together", async () => {
  const logs: string[] = [];
  for (const name of ["two-experts.pcapng", "wmi.pcapng"]) {
    const log = join(folder, `${name}.ndjson`);
    await raiscope([join(CAPTURES, name), "--events", "all", "-o", log]);
    logs.push(log);
  }
  for (const args of [
    ["-T", "ndjson", "--events", "all"],
    ["-T", "table"],
  ]) {
    const expected = await raiscope([...logs, ...args]);
    const merged = await raiscope(["merge", ...logs, ...args]);
    assert.equal(merged.stdout, expected.stdout);
    assert.equal(merged.status, expected.status);
  }
});
