/** Connectionless DCE/RPC against tshark: every field of what the lab writes, and every call of captures that others made. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { CallRecord } from "../../src/events.js";
import {
  cancelBody,
  type DatagramFields,
  type DatagramKind,
  DG,
  DG_PTYPE,
  fackBody,
  statusBody,
} from "../lab/datagram.js";
import { withFiles } from "../support/capture/read.js";
import { CAPTURES, expected } from "../support/expected.js";
import { capture, noTshark } from "../support/link/judge.js";
import { said } from "../support/rpc/datagrams.js";
import { analyze, calls } from "../support/run.js";
import { sharedDir } from "../support/shared.js";

const FIELDS = [
  "frame.number",
  "udp.stream",
  "dcerpc.pkt_type",
  "dcerpc.dg_seqnum",
  "dcerpc.opnum",
  "dcerpc.dg_if_id",
  "dcerpc.dg_act_id",
  "dcerpc.obj_id",
  "dcerpc.dg_frag_num",
  "dcerpc.dg_frag_len",
  "dcerpc.dg_status",
  "ip.src",
  "udp.srcport",
] as const;

type Row = { [field in (typeof FIELDS)[number]]: string };

/** The PDUs of a capture as tshark reads them. */
function rows(path: string): Row[] {
  const args = FIELDS.flatMap((field) => ["-e", field]);
  const text = execFileSync("tshark", ["-n", "-r", path, "-Y", "dcerpc.dg_act_id", "-T", "fields", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const values = line.split("\t");
      return Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? ""])) as Row;
    });
}

const NIL = "00000000-0000-0000-0000-000000000000";
const REQUEST = "0";
/** Response, fault and reject. */
const ANSWERS: readonly string[] = ["2", "3", "6"];

/** Every request and answer that tshark sees is in one call, but for those that were sent again; and no other is. */
function compare(
  found: readonly CallRecord[],
  expected: readonly Row[],
  name: string,
  /** Frames of IP fragments that tshark does not tell of, since the PDU is complete in another. */
  fragments: readonly number[] = [],
): void {
  const ofFrame = new Map<number, { call: CallRecord; side: "request" | "response" }>();
  for (const call of found) {
    for (const side of ["request", "response"] as const) {
      for (const frame of call.frames[side]) {
        assert.ok(!ofFrame.has(frame), `${name}: frame ${frame} is told twice`);
        ofFrame.set(frame, { call, side });
      }
    }
  }
  const met = new Set<string>();
  for (const row of expected) {
    const frame = Number(row["frame.number"]);
    const type = row["dcerpc.pkt_type"];
    const at = ofFrame.get(frame);
    ofFrame.delete(frame);
    const asks = type === REQUEST;
    if (!asks && !ANSWERS.includes(type)) {
      assert.equal(at, undefined, `${name}: frame ${frame} is of no call`);
      continue;
    }
    const key = [
      asks,
      ...(["dcerpc.dg_act_id", "dcerpc.dg_seqnum", "dcerpc.dg_frag_num"] as const).map((f) => row[f]),
    ].join();
    if (at === undefined) {
      assert.ok(met.has(key), `${name}: frame ${frame} is missing`);
      continue;
    }
    met.add(key);
    const { call, side } = at;
    const said = { side, id: call.call_id, opnum: call.opnum };
    const heard = {
      side: asks ? "request" : "response",
      id: Number(row["dcerpc.dg_seqnum"]),
      opnum: Number(row["dcerpc.opnum"]),
    };
    assert.deepEqual(said, heard, `${name}: frame ${frame}`);
    if (row["dcerpc.dg_status"] !== "") {
      assert.equal(Number(call.fault?.status), Number(row["dcerpc.dg_status"]), `${name}: frame ${frame}`);
    }
    if (!asks) continue;
    assert.deepEqual(
      [call.stream, call.interface.uuid, call.object ?? NIL, call.client.address, call.client.port],
      [
        Number(row["udp.stream"]),
        row["dcerpc.dg_if_id"],
        row["dcerpc.obj_id"],
        row["ip.src"],
        Number(row["udp.srcport"]),
      ],
      `${name}: frame ${frame}`,
    );
  }
  for (const frame of fragments) assert.ok(ofFrame.delete(frame));
  assert.deepEqual([...ofFrame.keys()], [], `${name}: frames that tshark takes for something else`);
}

