/** Captures cut at every byte, and with gaps everywhere: what is missing is laid to the capture, and breaks no rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallRecord, OfferRecord, Value } from "../../../src/events.js";
import { callBlock } from "../../../src/output/call-block.js";
import { Lines } from "../../../src/output/lines.js";
import { offerBlock } from "../../../src/output/offer-block.js";
import { Conversation } from "../../lab/conversation.js";
import { LITTLE } from "../../lab/ndr.js";
import {
  connectionString2,
  getNoviceUserInfo,
  getSessionInfo,
  HRESULT,
  helpBlob,
  remoteConnectionParms,
  sessionNames,
} from "../../lab/rai.js";
import { AUTH, saidString2 } from "../../lab/recipes/vista.js";
import { STRING1 } from "../../lab/recipes/xp.js";
import { direct } from "../../lab/stories/direct.js";
import { vistaOffer } from "../../lab/stories/vista.js";
import { reachIPCHService } from "../../lab/stories/xp.js";
import type { Segment } from "../../lab/wire.js";
import { framesOf, run } from "../../support/offers/frames.js";
import {
  HEADERS,
  modern,
  old,
  type Played,
  type PlayOptions,
  play,
  remoteDesktop,
} from "../../support/offers/played.js";
import { volume } from "../../support/volume.js";

const STRING2 = connectionString2(AUTH, [
  {
    id: "1",
    sid: "7",
    listeners: [
      { port: 49229, name: "2001:db8::1" },
      { port: 49230, name: "10.20.4.17" },
    ],
  },
]);
const ENTRIES = ["CONTOSO\\jmarek:12", null, "CONTOSO\\bgreen:2"];

type Story = { name: string; method: string; side: "request" | "response"; talk: () => Conversation };

function irasrv(
  act: (scene: ReturnType<typeof direct>) => void,
  syntax: "ndr" | "ndr64" = "ndr",
): () => Conversation {
  return () => {
    const talk = new Conversation("cut", "2024-05-14T09:02:41.101Z");
    const scene = direct(talk, modern(), {}, null, syntax);
    act(scene);
    talk.close(scene.association.connection);
    return talk;
  };
}

function ipchservice(string: string | null, result: number = HRESULT.S_OK): () => Conversation {
  return () => {
    const talk = new Conversation("cut", "2008-02-19T10:15:30.000Z");
    const cid = talk.random.guid();
    const { association, service } = reachIPCHService(talk, old(), cid, 1041, null);
    const asked = { user: "bgreen", domain: "CONTOSO", session: 0, helpBlob: helpBlob("CONTOSO", "EXUSER") };
    association.call(service.ipid, remoteConnectionParms(LITTLE, cid, asked, string, result));
    talk.close(association.connection);
    return talk;
  };
}

const ask = ({ association, service, cid }: ReturnType<typeof direct>): void => {
  association.call(service.ipid, getNoviceUserInfo(association.encoding("IRASrv"), cid, "", STRING2));
};
const list = ({ association, service, cid }: ReturnType<typeof direct>): void => {
  const names = sessionNames(ENTRIES);
  const said = getSessionInfo(
    association.encoding("IRASrv"),
    cid,
    { names: null, count: 0 },
    { names, count: 3 },
  );
  association.call(service.ipid, said);
};

const STORIES: Story[] = [
  { name: "connection string 2", method: "GetNoviceUserInfo", side: "response", talk: irasrv(ask) },
  {
    name: "connection string 2 in NDR64",
    method: "GetNoviceUserInfo",
    side: "response",
    talk: irasrv(ask, "ndr64"),
  },
  { name: "sessions", method: "GetSessionInfo", side: "response", talk: irasrv(list) },
  { name: "sessions in NDR64", method: "GetSessionInfo", side: "response", talk: irasrv(list, "ndr64") },
  {
    name: "connection string 1",
    method: "RemoteConnectionParms",
    side: "response",
    talk: ipchservice(STRING1),
  },
  { name: "help blob", method: "RemoteConnectionParms", side: "request", talk: ipchservice(STRING1) },
  {
    name: "a refusal",
    method: "RemoteConnectionParms",
    side: "response",
    talk: ipchservice(null, HRESULT.E_ACCESSDENIED),
  },
];

/** Codes that lay it to the capture. */
const BLAMELESS = new Set([
  "stub-incomplete",
  "incomplete-pdu",
  "stream-gap",
  "snaplen",
  "skipped-octets",
  "connection-string-incomplete",
  "help-blob-incomplete",
  "sessions-incomplete",
  "context-not-acknowledged",
  "outcome-not-captured",
  "activation-not-captured",
  "first-fragment-missing",
]);

