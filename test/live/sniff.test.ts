/** `raiscope sniff` as a whole: files, ends, signals, privileges, drops. Each test has a network namespace of its own. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CAP } from "../../src/capture/live/cap.js";
import type { InterfaceInfo } from "../../src/capture/live/interfaces.js";
import { findProgram } from "../../src/capture/live/program.js";
import type { CallRecord, Event, OfferRecord, SummaryRecord } from "../../src/events.js";
import {
  analyzed,
  cannotCapture,
  folder,
  lab,
  namespace,
  type Running,
  raiscope,
  run,
  sniffing,
  statusOf,
} from "./support.js";

const cannot = cannotCapture("tcpdump");

function calls(records: readonly Event[]): CallRecord[] {
  return records.filter((record): record is CallRecord => record.type === "call");
}

/** The process of the program itself: `ip netns exec` makes way for it. */
function pidOf(running: Running): number {
  return running.child.pid!;
}

/** Processes that were started by this one, and theirs. */
function descendants(pid: number): number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return own === ""
    ? []
    : own
        .split(" ")
        .map(Number)
        .flatMap((child) => [child, ...descendants(child)]);
}

function engineOf(running: Running): number {
  const found = descendants(pidOf(running)).find((pid) => statusOf(pid, "Name") === "tcpdump");
  assert.ok(found, "tcpdump runs");
  return found;
}

/** Sends datagrams of 1,000 octets to the loopback of a namespace. */
function datagrams(t: TestContext, space: string, count: number, pause = 0): Promise<number> {
  const code = `const s = require("dgram").createSocket("udp4");
    let n = 0;
    const next = () => { if (n++ < ${count}) s.send(Buffer.alloc(1000), 9, "127.0.0.1", () => setTimeout(next, ${pause})); else s.close(); };
    next();`;
  return run(t, space, process.execPath, [
    "-e",
    pause === 0 ? code.replace("setTimeout(next, 0)", "next()") : code,
  ]).ended;
}

