/**
 * User IDL against live peers: Samba's server answers Samba's and impacket's clients on a loopback of their own, and
 * what they said is decoded by the specifications' IDL. Three judges: tshark's dissection of the same bytes, Samba's
 * own print of every stub, and the same calls as Samba's library encodes them in big-endian NDR and in NDR64. Skipped,
 * visibly, where programs, the right to make namespaces, or the IDL is missing.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { CallRecord, Value } from "../../src/events.js";
import type { InterfaceTable } from "../../src/interfaces.js";
import { analyze, calls } from "../support/run.js";
import { sharedDir } from "../support/shared.js";
import { compare } from "./compare.js";
import { dissect } from "./dissection.js";
import { type Printed, printedLeaves } from "./samba-values.js";
import { userInterfaces } from "./user-idl.js";

const HERE = join(dirname(fileURLToPath(import.meta.url)));
const NAMESPACES = ["-n", "-p", "-f", "--kill-child", "--mount-proc"];
const PYTHON = "/usr/bin/python3";
const shared = sharedDir();

function missing(): string | false {
  if (!shared || !existsSync(join(shared, "idl"))) return "no IDL of the specifications";
  if (!existsSync("/usr/libexec/samba/samba-dcerpcd") || !existsSync("/usr/sbin/smbd"))
    return "no Samba server";
  for (const tool of ["rpcclient", "smbpasswd", "net", "tcpdump", "tshark", "unshare", "ip", "ss"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `no ${tool}`;
  }
  if (spawnSync(PYTHON, ["-c", "import impacket, samba.ndr"]).status !== 0)
    return "no impacket or no Samba for Python";
  if (spawnSync("unshare", [...NAMESPACES, "ip", "link", "set", "lo", "up"]).status !== 0)
    return "no namespaces";
  return false;
}

/** The interfaces by their names in tshark, with the least numbers of calls and of different methods to be met. */
const INTERFACES: { [protocol: string]: [uuid: string, calls: number, methods: number] } = {
  samr: ["12345778-1234-abcd-ef00-0123456789ac", 400, 45],
  lsarpc: ["12345778-1234-abcd-ef00-0123456789ab", 120, 35],
  srvsvc: ["4b324fc8-1670-01d3-1278-5a47bf6ee188", 80, 25],
  wkssvc: ["6bffd098-a112-3610-9833-46c3f87e345a", 25, 15],
  winreg: ["338cd001-2244-31f1-aaaa-900038001003", 45, 22],
  svcctl: ["367abb81-9844-35f1-ad32-98f038001003", 50, 20],
  spoolss: ["12345678-1234-abcd-ef00-0123456789ab", 90, 35],
};

/** LookupNames2 and its like are [MS-LSAT]'s: [MS-LSAD] gives their numbers and no parameters. */
const OTHER_SPECIFICATION = /^Lsar_LSA_TM_/;

/** [MS-RPRN] leaves the structures within these answers as bytes; tshark and Samba read some of them. */
const BUFFERS = [0, 8, 10, 11, 12, 15, 16, 25, 32, 34, 35, 36, 51, 79, 80];
/** Where tshark 4.0 or Samba reads something else, or in another order, by interface and opnum. */
const TSHARK_DIFFERS = new Set([
  // A referent is taken for the level of the client's information.
  "spoolss 69 request",
  ...BUFFERS.map((n) => `spoolss ${n} response`),
  // A size is not shown.
  "spoolss 78 response",
  // Lengths are shown before the security descriptor that they follow.
  "srvsvc 16 response",
  "winreg 12 response",
  // A reference pointer is taken for a unique one.
  "winreg 13 request",
  // A hyper is read without its alignment.
  "lsarpc 30 request",
  "lsarpc 30 response",
  "samr 67 request",
  // A byte is read as four.
  "lsarpc 38 request",
]);
const SAMBA_DIFFERS = new Set([
  ...BUFFERS.map((n) => `spoolss ${n} response`),
  // It prints sizes that it measured itself.
  "spoolss 9 request",
  // It prints the offset of a varying string.
  "srvsvc 23 response",
  // A block of encrypted bytes is shown by its parts.
  "samr 55 request",
]);
/** Where Samba's IDL has another type than the specification's, of the same bytes in little-endian NDR only. */
const RECODING_DIFFERS: { [name: string]: Set<string> } = {
  // Single bytes that Samba has as wider integers, and what it reads within bytes.
  big: new Set(["lsarpc 7", "samr 8", "samr 46", ...BUFFERS.map((n) => `spoolss ${n}`)]),
  // Enumerations, pointers and counts that Samba does not widen.
  ndr64: new Set([
    ...["lsarpc 6", "lsarpc 30", "lsarpc 43", "lsarpc 44", "srvsvc 23", "winreg 29"],
    ...["spoolss 7", "spoolss 9", "spoolss 70", "spoolss 80"],
  ]),
};

