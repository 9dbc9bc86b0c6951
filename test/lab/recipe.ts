/** How a conversation becomes a committed capture: what is done to its segments, and in which file they end. */

import { Seeded } from "./bytes.js";
import { PASSWORD } from "./cast.js";
import type { Conversation } from "./conversation.js";
import { pcap, pcapng } from "./files.js";
import { manifest } from "./manifest.js";
import {
  type DrawOptions,
  draw,
  type EncodeOptions,
  encode,
  type Frame,
  framesOf,
  LINKTYPE,
  type LinkType,
  type PlacedPdu,
  type Segment,
} from "./wire.js";

export interface Recipe {
  name: string;
  /** One sentence for the manifest and captures/README.md. */
  about: string;
  make: () => Shape;
}

export interface Shape {
  talk: Conversation;
  draw?: DrawOptions;
  encode?: EncodeOptions;
  /** Loses, reorders, doubles or cuts segments. */
  shape?: (segments: Segment[], pdus: PlacedPdu[]) => Segment[];
  snaplen?: number;
  file:
    | { format: "pcapng"; resolution: 6 | 9; little?: boolean; name?: string }
    | { format: "pcap"; nanoseconds: boolean; little?: boolean };
  /** The link type of each frame's interface where there are several (pcapng only). */
  links?: { types: LinkType[]; of: (segment: Segment) => number };
}

export interface Made {
  capture: Uint8Array;
  expected: string;
}

const LINK_AND_IP = { ethernet: 14, sll2: 20, raw: 0 } as const;

export function make(recipe: Recipe): Made {
  const made = recipe.make();
  const { talk } = made;
  const drawn = draw(talk, made.draw);
  const segments = made.shape ? made.shape(drawn.segments, drawn.pdus) : drawn.segments;
  const random = new Seeded(`${recipe.name}/wire`);
  const link = made.encode?.link ?? "ethernet";
  let frames: Frame[];
  if (made.links) {
    const { types, of } = made.links;
    // Every link type encodes the same segments with the same sequence numbers; each frame is taken from its own.
    const variants = types.map((type) =>
      encode(talk, segments, new Seeded(`${recipe.name}/wire`), { ...made.encode, link: type }),
    );
    frames = segments.map((segment, i) => variants[of(segment)]![i]!);
  } else {
    frames = encode(talk, segments, random, made.encode);
  }
  const snaplen = made.snaplen;
  if (snaplen !== undefined) {
    frames = frames.map((f) => ({ ...f, data: f.data.slice(0, snaplen) }));
  }
  const kept = (index: number) => {
    if (snaplen === undefined) return Number.POSITIVE_INFINITY;
    const segment = segments[index]!;
    const six = talk.connections[segment.connection]!.client.address.includes(":");
    const headers = LINK_AND_IP[link] + 4 * (made.encode?.vlans?.length ?? 0) + (six ? 40 : 20) + 20;
    return Math.max(0, snaplen - headers);
  };
  const { file } = made;
  const types = made.links?.types ?? [link];
  const capture =
    file.format === "pcap"
      ? pcap(frames, {
          linkType: LINKTYPE[link],
          nanoseconds: file.nanoseconds,
          little: file.little,
          snaplen,
        })
      : pcapng(frames, {
          interfaces: types.map((type, i) => ({
            linkType: LINKTYPE[type],
            name: file.name ?? `lab${i}`,
            resolution: file.resolution,
            snaplen,
          })),
          little: file.little,
          of: made.links ? (i) => made.links!.of(segments[i]!) : undefined,
        });
  const streams: number[] = [];
  for (const s of segments) if (!streams.includes(s.connection)) streams.push(s.connection);
  const accounts = new Map(
    talk.calls
      .filter((call) => call.auth.user !== null)
      .map((call) => [
        call.auth.user,
        { user: call.auth.user!, domain: call.auth.domain!, password: PASSWORD },
      ]),
  );
  const expected = manifest(
    talk,
    {
      capture: recipe.name,
      about: recipe.about,
      frames: frames.length,
      secrets: [...accounts.values()],
    },
    framesOf(drawn.pdus, segments, kept).filter((seen) => seen.frames.length > 0),
    streams,
  );
  return { capture, expected };
}
