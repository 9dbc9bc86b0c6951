/** DCE/RPC in named pipes against tshark: what the lab writes in SMB 1, and every call of captures that others made. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { CallRecord } from "../../src/events.js";
import * as lab from "../lab/smb1.js";
import { withFiles } from "../support/capture/read.js";
import { CAPTURES } from "../support/expected.js";
import { capture, noTshark } from "../support/link/judge.js";
import { framesOf } from "../support/reassembly/packets.js";
import { fault, request, response } from "../support/rpc/wire.js";
import { analyze, calls } from "../support/run.js";
import { sharedDir } from "../support/shared.js";
import { Smb1Connection } from "../support/smb/smb1-connection.js";
import { compare as compareValues } from "./compare.js";
import { dissect } from "./dissection.js";

const PORT = 445;
const STUB = new Uint8Array(40).fill(0x5a);

/** Values of fields, a line each frame that the filter lets through. */
function fields(filter: string, path: string, ...names: string[]): string[][] {
  const args = ["-n", "-r", path, "-Y", filter, "-T", "fields", ...names.flatMap((name) => ["-e", name])];
  const text = execFileSync("tshark", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

test("the lab's messages of SMB 1 say to tshark what they say here", { skip: noTshark }, async () => {
  const said = new Smb1Connection(PORT, "srvsvc").bound();
  const answered = response(2, STUB);
  const first = [lab.transacted({ bytes: answered.subarray(0, 30) })];
  said.exchange([lab.transact(1, { bytes: request(2, STUB, { opnum: 15 }) })], first, 0x80000005);
  said.exchange([lab.readAndx(1)], [lab.readAndxData(answered.subarray(30))]);
  said.exchange([lab.writeAndx(1, request(3, STUB, { opnum: 16 }))], [lab.writtenAndx(64)]);
  said.exchange([lab.read(1)], [lab.readData(fault(3, 0x1c010002))]);
  said.exchange([lab.write(1, request(4, STUB, { opnum: 17 }))], [lab.written(64)]);
  said.exchange([lab.readAndx(1, false)], [lab.readAndxData(response(4, STUB), 3)]);
  said.exchange([lab.close(1)], [lab.empty(0x04)]);
  const frames = framesOf(said.wire.specs.map((spec) => ({ ...spec, serverPort: PORT })));
  const file = capture(frames.map(({ linkType, data }) => ({ linkType, data: data.slice() })));
  await withFiles({ capture: file }, async (path) => {
    const seen = fields(
      "dcerpc",
      path("capture"),
      "dcerpc.pkt_type",
      "dcerpc.cn_call_id",
      "dcerpc.opnum",
      "smb.file",
    );
    const expected = ["11 1", "12 1", "0 2 15", "2 2 15", "0 3 16", "3 3", "0 4 17", "2 4 17"];
    assert.deepEqual(
      seen.map(([type, id, opnum]) => [type, id, opnum].join(" ").trim()),
      expected,
    );
    for (const [, , , name] of seen) assert.match(name!, /^\\srvsvc/);
    assert.deepEqual(
      calls(await analyze([path("capture")])).map((call) => [call.call_id, call.opnum, call.status]),
      [
        [2, 15, "unknown"],
        [3, 16, "fault"],
        [4, 17, "unknown"],
      ],
    );
  });
});

const SIDES: { readonly [type: string]: "request" | "response" } = {
  "0": "request",
  "2": "response",
  "3": "response",
};

/** Every request, response and fault that tshark sees is of one call, and no call is without any. */
function compare(found: readonly CallRecord[], tsv: string, name: string): number {
  const met = new Set<CallRecord>();
  let compared = 0;
  for (const line of tsv.split("\n").slice(1)) {
    const [frame, , types, ids, opnums, , , , , file] = line.split("\t");
    if (!types) continue;
    const withOpnum = opnums!.split(",");
    types.split(",").forEach((type, i) => {
      const side = SIDES[type];
      if (side === undefined) return;
      const id = Number(ids!.split(",")[i]);
      const here = found.filter(
        (call) => call.call_id === id && call.frames[side].includes(Number(frame)) && !met.has(call),
      );
      const again = [...met].filter(
        (call) => call.call_id === id && call.frames[side].includes(Number(frame)),
      );
      const [call] = [...again, ...here];
      assert.ok(call !== undefined, `${name}: frame ${frame}, call ${id} is missing`);
      met.add(call);
      if (side === "request" && withOpnum.length === 1) assert.equal(call.opnum, Number(withOpnum[0]));
      const pipe = file!.split(",")[0]!.replace(/^\\(?:pipe\\)?/i, "");
      if (pipe !== "") assert.equal(call.transport.endpoint, `\\pipe\\${pipe}`, `${name}: frame ${frame}`);
      compared++;
    });
  }
  assert.deepEqual(
    found.filter((call) => !met.has(call)).map(({ frames, call_id }) => ({ frames, call_id })),
    [],
    `${name}: calls that tshark does not see`,
  );
  return compared;
}

/** The interfaces of the capture by their names in tshark. */
const INTERFACES = ["samr", "svcctl", "winreg", "lsarpc"];

test("the capture of pipes says to tshark what it says here: pipes, and every value", {
  skip: noTshark,
}, async () => {
  const path = join(CAPTURES, "pipes.pcapng");
  const found = calls(await analyze([path]));
  const callOf = (side: "request" | "response", frame: number): CallRecord => {
    const call = found.find((one) => one.frames[side].at(-1) === frame);
    assert.ok(call, `${side} in frame ${frame}`);
    return call;
  };
  // In SMB 2 tshark has a pipe's name where it is opened, and its handle wherever that is on the wire.
  const opened = fields("smb2.cmd == 5 && smb2.flags.response == 1", path, "smb2.fid", "_ws.col.Info");
  const names = new Map(
    opened.map(([handle, text]) => [handle, /File: (\w+)/.exec(text ?? "")?.[1]] as const),
  );
  let named = 0;
  const columns = ["frame.number", "dcerpc.pkt_type", "smb.file", "smb2.fid"];
  for (const [frame, type, file, handle] of fields("dcerpc", path, ...columns)) {
    const side = SIDES[type!];
    const pipe = names.get(handle) ?? file?.split(",")[0]?.replace(/^\\/, "");
    if (side === undefined || !pipe) continue;
    assert.equal(callOf(side, Number(frame)).transport.endpoint, `\\pipe\\${pipe}`, `frame ${frame}`);
    named++;
  }
  assert.ok(named >= 40, `${named} PDUs with a pipe`);
  let values = 0;
  for (const { frame, response, title, complaints, leaves } of dissect(path, INTERFACES)) {
    assert.deepEqual(complaints, [], title);
    const call = callOf(response ? "response" : "request", frame);
    const returned = response ? (call.returned?.value ?? null) : null;
    const agreement = compareValues(response ? call.response : call.request, returned, leaves, true);
    assert.equal(agreement.difference, null, `${title} in frame ${frame}`);
    values += agreement.values;
  }
  assert.ok(values >= 120, `${values} values`);
});

const shared = sharedDir();
const pipes = shared === null ? null : join(shared, "captures/pipes");
test("captures of other programs hold the calls that tshark sees in their pipes", {
  skip: pipes === null || !existsSync(pipes) ? "no ../shared" : false,
}, async () => {
  let compared = 0;
  for (const name of readdirSync(pipes!)) {
    const tsv = join(pipes!, `${name}.tshark.tsv`);
    if (name.startsWith("udp_") || !existsSync(tsv)) continue;
    const found = calls(await analyze([join(pipes!, name)]));
    compared += compare(found, readFileSync(tsv, "utf8"), name);
  }
  assert.ok(compared >= 400, `${compared} PDUs`);
});