/** Sentences that no missing byte justifies. */
const CLAIMS = /violates|neither form|well-formed|malformed|left behind|MUST|contradicts/;

function textOf({ offers, calls }: Played): string {
  const lines = new Lines(400, (_style, words) => words);
  for (const [i, offer] of offers.entries()) offerBlock(lines, offer, i + 1);
  for (const call of calls) callBlock(lines, call, { indent: 0, stream: false, names: () => null } as never);
  return lines.take();
}

/** Every value of `part` is in `whole`, strings as a beginning. */
function isPartOf(part: Value | undefined, whole: Value | undefined): boolean {
  if (part === null || part === undefined) return true;
  if (typeof part === "string") return typeof whole === "string" && whole.startsWith(part);
  if (Array.isArray(part)) return Array.isArray(whole) && part.every((v, i) => isPartOf(v, whole[i]));
  if (typeof part === "object") {
    if (whole === null || typeof whole !== "object" || Array.isArray(whole)) return false;
    return Object.entries(part).every(([key, v]) => isPartOf(v, whole[key]));
  }
  return part === whole;
}

function check(cut: Played, whole: Played, method: string, where: string): void {
  const codes = new Set(
    whole.events.flatMap((e) => ("notes" in e && Array.isArray(e.notes) ? e.notes.map((n) => n.code) : [])),
  );
  for (const event of cut.events) {
    const notes =
      event.type === "note" ? [event] : "notes" in event && Array.isArray(event.notes) ? event.notes : [];
    for (const { code, message } of notes) {
      assert.ok(BLAMELESS.has(code) || codes.has(code), `${where}: ${code}: ${message}`);
    }
  }
  const before = whole.calls.find((c) => c.method === method)!;
  for (const call of cut.calls.filter((c) => c.method === method)) {
    const rai = call.rai as unknown as Value;
    assert.ok(isPartOf(rai, before.rai as unknown as Value), `${where}: ${JSON.stringify(call.rai)}`);
    for (const { violations } of [call.rai?.connection_string, call.rai?.help_blob].flatMap((t) => t ?? [])) {
      assert.deepEqual(violations, [], where);
    }
    if (call.status === "ok") assert.equal(call.stub.response, "decoded", where);
  }
  const words = textOf(cut);
  assert.doesNotMatch(words, CLAIMS, `${where}\n${words}`);
  for (const offer of cut.offers) {
    const partial = offer.notes.some((n) => n.code === "connection-string-incomplete");
    if (offer.outcome === "string_issued" && (partial || offer.connection_string === null)) {
      assert.equal(offer.basis, "inferred", where);
      assert.match(words, /connection string issued \(inferred\)/, where);
      assert.match(words, /only a part was captured|could not be read; by its length/, where);
    }
    if (whole.offers[0]!.outcome === "denied") assert.notEqual(offer.outcome, "string_issued", where);
    for (const { user, domain } of offer.sessions) {
      assert.ok(
        whole.offers.some((o) => o.sessions.some((s) => s.user === user && s.domain === domain)),
        where,
      );
    }
  }
}

function targetOf(played: Played, { method, side }: Story): { call: CallRecord; frame: number } {
  const call = played.calls.find((c) => c.method === method)!;
  return { call, frame: call.frames[side][0]! };
}

