/**
 * Header signing belongs to the security context that asked for it, [MS-RPCE] 3.3.1.5.2.2: what a request's verification
 * trailer claims is held against the PDU that opened its context, not against the connection's bind.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { loadInterfaces } from "../../../src/interfaces.js";
import { concat, Writer } from "../../lab/bytes.js";
import { Conversation, type Side } from "../../lab/conversation.js";
import { make, type Shape } from "../../lab/recipe.js";
import {
  bindAckBody,
  bindBody,
  type Header,
  PFC,
  pdu,
  pduWithToken,
  requestFixed,
  responseFixed,
  type SecTrailer,
  SYNTAX_NDR,
  verificationTrailer,
} from "../../lab/rpc.js";
import { negotiate } from "../../support/ntlmssp/build.js";
import { UUID } from "../../support/rpc/talk.js";
import { analyze, calls } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";

const IDL = `[uuid(${UUID}), version(1.0)] interface signing { void Say([in] long word); }`;
const WHOLE = PFC.FIRST_FRAG | PFC.LAST_FRAG;
const ASKING = WHOLE | PFC.SUPPORT_HEADER_SIGN;
const NTLMSSP = 10;
const CONNECT = 2;
const PKT = 4;
const INTEGRITY = 5;
const TOKEN = negotiate(0xe2888215);

type Said = [from: Side, pdu: Uint8Array];

const context = (contextId: number, level: number): SecTrailer => ({ type: NTLMSSP, level, contextId });

/** A bind or alter_context, with a token of the context where one is given, and its answer. */
function opening(type: "bind" | "alter_context", flags: number, trailer: SecTrailer | null): Said[] {
  const header = { flags, callId: 1, little: true };
  const items = [{ id: 0, abstract: { uuid: UUID, version: 1 }, transfer: [SYNTAX_NDR] }];
  const results = [{ result: 0, reason: 0, syntax: SYNTAX_NDR }];
  const token = trailer && TOKEN;
  const answer: Header = { ...header, type: type === "bind" ? "bind_ack" : "alter_context_resp" };
  return [
    ["client", pduWithToken({ ...header, type }, bindBody(true, 4280, 4280, 0, items), trailer, token)],
    ["server", pduWithToken(answer, bindAckBody(true, 4280, 4280, 7, "135", results), trailer, token)],
  ];
}

/** A call whose verification trailer claims header signing. */
function claiming(callId: number, trailer: SecTrailer | null): Said[] {
  const stub = concat(new Writer(true).u32(5).done(), verificationTrailer({ bitmask: 1 }));
  const header = { flags: WHOLE, callId, little: true };
  const sign = () => ({ sealed: null, verifier: new Uint8Array(16) });
  const auth = trailer && { trailer, padTo: 16, verifierLength: 16, sign };
  return [
    ["client", pdu({ ...header, type: "request" }, requestFixed(true, stub.length, 0, 0, null), stub, auth)],
    ["server", pdu({ ...header, type: "response" }, responseFixed(true, 0, 0), new Uint8Array(0), null)],
  ];
}

/** What is said of each call. */
async function reported(t: TestContext, ...said: Said[][]): Promise<string[]> {
  const talk = new Conversation("signing", "2024-05-14T08:00:00Z");
  const connection = talk.connect({ address: "10.0.0.1", port: 50000 }, { address: "10.0.0.2", port: 135 });
  for (const [from, bytes] of said.flat()) talk.say(connection, from, bytes);
  const shape: Shape = { talk, file: { format: "pcap", nanoseconds: true } };
  const { capture } = make({ name: "signing.pcap", about: "", make: () => shape });
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "signing.pcap");
  writeFileSync(path, capture);
  const { table } = loadInterfaces([{ name: "signing.idl", text: IDL }]);
  return calls(await analyze([path], { interfaces: table })).map((c) => {
    assert.deepEqual(c.request, { word: 5 });
    return c.notes.map((n) => n.message).join("; ");
  });
}

const claims = (what: string): string => `the verification trailer claims header signing, which ${what}`;

