/**
 * Kerberos beside DCE/RPC, by MIT's programs: credentials that an LDAP bind and curl forward, what services do with them, and a
 * change of password. Skipped, visibly, where the programs or the right to make namespaces are missing.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readKeytab } from "../../dissectors/kerberos/keytab.js";
import { readKerberos } from "../../dissectors/kerberos/messages.js";
import { OID_SPNEGO, readGssFrame, readSpnego } from "../../dissectors/spnego/tokens.js";
import { hex } from "../../dissectors/wire/guid.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { KerberosKeys } from "../../src/rpc/security/kerberos-keys.js";
import { KeyReport } from "../../src/rpc/security/key-report.js";
import { KeyRing, type KeyRingOptions } from "../../src/rpc/security/keyring.js";
import type { ContextLocation, KerberosExchange } from "../../src/rpc/security/session.js";
import { analyze, ofKind } from "../support/run.js";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "beside");
const NAMESPACES = ["-n", "-u", "-p", "-f", "--kill-child", "--mount-proc"];

function missing(): string | false {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  for (const tool of [
    "krb5kdc",
    "kadmind",
    "kadmin.local",
    "kpasswd",
    "kinit",
    "tcpdump",
    "unshare",
    "ip",
    "ss",
    "curl",
  ]) {
    const found = spawnSync("sh", ["-c", `command -v ${tool}`], { env: { ...process.env, PATH: path } });
    if (found.status !== 0) return `no ${tool}`;
  }
  const modules = spawnSync("/usr/bin/python3", ["-c", "import gssapi, impacket.ldap.ldapasn1"]);
  if (modules.status !== 0) return "no gssapi or impacket for python3";
  const namespaces = spawnSync("unshare", [...NAMESPACES, "ip", "link", "set", "lo", "up"]);
  return namespaces.status !== 0 && "no namespaces";
}

const LOCATION: ContextLocation = {
  stream: null,
  contextId: 0,
  smbSession: null,
  type: "kerberos",
  level: "pkt_privacy",
};

function readSpnegoToken(bytes: Uint8Array): Uint8Array {
  const token = readSpnego(new Reader(bytes));
  assert.ok(token.kind !== "negTokenResp" && token.mechToken !== null);
  return token.mechToken;
}

/** The AP-REQ of a token, as a bind would carry it. */
function exchangeOf(token: Uint8Array): KerberosExchange {
  const message = readKerberos(readGssFrame(new Reader(token))!.inner);
  assert.ok(message.msg === "AP-REQ");
  return { mechanism: "kerberos", apReq: message, apRep: null, tgtRep: null };
}

for (const [transport, limit] of [
  ["TCP", "1"],
  ["UDP", "65000"],
] as const) {
  describe(`live Kerberos beside DCE/RPC, the KDC's over ${transport}`, { skip: missing() }, () => {
    const dir = mkdtempSync(join(tmpdir(), "raiscope-beside-"));
    after(() => rmSync(dir, { recursive: true, force: true }));
    const read = (name: string): Uint8Array => readFileSync(join(dir, name));

    /** Who a further connection's token names, and which secret led there, after the capture was read with these keys. */
    async function readWith(options: KeyRingOptions, token: string): Promise<unknown[]> {
      const ring = KeyRing.from(options);
      const events = await analyze([join(dir, "live.pcap")], { keys: ring });
      assert.deepEqual(ofKind(events, "call"), []);
      assert.deepEqual(ofKind(events, "note"), []);
      assert.doesNotMatch(JSON.stringify(events), /New!Pass2/);
      const answer = ring.session(exchangeOf(read(token)), LOCATION, null);
      if (answer.session === null) return [answer.reason];
      return [answer.session.identity, ring.report().contexts[0]!.secret];
    }

    it("talks", () => {
      execFileSync("unshare", [...NAMESPACES, "sh", join(FOLDER, "run.sh"), dir, FOLDER, limit], {
        stdio: "ignore",
      });
    });

    const ALICE = { user: "alice", domain: "BESIDE.EXAMPLE" };

    it("opens with a service's key what that does with forwarded credentials", async () => {
      const keytab = { keytabs: [{ name: "service.keytab", bytes: read("service.keytab") }] };
      for (const name of ["ldap.token", "http.token"])
        assert.deepEqual(await readWith(keytab, name), [ALICE, "keytab service.keytab"], name);
      // Nobody forwarded these.
      assert.deepEqual(await readWith(keytab, "bind.token"), ["no-key"]);
      assert.deepEqual(await readWith({ passwords: ["Wrong!Pass"] }, "ldap.token"), ["no-key"]);
    });

    it("learns the keys of the forwarded tickets, as the services keep them", async () => {
      const learned = new KerberosKeys();
      const secret = new KeyReport().addSecret("keytab", "keytab");
      for (const { principal, realm, etype, kvno, key } of readKeytab(read("service.keytab")).entries)
        learned.addLongTerm({ principal, realm, etype, kvno, key, secret });
      const found: string[] = [];
      const ring = KeyRing.from({ passwords: ["none"] });
      ring.learnToken = (token) => {
        const inner = readGssFrame(new Reader(token))?.mechanism === OID_SPNEGO;
        learned.learnApReq(exchangeOf(inner ? readSpnegoToken(token) : token).apReq!);
      };
      ring.learnKerberos = (bytes) => {
        const message = readKerberos(new Reader(bytes));
        learned.learn(bytes);
        if (message.msg !== "TGS-REQ") return;
        const opened = learned.open({
          mechanism: "kerberos",
          apReq: message.ap_req,
          apRep: null,
          tgtRep: null,
        });
        // The last is the ticket's own.
        if (opened !== null) found.push(hex(opened.keys.at(-1)!.key));
      };
      await analyze([join(dir, "live.pcap")], { keys: ring });
      assert.deepEqual(new Set(found), new Set([hex(read("ldap.key")), hex(read("http.key"))]));
    });

    it("opens with the old password what was sealed with the new", async () => {
      assert.deepEqual(await readWith({ passwords: ["Old!Pass1"] }, "bind.token"), [ALICE, "password #1"]);
    });
  });
}
