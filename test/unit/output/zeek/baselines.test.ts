/** Logs that Zeek wrote of captures, row by row; they are in a folder that need not be there. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { raiscope } from "../../../support/cli/spawn.js";
import { sharedDir } from "../../../support/shared.js";

const shared = sharedDir();
const folder = mkdtempSync(join(tmpdir(), "raiscope-zeek-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The lines of a log but those that say when it was opened, and of each row all but when and under what name. */
function masked(text: string): string[] {
  const lines = text.split("\n").filter((line) => !/^#(?:open|close|##)/.test(line));
  return lines.map((line) => (line.startsWith("#") ? line : line.replace(/^[^\t]*\t[^\t]*\t/, "X\tX\t")));
}

const BASELINES: readonly [capture: string, log: string, baseline: string][] = [
  ["captures/dce_rpc_netlogon.pcapng", "dce_rpc", "dce-rpc.dce_rpc_netlogon__dce_rpc.log"],
  ["captures/dce_rpc_ntlm.pcapng", "ntlm", "dce-rpc.dce_rpc_ntlm__ntlm.log"],
  ["captures/kerberos135_auth.pcapng", "kerberos", "dce-rpc.spnego-gssapi-kerberos__kerberos.log.135"],
  ["schemas/zeek/cs_window7-join_stream092.pcap", "dce_rpc", "dce-rpc.context__dce_rpc.log"],
  ["schemas/zeek/ntlm-empty-av-sequence.pcap", "ntlm", "dce-rpc.ntlm-empty-av-pair-seq__ntlm.log"],
  [
    "schemas/zeek/ntlm-unterminated-av-sequence.pcap",
    "ntlm",
    "dce-rpc.ntlm-unterminated-av-pair-seq__ntlm.log",
  ],
];

describe("what Zeek wrote", { skip: shared === null && "../shared is not there", concurrency: 2 }, () => {
  for (const [capture, log, baseline] of BASELINES) {
    test(baseline, async () => {
      const out = join(folder, baseline);
      const { status, stderr } = await raiscope([join(shared!, capture), "-T", "zeek", "-o", `${out}/`]);
      assert.equal(status, 0, stderr);
      const own = masked(readFileSync(join(out, `${log}.log`), "utf8"));
      const zeeks = masked(readFileSync(join(shared!, "schemas/zeek", baseline), "utf8"));
      assert.equal(own.length, zeeks.length);
      for (const [i, line] of zeeks.entries()) {
        const cells = own[i]!.split("\t");
        // What Zeek leaves unset may be set.
        const all = line.split("\t").every((cell, j) => cell === cells[j] || cell === "-");
        assert.ok(all, `${own[i]}\n${line}`);
      }
    });
  }

  test("columns are Zeek's, of every log", async () => {
    const { ...logs } = await import("../../../../src/output/zeek/logs.js");
    const wanted = new Map<string, string[]>();
    const [, ...rows] = readFileSync(join(shared!, "schemas/zeek/fields.tsv"), "utf8").trimEnd().split("\n");
    for (const row of rows) {
      const [log, , field, type] = row.split("\t");
      wanted.set(log!, [...(wanted.get(log!) ?? []), `${field}:${type}`]);
    }
    for (const log of [
      logs.CONN,
      logs.DCE_RPC,
      logs.NTLM,
      logs.KERBEROS,
      logs.NOTICE,
      logs.RDP,
      logs.SMB_FILES,
      logs.SMB_MAPPING,
    ]) {
      assert.deepEqual(
        log.fields.map((field, i) => `${field}:${log.types[i]}`),
        wanted.get(log.path),
        log.path,
      );
    }
  });

  test("names are those of Zeek's own tables, all of them", async () => {
    const { ZeekNames } = await import("../../../../src/output/zeek/names.js");
    const names = new ZeekNames();
    const [, ...rows] = readFileSync(join(shared!, "catalogue/zeek-names.tsv"), "utf8").trimEnd().split("\n");
    for (const row of rows) {
      const [uuid, opnum, endpoint, operation] = row.split("\t");
      assert.equal(names.endpoint(uuid!), endpoint, row);
      assert.equal(names.operation(uuid!, Number(opnum)), operation, row);
    }
  });
});