test("asked for in the bind that opens the security context", async (t) => {
  const zero = context(0, INTEGRITY);
  assert.deepEqual(await reported(t, opening("bind", ASKING, zero), claiming(2, zero)), [""]);
  assert.deepEqual(await reported(t, opening("bind", WHOLE, zero), claiming(2, zero)), [
    claims("security context 0 was opened without"),
  ]);
});

test("asked for in the alter_context that opens the context, after a bind without security", async (t) => {
  const zero = context(0, INTEGRITY);
  const bind = opening("bind", WHOLE, null);
  assert.deepEqual(await reported(t, bind, opening("alter_context", ASKING, zero), claiming(2, zero)), [""]);
  assert.deepEqual(await reported(t, bind, opening("alter_context", WHOLE, zero), claiming(2, zero)), [
    claims("security context 0 was opened without"),
  ]);
});

test("two contexts on one connection, asked for in one and not in the other", async (t) => {
  const [zero, one] = [context(0, INTEGRITY), context(1, INTEGRITY)];
  for (const [asking, other] of [
    [zero, one],
    [one, zero],
  ] as const) {
    const flags = (c: SecTrailer): number => (c === asking ? ASKING : WHOLE);
    const said = await reported(
      t,
      opening("bind", flags(zero), zero),
      opening("alter_context", flags(one), one),
      claiming(2, asking),
      claiming(3, other),
    );
    assert.deepEqual(said, ["", claims(`security context ${other.contextId} was opened without`)]);
  }
});

test("asked for in one leg of the exchange is asked for: a third leg in an alter_context or auth3", async (t) => {
  const zero = context(0, INTEGRITY);
  const third = opening("alter_context", WHOLE, zero);
  assert.deepEqual(await reported(t, opening("bind", ASKING, zero), third, claiming(2, zero)), [""]);
  const header: Header = { type: "auth3", flags: ASKING, callId: 1, little: true };
  const auth3: Said[] = [["client", pduWithToken(header, new Uint8Array(4), zero, TOKEN)]];
  assert.deepEqual(await reported(t, opening("bind", WHOLE, zero), auth3, claiming(2, zero)), [""]);
});

test("below integrity a client need not ask: it is enough that another context of the connection did", async (t) => {
  const [low, high] = [context(0, PKT), context(1, INTEGRITY)];
  const bind = opening("bind", WHOLE, low);
  const alter = opening("alter_context", ASKING, high);
  assert.deepEqual(await reported(t, bind, alter, claiming(2, low), claiming(3, high)), ["", ""]);
  assert.deepEqual(await reported(t, bind, claiming(2, low)), [
    claims("security context 0 was opened without"),
  ]);
});

test("calls without a verifier stand under the context that the connection was opened with", async (t) => {
  const connect = context(0, CONNECT);
  assert.deepEqual(await reported(t, opening("bind", ASKING, connect), claiming(2, null)), [""]);
  assert.deepEqual(await reported(t, opening("bind", WHOLE, connect), claiming(2, null)), [
    claims("security context 0 was opened without"),
  ]);
  assert.deepEqual(await reported(t, opening("bind", WHOLE, null), claiming(2, null)), [
    claims("the bind did not ask for"),
  ]);
});

test("where the PDU that opened the context was not captured nothing contradicts the claim", async (t) => {
  const zero = context(0, INTEGRITY);
  // A third leg in an alter_context, with which the capture begins, does not say what the first one asked.
  assert.deepEqual(await reported(t, opening("alter_context", WHOLE, zero), claiming(2, zero)), [""]);
});

const shared = sharedDir();
const skip = (shared === null || !existsSync(join(shared, "captures"))) && "no ../shared";

test("Windows' own traffic is never contradicted", { skip }, async () => {
  for (const name of [
    "LM_dcom_mmc20.application_dcerpc.pcapng",
    "empire_dcom_shellwindows_WORKSTATION5_2020-09-18130751.cap",
    "wmimplant.pcap.gz",
    "PatchedDCAuthenticatedTryWithRpcEncryptFileSrv.pcapng",
  ]) {
    const events = await analyze([join(shared!, "captures", name)]);
    const codes = calls(events).flatMap((c) => c.notes.map((n) => n.code));
    assert.equal(codes.includes("verification-trailer-mismatch"), false, name);
  }
});
