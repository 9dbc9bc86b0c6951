/**
 * Live peers: a Samba server with Samba's and impacket's clients, captured by tcpdump on a loopback of their own, at
 * every level, NTLM raw and in SPNEGO, NTLMv2 and older. Everything must open and verify to the last PDU. Skipped,
 * visibly, where the programs or the right to make namespaces are missing.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { AssociationRecord, CallRecord } from "../../src/events.js";
import { KeyRing } from "../../src/rpc/security/keyring.js";
import { analyze, calls, ofKind } from "../support/run.js";
import { type Seen, spyOn } from "../support/security/spy.js";

const HERE = join(dirname(fileURLToPath(import.meta.url)), "security");
const PASSWORD = "S3cret!pä";
const NAMESPACES = ["-n", "-p", "-f", "--kill-child", "--mount-proc"];

function missing(): string | false {
  if (!existsSync("/usr/libexec/samba/samba-dcerpcd")) return "no samba-dcerpcd";
  for (const tool of ["rpcclient", "smbpasswd", "tcpdump", "unshare", "ip", "ss"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `no ${tool}`;
  }
  if (spawnSync("unshare", [...NAMESPACES, "ip", "link", "set", "lo", "up"]).status !== 0)
    return "no namespaces";
  return false;
}

const skip = missing();

describe("live peers", { skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), "raiscope-live-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  let done: string[] = [];
  let seen: Seen[] = [];
  let associations: AssociationRecord[] = [];
  let records: CallRecord[] = [];
  let notes: string[] = [];

  it("talk", async () => {
    execFileSync("unshare", [...NAMESPACES, "sh", join(HERE, "run.sh"), dir, HERE], { stdio: "ignore" });
    done = readFileSync(join(dir, "done.txt"), "utf8").trim().split("\n");
    assert.ok(done.filter((name) => name.startsWith("samba-")).length >= 12, done.join());
    const spy = spyOn(KeyRing.from({ passwords: [PASSWORD] }));
    const events = await analyze([join(dir, "live.pcap")], { keys: spy.keys });
    seen = spy.seen;
    associations = ofKind(events, "association").filter((a) => a.auth.type !== "none");
    records = calls(events);
    notes = ofKind(events, "note").map((n) => n.code);
  });

  it("speak raw NTLM and SPNEGO at every level", () => {
    for (const type of ["ntlmssp", "spnego"]) {
      for (const level of ["connect", "pkt", "pkt_integrity", "pkt_privacy"]) {
        assert.ok(
          associations.some((a) => a.auth.type === type && a.auth.level === level),
          `${type} at ${level}`,
        );
      }
    }
    assert.ok(associations.every((a) => a.auth.user === "root" && a.auth.mechanism === "ntlmssp"));
    assert.ok(associations.some((a) => a.auth.ntlm?.nt_response_kind === "ntlmv1"));
  });

  it("are opened and verified to the last PDU", () => {
    assert.ok(seen.length > 100);
    assert.deepEqual(
      seen.filter((s) => s.verified !== true || s.stub === null),
      [],
    );
    for (const { auth } of associations.filter((a) => a.auth.level === "pkt_privacy")) {
      assert.deepEqual([auth.decrypted, auth.verified], [true, true]);
    }
    for (const { auth } of records.filter((c) => c.auth.level === "pkt_integrity")) {
      assert.deepEqual([auth.decrypted, auth.verified], [null, true]);
    }
    assert.deepEqual(notes, []);
  });

  it("say the same sealed as in the clear", () => {
    const answers = (sealed: boolean): string[] => [
      ...new Set(seen.filter((s) => s.sealed === sealed && !s.fromClient).map((s) => s.sha256!)),
    ];
    const clear = new Set(answers(false));
    // The list of shares is cut into fragments alike; the endpoint mapper's handles are random.
    assert.ok(answers(true).filter((hash) => clear.has(hash)).length >= 3);
  });

  const impacket = (name: string): string | false => {
    const known = spawnSync("/usr/bin/python3", ["-c", "import impacket"]).status === 0;
    return known ? false : `no impacket for ${name}`;
  };
  for (const name of ["impacket-4", "impacket-5", "impacket-6", "impacket-v1"]) {
    it(`${name} took part`, { skip: impacket(name) }, () => assert.ok(done.includes(name)));
  }
});
