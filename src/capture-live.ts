/** Live capture for the library: names of interfaces in, a source of frames out. */

import type { FrameSource } from "./capture/frame.js";
import type { EngineName } from "./capture/live/engine.js";
import { openLive } from "./capture/live/open-live.js";

/** Bytes kept of a frame where nothing else is said: all of them. */
const WHOLE = 262_144;

export interface LiveCaptureOptions {
  /** As pcap-filter(7) has it; TCP where absent. */
  filter?: string;
  /** The program that captures; the most faithful one that is there where absent. */
  engine?: EngineName;
  /** Exchanges with a KDC over UDP are captured as well: with keys their tickets open what is sealed. */
  kerberos?: boolean;
  /** Bytes kept of a frame. */
  snaplen?: number;
  /** Who the capturing process becomes once the interface is open, where this one is root. */
  user?: string;
}

/** Frames as they pass. It ends with `stop`: what was captured by then still comes. */
export interface LiveCapture extends FrameSource {
  readonly interfaces: readonly string[];
  /** The program that captures. */
  readonly engine: EngineName;
  stop(): void;
}

/** Begins to capture on interfaces. Rejects with LiveError, which says what is missing and what to do about it. */
export async function captureLive(
  interfaces: readonly string[],
  options: LiveCaptureOptions = {},
): Promise<LiveCapture> {
  const { source } = await openLive(options.engine ?? "auto", {
    interfaces,
    filter: options.filter ?? null,
    kerberos: options.kerberos ?? false,
    snaplen: options.snaplen ?? WHOLE,
    bufferBytes: null,
    promiscuous: true,
    immediate: false,
    user: options.user ?? null,
  });
  source.start(null);
  return {
    interfaces: source.interfaces,
    engine: source.engine.name,
    next: (frame) => source.next(frame),
    takeNotes: () => source.takeNotes(),
    get complete() {
      return source.complete;
    },
    stop: () => source.stop(),
    close: () => source.close(),
  };
}
