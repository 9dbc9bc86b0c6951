/** The lab's novice and expert talk over real sockets: what sniff says of it is what analyze says of tcpdump's capture. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { noiseOf } from "../../../bench/inputs.js";
import { CAP } from "../../../src/capture/live/cap.js";
import { DUMPCAP } from "../../../src/capture/live/dumpcap.js";
import type { Engine } from "../../../src/capture/live/engine.js";
import { findProgram } from "../../../src/capture/live/program.js";
import { TCPDUMP } from "../../../src/capture/live/tcpdump.js";
import type { Event, SummaryRecord } from "../../../src/events.js";
import {
  analyzed,
  assertSame,
  cannotCapture,
  folder,
  framesIn,
  ip,
  lab,
  namespace,
  ROOT,
  type Running,
  reference,
  run,
  sniffing,
} from "../../support/live/programs.js";

const cannot = cannotCapture("tcpdump");

/** What `sniff -w` and tcpdump write of the same frames. */
interface Files {
  own: string;
  reference: string;
}

function filesIn(at: string): Files {
  return { own: `${at}/own.pcapng`, reference: `${at}/reference.pcap` };
}

/** Ends both captures once all is there, and compares. Whoever talked has ended by then, so that no frame follows. */
async function same(
  sniffer: Running,
  tcpdump: Running,
  { own, reference: path }: Files,
  calls: number,
): Promise<SummaryRecord> {
  await sniffer.until(
    () => sniffer.records().filter((r) => r.type === "call").length === calls,
    `${calls} calls`,
  );
  let before = -1;
  await sniffer.until(() => {
    const [a, b, last] = [framesIn(own), framesIn(path), before];
    before = a;
    return a === b && a === last;
  }, "the same frames in both files");
  sniffer.signal("SIGINT");
  tcpdump.signal("SIGTERM");
  assert.equal(await sniffer.ended, 130);
  await tcpdump.ended;
  const live = sniffer.records();
  const offline = await analyzed(path);
  assertSame(live, offline);
  assert.deepEqual(live.at(-1)?.type, "summary");
  const [a, b] = [live, offline].map((records) => records.at(-1) as SummaryRecord);
  assert.deepEqual([a!.frames, a!.bytes, a!.pdus, a!.calls], [b!.frames, b!.bytes, b!.pdus, b!.calls]);
  assert.equal(a!.complete, true);
  return a!;
}

