/**
 * User IDL against real captures of Windows: with the IDL of all the specifications given, every clear stub of their
 * interfaces is decoded to its end, and to the values that tshark shows where it knows the interface.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { CallRecord, Value } from "../../src/events.js";
import { KeyRing } from "../../src/rpc/security/keyring.js";
import { analyze, calls } from "../support/run.js";
import { sharedDir } from "../support/shared.js";
import { compare } from "./compare.js";
import { dissect } from "./dissection.js";
import { userInterfaces } from "./user-idl.js";

const shared = sharedDir();
const skip = !shared || !existsSync(join(shared, "idl")) ? "no ../shared" : false;
const noTshark = spawnSync("tshark", ["--version"]).status !== 0 ? "no tshark" : false;

const DECODED = { request: "decoded", response: "decoded" };
/** Made by a generator, with stubs that are no NDR. */
const SYNTHETIC = "dcerpc_synthetic.pcap";

/** Clear stubs that must be met, by interface. */
const LEAST: { [name: string]: number } = {
  IRemoteWinspool: 44,
  IWbemServices: 20,
  IWbemLevel1Login: 40,
  IWbemLoginClientID: 20,
  IWbemFetchSmartEnum: 4,
  IWbemWCOSmartEnum: 4,
  IWbemCallResult: 4,
  IEnumWbemClassObject: 4,
  winreg: 6,
  samr: 2,
  ept: 30,
};

describe("captures of Windows with the specifications' IDL", { skip }, () => {
  const table = skip ? null : userInterfaces(shared!);
  const dir = skip ? "" : join(shared!, "captures");
  const records = new Map<string, CallRecord[]>();

  it("every clear stub is decoded to its end", async () => {
    const counts: { [name: string]: number } = {};
    for (const name of readdirSync(dir).filter((n) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(n))) {
      if (name === SYNTHETIC) continue;
      const found = calls(await analyze([join(dir, name)], { interfaces: table! }));
      records.set(name, found);
      for (const c of found) {
        for (const side of ["request", "response"] as const) {
          const state = c.stub[side];
          if (state === null || state === "encrypted" || state === "unknown") continue;
          const where = `${name}, frame ${c.frames[side]}: ${c.interface.name} ${c.method} ${side}`;
          assert.equal(state, "decoded", where);
          counts[c.interface.name!] = (counts[c.interface.name!] ?? 0) + 1;
        }
        assert.deepEqual(
          c.notes.filter((n) => n.code.startsWith("stub-") || n.code.endsWith("-mismatch")),
          [],
        );
      }
    }
    for (const [name, least] of Object.entries(LEAST)) {
      assert.ok((counts[name] ?? 0) >= least, `${name}: ${counts[name]}`);
    }
  });

  it("methods of known interfaces are known, but where the specification keeps them to itself", () => {
    const nameless = [...records.values()]
      .flat()
      .filter((c) => c.method === null && table!.find(c.interface.uuid ?? "", null)?.methods.length)
      .map((c) => `${c.interface.name} ${c.opnum}`);
    assert.deepEqual([...new Set(nameless)], []);
  });

  it("values are those that tshark shows", { skip: noTshark }, () => {
    const wanted: { [name: string]: [protocols: string[], stubs: number, values: number] } = {
      "suricata_dcerpc-dce-stub-data-04.pcap": [["winreg"], 6, 24],
      "suricata_truncate-applayer-test-01.pcap": [["iremotewinspool"], 35, 130],
      "suricata_dce-gap-handling.pcap": [["samr"], 2, 4],
    };
    for (const [name, [protocols, leastStubs, leastValues]] of Object.entries(wanted)) {
      let stubs = 0;
      let values = 0;
      for (const d of dissect(join(dir, name), protocols)) {
        // NDR64's client information, which tshark 4.0 gives up.
        if (d.complaints.length > 0) continue;
        const side = d.response ? "response" : "request";
        const c = records.get(name)!.find((r) => r.opnum === d.opnum && r.frames[side].at(-1) === d.frame);
        assert.ok(c, `${d.title} in frame ${d.frame}`);
        if (c.stub[side] !== "decoded") continue;
        const returned: Value = d.response ? (c.hresult?.value ?? c.returned?.value ?? null) : null;
        const agreement = compare(c[side], returned, d.leaves, true);
        assert.equal(agreement.difference, null, `${c.method} ${side} in frame ${d.frame} of ${name}`);
        stubs++;
        values += agreement.values;
      }
      assert.ok(stubs >= leastStubs && values >= leastValues, `${name}: ${stubs} stubs, ${values} values`);
    }
  });

  it("[MS-WMI] says what was asked of the host", () => {
    const all = [...records.values()].flat();
    const queries = all.filter((c) => c.method === "ExecQuery").map((c) => c.request?.strQuery);
    assert.ok(queries.includes("SELECT * FROM Win32_Environment WHERE NAME='puFHs'"), queries.join());
    const executed = all
      .filter((c) => c.method === "ExecMethod" && c.stub.request === "decoded")
      .map((c) => `${c.request?.strObjectPath}.${c.request?.strMethodName}`);
    assert.ok(executed.includes("StdRegProv.GetStringValue"), executed.join());
  });

  it("[MS-DRSR] is read in NDR64 where a key opens it", async () => {
    const keytab = { name: "scapy", bytes: readFileSync(join(dir, "scapy_krb.keytab")) };
    const keys = KeyRing.from({ keytabs: [keytab] });
    const events = await analyze([join(dir, "dcerpc_privacy_krb.pcapng.gz")], { interfaces: table!, keys });
    const found = calls(events).filter((c) => c.interface.name === "drsuapi");
    assert.equal(found.length, 6);
    for (const c of found) {
      assert.deepEqual([c.transfer_syntax, c.auth.decrypted], ["ndr64", true]);
      assert.deepEqual([c.stub, c.returned?.value, c.notes], [DECODED, 0, []], `${c.method}`);
    }
    const cracked = found.find((c) => c.method === "IDL_DRSCrackNames")!;
    const asked = (cracked.request!.pmsgIn as { V1: { [field: string]: Value } }).V1;
    assert.deepEqual([asked.CodePage, asked.LocaleId, asked.cNames], [1252, 1033, 1]);
    const reported = (cracked.response!.pmsgOut as { V1: { pResult: { cItems: number; rItems: Value[] } } })
      .V1;
    assert.equal(reported.pResult.rItems.length, reported.pResult.cItems);
  });

  it("[MS-PAR] names the machine and the user, in NDR64", () => {
    const opened = records
      .get("suricata_truncate-applayer-test-01.pcap")!
      .find((c) => c.method === "RpcAsyncOpenPrinter" && c.transfer_syntax === "ndr64")!;
    const client = opened.request!.pClientInfo as { ClientInfo: { [arm: string]: Value } };
    assert.deepEqual(client.ClientInfo.pClientInfo1, {
      dwSize: 40,
      pMachineName: "MD16ZQHC",
      pUserName: "WW005\\kolmhe01",
      dwBuildNum: 7601,
      dwMajorVersion: 3,
      dwMinorVersion: 0,
      wProcessorArchitecture: 9,
    });
  });
});
