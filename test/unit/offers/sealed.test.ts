/** Sealed offers: which later connection shows that a string was returned, and which shows nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OfferRecord } from "../../../src/events.js";
import { Lines } from "../../../src/output/lines.js";
import { offerBlock } from "../../../src/output/offer-block.js";
import type { Cast } from "../../lab/cast.js";
import { Conversation } from "../../lab/conversation.js";
import { connectionString2, helpBlob } from "../../lab/rai.js";
import { tlsRecord } from "../../lab/rdp.js";
import { AUTH, saidString2 } from "../../lab/recipes/vista.js";
import { SAID1, STRING1, saidBlob } from "../../lab/recipes/xp.js";
import { plan, vistaOffer } from "../../lab/stories/vista.js";
import { xpOffer } from "../../lab/stories/xp.js";
import { modern, old, type PlayOptions, play, remoteDesktop } from "../../support/offers/played.js";

const SEALED = { provider: "spnego", level: "pkt_privacy" } as const;
const TRANSPORTS = [{ id: "1", sid: "7", listeners: [{ port: 49230, name: "10.20.4.17" }] }];
const STRING = connectionString2(AUTH, TRANSPORTS);

function initiate(talk: Conversation, cast: Cast, result = 0): void {
  vistaOffer(talk, cast, {
    security: SEALED,
    sessions: [
      { domain: "CONTOSO", user: "jmarek", session_id: 1 },
      { domain: "CONTOSO", user: "bgreen", session_id: 2 },
    ],
    chosen: 2,
    connectionString: STRING,
    said: saidString2(STRING, AUTH, TRANSPORTS),
    result,
    outcome: "encrypted",
  });
}

interface Story {
  before?: (talk: Conversation, cast: Cast) => void;
  after?: (talk: Conversation, cast: Cast) => void;
  result?: number;
}

function offerOf({ before, after, result }: Story, options: PlayOptions = {}): OfferRecord {
  const talk = new Conversation("sealed", "2024-05-14T09:02:41.101Z");
  const cast = modern();
  before?.(talk, cast);
  initiate(talk, cast, result);
  talk.wait(1200);
  after?.(talk, cast);
  const { offers } = play(talk, options);
  assert.equal(offers.length, 1);
  return offers[0]!;
}

const from = (cast: Cast): { address: string; port: number } => ({
  address: cast.expert.address,
  port: cast.expert.nextPort++,
});
const to = (cast: Cast, port: number): { address: string; port: number } => ({
  address: cast.novice.address,
  port,
});
const dial = (port: number) => (talk: Conversation, cast: Cast) =>
  remoteDesktop(talk, from(cast), to(cast, port));

function text(offer: OfferRecord): string {
  const lines = new Lines(400, (_style, words) => words);
  offerBlock(lines, offer, 1);
  return lines.take();
}

test("RDP to the novice after sealed answers: connected, as a conclusion", () => {
  for (const port of [49230, 3389, 51000]) {
    const offer = offerOf({ after: dial(port) });
    assert.equal(offer.outcome, "connected");
    assert.equal(offer.basis, "inferred");
    assert.equal(offer.connection_string, null);
    assert.equal(offer.follow_up?.protocol, "rdp");
    assert.equal(offer.follow_up?.server.port, port);
    const why = offer.evidence.find((e) => /10\.20\.4\.90 connected to 10\.20\.4\.17/.test(e.statement));
    assert.equal(why?.basis, "inferred");
    assert.match(why!.statement, /RDP, 1\.\d s after encrypted Remote Assistance calls on IRASrv/);
    assert.ok(why!.frames.length > 0);
  }
});

test("without RDP: unknown, because the answers are encrypted", () => {
  const offer = offerOf({});
  assert.equal(offer.outcome, "encrypted");
  assert.equal(offer.follow_up, null);
});

test("what is no follow-up", () => {
  const cases: [string, Story][] = [
    [
      "SMB",
      {
        after: (t, c) =>
          t.say(t.connect(from(c), to(c, 445)), "client", Uint8Array.of(0, 0, 0, 4, 0xfe, 0x53, 0x4d, 0x42)),
      },
    ],
    ["the mapper's port", { after: (t, c) => t.close(t.connect(from(c), to(c, 135))) }],
    ["RDP before the offer", { before: dial(49230) }],
    [
      "RDP that lasts from before the offer",
      {
        before: (t, c) => {
          remoteDesktop(t, from(c), to(c, 49230), true);
          t.wait(2000);
        },
        after: (t) => t.say(0, "client", tlsRecord(t.random, 90)),
      },
    ],
    [
      "RDP much later",
      {
        after: (t, c) => {
          t.wait(700_000);
          dial(49230)(t, c);
        },
      },
    ],
    [
      "RDP from somebody else",
      { after: (t, c) => remoteDesktop(t, { address: "10.20.4.91", port: 50100 }, to(c, 49230)) },
    ],
    [
      "RDP to another machine",
      { after: (t, c) => remoteDesktop(t, from(c), { address: "10.20.4.18", port: 49230 }) },
    ],
    [
      "RDP from the novice to the expert",
      { after: (t, c) => remoteDesktop(t, to(c, 50900), { address: c.expert.address, port: 49230 }) },
    ],
    ["RDP after an answer too short for a string", { after: dial(49230), result: 0x80070052 }],
    [
      "HTTP",
      {
        after: (t, c) =>
          t.say(t.connect(from(c), to(c, 80)), "client", Buffer.from("GET / HTTP/1.1\r\n\r\n")),
      },
    ],
  ];
  for (const [what, story] of cases) {
    const offer = offerOf(story);
    assert.equal(offer.outcome, "encrypted", what);
    assert.equal(offer.follow_up, null, what);
  }
});

test("a SYN that is answered with a reset is an attempt that failed", () => {
  const offer = offerOf({ after: (talk, cast) => void talk.knockInVain(from(cast), to(cast, 49230)) });
  assert.equal(offer.outcome, "encrypted");
  assert.equal(offer.follow_up, null);
  assert.ok(
    offer.evidence.some((e) =>
      /port 49230, 1\.\d s after the answer, was answered with a reset/.test(e.statement),
    ),
  );
  assert.match(
    offer.notes.find((n) => n.code === "listener-unreachable")!.message,
    /failed to connect to the novice after the answer/,
  );
});

test("one attempt fails, another succeeds: connected, and nothing is unreachable", () => {
  const offer = offerOf({
    after: (talk, cast) => {
      talk.knockInVain(from(cast), to(cast, 49229));
      dial(49230)(talk, cast);
    },
  });
  assert.equal(offer.outcome, "connected");
  assert.deepEqual(
    offer.notes.filter((n) => n.code === "listener-unreachable"),
    [],
  );
});

test("a connection that has no known protocol is reported, and proves nothing", () => {
  const offer = offerOf({
    after: (talk, cast) =>
      talk.say(talk.connect(from(cast), to(cast, 49230)), "client", Uint8Array.of(1, 2, 3, 4)),
  });
  assert.equal(offer.outcome, "encrypted");
  const reported = offer.evidence.find((e) => /port 49230/.test(e.statement));
  assert.equal(reported?.basis, "inferred");
  assert.match(reported!.statement, /unknown whether this is the string.s listener/);
});

test("the first bytes of RDP may come one by one", () => {
  for (const cuts of [[1, 1, 1, 1, 1, 1], [4], [3], [18]]) {
    const offer = offerOf(
      { after: dial(49230) },
      { draw: { cuts: (_connection, side, offset) => (side === "client" && offset === 0 ? cuts : null) } },
    );
    assert.equal(offer.outcome, "connected", cuts.join());
  }
});

test("of several the first counts, and each sealed offer gets its own", () => {
  const talk = new Conversation("sealed twice", "2024-05-14T09:02:41.101Z");
  const cast = modern();
  initiate(talk, cast);
  talk.wait(1500);
  dial(49230)(talk, cast);
  talk.wait(20_000);
  cast.novice.ports = [49680, 49681];
  initiate(talk, cast);
  talk.wait(2500);
  dial(49231)(talk, cast);
  dial(49232)(talk, cast);
  const { offers } = play(talk);
  assert.deepEqual(
    offers.map((o) => [o.outcome, o.follow_up?.server.port]),
    [
      ["connected", 49230],
      ["connected", 49231],
    ],
  );
});

test("XP's way, sealed, and its port 3389", () => {
  const talk = new Conversation("xp-sealed", "2008-02-19T10:15:30.000Z");
  const cast = old();
  xpOffer(talk, cast, {
    sessions: [{ domain: "CONTOSO", user: "bgreen", session_id: 0, state: 0 }],
    chosen: 0,
    asked: { user: "bgreen", domain: "CONTOSO", session: 0, helpBlob: helpBlob("CONTOSO", "EXUSER") },
    connectionString: STRING1,
    said: SAID1,
    saidBlob: saidBlob("CONTOSO", "EXUSER"),
    port: 1040,
    security: plan(cast, { provider: "ntlmssp", level: "pkt_privacy" }),
    outcome: "encrypted",
  });
  talk.wait(1000);
  dial(3389)(talk, cast);
  const [offer] = play(talk).offers;
  assert.equal(offer!.interface, "IPCHService");
  // The expert let four minutes of pings pass before it connected to.
  assert.equal(offer!.outcome, "connected");
  assert.match(offer!.evidence.find((e) => / RDP, /.test(e.statement))!.statement, /RDP, 2\d\d s after/);
});

test("the transcript's words", () => {
  assert.match(text(offerOf({})), /outcome unknown: answers are encrypted\n/);
  assert.match(
    text(offerOf({ after: dial(49230) })),
    /connected \(inferred\)\n[\s\S]*by RDP after answers that could not be read/,
  );
});
