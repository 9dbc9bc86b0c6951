/** The tables of states of a PDU stream and of a security handshake, transition by transition. */
import assert from "node:assert/strict";
import test from "node:test";
import { type LifeCycle, nextState } from "../../../src/life-cycle.js";
import { RPC_STREAM } from "../../../src/rpc/rpc-stream.js";
import { KERBEROS_AP, NEGOTIATION, NTLM } from "../../../src/rpc/security/handshake-life.js";

/** Where events lead, one after the other. */
function walk<S extends string, E extends string>(table: LifeCycle<S, E>, from: S, ...events: E[]): S[] {
  const states: S[] = [];
  let state = from;
  for (const event of events) {
    state = nextState(table, state, event);
    states.push(state);
  }
  return states;
}

test("a stream of PDUs is decided once", () => {
  const events = ["pdu", "foreign", "refuted", "exhausted"] as const;
  for (const event of events) {
    const decided = event === "pdu" ? "mine" : "other";
    assert.deepEqual(walk(RPC_STREAM, "undecided", event, ...events), Array(5).fill(decided));
  }
});

test("what the server chose stays, whatever the client offers later", () => {
  assert.deepEqual(walk(NEGOTIATION, "open", "offer", "offer", "choose", "offer", "choose"), [
    "offered",
    "offered",
    "chosen",
    "chosen",
    "chosen",
  ]);
  assert.deepEqual(walk(NEGOTIATION, "open", "choose", "offer"), ["chosen", "chosen"]);
});

test("NTLMSSP: any message may be the first that was captured; NEGOTIATE after AUTHENTICATE begins anew", () => {
  assert.deepEqual(walk(NTLM, "start", "negotiate", "challenge", "authenticate", "negotiate", "negotiate"), [
    "negotiated",
    "challenged",
    "authenticated",
    "negotiated",
    "negotiated",
  ]);
  assert.deepEqual(walk(NTLM, "start", "challenge", "negotiate", "challenge"), [
    "challenged",
    "challenged",
    "challenged",
  ]);
  assert.deepEqual(walk(NTLM, "start", "authenticate", "challenge", "authenticate"), [
    "authenticated",
    "authenticated",
    "authenticated",
  ]);
  assert.deepEqual(walk(NTLM, "negotiated", "authenticate"), ["authenticated"]);
});

test("Kerberos: one AP-REP counts for each AP-REQ", () => {
  assert.deepEqual(walk(KERBEROS_AP, "start", "AP-REQ", "AP-REQ", "AP-REP", "AP-REP", "AP-REQ", "AP-REP"), [
    "requested",
    "requested",
    "replied",
    "replied",
    "requested",
    "replied",
  ]);
  assert.deepEqual(walk(KERBEROS_AP, "start", "AP-REP", "AP-REP"), ["replied", "replied"]);
});