const skip = missing();

describe("live peers with the specifications' IDL", { skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), "raiscope-idl-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const capture = join(dir, "live.pcap");
  const protocolOf = new Map(Object.entries(INTERFACES).map(([name, [uuid]]) => [uuid, name] as const));
  let table: InterfaceTable;
  let records: CallRecord[] = [];
  /** By side, frame and opnum. */
  const byFrame = new Map<string, CallRecord>();

  const returnedBy = (c: CallRecord): Value => c.hresult?.value ?? c.returned?.value ?? null;
  const nameOf = (c: CallRecord): string => `${protocolOf.get(c.interface.uuid ?? "")} ${c.opnum}`;

  it("talk", async () => {
    const script = ["sh", join(HERE, "run.sh"), dir, HERE];
    execFileSync("unshare", [...NAMESPACES, ...script], { stdio: "ignore", timeout: 60_000 });
    assert.match(readFileSync(join(dir, "log", "tcpdump"), "utf8"), /^0 packets dropped/m);
    const done = readFileSync(join(dir, "done.txt"), "utf8").trim().split("\n");
    assert.ok(done.includes("impacket") && done.length >= 10, done.join());
    table = userInterfaces(shared!, ["SAMR", "LSAD", "SRVS", "WKST", "RRP", "SCMR", "RPRN", "DFSNM"]);
    const all = calls(await analyze([capture], { interfaces: table }));
    // A server under load may drop a connection; that is no matter of decoding.
    records = all.filter((c) => c.status !== "no_response");
    assert.ok(all.length - records.length < 10, "calls without an answer");
    for (const c of records) {
      for (const frame of c.frames.request) byFrame.set(`request ${frame} ${c.opnum}`, c);
      for (const frame of c.frames.response) byFrame.set(`response ${frame} ${c.opnum}`, c);
    }
    for (const [protocol, [uuid, atLeast, methods]] of Object.entries(INTERFACES)) {
      const own = records.filter((c) => c.interface.uuid === uuid);
      const used = new Set(own.map((c) => c.opnum));
      assert.ok(own.length >= atLeast && used.size >= methods, `${protocol}: ${own.length}, ${used.size}`);
    }
  });

  it("every stub is decoded on both sides, with nothing left and nothing to complain of", () => {
    for (const c of records) {
      const where = `${c.interface.name} ${c.method} in frame ${c.frames.request}`;
      assert.equal(c.stub.request, "decoded", where);
      assert.equal(c.stub.response, c.status === "fault" ? null : "decoded", where);
      const expected = OTHER_SPECIFICATION.test(c.method ?? "") ? ["stub-left-over", "stub-left-over"] : [];
      assert.deepEqual(
        c.notes.filter((n) => n.severity !== "info").map((n) => n.code),
        expected,
        where,
      );
    }
  });

  it("what was returned has its name, and says whether the call succeeded", () => {
    const met = (name: string): string[] =>
      records.filter((c) => c.returned?.name === name).map((c) => `${c.interface.name} ${c.status}`);
    assert.ok(met("STATUS_INVALID_INFO_CLASS").includes("samr error"));
    assert.ok(met("STATUS_NO_MORE_ENTRIES").includes("samr ok"));
    assert.ok(met("STATUS_OBJECT_NAME_NOT_FOUND").includes("lsarpc error"));
    assert.ok(met("ERROR_BAD_NET_NAME").includes("srvsvc error"));
    assert.ok(met("ERROR_FILE_NOT_FOUND").includes("winreg error"));
    assert.ok(met("ERROR_SERVICE_DOES_NOT_EXIST").includes("svcctl error"));
    assert.ok(met("ERROR_INSUFFICIENT_BUFFER").includes("winspool error"));
    // Plain longs, whose specifications say what they are; and a version, which is none of these.
    assert.ok(met("STATUS_SOME_NOT_MAPPED").includes("samr ok"));
    assert.ok(met("ERROR_INVALID_LEVEL").includes("wkssvc error"));
    const version = records.find((c) => c.method === "NetrDfsManagerGetVersion");
    assert.deepEqual([version?.returned?.name, version?.status], [null, "ok"]);
  });

  it("methods have the names that impacket knows them by", () => {
    const known = JSON.parse(
      execFileSync(PYTHON, [join(HERE, "impacket_names.py")], { encoding: "utf8" }),
    ) as {
      [uuid: string]: { [opnum: string]: string };
    };
    let same = 0;
    for (const [uuid, names] of Object.entries(known)) {
      const found = table.find(uuid);
      if (!found || !protocolOf.has(uuid)) continue;
      for (const [opnum, name] of Object.entries(names)) {
        assert.equal(found.methods[Number(opnum)]?.name, name, `${found.name} ${opnum}`);
        same++;
      }
    }
    assert.ok(same >= 220, `${same}`);
  });

  it("values are those that tshark shows", () => {
    let stubs = 0;
    let values = 0;
    for (const d of dissect(capture, Object.keys(INTERFACES), ["-d", "tcp.port==4900,dcerpc"])) {
      const side = d.response ? "response" : "request";
      const c = byFrame.get(`${side} ${d.frame} ${d.opnum}`);
      assert.ok(c, `${d.title} in frame ${d.frame}`);
      // What tshark itself gave up, or left a part of.
      if (d.complaints.length > 0 || d.leaves.some((l) => l.name === "dcerpc.stub_data")) continue;
      if (d.response && c.status === "fault") continue;
      if (OTHER_SPECIFICATION.test(c.method ?? "") || TSHARK_DIFFERS.has(`${nameOf(c)} ${side}`)) continue;
      const agreement = compare(c[side], d.response ? returnedBy(c) : null, d.leaves, true);
      assert.equal(agreement.difference, null, `${c.method} ${side} in frame ${d.frame}`);
      stubs++;
      values += agreement.values;
    }
    assert.ok(stubs >= 1500 && values >= 8000, `${stubs} stubs, ${values} values`);
  });

  it("values are those that Samba prints", () => {
    execFileSync(PYTHON, [join(HERE, "samba_ndr.py"), capture, dir], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    let stubs = 0;
    let values = 0;
    for (const line of readFileSync(join(dir, "values.jsonl"), "utf8").trim().split("\n")) {
      const printed = JSON.parse(line) as Printed;
      const side = printed.response ? "response" : "request";
      const c = byFrame.get(`${side} ${printed.frame} ${printed.opnum}`)!;
      if (OTHER_SPECIFICATION.test(c.method ?? "") || SAMBA_DIFFERS.has(`${nameOf(c)} ${side}`)) continue;
      const returned = printed.response ? returnedBy(c) : null;
      const agreement = compare(c[side], returned, printedLeaves(printed.text), true);
      assert.equal(agreement.difference, null, `${c.method} ${side} in frame ${printed.frame}`);
      stubs++;
      values += agreement.values;
    }
    assert.ok(stubs >= 1500 && values >= 8000, `${stubs} stubs, ${values} values`);
  });

  for (const name of ["big", "ndr64"]) {
    it(`say the same as Samba encodes it anew: ${name}`, async () => {
      const recoded = async (which: string): Promise<Map<number, CallRecord>> => {
        const events = calls(await analyze([join(dir, `${which}.pcap`)], { interfaces: table }));
        return new Map(events.map((c) => [c.call_id, c] as const));
      };
      const little = await recoded("little");
      let same = 0;
      for (const [callId, c] of await recoded(name)) {
        const other = little.get(callId)!;
        assert.equal(c.transfer_syntax, name === "ndr64" ? "ndr64" : "ndr");
        if (OTHER_SPECIFICATION.test(c.method ?? "") || RECODING_DIFFERS[name]!.has(nameOf(c))) continue;
        const reported = (r: CallRecord): unknown => [
          r.stub,
          r.request,
          r.response,
          r.hresult,
          r.returned,
          r.notes,
        ];
        assert.deepEqual(reported(c), reported(other), `${c.method}, call ${callId}`);
        same++;
      }
      assert.ok(same >= 800, `${same}`);
    });
  }
});