for (const [index, story] of STORIES.entries()) {
  // What is said is the same however much of it was captured.
  const talk = story.talk();
  const whole = play(talk);
  const { frame } = targetOf(whole, story);

  test(`${story.name}: the snap length cuts it anywhere`, () => {
    let length = 0;
    // By a stride that is prime to the lengths of NDR's alignment, from another byte in each story.
    for (let kept = HEADERS + (index % 3); length === 0 || kept < length; kept += 3) {
      const snaplen = (segment: Segment, number: number): number => {
        if (number !== frame) return 65_535;
        length = segment.payload.length + HEADERS;
        return kept;
      };
      check(play(talk, { snaplen }), whole, story.method, `${kept} bytes`);
    }
  });

  test(`${story.name}: the capture ends anywhere within it`, () => {
    for (let kept = index; kept < 900; kept += 17) {
      const shape: PlayOptions["shape"] = (segments) => segments.slice(0, frame);
      const snaplen = (_: Segment, number: number): number => (number === frame ? HEADERS + kept : 65_535);
      check(play(talk, { shape, snaplen }), whole, story.method, `${kept} bytes, then nothing`);
    }
  });

  test(`${story.name}: a gap of any place and size`, () => {
    const sizes = [1, 3, 16, 300];
    for (const size of sizes) {
      for (let at = index; at < 900; at += 23) {
        const shape: PlayOptions["shape"] = (segments) =>
          segments.flatMap((s, i) => (i + 1 === frame ? without(s, at, size) : [s]));
        check(play(talk, { shape }), whole, story.method, `gap of ${size} at ${at}`);
      }
    }
  });
}

/** The segment in two, without `size` bytes in the middle. */
function without(segment: Segment, at: number, size: number): Segment[] {
  if (at + size >= segment.payload.length) return [{ ...segment, payload: segment.payload.slice(0, at) }];
  const rest = { ...segment, offset: segment.offset + at + size, payload: segment.payload.slice(at + size) };
  return at === 0 ? [rest] : [{ ...segment, payload: segment.payload.slice(0, at) }, rest];
}

