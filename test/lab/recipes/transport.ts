/** What networks do to a conversation: fragments, interleaving, losses, a capture that starts in the middle. */

import { type Cast, domainMachine, helper } from "../cast.js";
import { Conversation, type SaidPdu } from "../conversation.js";
import { WINDOWS_7, WINDOWS_10 } from "../ntlm.js";
import { connectionString2, getNoviceUserInfo, getSessionInfo, sessionNames } from "../rai.js";
import type { Recipe } from "../recipe.js";
import { direct } from "../stories/direct.js";
import { plan, saidSessions, type VistaOffer, vistaOffer } from "../stories/vista.js";
import { type PlacedPdu, type Segment, TCP } from "../wire.js";
import { AUTH, saidString2 } from "./vista.js";

const LISTENERS = [
  { port: 49228, name: "fe80::1032:53d9:5a01:909b%3" },
  { port: 49230, name: "10.20.4.17" },
  { name: "ws-2004.contoso.example", uri: "wss://ws-2004.contoso.example:443/rdp" },
];
const TRANSPORTS = [{ id: "1", sid: "3044213", listeners: LISTENERS }];
const STRING = connectionString2(AUTH, TRANSPORTS);
const SAID = { connection_string: saidString2(STRING, AUTH, TRANSPORTS), sessions: null };

const who = (): Cast => ({
  expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
  novice: domainMachine("WS-2004", "10.20.4.17", WINDOWS_7),
});

/** Enough sessions to need several fragments. */
const CROWD = Array.from({ length: 24 }, (_, i) => ({
  domain: "CONTOSO",
  user: `terminal.user.${String(i + 1).padStart(2, "0")}`,
  session_id: i + 1,
}));
const CROWD_ENTRIES = CROWD.map((s) => `${s.domain}\\${s.user}:${s.session_id}`);

function interleaved(talk: Conversation, cast: Cast): void {
  const scene = direct(talk, cast, { multiplex: true });
  const { association, service, cid } = scene;
  const e = association.encoding("IRASrv");
  const say = (from: "client" | "server", fragment: IteratorResult<[Uint8Array, SaidPdu[]]>) => {
    if (!fragment.done) talk.say(association.connection, from, ...fragment.value);
    return !fragment.done;
  };
  const filled = { names: sessionNames(CROWD_ENTRIES.slice(0, 9)), count: 9 };
  const list = getSessionInfo(e, cid, filled, { names: sessionNames(CROWD_ENTRIES), count: CROWD.length });
  const rai = { sessions: saidSessions(CROWD_ENTRIES, CROWD), connection_string: null };
  const sessions = association.begin(service.ipid, list, {
    fragment: 128,
    answerFragment: 256,
    trailer: "all",
    rai,
  });
  const ticket = association.begin(service.ipid, getNoviceUserInfo(e, cid, "x".repeat(90), STRING), {
    fragment: 64,
    answerFragment: 200,
    rai: SAID,
  });
  // The fragments of both requests take turns; so do those of the answers, and the later call ends first.
  const asks = [
    association.requestFragments(sessions, service.ipid),
    association.requestFragments(ticket, service.ipid),
  ];
  for (let more = true; more; ) more = asks.map((ask) => say("client", ask.next())).some((said) => said);
  const second = association.responseFragments(ticket);
  const first = association.responseFragments(sessions);
  say("server", first.next());
  for (let more = true; more; )
    more = [second, first].map((answer) => say("server", answer.next())).some((said) => said);
}

/** Signed fragments on one association, sealed ones on another; then calls packed into one segment. */
function fragmented(talk: Conversation, cast: Cast, level: "pkt_integrity" | "pkt_privacy"): void {
  const scene = direct(talk, cast, { maxFragment: 416 }, plan(cast, { provider: "ntlmssp", level }));
  const { association, service, cid } = scene;
  const e = association.encoding("IRASrv");
  const answer = { names: sessionNames(CROWD_ENTRIES), count: CROWD.length };
  association.call(service.ipid, getSessionInfo(e, cid, { names: null, count: 0 }, answer), {
    trailer: "all",
    rai: { sessions: saidSessions(CROWD_ENTRIES, CROWD), connection_string: null },
  });
  association.call(service.ipid, getNoviceUserInfo(e, cid, "y".repeat(200), STRING), {
    trailer: true,
    rai: SAID,
  });
  // Three requests leave in one write, their answers in another.
  const pending = [1, 2, 3].map((n) => {
    const made = association.ask(service.ipid, getNoviceUserInfo(e, cid, `call ${n}`, `answer ${n}`));
    if (n > 1) talk.joinLast();
    return made;
  });
  pending.forEach((one, i) => {
    association.answer(one);
    if (i > 0) talk.joinLast();
  });
  talk.close(association.connection);
}

const isData = (s: Segment) => s.payload.length > 0;

