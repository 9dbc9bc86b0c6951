/**
 * Live SMB: Samba's file server with Samba's and impacket's clients, captured by tcpdump on a loopback of their own, in every
 * dialect, signed and encrypted with every algorithm. What is in pipes must be what tshark reads with the same password, and
 * every signature must hold. Skipped, visibly, where the programs or the right to make namespaces are missing.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { ntowfV1 } from "../../dissectors/ntlmssp/keys.js";
import { hex } from "../../dissectors/wire/guid.js";
import type { CallRecord, Event } from "../../src/events.js";
import { KeyRing, type KeyRingOptions } from "../../src/rpc/security/keyring.js";
import { analyze, calls, ofKind } from "../support/run.js";
import { type SmbSeen, spyOnSmb } from "../support/security/spy-smb.js";

const HERE = join(dirname(fileURLToPath(import.meta.url)), "smb");
const NAMESPACES = ["-n", "-p", "-f", "--kill-child", "--mount-proc"];
const PASSWORD = "S3cret!pass";
/** impacket's signatures in SMB 3.1.1 are wrong, which the server says as well. */
const WRONG_SIGNER = "impacket-3.1.1";

function missing(): string | false {
  for (const path of ["/usr/sbin/smbd", "/usr/libexec/samba/samba-dcerpcd"]) {
    if (!existsSync(path)) return `no ${path}`;
  }
  for (const tool of ["rpcclient", "smbclient", "smbpasswd", "tcpdump", "unshare", "ip", "ss"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `no ${tool}`;
  }
  if (spawnSync("unshare", [...NAMESPACES, "ip", "link", "set", "lo", "up"]).status !== 0)
    return "no namespaces";
  return false;
}

const skip = missing();
const noTshark = spawnSync("tshark", ["--version"]).status !== 0 ? "no tshark" : false;
const noImpacket =
  spawnSync("/usr/bin/python3", ["-c", "import impacket"]).status !== 0 ? "no impacket" : false;

/** What a client's name says of its conversation. */
function expectedOf(name: string): { dialect: string; encrypted: boolean } {
  const dialects: { [part: string]: string } = {
    NT1: "1.0",
    SMB2_02: "2.0.2",
    SMB2_10: "2.1",
    SMB3_00: "3.0",
    SMB3_02: "3.0.2",
    SMB3_11: "3.1.1",
  };
  const [kind, dialect, how = ""] = name.split(/-(?=.)/, 3) as [string, string, string?];
  const sealed = /^(encrypt|AES|key|ntlmv1)$/.test(how) && !/(GMAC|CMAC)$/.test(name);
  return {
    dialect: dialects[dialect] ?? dialect,
    encrypted: kind === "impacket" ? dialect === "3.0" : sealed,
  };
}

describe("live SMB", { skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), "raiscope-smb-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const capture = join(dir, "live.pcap");
  /** The addresses that clients spoke to, by their names. */
  const clients = new Map<string, string>();
  let seen: SmbSeen[] = [];
  let events: Event[] = [];
  let byAddress = new Map<string, CallRecord[]>();

  const of = (name: string): CallRecord[] => byAddress.get(clients.get(name) ?? "") ?? [];
  const inPipes = (): string[] => [...clients.keys()].filter((name) => /^(rpc|impacket)-/.test(name));

  async function read(options: KeyRingOptions): Promise<Event[]> {
    return analyze([capture], { keys: KeyRing.from(options) });
  }

  function grouped(all: readonly Event[]): Map<string, CallRecord[]> {
    const found = new Map<string, CallRecord[]>();
    for (const call of calls(all))
      found.set(call.server.address, [...(found.get(call.server.address) ?? []), call]);
    return found;
  }

  it("talks", async () => {
    execFileSync("unshare", [...NAMESPACES, "sh", join(HERE, "run.sh"), dir, HERE], { stdio: "ignore" });
    for (const line of readFileSync(join(dir, "done.txt"), "utf8").trim().split("\n")) {
      const [name, address] = line.split("\t");
      clients.set(name!, address!);
    }
    assert.ok(inPipes().filter((name) => name.startsWith("rpc-")).length >= 18, [...clients.keys()].join());
    const spy = spyOnSmb(KeyRing.from({ passwords: [PASSWORD] }));
    events = await analyze([capture], { keys: spy.keys });
    seen = spy.seen;
    byAddress = grouped(events);
  });

  it("is read as tshark reads it with the password", { skip: noTshark }, () => {
    const fields = ["ip.dst", "dcerpc.cn_call_id", "dcerpc.opnum", "dcerpc.cn_ctx_id"];
    const args = ["-r", capture, "-o", `ntlmssp.nt_password:${PASSWORD}`, "-Y", "dcerpc.pkt_type == 0"];
    const out = execFileSync("tshark", [...args, "-T", "fields", ...fields.flatMap((f) => ["-e", f])], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 26,
    });
    const theirs = out.trim().split("\n").sort();
    // tshark 4.0 finds no keys for what impacket encrypts; what that printed is compared below.
    const own = clients.get("impacket-3.0");
    const ours = calls(events)
      .filter(
        (c) => theirs.some((line) => line.startsWith(`${c.server.address}\t`)) || c.server.address !== own,
      )
      .map((c) => [c.server.address, c.call_id, c.opnum, c.context_id].join("\t"))
      .sort();
    assert.ok(theirs.length > 200);
    assert.deepEqual(ours, theirs);
  });

  it("says of each conversation its dialect, whether it was encrypted, and whose it was", () => {
    for (const name of inPipes()) {
      const found = of(name);
      assert.ok(found.length >= 3, name);
      for (const { transport, auth } of found) {
        assert.equal(transport.protseq, "ncacn_np");
        const { dialect, encrypted, session_user, session_domain } = transport.smb!;
        const whose = { session_user: "root", session_domain: "LABDOM" };
        assert.deepEqual(
          { dialect, encrypted, session_user, session_domain },
          { ...expectedOf(name), ...whose },
          name,
        );
        assert.equal(auth.user, "root");
      }
    }
  });

  it("holds what the clients printed", () => {
    const texts = { rpc: ["Données et résultats", "IPC$", "LABDOM"], impacket: ["data", "IPC$", "Builtin"] };
    for (const name of inPipes()) {
      const printed = readFileSync(join(dir, "out", name), "utf8");
      const said = JSON.stringify(of(name));
      for (const text of [...texts[name.startsWith("rpc-") ? "rpc" : "impacket"], "LABSRV"]) {
        assert.ok(printed.includes(text) && said.includes(text), `${name}: ${text}`);
      }
    }
  });

  it("is the same encrypted as signed", () => {
    const said = (name: string): unknown[] =>
      of(name).map(({ interface: i, opnum, method, status, transport }) => [
        i.uuid,
        opnum,
        method,
        status,
        transport.endpoint,
      ]);
    const clear = said("rpc-SMB3_11-sign");
    for (const name of inPipes().filter((client) => client.startsWith("rpc-"))) {
      assert.deepEqual(
        said(name).map((c) => JSON.stringify(c).replace(/127\.0\.1\.\d+/, "")),
        clear.map((c) => JSON.stringify(c).replace(/127\.0\.1\.\d+/, "")),
        name,
      );
    }
  });

  it("is opened and verified to the last message", () => {
    const sealed = seen.filter((s) => s.what === "open");
    const signed = seen.filter((s) => s.what === "verify");
    assert.ok(sealed.length > 300 && signed.length > 300, `${sealed.length} and ${signed.length}`);
    assert.ok(sealed.every((s) => s.holds === true));
    const bad = signed.filter((s) => s.holds !== true);
    const notes = ofKind(events, "note");
    if (noImpacket !== false) {
      assert.deepEqual(bad, []);
      assert.deepEqual(notes, []);
      return;
    }
    // What impacket signs in SMB 3.1.1 its server refuses, and so do we: its first message behind the setup.
    assert.equal(clients.has(WRONG_SIGNER), false);
    assert.match(readFileSync(join(dir, "log", "log"), "utf8"), /Bad SMB2 .* signature/);
    assert.deepEqual(
      bad.map((s) => s.holds),
      [false],
    );
    assert.deepEqual(
      notes.map((n) => n.code),
      ["smb-bad-signature"],
    );
  });

  it("stays encrypted without a key, and is counted", async () => {
    const all = await analyze([capture], {});
    const found = grouped(all);
    const sealedOnes = inPipes().filter((name) => expectedOf(name).encrypted);
    for (const name of sealedOnes) assert.equal(found.get(clients.get(name)!), undefined, name);
    const notes = ofKind(all, "note").filter((n) => n.code === "smb-encrypted");
    assert.ok(notes.length >= sealedOnes.length);
    for (const { message } of notes)
      assert.match(message, /^\d+ encrypted messages .* LABDOM\\root .*password/);
    const counted = notes.reduce((sum, { message }) => sum + Number.parseInt(message, 10), 0);
    assert.equal(counted, seen.filter((s) => s.what === "open").length);
  });

  it("stays encrypted with a wrong password, which is said", async () => {
    const all = await read({ passwords: [`${PASSWORD}x`] });
    assert.equal(calls(all).filter((c) => c.transport.smb?.encrypted === true).length, 0);
    const notes = ofKind(all, "note").filter((n) => n.code === "smb-encrypted");
    for (const { message } of notes) assert.match(message, /is not the one that was used$/);
    const { keys } = ofKind(all, "summary")[0]!;
    assert.deepEqual(
      [...new Set(keys!.contexts.map((c) => `${c.opened} ${c.reason}`))],
      ["false wrong-password"],
    );
  });

  it("is opened with the NT hash, and with the session key that a client printed", async () => {
    const hash = hex(ntowfV1(PASSWORD));
    const same = (all: readonly Event[], name: string): void => {
      const ours = grouped(all).get(clients.get(name)!) ?? [];
      assert.deepEqual(
        ours.map((c) => [c.call_id, c.opnum, c.status]),
        of(name).map((c) => [c.call_id, c.opnum, c.status]),
      );
      assert.ok(ours.length > 0);
    };
    const byHash = await read({ ntHashes: [hash] });
    assert.equal(calls(byHash).length, calls(events).length);
    same(byHash, "rpc-SMB3_11-AES-256-GCM");
    const printed = readFileSync(join(dir, "out", "rpc-SMB3_11-key"), "utf8");
    const key = /^Session Key\s+\[0000\] ((?:[0-9A-F]{2} +){16})/m.exec(printed)![1]!.replaceAll(" ", "");
    const byKey = await read({ sessionKeys: [key] });
    same(byKey, "rpc-SMB3_11-key");
    const opened = calls(byKey).filter((c) => c.transport.smb?.encrypted === true);
    assert.ok(opened.every((c) => c.server.address === clients.get("rpc-SMB3_11-key")));
    const lines = ofKind(byKey, "summary")[0]!.keys!.contexts.filter((c) => c.opened);
    assert.deepEqual(
      lines.map((c) => [c.level, c.secret, c.proof]),
      [["pkt_privacy", "session_key #1", "mic"]],
    );
  });

  for (const name of ["impacket-NT1", "impacket-2.0.2", "impacket-2.1", "impacket-3.0"]) {
    it(`${name} took part`, { skip: noImpacket }, () => assert.ok(clients.has(name)));
  }
});
