/**
 * Real captures with published credentials: every PDU that carries a verifier must verify, and every opened stub must
 * be the one that the oracle beside the capture lists by its hash.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import type { AssociationRecord } from "../../../src/events.js";
import { KeyRing, type KeyRingOptions } from "../../../src/rpc/security/keyring.js";
import { analyze, ofKind } from "../../support/run.js";
import { learnFrom } from "../../support/security/kdc.js";
import { type Seen, spyOn } from "../../support/security/spy.js";
import { sharedDir } from "../../support/shared.js";

const shared = sharedDir();
const skip = shared === null && "no ../shared";
const captures = join(shared ?? "", "captures");

const NTLM = "dcerpc_privacy_ntlm.pcapng.gz";
const NTLM_SPNEGO = "covenant_dcom_registerxll_2020-09-18145959.cap";
const KRB = "dcerpc_privacy_krb.pcapng.gz";
const KRB_WMI = "empire_wmi_dcerpc_wmi_IWbemServices_ExecMethod_WORKSTATION5_2020-09-21001437.cap";
const KRB_U2U = "empire_dcom_shellwindows_WORKSTATION5_2020-09-18130751.cap";
const KRB_U2U_OTHER = "empire_dcom_shellwindows_WORKSTATION6_2020-09-18130751.cap";
const THESHIRE = "theshire_2020-09-17.keytab";

interface OraclePdu {
  dir: "c2s" | "s2c";
  call_id: number;
  auth_ctx_id?: number;
  auth_level: number;
  verified: boolean;
  stub_plain_len?: number;
  stub_plain_sha256?: string;
}

interface OracleStream {
  stream: number;
  exported_session_key?: string;
  user?: string;
  domain?: string;
  contexts?: { auth_ctx_id: number; acceptor_subkey: string }[];
  pdus: OraclePdu[];
}

function oracle(file: string): OracleStream[] {
  const kind = file.includes("ntlm") || file.includes("covenant") ? "ntlmkeys" : "krbkeys";
  return JSON.parse(readFileSync(join(captures, `${file}.${kind}.json`), "utf8")).streams;
}

function keytab(name: string): KeyRingOptions {
  return { keytabs: [{ name, bytes: readFileSync(join(captures, name)) }] };
}

interface Run {
  seen: Seen[];
  ring: KeyRing;
  associations: AssociationRecord[];
}

async function run(file: string, options: KeyRingOptions, learn = false): Promise<Run> {
  const ring = KeyRing.from(options);
  const path = join(captures, file);
  if (learn) await learnFrom(path, ring);
  const { keys, seen } = spyOn(ring);
  const events = await analyze([path], { keys });
  return { seen, ring, associations: ofKind(events, "association") };
}

/** Each list of the oracle, in order, against what was seen of the same context and direction. */
function agrees(seen: readonly Seen[], file: string): void {
  for (const stream of oracle(file)) {
    for (const dir of ["c2s", "s2c"] as const) {
      const wanted = stream.pdus.filter((p) => p.dir === dir);
      const contexts = new Set(wanted.map((p) => p.auth_ctx_id ?? 0));
      for (const id of contexts) {
        const expected = wanted.filter((p) => (p.auth_ctx_id ?? 0) === id);
        const mine = seen.filter(
          (s) => s.stream === stream.stream && s.contextId === id && s.fromClient === (dir === "c2s"),
        );
        assert.deepEqual(
          mine.map((s) => [s.callId, s.verified, ...(s.sealed ? [s.stubLength, s.sha256] : [])]),
          expected.map((p) => [
            p.call_id,
            p.verified,
            ...(p.stub_plain_len === undefined ? [] : [p.stub_plain_len, p.stub_plain_sha256]),
          ]),
          `${file}, stream ${stream.stream}, context ${id}, ${dir}`,
        );
      }
    }
  }
}