/** Swaps, doubles and recuts segments of the connections given. */
function disorder(segments: Segment[]): Segment[] {
  const out = [...segments];
  const data = out.map((s, i) => ({ s, i })).filter(({ s }) => isData(s));
  // Neighbouring segments of one side change places: their times stay, their contents move.
  let swapped = 0;
  for (let k = 1; k < data.length && swapped < 6; k++) {
    const [a, b] = [data[k - 1]!, data[k]!];
    if (a.s.connection !== b.s.connection || a.s.from !== b.s.from || b.s.at - a.s.at > 13_000n) continue;
    if (k % 2 === 0) continue;
    out[a.i] = { ...b.s, at: a.s.at };
    out[b.i] = { ...a.s, at: b.s.at };
    swapped++;
    k++;
  }
  // Some payload comes again, cut differently: first four bytes, then the rest together with what follows.
  const again: Segment[] = [];
  for (let k = 10; k < data.length; k += 9) {
    const { s } = data[k]!;
    if (s.payload.length < 24) continue;
    const at = s.at + 300_000n;
    again.push({ ...s, at, payload: s.payload.slice(0, 4), flags: TCP.ACK });
    again.push({ ...s, at: at + 9_000n, offset: s.offset + 4, payload: s.payload.slice(4) });
  }
  // A keep-alive repeats the last byte that was acknowledged, as a zero.
  const last = data.at(-1)!.s;
  again.push({
    ...last,
    at: last.at + 900_000n,
    offset: last.offset + last.payload.length - 1,
    payload: new Uint8Array(1),
    flags: TCP.ACK,
  });
  return [...out, ...again].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function offer(): Partial<VistaOffer> &
  Pick<VistaOffer, "sessions" | "chosen" | "connectionString" | "said"> {
  return {
    sessions: [
      { domain: "CONTOSO", user: "jmarek", session_id: 1 },
      { domain: "CONTOSO", user: "bgreen", session_id: 2 },
    ],
    chosen: 2,
    connectionString: STRING,
    said: saidString2(STRING, AUTH, TRANSPORTS),
  };
}

/** Everything before the middle of the second connection to an exporter is missing. */
function middle(segments: Segment[], pdus: PlacedPdu[]): Segment[] {
  const calls = pdus.filter((p) => p.said.type === "request" || p.said.type === "response");
  const list = calls.find((p) => p.said.opnum === 8)!;
  const query = calls.findLast(
    (p) => p.connection === list.connection && p.from === "client" && p.end <= list.start,
  )!;
  // The capture begins with the request before GetSessionInfo on the first exporter's connection.
  const begin = segments.findIndex(
    (s) => s.connection === query.connection && s.from === "client" && s.offset === query.start && isData(s),
  );
  const started = new Set([query.connection]);
  const kept = segments
    .slice(begin)
    .filter((s) => started.has(s.connection) || s.connection > query.connection);
  const novel = calls.find((p) => p.said.opnum === 7 && p.said.type === "request")!;
  const answer = calls.find((p) => p.from === "server" && p.said.call === novel.said.call)!;
  // The second segment of the connection string's answer was never captured.
  let seen = 0;
  return kept.filter((s) => {
    const inside = s.connection === answer.connection && s.from === "server" && s.offset >= answer.start;
    if (!inside || s.offset >= answer.end || !isData(s)) return true;
    return ++seen !== 2;
  });
}

export const TRANSPORT: Recipe[] = [
  {
    name: "fragmented-interleaved.pcap",
    about:
      "Requests and responses in fragments, interleaved calls, several PDUs a segment, headers cut, reordered and repeated segments, sequence wrap, VLAN.",
    make: () => {
      const talk = new Conversation("fragmented", "2011-06-30T11:11:11.111Z");
      const cast = who();
      interleaved(talk, cast);
      talk.wait(50);
      fragmented(talk, cast, "pkt_integrity");
      talk.wait(50);
      fragmented(talk, cast, "pkt_privacy");
      return {
        talk,
        draw: {
          mss: 536,
          acknowledge: 3,
          // A PDU header cut in two at its flags, and one whose last byte comes alone.
          cuts: (connection, from, offset) =>
            connection === 0 && offset % 5 === 3
              ? [7, 100]
              : from === "server" && offset % 3 === 1
                ? [15, 1]
                : null,
        },
        encode: { vlans: [0x2064, 0x0007], sequence: () => 0xffffff00, offload: true },
        shape: disorder,
        file: { format: "pcap", nanoseconds: false },
      };
    },
  },
  {
    name: "mid-stream.pcap",
    about:
      "No handshakes and no binds at first, a segment lost inside the answer that holds the connection string, frames cut by the snap length.",
    make: () => {
      const talk = new Conversation("mid-stream", "2011-08-01T06:40:00.000Z");
      vistaOffer(talk, who(), {
        ...offer(),
        security: { provider: "spnego", level: "pkt_integrity" },
        outcome: "string_issued",
      });
      talk.offers.length = 0;
      return {
        talk,
        draw: { mss: 400 },
        shape: middle,
        snaplen: 420,
        file: { format: "pcap", nanoseconds: false, little: false },
      };
    },
  },
];
