/** Runs frames through the assembler and writes down what comes out. */
import type { Frame } from "../../../src/capture/frame.js";
import type { StreamItem } from "../../../src/reassembly/items.js";
import { StreamAssembler, type StreamLimits } from "../../../src/reassembly/streams.js";

/** Copies what is borrowed, so that items can be looked at later. */
export function keep(items: readonly StreamItem[]): StreamItem[] {
  return items.map((item) => (item.kind === "data" ? { ...item, bytes: item.bytes.slice() } : item));
}

export function run(frames: Iterable<Frame>, limits: Partial<StreamLimits> = {}): StreamItem[] {
  const assembler = new StreamAssembler(limits);
  const items: StreamItem[] = [];
  for (const frame of frames) items.push(...keep(assembler.push(frame)));
  items.push(...keep(assembler.finish()));
  return items;
}

/** One line an item: `0>text` and `1>text` for data (runs of one direction joined), `0?size reason` for gaps. */
export function transcript(items: readonly StreamItem[], notes = true): string[] {
  const lines: string[] = [];
  let direction = -1;
  for (const item of items) {
    if (item.kind === "data") {
      const text = Buffer.from(item.bytes).toString("latin1");
      if (item.direction === direction) lines[lines.length - 1] += text;
      else lines.push(`${item.direction}>${text}`);
      direction = item.direction;
      continue;
    }
    direction = -1;
    if (item.kind === "gap") lines.push(`${item.direction}?${item.size} ${item.reason}`);
    else if (item.kind === "close") lines.push(`close ${item.reason}`);
    else if (item.kind === "open") lines.push(`open ${item.flow.stream}`);
    else if (notes && item.kind === "note") lines.push(`note ${item.code}`);
  }
  return lines;
}

/** The bytes of one direction of one conversation; gaps as so many question marks. */
export function bytesOf(items: readonly StreamItem[], direction: 0 | 1, stream = 0): string {
  let text = "";
  for (const item of items) {
    if ((item.kind !== "data" && item.kind !== "gap") || item.direction !== direction) continue;
    if (item.flow.stream !== stream) continue;
    if (item.offset !== text.length) throw new Error(`offset ${item.offset} after ${text.length} bytes`);
    text += item.kind === "data" ? Buffer.from(item.bytes).toString("latin1") : "?".repeat(item.size);
  }
  return text;
}
