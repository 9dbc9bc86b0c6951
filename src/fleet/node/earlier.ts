/** Whether conversations are older than what was read: earlier files are looked through for their segments, and nothing is decoded. */

import { Frame } from "../../capture/frame.js";
import { openInputs } from "../../capture/node/open.js";
import { type DatagramFilter, StreamAssembler } from "../../reassembly/streams.js";
import { type Doubt, doubtKey } from "../belonging.js";

/** Frames between two turns of whatever else this process does. */
const TURN = 16_384;

const EVERY_DATAGRAM: DatagramFilter = { wants: () => true };

/**
 * Of the conversations, the keys of those that are in one of the files, earlier than `until`, in seconds since 1970. Files that cannot be read
 * are passed over.
 */
export async function seenEarlier(
  doubts: readonly Doubt[],
  paths: readonly string[],
  until: number | null,
): Promise<Set<string>> {
  const wanted = new Set(doubts.map(doubtKey));
  const seen = new Set<string>();
  const met = (ends: Doubt): void => {
    const key = doubtKey(ends);
    if (wanted.has(key)) seen.add(key);
  };
  const datagrams = doubts.some((doubt) => doubt.datagrams === true) ? [EVERY_DATAGRAM] : [];
  for (const path of [...paths].reverse()) {
    if (seen.size === wanted.size) break;
    const source = await openInputs([path]).catch(() => null);
    if (source === null) continue;
    try {
      const flows = new StreamAssembler({ datagrams });
      const frame = new Frame();
      for (let frames = 1; ; frames++) {
        const next = source.next(frame);
        if (!(typeof next === "boolean" ? next : await next)) break;
        if (until !== null && frame.seconds + frame.nanos / 1e9 >= until) break;
        const items = flows.push(frame);
        const flow = flows.lastFlow;
        if (flow !== null && flow.count === 1) met({ client: flow.endpoint0, server: flow.endpoint1 });
        for (const item of datagrams.length === 0 ? [] : items) {
          if (item.kind === "datagram") met({ client: item.pair.endpoint0, server: item.pair.endpoint1 });
        }
        if (frames % TURN === 0) await new Promise((turn) => setImmediate(turn));
      }
    } finally {
      await source.close();
    }
  }
  return seen;
}