describe("sniff says what analyze says", { skip: cannot, concurrency: 3 }, () => {
  for (const engine of [TCPDUMP, DUMPCAP, CAP] as Engine[]) {
    const missing = engine.find() === null ? `${engine.name} is not there: ${engine.missing}` : false;
    test(`loopback, ${engine.name}`, { skip: missing, timeout: 60_000 }, async (t) => {
      const space = namespace(t);
      const files = filesIn(folder(t));
      const [sniffer, tcpdump] = await Promise.all([
        sniffing(
          t,
          space,
          "-i",
          "lo",
          "--engine",
          engine.name,
          "-T",
          "ndjson",
          "--events",
          "all",
          "-w",
          files.own,
        ),
        reference(t, space, "lo", files.reference),
      ]);
      await lab(t, space, "both", "--gap", "1");
      const summary = await same(sniffer, tcpdump, files, 15);
      assert.equal(summary.capture?.engine, engine.name);
      assert.equal(summary.capture?.received, summary.frames);
      assert.equal(summary.capture?.dropped_own, 0);
      assert.equal(summary.capture?.dropped_kernel, engine === CAP ? null : 0);
      assert.equal(summary.capture?.time_stamps, engine === CAP ? "arrival" : "kernel");
      assert.match(sniffer.stderr(), new RegExp(`capturing on lo with ${engine.name}`));
      if (engine === CAP) assert.match(sniffer.stderr(), /arrival time stamps, kernel drops unknown/);
    });
  }

  test("a veth pair between two namespaces, Windows XP's way", { timeout: 60_000 }, async (t) => {
    const [novice, expert] = [namespace(t), namespace(t)];
    const [near, far] = [`va${process.pid}`, `vb${process.pid}`];
    ip("-n", novice, "link", "add", near, "type", "veth", "peer", "name", far, "netns", expert);
    ip("-n", novice, "addr", "add", "10.99.0.1/24", "dev", near);
    ip("-n", expert, "addr", "add", "10.99.0.2/24", "dev", far);
    ip("-n", novice, "link", "set", near, "up");
    ip("-n", expert, "link", "set", far, "up");
    const files = filesIn(folder(t));
    const [sniffer, tcpdump] = await Promise.all([
      sniffing(t, novice, "-i", near, "-i", "lo", "-T", "ndjson", "--events", "all", "-w", files.own),
      reference(t, novice, near, files.reference),
    ]);
    assert.match(sniffer.stderr(), /with tcpdump/);
    const place = ["--story", "xp", "--novice", "10.99.0.1", "--expert", "10.99.0.2"];
    await Promise.all([lab(t, novice, "novice", ...place), lab(t, expert, "expert", ...place)]);
    const summary = await same(sniffer, tcpdump, files, 29);
    assert.deepEqual(summary.capture?.interfaces, [near, "lo"]);
    assert.equal(summary.offers, 1);
  });

  const noReplay = findProgram("tcpreplay") === null && "tcpreplay is not installed";

  /** Plays a capture of so many frames into a veth pair; answers what sniff says of it. */
  async function replayed(
    t: TestContext,
    path: string,
    frames: number,
    ...speed: string[]
  ): Promise<Event[]> {
    const own = `${folder(t)}/own.pcapng`;
    const space = namespace(t);
    ip("-n", space, "link", "add", "near", "type", "veth", "peer", "name", "far");
    for (const name of ["near", "far"]) ip("-n", space, "link", "set", name, "up");
    const sniffer = await sniffing(
      t,
      space,
      "-i",
      "far",
      "-T",
      "ndjson",
      "--events",
      "call,summary",
      "-w",
      own,
    );
    assert.equal(await run(t, space, "tcpreplay", ["-q", ...speed, "-i", "near", path]).ended, 0);
    await sniffer.until(() => framesIn(own) === frames, `all ${frames} frames`);
    sniffer.signal("SIGINT");
    assert.equal(await sniffer.ended, 130);
    return sniffer.records();
  }

  for (const capture of ["fragmented-interleaved.pcap", "two-experts.pcapng"]) {
    test(`replayed into a veth: ${capture}`, { skip: noReplay, timeout: 60_000 }, async (t) => {
      const path = `${ROOT}captures/${capture}`;
      const offline = await analyzed(path);
      const { frames } = offline.at(-1) as SummaryRecord;
      assertSame(
        await replayed(t, path, frames, "--pps", "2000"),
        offline.filter((record) => record.type === "call"),
      );
    });
  }

  test("a burst at top speed: nothing is lost", { skip: noReplay, timeout: 120_000 }, async (t) => {
    const path = await noiseOf(24, folder(t), { density: 0.6, only: "http" });
    const offline = await analyzed(path);
    const { frames } = offline.at(-1) as SummaryRecord;
    const live = await replayed(t, path, frames, "--topspeed");
    const [a, b] = [live, offline].map((records) => records.at(-1) as SummaryRecord);
    assert.deepEqual([a!.frames, a!.bytes, a!.calls], [b!.frames, b!.bytes, b!.calls]);
    const { dropped_kernel: kernel, dropped_own: own } = a!.capture!;
    assert.deepEqual([kernel, own], [0, 0]);
    assert.ok((b!.calls.ok ?? 0) > 100 && b!.frames > 20_000);
    assertSame(
      live,
      offline.filter((record) => record.type === "call"),
    );
  });

  test("any: all interfaces at once", { timeout: 60_000 }, async (t) => {
    const space = namespace(t);
    const files = filesIn(folder(t));
    const [sniffer, tcpdump] = await Promise.all([
      sniffing(t, space, "-i", "any", "--immediate", "-T", "ndjson", "--events", "all", "-w", files.own),
      reference(t, space, "any", files.reference),
    ]);
    await lab(t, space, "both");
    await same(sniffer, tcpdump, files, 15);
  });
});