describe("sniff", { skip: cannot, concurrency: 4 }, () => {
  test("root is given up; SIGUSR1 counts and goes on; SIGHUP reopens; SIGTERM ends", {
    timeout: 60_000,
  }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const sniffer = await sniffing(
      t,
      space,
      "-i",
      "lo",
      "-o",
      `${at}/calls.ndjson`,
      "-w",
      `${at}/all.pcapng`,
      "--user",
      "nobody",
    );
    const pid = pidOf(sniffer);
    assert.match(sniffer.stderr(), /as user nobody/);
    await sniffer.until(
      () =>
        statusOf(pid, "Uid")
          .split("\t")
          .every((id) => Number(id) === nobody().uid),
      "giving up root",
    );
    assert.equal(Number.parseInt(statusOf(pid, "CapPrm"), 16), 0);
    assert.ok(!statusOf(pid, "Groups").split(" ").includes("0"));
    assert.ok(!statusOf(engineOf(sniffer), "Uid").split("\t").includes("0"), "tcpdump gives it up as well");
    for (const name of ["calls.ndjson", "all.pcapng"])
      assert.equal(statSync(`${at}/${name}`).uid, nobody().uid);

    await lab(t, space, "both");
    const lines = (name: string): number => readFileSync(`${at}/${name}`, "utf8").split("\n").length - 1;
    await sniffer.until(() => lines("calls.ndjson") === 15, "15 calls");
    sniffer.signal("SIGUSR1");
    await sniffer.until(() => /15 calls \(.*\)/.test(sniffer.stderr()), "the counters");
    assert.match(
      sniffer.stderr(),
      /lo with tcpdump: \d+ frames received; dropped: 0 by the kernel, 0 by the interface, 0 let go here/,
    );
    assert.equal(sniffer.child.exitCode, null);

    renameSync(`${at}/calls.ndjson`, `${at}/old.ndjson`);
    renameSync(`${at}/all.pcapng`, `${at}/old.pcapng`);
    sniffer.signal("SIGHUP");
    await sniffer.until(
      () => existsSync(`${at}/calls.ndjson`) && existsSync(`${at}/all.pcapng`),
      "new files",
    );
    await lab(t, space, "both");
    await sniffer.until(() => lines("calls.ndjson") === 15, "15 more calls");
    assert.equal(lines("old.ndjson"), 15);
    sniffer.signal("SIGTERM");
    assert.equal(await sniffer.ended, 143);
    assert.equal((sniffer.stderr().match(/\d+ offers?$/gm) ?? []).at(-1), "2 offers");
    for (const name of ["old.pcapng", "all.pcapng"])
      assert.equal(calls(await analyzed(`${at}/${name}`)).length, 15);
  });

  test("where only root may open the next file, root is set aside for that, and it is said", {
    timeout: 60_000,
  }, async (t) => {
    const space = namespace(t);
    const at = folder(t, 0o700);
    const sniffer = await sniffing(
      t,
      space,
      "-i",
      "lo",
      "-o",
      "/dev/null",
      "-w",
      `${at}/ring.pcapng`,
      "-b",
      "packets:20",
      "-b",
      "files:2",
    );
    assert.match(sniffer.stderr(), /cannot be written by nobody: root is set aside, not given up/);
    const [, effective] = statusOf(pidOf(sniffer), "Uid").split("\t").map(Number);
    assert.equal(effective, nobody().uid);
    sniffer.signal("SIGHUP");
    // A file is given away right after it was made.
    const owners = (): number[] => readdirSync(at).map((file) => statSync(`${at}/${file}`).uid);
    await sniffer.until(() => owners().filter((uid) => uid === nobody().uid).length === 2, "the next file");
    await lab(t, space, "both");
    await sleep(1_200);
    sniffer.signal("SIGINT");
    assert.equal(await sniffer.ended, 130);
    const files = readdirSync(at).sort();
    assert.equal(files.length, 2);
    for (const file of files) assert.match(file, /^ring_0000[4-9]_\d{14}\.pcapng$/);
    assert.equal((await analyzed(`${at}/${files[0]}`)).at(-1)?.type, "summary");
  });

  test("killed at once, its files are whole and its engine is gone", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const sniffer = await sniffing(
      t,
      space,
      "-i",
      "lo",
      "--immediate",
      "-o",
      "/dev/null",
      "-w",
      `${at}/all.pcapng`,
      "-f",
      "udp",
    );
    const engine = engineOf(sniffer);
    const talk = datagrams(t, space, 2000, 1);
    await sniffer.until(() => statSync(`${at}/all.pcapng`).size > 200_000, "some frames");
    sniffer.signal("SIGKILL");
    await sniffer.ended;
    await talk;
    const records = await analyzed(`${at}/all.pcapng`);
    const summary = records.at(-1) as SummaryRecord;
    assert.equal(summary.complete, true);
    assert.ok(summary.frames > 150);
    for (let n = 0; n < 100 && existsSync(`/proc/${engine}`); n++) await sleep(20);
    assert.equal(existsSync(`/proc/${engine}`), false);
  });

  test("it ends by itself: after frames, seconds, octets, files", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const common = ["-i", "lo", "--immediate", "-f", "udp", "-T", "ndjson", "--events", "summary"];
    const begun = Date.now();
    const all = await Promise.all([
      sniffing(t, space, ...common, "-a", "packets:7"),
      sniffing(t, space, ...common, "-c", "5", "-w", `${at}/five.pcapng`),
      sniffing(t, space, ...common, "-a", "duration:4"),
      sniffing(t, space, ...common, "-a", "filesize:20", "-w", `${at}/small.pcapng`),
      sniffing(t, space, ...common, "-b", "packets:4", "-a", "files:3", "-w", `${at}/ring.pcapng`),
    ]);
    await datagrams(t, space, 60, 5);
    assert.deepEqual(await Promise.all(all.map((one) => one.ended)), [0, 0, 0, 0, 0]);
    assert.ok(Date.now() - begun >= 3_900);
    const counts = all.map((one) => (one.records().at(-1) as SummaryRecord).capture!);
    assert.equal(counts[0]!.received, 7);
    assert.deepEqual([counts[1]!.received, counts[1]!.written?.frames], [5, 5]);
    assert.equal(counts[2]!.received, 60);
    const { size } = statSync(`${at}/small.pcapng`);
    assert.ok(size >= 20_000 && size < 21_500, `${size} octets`);
    const ring = readdirSync(at).filter((name) => name.startsWith("ring_"));
    assert.equal(ring.length, 3);
    assert.deepEqual([counts[4]!.written?.frames, counts[4]!.written?.files], [12, 3]);
  });

  test("--keep rai: the offer and nothing else", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const sniffer = await sniffing(
      t,
      space,
      "-i",
      "lo",
      "-T",
      "ndjson",
      "--events",
      "offer,summary",
      "-w",
      `${at}/rai.pcapng`,
      "--keep",
      "rai",
    );
    const code = `const net = require("net");
      net.createServer((c) => c.once("data", () => c.end("HTTP/1.1 200 OK\\r\\n\\r\\n" + "x".repeat(20000)))).listen(8080, "127.0.0.1", async () => {
        for (let n = 0; n < 20; n++) await new Promise((done) => net.connect(8080, "127.0.0.1").on("close", done).resume().write("GET / HTTP/1.1\\r\\n\\r\\n"));
        process.exit();
      });`;
    await Promise.all([
      lab(t, space, "both", "--gap", "5"),
      run(t, space, process.execPath, ["-e", code]).ended,
    ]);
    await sleep(1_300);
    sniffer.signal("SIGINT");
    assert.equal(await sniffer.ended, 130);
    const live = sniffer.records();
    const { capture } = live.at(-1) as SummaryRecord;
    const offline = await analyzed(`${at}/rai.pcapng`);
    const summary = offline.at(-1) as SummaryRecord;
    assert.equal(summary.frames, capture?.written?.frames);
    assert.ok(capture!.received > summary.frames + 100);
    assert.equal(summary.streams, 5);
    assert.deepEqual([calls(offline).length, summary.traffic.rpc_streams, summary.offers], [15, 5, 1]);
    const [before, after] = [live, offline].map(
      (all) => all.find((r): r is OfferRecord => r.type === "offer")!,
    );
    assert.deepEqual(before!.connection_string, after!.connection_string);
  });

  test("frames that the kernel dropped are counted and told", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const sniffer = await sniffing(
      t,
      space,
      "-i",
      "lo",
      "-B",
      "256K",
      "-f",
      "udp",
      "-T",
      "ndjson",
      "--events",
      "note,summary",
    );
    const engine = engineOf(sniffer);
    process.kill(engine, "SIGSTOP");
    await datagrams(t, space, 3000);
    process.kill(engine, "SIGCONT");
    await sleep(1_500);
    sniffer.signal("SIGINT");
    assert.equal(await sniffer.ended, 130);
    const records = sniffer.records();
    const { capture, notes } = records.at(-1) as SummaryRecord;
    assert.ok(capture!.dropped_kernel! > 500, `${capture!.dropped_kernel} dropped`);
    // On a loopback the kernel counts what it drops of both directions.
    assert.ok(capture!.received + capture!.dropped_kernel! >= 3000);
    assert.ok(notes["kernel-drops"]! >= 1);
    assert.ok(records.some((r) => r.type === "note" && r.code === "kernel-drops"));
    assert.match(sniffer.stderr(), /warning: the kernel dropped \d+ frames that matched/);
    assert.match(
      sniffer.stderr(),
      new RegExp(`dropped: ${capture!.dropped_kernel!.toLocaleString("en-US")} by the kernel`),
    );
  });

  test("an interface that goes away: what came before is told, status 2", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const name = `vg${process.pid}`;
    execFileSync("ip", ["-n", space, "link", "add", name, "type", "veth", "peer", "name", `${name}p`]);
    execFileSync("ip", ["-n", space, "link", "set", name, "up"]);
    const sniffer = await sniffing(t, space, "-i", name, "-T", "ndjson", "--events", "all");
    execFileSync("ip", ["-n", space, "link", "del", name]);
    assert.equal(await sniffer.ended, 2);
    const records = sniffer.records();
    assert.equal((records.at(-1) as SummaryRecord).complete, false);
    assert.ok(records.some((r) => r.type === "note" && r.code === "interface-lost"));
    assert.match(sniffer.stderr(), new RegExp(`capture has ended after frame \\d+: ${name}: `));
  });

  test("a reader that goes away ends it", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const sniffer = await sniffing(t, space, "-i", "lo", "--immediate", "-T", "ndjson");
    sniffer.child.stdout!.destroy();
    await lab(t, space, "both");
    assert.equal(await sniffer.ended, 0);
    assert.match(sniffer.stderr(), /dropped: 0 by the kernel/);
  });

  test("a named pipe that only root may open; its reader is waited for, and the wait can be ended", {
    timeout: 60_000,
  }, async (t) => {
    const space = namespace(t);
    const at = folder(t, 0o700);
    const fifo = `${at}/fifo`;
    execFileSync("mkfifo", ["-m", "600", fifo]);
    const args = ["sniff", "-i", "lo", "-w", fifo, "-T", "ndjson", "--events", "summary"];
    const alone = raiscope(t, space, ...args);
    await alone.until(() => alone.stderr().includes("waiting for a reader of"), "the wait");
    alone.signal("SIGINT");
    await alone.ended;
    const sniffer = raiscope(t, space, ...args);
    await sniffer.until(() => sniffer.stderr().includes("waiting for a reader of"), "the wait");
    const reader = run(t, null, "sh", ["-c", `exec cat "${fifo}" > "${at}/out.pcapng"`]);
    await sniffer.until(() => sniffer.stderr().includes("capturing on"), "the capture");
    await lab(t, space, "both");
    await sleep(1_300);
    sniffer.signal("SIGINT");
    assert.equal(await sniffer.ended, 130);
    assert.equal(await reader.ended, 0);
    assert.equal(calls(await analyzed(`${at}/out.pcapng`)).length, 15);
  });

  test("records that cannot be written end the run with status 2 and all counters", {
    timeout: 60_000,
  }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const sniffer = await sniffing(t, space, "-i", "lo", "-o", "/dev/full", "-w", `${at}/all.pcapng`);
    await lab(t, space, "both");
    assert.equal(await sniffer.ended, 2);
    assert.match(sniffer.stderr(), /\/dev\/full: cannot be written any further: no space left/);
    assert.match(sniffer.stderr(), /dropped: 0 by the kernel.* written to 1 file/);
  });

  test("an interface that is down: one line, and what to do", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    execFileSync("ip", ["-n", space, "link", "add", "vdown", "type", "veth", "peer", "name", "vdownp"]);
    const sniffer = raiscope(t, space, "sniff", "-i", "vdown");
    assert.equal(await sniffer.ended, 1);
    assert.match(
      sniffer.stderr(),
      /^raiscope: vdown: .* is not up\nraiscope: .*sudo ip link set vdown up\n$/,
    );
  });

  test("an engine that cannot do what is asked for is not called missing", {
    timeout: 60_000,
    skip: CAP.find() === null && "cap is not built",
  }, async (t) => {
    const hide = ["tcpdump", "dumpcap"].map(findProgram).filter((path) => path !== null);
    const script = `${hide.map((path) => `mount --bind /dev/null ${path}; `).join("")}exec "$@"`;
    const sniffer = run(t, namespace(t), "unshare", [
      "-m",
      "sh",
      "-c",
      script,
      "sh",
      ...sniffCommand("-i", "lo", "--no-promiscuous"),
    ]);
    assert.equal(await sniffer.ended, 1);
    assert.match(sniffer.stderr(), /^raiscope: cap always captures promiscuously\nraiscope: leave /);
  });

  test("without the right to capture: one line, and what to do", {
    timeout: 60_000,
    skip: findProgram("setpriv") === null && "setpriv is not installed",
  }, (t) => {
    const space = namespace(t);
    const { uid, gid } = nobody();
    for (const [engine, program] of [
      ["tcpdump", "tcpdump"],
      ["auto", "tcpdump"],
    ]) {
      const args = [
        "netns",
        "exec",
        space,
        "setpriv",
        "--reuid",
        `${uid}`,
        "--regid",
        `${gid}`,
        "--clear-groups",
      ];
      const { status, stderr } = spawnSync(
        "ip",
        [...args, ...sniffCommand("-i", "lo", "--engine", engine!)],
        // Where coverage is measured, nobody could not write it down and would say so.
        { encoding: "utf8", env: { ...process.env, NODE_V8_COVERAGE: "" } },
      );
      assert.equal(status, 1);
      const lines = stderr.trim().split("\n");
      assert.match(lines[0]!, /^raiscope: no permission to capture: lo: /);
      assert.match(lines[1]!, new RegExp(`sudo setcap cap_net_raw,cap_net_admin=eip \\S*${program}$`));
      assert.equal(lines.length, 2);
    }
  });

  test("interfaces: addresses and link types", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const running = raiscope(t, space, "interfaces", "-T", "json");
    assert.equal(await running.ended, 0);
    const lo = (JSON.parse(running.stdout()) as InterfaceInfo[]).find((one) => one.name === "lo");
    assert.deepEqual(
      [lo?.loopback, lo?.link_types, lo?.addresses.includes("127.0.0.1/8")],
      [true, ["EN10MB"], true],
    );
    const table = raiscope(t, space, "interfaces");
    await table.ended;
    assert.match(table.stdout(), /^INTERFACE +STATE +LINK TYPES +ADDRESSES\n/);
    assert.match(table.stdout(), /^lo +(up )?loopback +EN10MB +127\.0\.0\.1\/8/m);
  });

  test("extcap: the verbs, and a capture into a pipe with a comment for each call", {
    timeout: 60_000,
  }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const verb = async (...args: string[]): Promise<string> => {
      const running = raiscope(t, space, "extcap", ...args);
      assert.equal(await running.ended, 0);
      return running.stdout();
    };
    const [list, dlts, config, bad] = await Promise.all([
      verb("--extcap-interfaces", "--extcap-version=4.0"),
      verb("--extcap-interface", "raiscope", "--extcap-dlts"),
      verb("--extcap-interface", "raiscope", "--extcap-config"),
      verb("--extcap-interface", "raiscope", "--extcap-capture-filter", "tcp and and"),
    ]);
    assert.match(list!, /^extcap \{version=\d+\.\d+\.\d+\}.*\ninterface \{value=raiscope\}\{display=.+\}\n$/);
    assert.match(dlts!, /^dlt \{number=1\}\{name=EN10MB\}\{display=.+\}\n$/);
    assert.match(config!, /^arg \{number=0\}\{call=--device\}/);
    assert.match(config!, /^value \{arg=0\}\{value=lo\}/m);
    assert.match(bad!, /syntax error/);

    const fifo = `${at}/fifo`;
    execFileSync("mkfifo", [fifo]);
    const vain = run(t, null, "cat", [fifo]);
    const failing = ["extcap", "--capture", "--extcap-interface", "raiscope", "--fifo", fifo];
    const failed = raiscope(t, space, ...failing, "--device", "nosuch");
    assert.equal(await failed.ended, 1);
    assert.match(failed.stderr(), /nosuch: no such interface/);
    assert.equal(await vain.ended, 0, "whoever waits for frames is not left waiting");

    const reader = run(t, null, "sh", ["-c", `exec cat "${fifo}" > "${at}/out.pcapng"`]);
    const extcap = raiscope(
      t,
      space,
      "extcap",
      "--capture",
      "--extcap-interface",
      "raiscope",
      "--fifo",
      fifo,
      "--device",
      "lo",
    );
    await extcap.until(
      () => existsSync(`${at}/out.pcapng`) && statSync(`${at}/out.pcapng`).size > 0,
      "the section header",
    );
    await lab(t, space, "both", "--gap", "2");
    await extcap.until(
      () => readFileSync(`${at}/out.pcapng`).includes("IRASrv.GetNoviceUserInfo -> S_OK"),
      "the comments",
    );
    extcap.signal("SIGTERM");
    assert.equal(await extcap.ended, 0);
    assert.equal(await reader.ended, 0);
    assert.ok(readFileSync(`${at}/out.pcapng`).includes("IRASrv.GetSessionInfo -> S_OK, 2 sessions"));
    assert.equal(calls(await analyzed(`${at}/out.pcapng`)).length, 15);
  });
});

function nobody(): { uid: number; gid: number } {
  const id = (option: string): number => Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function sniffCommand(...args: string[]): string[] {
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
  return [process.execPath, "--import", import.meta.resolve("tsx"), main, "sniff", ...args];
}
