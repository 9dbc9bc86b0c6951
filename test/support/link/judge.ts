/** What becomes of frames: the conversation of each as raiscope numbers it, and as tshark does. */
import { execFileSync, spawnSync } from "node:child_process";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { StreamAssembler, type StreamCounters } from "../../../src/reassembly/streams.js";
import { Section } from "../capture/files.js";
import { withFiles } from "../capture/read.js";
import type { Shape } from "./shapes.js";

/** For tests that compare with tshark: a reason to skip, or false. */
export const noTshark = spawnSync("tshark", ["--version"]).status === 0 ? false : "tshark is not installed";

export interface Seen {
  counters: StreamCounters;
  /** By frame number, from 1: the stream of its (last) segment; none where it has no segment. */
  streams: Map<number, number>;
  /** Addresses and ports of each stream. */
  endpoints: string[];
  /** Bytes of each stream that came out in order. */
  data: string[];
  notes: string[];
  notRead: string[];
}

/** A capture of frames with a link type each. */
export function capture(
  frames: readonly { linkType: number; data: Uint8Array; wireLength?: number }[],
): Buffer {
  const section = new Section();
  const types = [...new Set(frames.map(({ linkType }) => linkType))];
  for (const type of types) section.interface(type);
  frames.forEach(({ linkType, data, wireLength }, i) => {
    section.enhanced(types.indexOf(linkType), 1_700_000_000_000_000n + BigInt(i) * 1000n, data, wireLength);
  });
  return section.done();
}

/** Every packet of every shape's conversation, one shape after another. */
export function framesOf(
  shapes: readonly Shape[],
  packets: (index: number, six: boolean) => readonly Buffer[],
): { linkType: number; data: Buffer }[] {
  return shapes.flatMap(({ linkType, wrap, six }, i) =>
    packets(i, six === true).map((packet) => ({ linkType, data: wrap(packet) })),
  );
}

export async function see(file: Buffer): Promise<Seen> {
  return withFiles({ capture: file }, async (path) => {
    const source = await openInputs([path("capture")]);
    const assembler = new StreamAssembler();
    const frame = new Frame();
    const seen: Seen = {
      counters: assembler.counters,
      streams: new Map(),
      endpoints: [],
      data: [],
      notes: [],
      notRead: [],
    };
    const take = (items: ReturnType<StreamAssembler["push"]>): void => {
      for (const item of items) {
        if (item.kind === "data") {
          const { stream } = item.flow;
          seen.data[stream] = (seen.data[stream] ?? "") + Buffer.from(item.bytes).toString("latin1");
        } else if (item.kind === "note") seen.notes.push(`${item.code}: ${item.message}`);
        else if (item.kind === "open") {
          const { endpoint0: a, endpoint1: b, stream } = item.flow;
          seen.endpoints[stream] = `${a.address} ${a.port} ${b.address} ${b.port}`;
        }
      }
    };
    while (await source.next(frame)) {
      take(assembler.push(frame));
      if (assembler.lastFlow) seen.streams.set(frame.number, assembler.lastFlow.stream);
    }
    take(assembler.finish());
    await source.close();
    seen.notRead = assembler.notRead().map(({ what }) => what);
    return seen;
  });
}

/** The stream of the last segment in each frame, as tshark numbers them, and how many segments there are in all. */
export async function tsharkStreams(
  file: Buffer,
): Promise<{ streams: Map<number, number>; segments: number }> {
  return withFiles({ capture: file }, async (path) => {
    const fields = ["-T", "fields", "-e", "frame.number", "-e", "tcp.stream"];
    const text = execFileSync(
      "tshark",
      ["-n", "-r", path("capture"), "-o", "ip.defragment:TRUE", ...fields],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    const streams = new Map<number, number>();
    let segments = 0;
    for (const line of text.trimEnd().split("\n")) {
      const [number, found] = line.split("\t");
      if (!found) continue;
      const all = found.split(",");
      segments += all.length;
      streams.set(Number(number), Number(all[all.length - 1]));
    }
    return { streams, segments };
  });
}