test("the lab's PDUs say to tshark what they say here", { skip: noTshark }, async () => {
  const more: Partial<DatagramFields>[] = [
    {},
    { little: false },
    { little: false, object: "dea00000-6c97-11d1-8271-00010101feca", boot: 77 },
    { auth: { protocol: 10, level: 5, key: 1, token: new Uint8Array(16) } },
  ];
  const frames: Buffer[] = [];
  more.forEach((fields, i) => {
    const little = fields.little ?? true;
    const activity = `0000000${i}-3e4f-4a5b-8c6d-7e8f90a1b2c3`;
    const of = { ...fields, activity, opnum: 5 } as const;
    const flags1 = DG.FRAG | DG.IDEMPOTENT;
    frames.push(
      said("client", { ...of, type: "request", flags1, fragment: 0 }, new Uint8Array(24)),
      said("server", { ...of, type: "fack" }, fackBody(0, 1, little)),
      said(
        "client",
        { ...of, type: "request", flags1: flags1 | DG.LAST_FRAG, fragment: 1 },
        new Uint8Array(3),
      ),
      said("client", { ...of, type: "ping" }),
      said("server", { ...of, type: "working" }),
      said("client", { ...of, type: "cl_cancel" }, cancelBody(1, null, little)),
      said("server", { ...of, type: "cancel_ack" }, cancelBody(1, true, little)),
      said("server", { ...of, type: "response", boot: 9 }, new Uint8Array(8)),
      said("client", { ...of, type: "ack" }),
      said("client", { ...of, type: "request", sequence: 1 }, new Uint8Array(8)),
      said("server", { ...of, type: "fault", sequence: 1 }, statusBody(0x1c00000d, little)),
      said("client", { ...of, type: "request", sequence: 2 }, new Uint8Array(8)),
      said("server", { ...of, type: "nocall", sequence: 2 }),
      said("server", { ...of, type: "reject", sequence: 2 }, statusBody(0x1c010003, little)),
    );
  });
  const file = capture(frames.map((data) => ({ linkType: 1, data })));
  await withFiles({ capture: file }, async (path) => {
    const expected = rows(path("capture"));
    assert.equal(expected.length, frames.length);
    const found = calls(await analyze([path("capture")]));
    assert.equal(found.length, 3 * more.length);
    compare(found, expected, "the lab's");
    for (const [i, fields] of more.entries()) {
      const first = expected[14 * i]!;
      assert.equal(first["dcerpc.dg_act_id"], `0000000${i}-3e4f-4a5b-8c6d-7e8f90a1b2c3`);
      assert.equal(first["dcerpc.obj_id"], fields.object ?? NIL);
    }
  });
});

test("the capture of datagrams says to tshark what it says here", { skip: noTshark }, async () => {
  const name = "datagrams.pcap";
  const path = join(CAPTURES, name);
  const seen = rows(path);
  const { datagrams } = expected(name);
  // Of a PDU in several packets tshark tells where it is complete.
  const said = datagrams.map((d) => [
    ...[
      Math.max(...d.frames),
      d.stream,
      DG_PTYPE[d.type as DatagramKind],
      d.sequence,
      d.opnum,
      d.interface,
      d.activity,
    ],
    ...[d.object ?? NIL, d.fragment, d.length, d.status ?? ""],
  ]);
  assert.deepEqual(
    seen.map((row) => FIELDS.slice(0, 11).map((field) => row[field])),
    said.map((values) => values.map(String)),
  );
  const found = calls(await analyze([path]));
  assert.equal(found.length, expected(name).calls.length);
  compare(
    found.filter(({ transport }) => transport.protseq === "ncadg_ip_udp"),
    seen,
    name,
    datagrams.flatMap(({ frames }) => frames.filter((frame) => frame < Math.max(...frames))),
  );
});

const shared = sharedDir();
const pipes = shared === null ? null : join(shared, "captures/pipes");
test("captures of other programs hold the calls that tshark sees", {
  skip: pipes === null || !existsSync(pipes) ? "no ../shared" : noTshark,
}, async () => {
  let compared = 0;
  for (const name of readdirSync(pipes!)) {
    if (!/^udp_.*\.(pcap|pcapng)$/.test(name)) continue;
    const path = join(pipes!, name);
    const found = calls(await analyze([path]));
    compare(
      found.filter(({ transport }) => transport.protseq === "ncadg_ip_udp"),
      rows(path),
      name,
    );
    compared += found.length;
  }
  assert.ok(compared >= 14);
});
