/**
 * The captures that the project made: all of them verify, sealed ones say what their clear twins say, and tshark shows
 * the same bytes with the same password, where it opens them (raw NTLMSSP; under SPNEGO it loses the key stream).
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { hex } from "../../../dissectors/wire/guid.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import { analyze } from "../../support/run.js";
import { type Seen, spyOn } from "../../support/security/spy.js";
import { sharedDir } from "../../support/shared.js";

const captures = resolve(dirname(fileURLToPath(import.meta.url)), "../../../captures");
const PASSWORD = "Help4Desk!";
const tsharkThere = spawnSync("tshark", ["--version"]).status === 0;

async function open(path: string, password: string): Promise<Seen[]> {
  const { keys, seen } = spyOn(KeyRing.from({ passwords: [password] }));
  await analyze([path], { keys });
  return seen;
}

/** Clear stubs without padding as tshark shows them, by the frame in which the PDU ends. */
function tsharkStubs(path: string, password: string): Map<number, string> {
  const fields = ["-e", "frame.number", "-e", "dcerpc.decrypted_stub_data"];
  const options = [
    "-o",
    `ntlmssp.nt_password:${password}`,
    "-Y",
    "dcerpc.decrypted_stub_data",
    "-T",
    "fields",
  ];
  const ran = spawnSync("tshark", ["-r", path, ...options, ...fields], { maxBuffer: 1 << 28 });
  const stubs = new Map<number, string>();
  for (const line of ran.stdout.toString().trim().split("\n")) {
    const [frame, stub] = line.split("\t");
    // Several PDUs in a frame come as one list, and only the first is right.
    if (stub && !stub.includes(",")) stubs.set(Number(frame), stub.replaceAll(":", ""));
  }
  return stubs;
}

/**
 * Every stub that tshark shows must be one of ours (padding may be with it), or all fragments of a call together.
 * Returns how many there were.
 */
function sameAsTshark(path: string, password: string, seen: readonly Seen[]): number {
  const sealed = seen.filter((s) => s.sealed && s.stub !== null);
  const joined = new Map<string, string>();
  for (const s of sealed) {
    const call = `${s.stream}/${s.callId}/${s.fromClient}`;
    joined.set(call, (joined.get(call) ?? "") + hex(s.stub!));
  }
  const mine = [...sealed.map((s) => hex(s.stub!)), ...joined.values()];
  const theirs = tsharkStubs(path, password);
  for (const [frame, stub] of theirs) {
    const found = mine.some((m) => stub.startsWith(m) && stub.length - m.length < 32);
    assert.ok(found, `the stub that tshark shows in frame ${frame}`);
  }
  return theirs.size;
}

describe("the project's captures", () => {
  // Cut frames and lost segments are what this one is about.
  const whole = readdirSync(captures).filter((f) => /\.pcap(ng)?$/.test(f) && !f.startsWith("mid-stream"));
  for (const file of whole) {
    it(`${file} verifies to the last PDU`, async () => {
      const seen = await open(join(captures, file), PASSWORD);
      assert.deepEqual(
        seen.filter((s) => s.verified !== true || s.stub === null),
        [],
      );
    });
  }

  it("say the same sealed and in the clear", async () => {
    const clear = await open(join(captures, "vista-offer-integrity.pcapng"), PASSWORD);
    const sealed = await open(join(captures, "vista-offer-privacy.pcapng"), PASSWORD);
    const shape = (seen: readonly Seen[]) =>
      seen.map((s) => [s.stream, s.fromClient, s.callId, s.stubLength]);
    assert.ok(sealed.length > 20 && sealed.every((s) => s.sealed));
    assert.deepEqual(shape(sealed), shape(clear));
    // Identifiers are drawn anew for each capture; what holds none is the same to the byte.
    const same = sealed.filter((s, i) => s.sha256 === clear[i]!.sha256);
    assert.ok(same.length >= 8 && same.some((s) => s.stubLength! > 700));
  });

  it("are opened by tshark to the same bytes", { skip: !tsharkThere && "no tshark" }, async () => {
    const path = join(captures, "vista-offer-privacy-ntlmssp.pcap");
    const seen = await open(path, PASSWORD);
    assert.ok(sameAsTshark(path, PASSWORD, seen) >= 8);
  });
});

const shared = sharedDir();

describe("a real capture", {
  skip: shared === null ? "no ../shared" : !tsharkThere && "no tshark",
}, () => {
  it("is opened by tshark to the same bytes", async () => {
    const path = join(shared ?? "", "captures", "dcerpc_privacy_ntlm.pcapng.gz");
    const seen = await open(path, "Password123!");
    assert.ok(sameAsTshark(path, "Password123!", seen) >= 5);
  });
});
