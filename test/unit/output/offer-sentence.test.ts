/** An offer in one sentence: every outcome, and nothing that the record does not show. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Note, OfferRecord } from "../../../src/events.js";
import { basisText, offerSentence } from "../../../src/output/offer-sentence.js";
import { offer } from "../../support/output/samples.js";

const note = (code: string): Note => ({ severity: "info", code, message: code });

const BASE: OfferRecord = {
  ...offer(),
  ts: "2024-05-01T10:00:00.000000Z",
  expert: { address: "10.0.0.5", user: "helga", domain: "CORP", workstation: "DESK", listed: null },
  novice: { address: "10.0.0.9", name: "PC-9" },
  interface: "IRASrv",
  sessions: [],
  selected: { domain: "CORP", user: "jan", session_id: 2, source: "activation" },
  follow_up: null,
  refusal: null,
  basis: "decoded",
  outcome_basis: "decoded",
  evidence: [],
  notes: [],
  provisional: false,
};
const FOLLOWED: OfferRecord["follow_up"] = {
  stream: 6,
  ts: "2024-05-01T10:00:07.500000Z",
  server: { address: "10.0.0.9", port: 49230 },
  protocol: "rdp",
  duration_s: 90,
  bytes: 100_000,
  from_expert: true,
};

const said = (over: Partial<OfferRecord>): string =>
  offerSentence({ ...BASE, ...over })
    .map(({ text }) => text)
    .join("");
const of = (over: Partial<OfferRecord>, as: string): string =>
  offerSentence({ ...BASE, ...over })
    .filter((piece) => piece.as === as)
    .map(({ text }) => text)
    .join("|");

test("connected: to whom, where, how, when and how long", () => {
  assert.equal(
    said({ outcome: "connected", follow_up: FOLLOWED }),
    "CORP\\helga on DESK offered Remote Assistance to CORP\\jan (session 2) on PC-9, got a connection string, and " +
      "connected by RDP to 10.0.0.9:49230 7.5 s later, for 1 min 30 s.",
  );
  assert.equal(of({ outcome: "connected", follow_up: FOLLOWED }, "inferred"), "");
  assert.match(
    said({ outcome: "connected", follow_up: { ...FOLLOWED!, protocol: null, duration_s: null } }),
    /connected to 10\.0\.0\.9:49230 7\.5 s later\.$/,
  );
  assert.match(
    said({ outcome: "connected", follow_up: { ...FOLLOWED!, server: { address: "fe80::1", port: 3389 } } }),
    /to \[fe80::1\]:3389/,
  );
});

test("connected by somebody else is not said of the expert", () => {
  assert.match(
    said({ outcome: "connected", follow_up: { ...FOLLOWED!, from_expert: false } }),
    /and a connection was made by RDP to 10\.0\.0\.9:49230 .*from an address that none of its calls came from\.$/,
  );
});

test("connected after answers that could not be read is probable", () => {
  const over: Partial<OfferRecord> = {
    outcome: "connected",
    follow_up: FOLLOWED,
    connection_string: null,
    basis: "inferred",
    outcome_basis: "inferred",
  };
  assert.doesNotMatch(said(over), /got a connection string/);
  assert.match(of(over, "inferred"), /probably with a connection string/);
  assert.match(basisText({ ...BASE, ...over }), /^inferred/);
});

test("string_issued: what was seen of it, and of a connection", () => {
  const issued = { outcome: "string_issued" } as const;
  assert.match(said(issued), /and got a connection string; no connection to its listeners was seen\.$/);
  assert.match(said({ ...issued, provisional: true }), /was seen yet\.$/);
  assert.match(
    said({ ...issued, notes: [note("listener-unreachable")] }),
    /attempts to connect to a listener failed\.$/,
  );
  assert.match(
    said({ ...issued, notes: [note("connection-string-incomplete")] }),
    /of which only a part was captured/,
  );
  assert.match(
    said({ ...issued, connection_string: { form: null, raw: "x", violations: ["no"] } }),
    /is of neither form\.$/,
  );
  const unread: Partial<OfferRecord> = { ...issued, connection_string: null, outcome_basis: "inferred" };
  assert.doesNotMatch(said(unread), /and got a connection string/);
  assert.match(of(unread, "inferred"), /by its length it was a connection string/);
});

test("denied and failed: why, as the record says; what was not captured is not failure", () => {
  assert.equal(
    said({ outcome: "denied", refusal: "access denied when starting it; probably no helper" }),
    "CORP\\helga on DESK tried to offer Remote Assistance to CORP\\jan (session 2) on PC-9, and was denied: access denied when starting it; probably no helper.",
  );
  assert.match(
    said({ outcome: "failed", refusal: "port unreachable" }),
    /, which failed: port unreachable\.$/,
  );
  assert.match(said({ outcome: "failed" }), /, which failed\.$/);
  const open = said({
    outcome: "failed",
    refusal: "nothing followed",
    notes: [note("outcome-not-captured")],
  });
  assert.match(open, /how it ended was not captured\.$/);
  assert.doesNotMatch(open, /fail/);
});

test("listed_only: nothing was offered", () => {
  const sessions = [{ domain: "CORP", user: "jan", session_id: 2, state: null }];
  const none = said({ outcome: "listed_only", selected: null, sessions });
  assert.equal(
    none,
    "CORP\\helga on DESK listed 1 session of PC-9 through Remote Assistance and asked for none of them.",
  );
  assert.match(said({ outcome: "listed_only", sessions }), /chose CORP\\jan \(session 2\); no request/);
  const guessed: Partial<OfferRecord> = { outcome: "listed_only", selected: null, outcome_basis: "inferred" };
  assert.equal(of(guessed, "inferred"), "probably listed ");
  assert.doesNotMatch(said(guessed), /\d+ session/);
});

test("encrypted: that it was called, not how it ended", () => {
  const text = said({ outcome: "encrypted", selected: null, connection_string: null });
  assert.equal(
    text,
    "CORP\\helga on DESK called Remote Assistance on PC-9 through IRASrv; how it ended cannot be told, since the answers are encrypted and no key opened them.",
  );
  assert.match(said({ outcome: "encrypted", interface: null }), /probably called Remote Assistance/);
});

test("who is not known is not named", () => {
  const text = said({
    outcome: "failed",
    expert: { address: "10.0.0.5", user: null, domain: null, workstation: null, listed: null },
    novice: { address: "10.0.0.9", name: null },
    selected: { domain: null, user: null, session_id: 1, source: "activation" },
  });
  assert.equal(
    text,
    "An unnamed user at 10.0.0.5 tried to offer Remote Assistance to session 1 on 10.0.0.9, which failed.",
  );
});
