/**
 * The values of DCOM calls in real captures whose stubs are in the clear, against tshark's reading of the same file:
 * every identifier, name, number and string that tshark finds in a frame is among the values of the call that the
 * frame completes.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { analyze, calls } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";

const shared = sharedDir();
const hasTshark = spawnSync("tshark", ["--version"]).status === 0;
const skip = (shared === null && "no ../shared") || (!hasTshark && "tshark is not installed") || false;

const FILES = [
  "dcompayload-poshc2.pcap",
  "covenant_dcom_registerxll_2020-09-18145959.cap",
  "empire_dcom_shellwindows_WORKSTATION5_2020-09-18130751.cap",
  "empire_dcom_shellwindows_WORKSTATION6_2020-09-18130751.cap",
  "wmi-service-remote.pcap",
];

/** Fields whose values must be found as they are, and as what. */
const AS_TEXT = [
  "dcom.ipid",
  "dcom.iid",
  "dcom.clsid",
  "dispatch.riid",
  "isystemactivator.customhdr.clsid",
  "isystemactivator.properties.instninfo.clsid",
  "isystemactivator.properties.instninfo.iid",
  "isystemactivator.properties.si.ci.name",
  "isystemactivator.properties.scmresp.rmtunknid",
  "dcom.dualstringarray.network_addr",
  "dcom.dualstringarray.security_princ_name",
  "dcom.vt.bstr",
  "dispatch.name",
];
const AS_HEX64 = ["dcom.oxid", "dcom.oid", "isystemactivator.properties.scmresp.oxid"];
const AS_NUMBER = [
  "dcom.vt.i4",
  "dispatch.lcid",
  "dispatch.flags",
  "dispatch.args",
  "dispatch.named_args",
  "isystemactivator.properties.spcl.sid",
  "isystemactivator.properties.spcl.defauthlvl",
  "isystemactivator.properties.instninfo.iidcount",
  "isystemactivator.properties.sri.protseqnum",
  "isystemactivator.properties.scmresp.authhint",
  "dcom.stdobjref.public_refs",
  "dcom.stdobjref.flags",
  "remunk.refs",
  "remunk.public_refs",
];
const AS_DISPID = ["dispatch.id"];

const SEPARATOR = "\u001f";

interface Row {
  frame: number;
  values: Map<string, string[]>;
}

function tshark(file: string): Row[] {
  const fields = [...AS_TEXT, ...AS_HEX64, ...AS_NUMBER, ...AS_DISPID];
  const args = ["-r", file, "-Y", "dcerpc.pkt_type == 0 || dcerpc.pkt_type == 2", "-T", "fields"];
  args.push("-E", `aggregator=${SEPARATOR}`, "-E", "separator=/t", "-e", "frame.number");
  for (const f of fields) args.push("-e", f);
  const out = execFileSync("tshark", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 28,
  });
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [frame, ...cells] = line.split("\t");
      const values = new Map<string, string[]>();
      fields.forEach((f, i) => {
        if ((cells[i] ?? "") !== "") values.set(f, cells[i]!.split(SEPARATOR));
      });
      return { frame: Number(frame), values };
    });
}

/** All that a record says, as text and as a set of numbers. */
function said(r: CallRecord): { text: string; numbers: Set<number> } {
  const numbers = new Set<number>();
  const strings: string[] = [r.object ?? ""];
  const walk = (v: unknown): void => {
    if (typeof v === "number") numbers.add(v);
    else if (typeof v === "string") strings.push(v);
    else if (v !== null && typeof v === "object") for (const x of Object.values(v)) walk(x);
  };
  walk(r.request);
  walk(r.response);
  return { text: strings.join("\n"), numbers };
}

for (const file of FILES) {
  test(`${file}: the values that tshark shows`, { skip }, async () => {
    const path = join(shared!, "captures", file);
    const byFrame = new Map<number, CallRecord>();
    for (const r of calls(await analyze([path]))) {
      for (const side of [r.frames.request, r.frames.response]) {
        if (side.length > 0) byFrame.set(side.at(-1)!, r);
      }
    }
    const missing: string[] = [];
    let compared = 0;
    for (const { frame, values } of tshark(path)) {
      const record = byFrame.get(frame);
      if (record === undefined || record.stub.request === "encrypted") continue;
      if (record.stub.request === "unknown" || record.stub.response === "unknown") continue;
      const { text, numbers } = said(record);
      for (const [field, found] of values) {
        for (const value of found) {
          compared++;
          if (!has(field, value, text, numbers)) missing.push(`#${frame} ${record.method} ${field}=${value}`);
        }
      }
    }
    assert.deepEqual(missing, []);
    assert.ok(compared > 0, "nothing was compared");
  });
}

function has(field: string, value: string, text: string, numbers: Set<number>): boolean {
  if (AS_HEX64.includes(field)) return text.includes(BigInt(value).toString(16).padStart(16, "0"));
  if (AS_TEXT.includes(field)) {
    // tshark cuts long strings, and shows the null BSTR as an empty one.
    return text.includes(value) || value.length > 200;
  }
  const n = Number(value);
  return numbers.has(n) || numbers.has(n | 0) || numbers.has(n >>> 0);
}