test("how much was captured is reported, and what was captured shown", () => {
  const story = STORIES[0]!;
  const { frame } = targetOf(play(story.talk()), story);
  const snaplen = (_: Segment, number: number): number => (number === frame ? 300 : 65_535);
  const cut = play(story.talk(), { snaplen });
  const call = cut.calls.find((c) => c.method === story.method)!;
  const note = call.notes.find((n) => n.code === "connection-string-incomplete")!;
  assert.match(note.message, /^only the first \d+ of the connection string's \d+ characters were captured$/);
  const [first, all] = [...note.message.matchAll(/\d+/g)].map(Number);
  assert.equal(all, STRING2.length);
  assert.equal(call.rai?.connection_string?.raw, STRING2.slice(0, first));
  assert.equal(call.status, "unknown");
  const [offer] = cut.offers;
  assert.deepEqual(
    offer!.notes.find((n) => n.code === "connection-string-incomplete"),
    note,
  );
  assert.ok(offer!.evidence.some((e) => e.statement.includes(note.message)));
});

test("a string that was captured whole is reported as such, whatever became of the return value", () => {
  const story = STORIES[0]!;
  const whole = play(story.talk());
  const { frame } = targetOf(whole, story);
  const snaplen = (s: Segment, number: number): number =>
    number === frame ? HEADERS + s.payload.length - 3 : 65_535;
  const [offer] = play(story.talk(), { snaplen }).offers;
  assert.equal(offer!.connection_string?.raw, STRING2);
  assert.equal(offer!.outcome, "string_issued");
  assert.equal(offer!.basis, "decoded");
  assert.ok(
    offer!.evidence.some((e) => /was answered and returned a connection string of form 2/.test(e.statement)),
  );
});

const TRANSPORTS = [{ id: "1", sid: "7", listeners: [{ port: 49230, name: "10.20.4.17" }] }];

function wholeOffer(): Conversation {
  const talk = new Conversation("whole", "2024-05-14T09:02:41.101Z");
  const cast = modern();
  const connectionString = connectionString2(AUTH, TRANSPORTS);
  vistaOffer(talk, cast, {
    security: { provider: "spnego", level: "pkt_integrity" },
    sessions: [
      { domain: "CONTOSO", user: "jmarek", session_id: 1 },
      { domain: "CONTOSO", user: "bgreen", session_id: 2 },
    ],
    chosen: 2,
    connectionString,
    said: saidString2(connectionString, AUTH, TRANSPORTS),
    outcome: "connected",
  });
  talk.wait(1000);
  const { expert, novice } = cast;
  remoteDesktop(talk, { address: expert.address, port: 50999 }, { address: novice.address, port: 49230 });
  return talk;
}

test("any frame of an offer cut or lost: one offer, nobody named who is not in it, nothing malformed", () => {
  const talk = wholeOffer();
  const whole = play(talk);
  assert.equal(whole.offers.length, 1);
  const known = JSON.stringify(whole.offers);
  const frames = new Set(whole.calls.flatMap((c) => [...c.frames.request, ...c.frames.response]));
  const look = (cut: Played, where: string): void => {
    assert.equal(cut.offers.length, 1, where);
    const offer = cut.offers[0]!;
    const named = [
      offer.novice.name,
      offer.expert.user,
      offer.expert.workstation,
      offer.selected?.user ?? null,
    ];
    for (const name of [...named, ...offer.sessions.map((s) => s.user)]) {
      assert.ok(name === null || known.includes(JSON.stringify(name)), `${where}: ${name}`);
    }
    assert.ok(!offer.notes.some((n) => n.code === "fallback"), where);
    for (const event of cut.events) {
      const notes =
        event.type === "note" ? [event] : "notes" in event && Array.isArray(event.notes) ? event.notes : [];
      for (const { code, message } of notes)
        assert.doesNotMatch(code, /malformed|mismatch|size|left-over/, `${where}: ${message}`);
    }
  };
  for (const frame of frames) {
    const lost: PlayOptions["shape"] = (segments) => segments.filter((_, i) => i + 1 !== frame);
    look(play(talk, { shape: lost }), `frame ${frame} lost`);
    for (let kept = HEADERS + 3, length = 1500; kept < length; kept += volume(97, 291)) {
      const snaplen = (segment: Segment, number: number): number => {
        if (number !== frame) return 65_535;
        length = segment.payload.length + HEADERS;
        return kept;
      };
      look(play(talk, { snaplen }), `frame ${frame} cut at ${kept}`);
    }
  }
});

function shown(offer: OfferRecord): string {
  const lines = new Lines(400, (_style, words) => words);
  offerBlock(lines, offer, 1);
  return lines.take();
}

test("without the bind nobody knows whether the calls were authenticated, only that nothing protects them", async () => {
  const frames = await framesOf("xp-collection-walk.pcap");
  const whole = run(frames).offers[0]!;
  assert.match(shown(whole), /in the clear, at authentication level connect/);
  const { offers, calls } = run(frames.slice(20));
  assert.match(shown(offers[0]!), /in the clear, neither signed nor sealed: anyone/);
  assert.ok(calls.length > 20);
  assert.doesNotMatch(JSON.stringify(offers), /without authentication/);
});

test("sessions were listed and one was chosen, and the capture ends there: none of it is denied", async () => {
  const frames = await framesOf("vista-offer-integrity.pcapng");
  const [offer] = run(frames.slice(0, 60)).offers;
  assert.equal(offer!.outcome, "listed_only");
  assert.equal(offer!.selected?.session_id, 3);
  const text = shown(offer!);
  assert.match(text, /requested: CONTOSO\\Žofie\.Nováková in session 3/);
  assert.doesNotMatch(text, /none was asked for/);
});

test("a SYN that ends the capture was not answered in it", async () => {
  const frames = await framesOf("vista-offer-integrity.pcapng");
  const upTo = run(frames).calls.find((c) => c.method === "RemoteGetClassObject")!.frames.response[0]! + 1;
  const syn = frames.slice(0, upTo + 3).map((_, i) => run(frames.slice(0, i + 1)).offers[0]?.refusal ?? "");
  const said = syn.filter((r) => r.startsWith("port unreachable"));
  assert.ok(said.length > 0);
  for (const refusal of said) assert.match(refusal, /was not answered in this capture/);
});
