/**
 * The engine `tcpdump`: the kernel's time stamps in nanoseconds, original lengths, and the kernel's drops counted, also
 * while it runs. libpcap hands frames over in blocks that the kernel closes once a second at the latest, and
 * tcpdump offers no shorter time; `--immediate-mode` needs none, and loses frames where many come at once.
 */

import type { Command, Engine, EngineCounters, LiveSettings } from "./engine.js";
import { findProgram } from "./program.js";

/** Bytes of the kernel's buffer. The default of libpcap, 2 MiB, loses one frame in ten at 100,000 a second. */
const BUFFER = 64 << 20;
/** The block time of one second, which may be missed once, and what the pipe takes. */
const LATENCY = 1.2;
const LATENCY_IMMEDIATE = 0.1;

export const TCPDUMP: Engine = {
  name: "tcpdump",
  nature: "kernel time stamps in nanoseconds, drops counted",
  timeStamps: "kernel",
  format: "pcap",
  missing: "install tcpdump (Debian, Ubuntu: apt install tcpdump)",
  reports: true,
  latency: (settings) => (settings.immediate ? LATENCY_IMMEDIATE : LATENCY),
  find: () => findProgram("tcpdump"),
  command,
  isReady: (line) => line.includes("listening on "),
  count,
};

function command(program: string, name: string, filter: string, settings: LiveSettings): Command {
  const kibibytes = Math.max(1, Math.floor((settings.bufferBytes ?? BUFFER) / 1024));
  const args = ["-i", name, "-n", "-U", "-w", "-", "--time-stamp-precision=nano"];
  args.push("-s", String(settings.snaplen), "-B", String(kibibytes));
  if (!settings.promiscuous) args.push("-p");
  if (settings.immediate) args.push("--immediate-mode");
  if (settings.user !== null) args.push("-Z", settings.user);
  if (filter !== "") args.push("--", filter);
  return { file: program, args, kept: true };
}

const COUNTS = /(\d+) packets? (captured|received by filter|dropped by kernel|dropped by interface)/g;

function count(line: string, counters: EngineCounters): boolean {
  let counted = false;
  for (const [, number, what] of line.matchAll(COUNTS)) {
    counted = true;
    if (what === "received by filter") counters.matched = Number(number);
    else if (what === "dropped by kernel") {
      counters.droppedKernel = Number(number);
      // It has a line of its own, where there are any.
      counters.droppedInterface ??= 0;
    } else if (what === "dropped by interface") counters.droppedInterface = Number(number);
  }
  return counted;
}
