/**
 * The engine `cap`: the libpcap binding of Node, in a child process (cap-child.ts) because it can abort the process it
 * is in: on a bad filter, on an interface that vanishes, and when its buffer is collected. What it cannot know: when
 * the kernel saw a frame, how long a frame was that it cut, and what the kernel dropped. It is always promiscuous.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, Engine, EngineCounters, LiveSettings } from "./engine.js";

/** A binding without blocks wants room: less loses frames at 80,000 a second. */
const BUFFER = 256 << 20;
const LATENCY = 0.1;
/** The binding's own limit. */
const CAP_SNAPLEN = 65_535;

export const CAP: Engine = {
  name: "cap",
  nature: "arrival time stamps, kernel drops unknown, frames cut at 65,535 bytes, always promiscuous",
  timeStamps: "arrival",
  format: "pcap",
  missing:
    "build it: install libpcap's headers (Debian, Ubuntu: apt install libpcap-dev), then npm rebuild cap",
  reports: true,
  latency: () => LATENCY,
  find,
  command,
  isReady: (line) => line.startsWith("cap: listening on "),
  count,
};

/** Node itself, where the binding was built. */
function find(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve("cap");
    return existsSync(join(dirname(entry), "../build/Release/cap.node")) ? process.execPath : null;
  } catch {
    return null;
  }
}

function command(program: string, name: string, filter: string, settings: LiveSettings): Command {
  const own = fileURLToPath(import.meta.url);
  const module = join(dirname(own), own.endsWith(".ts") ? "cap-child.ts" : "cap-child.js");
  const plan: CapPlan = {
    name,
    filter,
    bufferBytes: settings.bufferBytes ?? BUFFER,
    snaplen: Math.min(settings.snaplen, CAP_SNAPLEN),
    user: settings.user,
  };
  return { file: program, args: [...process.execArgv, module, JSON.stringify(plan)], kept: false };
}

/** What the child is given, as JSON in its only argument. */
export interface CapPlan {
  name: string;
  filter: string;
  bufferBytes: number;
  snaplen: number;
  user: string | null;
}

const COUNTS = /^cap: (\d+) frames captured, (\d+) dropped$/;

function count(line: string, counters: EngineCounters): boolean {
  const counted = COUNTS.exec(line);
  if (counted === null) return false;
  counters.droppedEngine = Number(counted[2]);
  return true;
}
