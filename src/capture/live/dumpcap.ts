/**
 * The engine `dumpcap`: the kernel's time stamps in nanoseconds (its pcapng stream has them, its pcap stream has not),
 * drops counted at the end only. Frames are under way for half a second at most.
 */

import type { Command, Engine, EngineCounters, LiveSettings } from "./engine.js";
import { findProgram } from "./program.js";

const BUFFER = 64 << 20;
const LATENCY = 0.6;

export const DUMPCAP: Engine = {
  name: "dumpcap",
  nature: "kernel time stamps in nanoseconds, drops reported at the end",
  timeStamps: "kernel",
  format: "pcapng",
  missing: "install Wireshark's dumpcap (Debian, Ubuntu: apt install wireshark-common)",
  reports: false,
  latency: () => LATENCY,
  find: () => findProgram("dumpcap"),
  command,
  isReady: (line) => line.startsWith("File: "),
  count,
};

function command(program: string, name: string, filter: string, settings: LiveSettings): Command {
  const mebibytes = Math.max(1, Math.ceil((settings.bufferBytes ?? BUFFER) / (1 << 20)));
  const args = ["-q", "-i", name, "-f", filter, "-s", String(settings.snaplen), "-B", String(mebibytes)];
  if (!settings.promiscuous) args.push("-p");
  args.push("-w", "-");
  return { file: program, args, kept: true };
}

const COUNTS =
  /^Packets received\/dropped on interface .*: (\d+)\/(\d+) \(pcap:(\d+)\/dumpcap:(\d+)(?:\/flushed:\d+)?\/ps_ifdrop:(\d+)\)/;

function count(line: string, counters: EngineCounters): boolean {
  const counted = COUNTS.exec(line);
  if (counted === null) return /^Packets(:| captured:) /.test(line);
  const [received, dropped, interfaceDrops] = [counted[1], counted[2], counted[5]].map(Number);
  counters.matched = received! + dropped!;
  counters.droppedKernel = dropped!;
  counters.droppedInterface = interfaceDrops!;
  return true;
}
