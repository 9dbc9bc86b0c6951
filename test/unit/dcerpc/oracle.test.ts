/** Every request, response and fault of the real captures, against tshark's reading of the same file. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { analyze, calls } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";

interface TsharkPdu {
  frame: number;
  tcp_stream: number;
  pkt_type_name: string;
  first_frag: boolean;
  call_id: number;
  cn_ctx_id?: number;
  opnum?: number;
  if_uuid?: string | null;
  obj_uuid?: string | null;
  tcp_segment_frames?: number[];
}

/** Crafted with wrong lengths and sequence numbers: good for robustness, no reference for values. */
const NOT_A_REFERENCE = /^(dcerpc_synthetic|lower_)/;

const shared = sharedDir();
const folder = shared === null ? null : join(shared, "captures");
const files = folder === null ? [] : readdirSync(folder).filter((f) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(f));

test("real captures are there", { skip: shared === null && "no ../shared" }, () => {
  assert.ok(files.length > 0);
});

for (const file of files) {
  if (NOT_A_REFERENCE.test(file)) continue;
  const ooo = join(folder!, `${file}.ooo.tshark.json`);
  const plain = join(folder!, `${file}.tshark.json`);
  const oracle = existsSync(ooo) ? [plain, ooo] : [plain];
  test(`${file}: requests, responses and faults as tshark reads them`, async () => {
    const records = calls(await analyze([join(folder!, file)]));
    const index = new Map<string, CallRecord[]>();
    for (const r of records) {
      for (const f of [...r.frames.request, ...r.frames.response]) {
        const key = `${r.stream}/${f}/${r.call_id}`;
        index.set(key, [...(index.get(key) ?? []), r]);
      }
    }
    for (const path of oracle) {
      const { pdus } = JSON.parse(readFileSync(path, "utf8")) as { pdus: TsharkPdu[] };
      const missing: string[] = [];
      for (const p of pdus) {
        const type = p.pkt_type_name;
        if (type !== "request" && type !== "response" && type !== "fault") continue;
        const found = (index.get(`${p.tcp_stream}/${p.frame}/${p.call_id}`) ?? []).filter((r) =>
          (type === "request" ? r.frames.request : r.frames.response).includes(p.frame),
        );
        const wanted = found.filter(
          (r) =>
            (type !== "request" || (r.opnum === p.opnum && (p.obj_uuid ?? null) === r.object)) &&
            (!p.if_uuid || r.interface.uuid === p.if_uuid) &&
            (type !== "fault" || r.fault !== null),
        );
        if (wanted.length === 0) {
          missing.push(
            `${type} frame ${p.frame} stream ${p.tcp_stream} call ${p.call_id} opnum ${p.opnum} ${p.if_uuid} ${p.obj_uuid}: ${JSON.stringify(found.map((r) => [r.opnum, r.interface.uuid, r.object]))}`,
          );
        }
      }
      assert.deepEqual(missing, []);
    }
  });
}
