/** Capture files of the lab: classic pcap and pcapng, written from the formats' descriptions. */

import { concat, Writer } from "./bytes.js";
import type { Frame } from "./wire.js";

export interface PcapOptions {
  linkType: number;
  nanoseconds?: boolean;
  little?: boolean;
  snaplen?: number;
}

/** Classic pcap: a file header of 24 bytes, a record header of 16. */
export function pcap(frames: Frame[], options: PcapOptions): Uint8Array {
  const little = options.little ?? true;
  const magic = options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const w = new Writer(little).u32(magic).u16(2).u16(4).u32(0).u32(0);
  w.u32(options.snaplen ?? 262144).u32(options.linkType);
  const unit = options.nanoseconds ? 1n : 1000n;
  for (const frame of frames) {
    w.u32(Number(frame.at / 1_000_000_000n)).u32(Number((frame.at % 1_000_000_000n) / unit));
    w.u32(frame.data.length).u32(frame.length).bytes(frame.data);
  }
  return w.done();
}

export interface Interface {
  linkType: number;
  name?: string;
  /** Power of ten: 6 or 9. */
  resolution: 6 | 9;
  snaplen?: number;
}

export interface PcapngOptions {
  interfaces: Interface[];
  hardware?: string;
  application?: string;
  little?: boolean;
  /** Which interface each frame came from; the first where absent. */
  of?: (index: number) => number;
}

function block(little: boolean, type: number, body: Uint8Array): Uint8Array {
  const w = new Writer(little).bytes(body).align(4);
  const padded = w.done();
  const total = padded.length + 12;
  return concat(new Writer(little).u32(type).u32(total).done(), padded, new Writer(little).u32(total).done());
}

function option(w: Writer, code: number, value: Uint8Array): void {
  w.u16(code).u16(value.length).bytes(value).align(4);
}

const text = (value: string) => new TextEncoder().encode(value);

/** pcapng: one section, its interfaces, and an enhanced packet block for each frame. */
export function pcapng(frames: Frame[], options: PcapngOptions): Uint8Array {
  const little = options.little ?? true;
  const section = new Writer(little).u32(0x1a2b3c4d).u16(1).u16(0).u64(-1n);
  if (options.hardware) option(section, 2, text(options.hardware));
  option(section, 4, text(options.application ?? "raiscope test/lab"));
  section.u32(0);
  const parts = [block(little, 0x0a0d0d0a, section.done())];
  for (const i of options.interfaces) {
    const w = new Writer(little)
      .u16(i.linkType)
      .u16(0)
      .u32(i.snaplen ?? 262144);
    if (i.name) option(w, 2, text(i.name));
    option(w, 9, new Uint8Array([i.resolution]));
    parts.push(block(little, 1, w.u32(0).done()));
  }
  frames.forEach((frame, index) => {
    const which = options.of?.(index) ?? 0;
    const time = options.interfaces[which]!.resolution === 9 ? frame.at : frame.at / 1000n;
    const w = new Writer(little)
      .u32(which)
      .u32(Number(time >> 32n))
      .u32(Number(time & 0xffffffffn));
    w.u32(frame.data.length).u32(frame.length).bytes(frame.data).align(4);
    if (frame.comment) {
      option(w, 1, text(frame.comment));
      w.u32(0);
    }
    parts.push(block(little, 6, w.done()));
  });
  return concat(...parts);
}
