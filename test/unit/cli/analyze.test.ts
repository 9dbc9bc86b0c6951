import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ended, raiscope, start, until } from "../../support/cli/spawn.js";
import { validateRecord } from "../../support/output/validate.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const CAPTURE = fileURLToPath(new URL("../../../captures/vista-offer-integrity.pcapng", import.meta.url));
const PCAP = fileURLToPath(new URL("../../../captures/xp-collection-walk.pcap", import.meta.url));

const place = (name: string): string => join(folder, name);
const records = (text: string): { type: string; [key: string]: unknown }[] =>
  text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** A classic pcap of one UDP packet. */
function quietPcap(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(101, 20);
  const packet = Buffer.from("4500001c000000004011000001010101020202020035003500080000", "hex");
  const record = Buffer.alloc(16);
  record.writeUInt32LE(1_700_000_000, 0);
  record.writeUInt32LE(packet.length, 8);
  record.writeUInt32LE(packet.length, 12);
  return Buffer.concat([header, record, packet]);
}

describe("raiscope analyze", { concurrency: 2 }, () => {
  test("ndjson: records and nothing else on standard output, each valid", async () => {
    const { status, stdout } = await raiscope(["-vT", "ndjson", "--events", "all", CAPTURE]);
    assert.equal(status, 0);
    const all = records(stdout);
    for (const record of all) assert.deepEqual(validateRecord(record), [], JSON.stringify(record));
    assert.ok(all.some(({ type }) => type === "call"));
    assert.equal(all.at(-1)?.type, "summary");
  });

  test("the transcript is what comes without a word, colourless where it is no terminal", async () => {
    const { status, stdout, stderr } = await raiscope([CAPTURE]);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /IRASrv\.GetSessionInfo/);
    assert.match(stdout, /listener +10\.20\.4\.17:49230/);
    assert.ok(!stdout.includes("\x1b"));
  });

  test("several outputs, each in the format of its suffix, redacted alike", async () => {
    const names = ["a.ndjson", "a.json", "a.txt", "a.table"].map(place);
    const args = ["analyze", CAPTURE, "--redact", ...names.flatMap((name) => ["-o", name])];
    const { status, stdout } = await raiscope(args);
    assert.deepEqual([status, stdout], [0, ""]);
    const [lines, array, text, table] = names.map((name) => readFileSync(name, "utf8"));
    assert.deepEqual(JSON.parse(array!), records(lines!));
    assert.match(table!, /^LEVEL .*\n(?:.+\n)+\nTIME .*OUTCOME\n/);
    assert.match(text!, /^Findings: 4 medium\n/);
    assert.match(text!, /^Offer 1 /m);
    for (const secret of ["jmarek", "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=", "8rYm30RBW8"]) {
      for (const output of [lines, array, text, table]) assert.ok(!output!.includes(secret), secret);
    }
    const kh = /<kh-\d+>/.exec(lines!)?.[0];
    assert.ok(kh !== undefined && text!.includes(kh));
  });

  test("filters and the limit choose", async () => {
    const [rai, fault, few] = await Promise.all([
      raiscope(["-T", "ndjson", "--interface", "irasrv", CAPTURE]),
      raiscope(["-Tndjson", "--only-rai", "--status", "fault", CAPTURE]),
      raiscope(["-T", "ndjson", "--events", "summary", "-c5", CAPTURE]),
    ]);
    const methods = records(rai.stdout).map(({ method }) => method);
    assert.deepEqual(methods, ["GetSessionInfo", "GetNoviceUserInfo"]);
    assert.deepEqual([fault.stdout, fault.status], ["", 0]);
    assert.equal(records(few.stdout)[0]?.frames, 5);
  });

  test("standard input, and a file that is cut short: what came before, and 2", async () => {
    const whole = readFileSync(PCAP);
    const [piped, cut] = await Promise.all([
      raiscope(["-", "-T", "ndjson"], whole),
      raiscope(["-", "-T", "ndjson", "--events", "all"], whole.subarray(0, whole.length - 7)),
    ]);
    assert.equal(piped.status, 0);
    assert.equal(cut.status, 2);
    assert.match(cut.stderr, /^raiscope: .+\n$/);
    const calls = records(cut.stdout).filter(({ type }) => type === "call");
    assert.ok(calls.length > 0 && calls.length <= records(piped.stdout).length);
    assert.equal(records(cut.stdout).at(-1)?.complete, false);
  });

  test("what cannot be read: one line and 1", async () => {
    writeFileSync(place("no-capture"), "Dear diary\x1b[2J\n");
    for (const args of [
      [place("no-capture")],
      [place("absent")],
      [CAPTURE, "-T", "bogus"],
      [CAPTURE, "--bogus"],
      [CAPTURE, "-o", place("absent/x.json")],
      [CAPTURE, "-o", CAPTURE],
    ]) {
      const { status, stdout, stderr } = await raiscope(args);
      assert.equal(status, 1, args.join(" "));
      assert.equal(stdout, "");
      assert.ok(stderr.trimEnd().split("\n").length <= 2, stderr);
      assert.ok(!stderr.includes("\x1b") && !stderr.includes("    at "), stderr);
    }
  });

  test("a capture without RPC: two lines that say what was in it", async () => {
    writeFileSync(place("quiet.pcap"), quietPcap());
    const { status, stdout } = await raiscope([place("quiet.pcap")]);
    assert.equal(status, 0);
    assert.match(stdout, /^No DCE\/RPC in this capture\.\nIt holds 1 frame .*1 IP packet.*\n$/);
    const json = await raiscope([place("quiet.pcap"), "-T", "ndjson"]);
    assert.equal(json.stdout, "");
    assert.match(json.stderr, /No DCE\/RPC/);
  });

  test("live: a record leaves while the input stays open; SIGINT prints the counters", async () => {
    const child = start(["-", "-T", "ndjson"]);
    const end = ended(child);
    child.stdin?.on("error", () => {});
    child.stdin?.write(readFileSync(PCAP));
    await until(child, (text) => text.includes('"method"'));
    child.kill("SIGINT");
    const { status, stdout, stderr } = await end;
    assert.equal(status, 130);
    assert.match(stderr, /calls \(/);
    for (const record of records(stdout)) assert.equal(record.type, "call");
  });

  test("SIGTERM flushes a transcript", async () => {
    const file = place("term.ndjson");
    const child = start(["-", "-o", file, "--events", "all"]);
    const end = ended(child);
    child.stdin?.on("error", () => {});
    child.stdin?.write(readFileSync(PCAP));
    // Text is handed over when the input has no more to give.
    while (!readFileSync(file, { encoding: "utf8", flag: "a+" }).includes('"method"')) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill("SIGTERM");
    assert.equal((await end).status, 143);
    assert.equal(records(readFileSync(file, "utf8")).at(-1)?.type, "summary");
  });

  test("a pipe that is closed early ends the run quietly", async () => {
    const child = start(["-T", "ndjson", "--events", "all", CAPTURE, PCAP]);
    const end = ended(child);
    child.stdout?.destroy();
    const { status, stderr } = await end;
    assert.deepEqual([status, stderr], [0, ""]);
  });
});
