/** What `raiscope sniff` says when something fails: drops, interfaces and readers that go away, full disks, missing rights. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { CAP } from "../../../src/capture/live/cap.js";
import { findProgram } from "../../../src/capture/live/program.js";
import type { SummaryRecord } from "../../../src/events.js";
import {
  analyzed,
  cannotCapture,
  folder,
  lab,
  namespace,
  raiscope,
  run,
  sniffing,
} from "../../support/live/programs.js";
import { calls, datagrams, engineOf, nobody, sniffCommand } from "../../support/live/sniffing.js";

const cannot = cannotCapture("tcpdump");

describe("sniff, where something fails", { skip: cannot, concurrency: 4 }, () => {
  test("frames that the kernel dropped are counted and reported", { timeout: 60_000 }, async (t) => {
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
    await sniffer.until(() => sniffer.stderr().includes("the kernel dropped"), "the engine's count");
    // What was kept is read after the count: the end of it is the end of the ring.
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

  test("an interface that goes away: what came before is reported, status 2", {
    timeout: 60_000,
  }, async (t) => {
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
    const args = ["sniff", "-i", "lo", "-w", fifo, "-T", "ndjson", "--events", "call,summary"];
    const alone = raiscope(t, space, ...args);
    await alone.until(() => alone.stderr().includes("waiting for a reader of"), "the wait");
    alone.signal("SIGINT");
    await alone.ended;
    const sniffer = raiscope(t, space, ...args);
    await sniffer.until(() => sniffer.stderr().includes("waiting for a reader of"), "the wait");
    const reader = run(t, null, "sh", ["-c", `exec cat "${fifo}" > "${at}/out.pcapng"`]);
    await sniffer.until(() => sniffer.stderr().includes("capturing on"), "the capture");
    await lab(t, space, "both");
    await sniffer.until(() => calls(sniffer.records()).length === 15, "15 calls");
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
    assert.match(sniffer.stderr(), /\/dev\/full: cannot be written any more: no space left/);
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
    assert.match(
      sniffer.stderr(),
      /^raiscope: cap always captures promiscuously\nraiscope: omit --no-promiscuous/,
    );
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
});
