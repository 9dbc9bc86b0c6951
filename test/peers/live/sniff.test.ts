/** `raiscope sniff` at work: files, ends, signals, privileges. Each test has a network namespace of its own. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { OfferRecord, SummaryRecord } from "../../../src/events.js";
import { datagramPdu } from "../../lab/datagram.js";
import {
  analyzed,
  cannotCapture,
  folder,
  lab,
  namespace,
  run,
  sniffing,
  statusOf,
} from "../../support/live/programs.js";
import { calls, datagrams, engineOf, nobody, pidOf } from "../../support/live/sniffing.js";

const cannot = cannotCapture("tcpdump");

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
      /lo with tcpdump: \d+ frames received; dropped: 0 by the kernel, 0 by the interface, 0 by raiscope/,
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
      "-T",
      "ndjson",
      "--events",
      "call",
      "-w",
      `${at}/ring.pcapng`,
      "-b",
      "packets:20",
      "-b",
      "files:2",
    );
    assert.match(sniffer.stderr(), /cannot be written by nobody: root is kept in reserve, not dropped/);
    const [, effective] = statusOf(pidOf(sniffer), "Uid").split("\t").map(Number);
    assert.equal(effective, nobody().uid);
    sniffer.signal("SIGHUP");
    // A file is given away right after it was made.
    const owners = (): number[] => readdirSync(at).map((file) => statSync(`${at}/${file}`).uid);
    await sniffer.until(() => owners().filter((uid) => uid === nobody().uid).length === 2, "the next file");
    await lab(t, space, "both");
    await sniffer.until(() => calls(sniffer.records()).length === 15, "15 calls");
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
    for (let n = 0; n < 1_000 && existsSync(`/proc/${engine}`); n++) await sleep(20);
    assert.equal(existsSync(`/proc/${engine}`), false);
  });

  test("it ends by itself: after frames, seconds, bytes, files", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const at = folder(t);
    const common = ["-i", "lo", "--immediate", "-f", "udp", "-T", "ndjson", "--events", "summary"];
    const all = await Promise.all([
      sniffing(t, space, ...common, "-a", "packets:7"),
      sniffing(t, space, ...common, "-c", "5", "-w", `${at}/five.pcapng`),
      sniffing(t, space, ...common, "-a", "duration:4"),
      sniffing(t, space, ...common, "-a", "filesize:20", "-w", `${at}/small.pcapng`),
      sniffing(t, space, ...common, "-b", "packets:4", "-a", "files:3", "-w", `${at}/ring.pcapng`),
    ]);
    await datagrams(t, space, 60, 5);
    assert.deepEqual(await Promise.all(all.map((one) => one.ended)), [0, 0, 0, 0, 0]);
    const counts = all.map((one) => (one.records().at(-1) as SummaryRecord).capture!);
    assert.equal(counts[0]!.received, 7);
    assert.deepEqual([counts[1]!.received, counts[1]!.written?.frames], [5, 5]);
    assert.equal(counts[2]!.received, 60);
    const { size } = statSync(`${at}/small.pcapng`);
    assert.ok(size >= 20_000 && size < 21_500, `${size} bytes`);
    const ring = readdirSync(at).filter((name) => name.startsWith("ring_"));
    assert.equal(ring.length, 3);
    assert.deepEqual([counts[4]!.written?.frames, counts[4]!.written?.files], [12, 3]);
  });

  test("datagrams of DCE/RPC are captured without being asked for, others are not", {
    timeout: 60_000,
  }, async (t) => {
    const space = namespace(t);
    const sniffer = await sniffing(t, space, "-i", "lo", "--immediate", "-T", "ndjson", "--events", "all");
    const call = (type: "request" | "response", sequence: number): string =>
      Buffer.from(
        datagramPdu(
          {
            type,
            sequence,
            activity: "5a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3",
            interfaceId: "afa8bd80-7d8a-11c9-bef4-08002b102989",
            opnum: 2,
          },
          type === "request" ? new Uint8Array(0) : new Uint8Array(8),
        ),
      ).toString("base64");
    const said = [0, 1, 2].map((n) => [call("request", n), call("response", n)]);
    // A client and a server that knows the answers by their order.
    const code = `const { createSocket } = require("dgram");
      const said = ${JSON.stringify(said)}.map((pair) => pair.map((text) => Buffer.from(text, "base64")));
      const server = createSocket("udp4"), client = createSocket("udp4");
      let n = 0;
      const ask = () => client.send(said[n][0], 34964, "127.0.0.1");
      server.on("message", (_, from) => server.send(said[n][1], from.port, from.address));
      client.on("message", () => { if (++n < said.length) ask(); else { client.close(); server.close(); } });
      server.bind(34964, "127.0.0.1", ask);`;
    await datagrams(t, space, 20, 1);
    assert.equal(await run(t, space, process.execPath, ["-e", code]).ended, 0);
    await sniffer.until(() => calls(sniffer.records()).length === 3, "three calls");
    sniffer.signal("SIGTERM");
    await sniffer.ended;
    for (const { method, status, transport } of calls(sniffer.records())) {
      assert.deepEqual(
        [method, status, transport.protseq],
        ["rpc_mgmt_is_server_listening", "ok", "ncadg_ip_udp"],
      );
    }
    const summary = sniffer.records().at(-1) as SummaryRecord;
    assert.deepEqual([summary.frames, summary.traffic.rpc_datagrams], [6, 6]);
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
      "call,offer,summary",
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
    await sniffer.until(() => calls(sniffer.records()).length === 15, "15 calls");
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
});
