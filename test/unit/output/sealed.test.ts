/** The line above a transcript that says what would decrypt the rest: it names what then does decrypt it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { AssociationRecord, CallRecord, Event, SecurityRecord } from "../../../src/events.js";
import { plain } from "../../../src/output/paint.js";
import { Sealed } from "../../../src/output/sealed.js";
import { transcriptPrinter } from "../../../src/output/transcript.js";
import { raiscope } from "../../support/cli/spawn.js";
import { sharedDir } from "../../support/shared.js";

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}`, import.meta.url));

async function transcript(...args: string[]): Promise<string> {
  const { status, stdout } = await raiscope(["-q", ...args]);
  assert.equal(status, 0);
  return stdout;
}

/** Findings stand above it. */
const firstLine = (text: string): string =>
  text.split("\n").find((line) => line.startsWith("Encrypted")) ?? text.split("\n")[0]!;

async function records(path: string): Promise<Event[]> {
  const lines = (await transcript(path, "-T", "ndjson", "--events", "all")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

describe("the line of what is encrypted", { concurrency: 2 }, () => {
  for (const [name, said] of [
    ["vista-offer-privacy.pcapng", "14 of 15 calls"],
    ["fragmented-interleaved.pcap", "5 of 12 calls"],
    ["pipes-encrypted.pcapng", "72 SMB messages"],
  ] as const) {
    test(`stands above the transcript of ${name}, and is gone with the key that it names`, async () => {
      const path = capture(name);
      const first = firstLine(await transcript(path));
      assert.equal(
        first,
        `Encrypted: ${said}; to decrypt, give the password or NT hash of CONTOSO\\helga.desk (--password, --nt-hash)`,
      );
      const opened = await transcript(path, "--password", "Help4Desk!");
      assert.doesNotMatch(opened, /^Encrypted/m);
      const hidden = firstLine(await transcript(path, "--redact"));
      assert.match(hidden, /^Encrypted: .* of CONTOSO\\<user-\d+> /);
      assert.match(firstLine(await transcript(path, "--only-rai")), /^Encrypted: /);
    });
  }

  test("is not there where nothing is encrypted", async () => {
    for (const name of ["invoke.pcapng", "vista-offer-integrity.pcapng", "pipes.pcapng", "datagrams.pcap"]) {
      assert.doesNotMatch(await transcript(capture(name)), /Encrypted/, name);
    }
  });

  test("adds up over files, and counts what the call log counts", async () => {
    const files = ["vista-offer-privacy.pcapng", "pipes-encrypted.pcapng", "invoke.pcapng"].map(capture);
    const first = firstLine(await transcript(...files));
    assert.match(first, /^Encrypted: 14 of 39 calls and 72 SMB messages; .*\)$/);
    const calls = (await records(files[0]!)).filter((one): one is CallRecord => one.type === "call");
    const sealed = calls.filter(({ stub }) => stub.request === "encrypted" || stub.response === "encrypted");
    assert.equal(sealed.length, 14);
  });

  const shared = sharedDir();
  test("names a service whose key opens its calls", {
    skip: shared === null && "no shared captures",
  }, async () => {
    const at = join(shared!, "captures");
    const path = join(at, "dcerpc_privacy_krb.pcapng.gz");
    const first = firstLine(await transcript(path));
    assert.match(first, /give the key of ldap\/dc1\.domain\.local\/domain\.local@DOMAIN\.LOCAL, aes256-cts/);
    const keys = JSON.parse(readFileSync(join(at, "dcerpc_privacy_krb.pcapng.gz.krbkeys.json"), "utf8"));
    assert.ok(JSON.stringify(keys).length > 0);
    const opened = await transcript(path, "--keytab", join(at, "scapy_krb.keytab"));
    assert.doesNotMatch(opened, /^Encrypted/m);
  });
});

const AUTH = {
  type: "spnego",
  level: "pkt_privacy",
  context_id: 1,
  source: "context",
  decrypted: null,
  verified: null,
};
const NOBODY = { user: null, domain: null, workstation: null };
const stub = { request: "encrypted", response: "encrypted" };

function sealedBy(auth: object, contexts: readonly object[] = []): string | null {
  const sealed = new Sealed();
  const where = { stream: 1, transport: { protseq: "ncacn_ip_tcp", endpoint: "49664", smb: null } };
  sealed.call({ ...where, stub, auth: { ...AUTH, ...NOBODY, ...auth } } as unknown as CallRecord);
  const security_contexts = contexts.map((one) => ({ ...AUTH, ...NOBODY, ...one }) as SecurityRecord);
  sealed.association({ ...where, security_contexts } as unknown as AssociationRecord);
  return sealed.line(false);
}

test("what no key opens, and what only its session key opens, is said so", async () => {
  assert.match(
    sealedBy({ type: "netlogon", mechanism: "netlogon", domain: "CONTOSO", workstation: "WS-1" })!,
    /no key that raiscope takes opens the secure channel of CONTOSO\\WS-1 \(Netlogon\)$/,
  );
  assert.match(
    sealedBy({ type: "schannel", mechanism: "schannel" })!,
    /no key that raiscope takes opens TLS/,
  );
  assert.match(
    sealedBy({ mechanism: "ntlmssp" })!,
    /give the session key, since the handshake was not captured/,
  );
  assert.match(sealedBy({ mechanism: "ntlmssp", user: "" })!, /give any password/);
  const kerberos = { realm: "R", service: "bob", ticket_etype: "rc4-hmac", authenticator_etype: null };
  assert.match(
    sealedBy({ mechanism: "kerberos_u2u" }, [
      { mechanism: "kerberos_u2u", kerberos: { ...kerberos, user_to_user: true } },
    ])!,
    /the session key of the user-to-user ticket for bob@R, rc4-hmac/,
  );
  // Of another context of the same connection nothing is taken.
  assert.match(
    sealedBy({ mechanism: "kerberos" }, [{ mechanism: "kerberos", context_id: 2, kerberos }])!,
    /give the session key/,
  );
  assert.equal(new Sealed().line(false), null);
});

test("owners without end are counted, not kept", async () => {
  const sealed = new Sealed();
  const transport = { protseq: "ncacn_ip_tcp", endpoint: "1", smb: null };
  for (let stream = 0; stream < 20_000; stream++) {
    const auth = { ...AUTH, ...NOBODY, mechanism: "ntlmssp", user: `u${stream}` };
    sealed.call({ stream, transport, stub, auth } as unknown as CallRecord);
  }
  const line = sealed.line(false)!;
  assert.match(line, /^Encrypted: all 20,000 calls; .*further keys \(19,744 calls\); 250 more: --full$/);
  assert.ok(line.length < 1_000);
});

test("where calls are printed as they come, whose key is missing is said at once and once more at the end", async () => {
  const options = { columns: 120, cut: false, paint: plain, allCalls: true, ladder: false, live: true };
  const printer = transcriptPrinter(options);
  const events = await records(capture("vista-offer-privacy.pcapng"));
  const pieces = events.map((event) => printer.push(event));
  const end = printer.finish();
  const first = pieces.findIndex((piece) =>
    piece.includes("  encrypted: to decrypt, give the password or NT hash of"),
  );
  assert.ok(first >= 0 && first < pieces.length - 1);
  assert.equal(pieces.filter((piece) => piece.includes("encrypted: to decrypt")).length, 1);
  assert.match(end, /^Encrypted: 14 of 15 calls; to decrypt/m);
  // Held back as long as there is room: then the line stands above what is known so far.
  const small = transcriptPrinter({ ...options, live: false, heldBytes: 20_000 });
  const text = events.map((event) => small.push(event)).join("") + small.finish();
  assert.match(text, /^Encrypted so far: /);
  assert.match(text, /\nEncrypted: 14 of 15 calls; /);
});
