/**
 * Real captures against what tshark read in them: conversations, their ends, their segments, and the bytes of every
 * direction.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { Flow } from "../../../src/reassembly/flow.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { keep } from "../../support/reassembly/collect.js";
import { sharedDir } from "../../support/shared.js";

interface Follow {
  from: string;
  bytes: number;
  sha256: string | null;
}

interface Lower {
  packets: number;
  encap_types: { [type: string]: number };
  truncated_packets: number;
  counts: { ipv4?: number; ipv6?: number; tcp?: number };
  tcp_streams_total: number;
  tcp_streams?: {
    stream: number;
    a: string;
    b: string;
    packets: number;
    payload_bytes_raw: number;
    follow?: Follow[];
  }[];
}

/** Wireshark's own numbers for the link types that occur. */
const ENCAPSULATION: { [linkType: number]: string } = {
  1: "1",
  0: "15",
  101: "7",
  228: "129",
  276: "210",
  [-1]: "",
};

const shared = sharedDir();
const folder = shared === null ? "" : join(shared, "captures");
const names =
  shared === null
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith(".tshark.json") && !name.endsWith(".ooo.tshark.json"))
        .map((name) => name.slice(0, -".tshark.json".length));

test("real captures are there", { skip: shared === null && "no ../shared" }, () => {
  assert.ok(names.length > 20);
});

for (const name of names) {
  test(`${name} as tshark reads it`, async () => {
    const oracle = JSON.parse(readFileSync(join(folder, `${name}.tshark.json`), "utf8")) as {
      lower: Lower;
      tshark_stderr?: string;
    };
    const { lower } = oracle;
    const source = await openInputs([join(folder, name)]);
    const assembler = new StreamAssembler();
    const frame = new Frame();
    const flows: Flow[] = [];
    const payloads: Buffer[][][] = [];
    const types = new Map<string, number>();
    let truncated = 0;
    const take = (items: ReturnType<StreamAssembler["push"]>): void => {
      for (const item of keep(items)) {
        if (item.kind === "open") {
          flows[item.flow.stream] = item.flow;
          payloads[item.flow.stream] = [[], []];
        } else if (item.kind === "data") {
          payloads[item.flow.stream]![item.direction]!.push(Buffer.from(item.bytes));
        }
      }
    };
    while (await source.next(frame)) {
      const type = ENCAPSULATION[frame.linkType] ?? String(frame.linkType);
      types.set(type, (types.get(type) ?? 0) + 1);
      if (frame.wireLength > frame.end - frame.start) truncated++;
      take(assembler.push(frame));
    }
    take(assembler.finish());
    await source.close();
    assert.equal(frame.number, lower.packets);
    assert.equal(source.complete, oracle.tshark_stderr === undefined);
    for (const [type, count] of Object.entries(lower.encap_types)) {
      assert.equal(types.get(type), count, `encapsulation ${type}`);
    }
    if (name !== "victim_server.pcapng") assert.equal(truncated, lower.truncated_packets);
    assert.equal(assembler.counters.tcpSegments, lower.counts.tcp ?? 0);
    assert.equal(assembler.counters.streams, lower.tcp_streams_total);
    for (const wanted of lower.tcp_streams ?? []) {
      const flow = flows[wanted.stream]!;
      const ends = [flow.endpoint0, flow.endpoint1].map((end) => `${end.address}:${end.port}`);
      assert.deepEqual([...ends].sort(), [wanted.a, wanted.b].sort());
      assert.equal(flow.half0.packets + flow.half1.packets, wanted.packets);
      assert.equal(flow.half0.bytes + flow.half1.bytes, wanted.payload_bytes_raw);
      for (const follow of wanted.follow ?? []) {
        const direction = ends.indexOf(follow.from.replace(/[[\]]/g, ""));
        assert.notEqual(direction, -1, follow.from);
        const all = Buffer.concat(payloads[wanted.stream]![direction]!);
        const digest = all.length === 0 ? null : createHash("sha256").update(all).digest("hex");
        assert.equal(all.length, follow.bytes);
        assert.equal(digest, follow.sha256);
      }
    }
  });
}
