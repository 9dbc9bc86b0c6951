/**
 * Live SMB with Kerberos: a Samba domain controller and its clients, opened with the keytab of the domain. Skipped, visibly,
 * where the programs of a domain controller or the right to make namespaces are missing.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Event } from "../../src/events.js";
import { KeyRing } from "../../src/rpc/security/keyring.js";
import { analyze, calls, ofKind } from "../support/run.js";
import { type SmbSeen, spyOnSmb } from "../support/security/spy-smb.js";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "smb", "kerberos.sh");
const NAMESPACES = ["-n", "-u", "-p", "-f", "--kill-child", "--mount-proc"];

function missing(): string | false {
  for (const path of ["/usr/sbin/samba", "/usr/sbin/winbindd", "/usr/share/samba/setup/ad-schema"]) {
    if (!existsSync(path)) return `no ${path}`;
  }
  for (const tool of ["samba-tool", "rpcclient", "tcpdump", "unshare", "ip", "ss"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `no ${tool}`;
  }
  const namespaces = spawnSync("unshare", [...NAMESPACES, "ip", "link", "set", "lo", "up"]);
  return namespaces.status !== 0 && "no namespaces";
}

describe("live SMB with Kerberos", { skip: missing() }, () => {
  const dir = mkdtempSync(join(tmpdir(), "raiscope-krb-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  let seen: SmbSeen[] = [];
  let events: Event[] = [];

  it("talks", async () => {
    execFileSync("unshare", [...NAMESPACES, "sh", SCRIPT, dir], { stdio: "ignore" });
    const done = readFileSync(join(dir, "done.txt"), "utf8").trim().split("\n");
    assert.equal(done.length, 7, done.join());
    const keytab = { name: "all.keytab", bytes: readFileSync(join(dir, "all.keytab")) };
    const spy = spyOnSmb(KeyRing.from({ keytabs: [keytab] }));
    events = await analyze([join(dir, "live.pcap")], { keys: spy.keys });
    seen = spy.seen;
  });

  it("is opened and verified to the last message", () => {
    assert.ok(seen.filter((s) => s.what === "open").length > 150);
    assert.ok(seen.filter((s) => s.what === "verify").length > 50);
    assert.deepEqual(
      seen.filter((s) => s.holds !== true),
      [],
    );
  });

  it("says whose sessions they were, and what opened them", () => {
    const { contexts } = ofKind(events, "summary")[0]!.keys!;
    const sessions = contexts.filter((c) => c.smb_session !== null && c.opened);
    assert.equal(sessions.length, 7);
    for (const { user, domain, mechanism, proof, secret } of sessions) {
      assert.deepEqual(
        [user, domain, mechanism, proof, secret],
        ["Administrator", "LAB.EXAMPLE", "kerberos", "ticket", "keytab all.keytab"],
      );
    }
    const piped = calls(events).filter((c) => c.transport.smb !== null);
    assert.ok(piped.length >= 7 * 6);
    assert.ok(piped.every((c) => c.status === "ok" && c.transport.smb!.session_user === "Administrator"));
    const ways = new Set(piped.map(({ transport: { smb } }) => `${smb!.dialect} ${smb!.encrypted}`));
    assert.deepEqual([...ways].sort(), ["2.1 false", "3.0 true", "3.1.1 false", "3.1.1 true"]);
  });
});