describe("NTLM", { skip }, () => {
  it("opens raw NTLMSSP at privacy by password", async () => {
    const { seen, ring } = await run(NTLM, { passwords: ["wrong", "Password123!"] });
    agrees(seen, NTLM);
    const { secrets, contexts } = ring.report();
    assert.deepEqual(
      secrets.map((s) => [s.secret, s.opened]),
      [
        ["password #1", 0],
        ["password #2", 1],
      ],
    );
    assert.deepEqual([contexts[0]?.secret, contexts[0]?.proof], ["password #2", "nt_response"]);
  });

  it("opens it by NT hash", async () => {
    const { seen } = await run(NTLM, { ntHashes: ["2b576acbe6bcfda7294d6bd18041b8fe"] });
    agrees(seen, NTLM);
  });

  it("opens it by exported session key, which the MIC proves", async () => {
    const key = oracle(NTLM)[0]!.exported_session_key!;
    const { seen, ring } = await run(NTLM, { sessionKeys: ["00".repeat(16), key] });
    agrees(seen, NTLM);
    assert.equal(ring.report().contexts[0]?.proof, "mic");
  });

  it("verifies SPNEGO-wrapped NTLMv1 with extended session security at integrity", async () => {
    const { seen } = await run(NTLM_SPNEGO, { passwords: ["W1n1!2019"] });
    agrees(seen, NTLM_SPNEGO);
    assert.equal(seen.length, 19);
  });

  it("opens it with the user's RC4 key of a keytab, which is the NT hash", async () => {
    const { seen } = await run(NTLM_SPNEGO, keytab(THESHIRE));
    agrees(seen, NTLM_SPNEGO);
  });

  it("says what is missing, and never a wrong stub", async () => {
    for (const [options, reason] of [
      [{ passwords: ["Password123?"] }, "wrong-password"],
      [{ secrets: [{ kind: "password", user: "someone", domain: null, password: "x" }] }, "no-matching-user"],
      [keytab("scapy_krb.keytab"), "no-key"],
      [{ sessionKeys: ["11".repeat(16)] }, "no-key"],
    ] as [KeyRingOptions, string][]) {
      const { seen, ring, associations } = await run(NTLM, options);
      assert.ok(seen.every((s) => s.stub === null));
      assert.equal(ring.report().contexts[0]?.reason, reason);
      assert.equal(ring.report().contexts[0]?.opened, false);
      const auth = associations.find((a) => a.stream === 1)!.auth;
      assert.deepEqual(
        [auth.user, auth.domain, auth.decrypted, auth.verified],
        ["Administrator", "DOMAIN", false, null],
      );
    }
  });

  it("says nothing of keys where none was given, but what would open the context", async () => {
    const events = await analyze([join(captures, NTLM)]);
    const association = ofKind(events, "association").find((a) => a.stream === 1)!;
    assert.deepEqual([association.auth.decrypted, association.auth.verified], [null, null]);
    const notes = ofKind(events, "note").filter((n) => n.code === "no-key");
    assert.equal(notes.length, 1);
    assert.match(notes[0]!.message, /DOMAIN\\Administrator/);
  });
});

describe("Kerberos", { skip }, () => {
  it("opens AES-256 at privacy with the service's key", async () => {
    const { seen, associations } = await run(KRB, keytab("scapy_krb.keytab"));
    agrees(seen, KRB);
    assert.equal(seen.length, 12);
    const auth = associations.find((a) => a.stream === 1)!.auth;
    assert.deepEqual([auth.user, auth.domain, auth.mechanism], ["WIN10$", "DOMAIN.LOCAL", "kerberos"]);
  });

  it("opens it with the acceptor's sub-key alone", async () => {
    const key = oracle(KRB)[0]!.contexts![0]!.acceptor_subkey;
    const { seen, ring } = await run(KRB, { sessionKeys: [key] });
    agrees(seen, KRB);
    assert.equal(ring.report().contexts[0]?.proof, "signature");
  });

  it("learns session keys from the exchange with the KDC: three contexts on one connection", async () => {
    const { seen } = await run(KRB_WMI, keytab(THESHIRE), true);
    agrees(seen, KRB_WMI);
    assert.deepEqual(new Set(seen.map((s) => s.verified)), new Set([true]));
    assert.equal(seen.length, 29);
  });

  it("verifies user-to-user at integrity, with the KDC's exchange or without it", async () => {
    for (const file of [KRB_U2U, KRB_U2U_OTHER]) {
      const { seen, associations } = await run(file, keytab(THESHIRE), file === KRB_U2U);
      agrees(seen, file);
      const auth = associations.find((a) => a.auth.level === "pkt_integrity")!.auth;
      assert.equal(auth.mechanism, "kerberos_u2u");
      assert.equal(auth.kerberos?.user_to_user, true);
      assert.equal(auth.user, "pgustavo");
    }
  });

  it("says which key is missing", async () => {
    const { seen, ring } = await run(KRB, keytab(THESHIRE));
    assert.equal(seen.length, 0);
    const [context] = ring.report().contexts;
    assert.equal(context?.reason, "no-key");
    assert.match(context?.message ?? "", /ldap\/dc1\.domain\.local.*aes256/);
  });
});

describe("captures whose keys nobody has", { skip }, () => {
  it("are read the same with foreign keys as without, but for the notes", async () => {
    for (const file of ["dcompayload-poshc2.pcap", "dce_rpc_netlogon.pcapng", "kerberos135_auth.pcapng"]) {
      const { seen } = await run(file, { passwords: ["x"], ...keytab(THESHIRE) });
      assert.ok(
        seen.every((s) => s.verified !== true),
        basename(file),
      );
    }
  });
});
