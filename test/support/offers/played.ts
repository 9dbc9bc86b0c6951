/** Conversations of the lab, drawn as frames and read by the analyzer, without a file in between. */
import { Analyzer, type AnalyzerOptions } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import type { CallRecord, Event, OfferRecord } from "../../../src/events.js";
import { Seeded } from "../../lab/bytes.js";
import { type Cast, domainMachine, helper } from "../../lab/cast.js";
import type { Conversation, Endpoint } from "../../lab/conversation.js";
import { WINDOWS_10, WINDOWS_XP } from "../../lab/ntlm.js";
import { connectionConfirm, connectionRequest, tlsRecord } from "../../lab/rdp.js";
import { type DrawOptions, draw, encode, LINKTYPE, type PlacedPdu, type Segment } from "../../lab/wire.js";
import { ofKind } from "../run.js";

export interface PlayOptions extends AnalyzerOptions {
  draw?: DrawOptions;
  /** Loses, reorders or cuts segments. */
  shape?: (segments: Segment[], pdus: PlacedPdu[]) => Segment[];
  /** Bytes kept of each frame. */
  snaplen?: (segment: Segment, frame: number) => number;
}

export interface Played {
  events: Event[];
  calls: CallRecord[];
  offers: OfferRecord[];
}

/** Ethernet, IPv4 and TCP headers of a segment without options. */
export const HEADERS = 54;

export function play(talk: Conversation, options: PlayOptions = {}): Played {
  const drawn = draw(talk, options.draw);
  const segments = options.shape?.(drawn.segments, drawn.pdus) ?? drawn.segments;
  const analyzer = new Analyzer(options);
  const events: Event[] = [];
  const frame = new Frame();
  frame.linkType = LINKTYPE.ethernet;
  encode(talk, segments, new Seeded("played")).forEach(({ at, data, length }, i) => {
    frame.number = i + 1;
    frame.seconds = Number(at / 1_000_000_000n);
    frame.nanos = Number(at % 1_000_000_000n);
    frame.data = data;
    frame.start = 0;
    frame.end = Math.min(data.length, options.snaplen?.(segments[i]!, i + 1) ?? data.length);
    frame.wireLength = length;
    events.push(...analyzer.push(frame));
  });
  events.push(...analyzer.finish());
  return { events, calls: ofKind(events, "call"), offers: ofKind(events, "offer") };
}

export const modern = (): Cast => ({
  expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
  novice: domainMachine("WS-2004", "10.20.4.17", WINDOWS_10),
});

export const old = (): Cast => ({
  expert: { ...helper("EXUSER", "EXPERT-XP", "192.168.40.77", WINDOWS_XP), nextPort: 1201 },
  novice: domainMachine("XP-FRONT", "192.168.40.12", WINDOWS_XP),
});

/** RDP's first bytes, some TLS records, and, unless it stays open, the end. */
export function remoteDesktop(talk: Conversation, client: Endpoint, server: Endpoint, stays = false): void {
  const connection = talk.connect(client, server);
  talk.say(connection, "client", connectionRequest("helga"));
  talk.say(connection, "server", connectionConfirm());
  for (const from of ["client", "server"] as const) talk.say(connection, from, tlsRecord(talk.random, 200));
  if (!stays) talk.close(connection);
}
