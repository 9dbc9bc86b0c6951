/** `raiscope stats` against tshark's counts of requests, responses and faults for each interface of the real captures. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { StatsCounter } from "../../src/stats.js";
import { analyze, calls } from "../support/run.js";
import { sharedDir } from "../support/shared.js";

interface TsharkPdu {
  pkt_type_name: string;
  first_frag: boolean;
  if_uuid?: string | null;
}

/** Crafted with wrong lengths and sequence numbers: no reference for counts. */
const NOT_A_REFERENCE = /^(dcerpc_synthetic|lower_)/;

const shared = sharedDir();
const folder = shared === null ? null : join(shared, "captures");
const files = folder === null ? [] : readdirSync(folder).filter((f) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(f));

type Counts = { requests: number; responses: number; faults: number };

function add(counts: Map<string, Counts>, uuid: string, kind: keyof Counts, n: number): void {
  const of = counts.get(uuid) ?? { requests: 0, responses: 0, faults: 0 };
  of[kind] += n;
  counts.set(uuid, of);
}

function tsharkCounts(path: string): Map<string, Counts> {
  const { pdus } = JSON.parse(readFileSync(path, "utf8")) as { pdus: TsharkPdu[] };
  const counts = new Map<string, Counts>();
  for (const { pkt_type_name: type, first_frag, if_uuid } of pdus) {
    if (!first_frag || !if_uuid) continue;
    if (type === "request" || type === "response" || type === "fault") add(counts, if_uuid, `${type}s`, 1);
  }
  return counts;
}

test("real captures are there", { skip: shared === null && "no ../shared" }, () => {
  assert.ok(files.length > 0);
});

for (const file of files) {
  if (NOT_A_REFERENCE.test(file)) continue;
  test(`${file}: counts by interface`, async () => {
    // Of its two readings, with and without waiting for lost segments, each sees what the other does not.
    const theirs = new Map<string, Counts>();
    for (const suffix of [".tshark.json", ".ooo.tshark.json"]) {
      const path = join(folder!, file + suffix);
      if (!existsSync(path)) continue;
      for (const [uuid, counts] of tsharkCounts(path)) {
        const before = theirs.get(uuid) ?? counts;
        theirs.set(uuid, {
          requests: Math.max(before.requests, counts.requests),
          responses: Math.max(before.responses, counts.responses),
          faults: Math.max(before.faults, counts.faults),
        });
      }
    }
    const counter = new StatsCounter();
    for (const call of calls(await analyze([join(folder!, file)]))) {
      // What tshark read for these files is of TCP alone.
      if (call.transport.protseq === "ncacn_ip_tcp") counter.add(call);
    }
    const ours = new Map<string, Counts>();
    for (const { uuid, requests, responses, faults } of counter.result().interfaces) {
      if (uuid === null || !theirs.has(uuid)) continue;
      for (const [kind, n] of Object.entries({ requests, responses, faults }))
        add(ours, uuid, kind as keyof Counts, n);
    }
    assert.deepEqual(Object.fromEntries([...ours].sort()), Object.fromEntries([...theirs].sort()));
  });
}
