/**
 * The process that the libpcap binding lives in. It writes a pcap stream with nanoseconds to standard output; each line
 * on standard input asks for the counters, the end of standard input ends it.
 */

import { createRequire } from "node:module";
import type { CapPlan } from "./cap.js";
import { becomeUser } from "./privilege.js";

/** What is used of the binding. */
interface Binding {
  Cap: new () => {
    on(event: "packet", take: (bytes: number, cut: boolean) => void): void;
    /** Answers the link type's name. */
    open(device: string, filter: string, bufferSize: number, into: Buffer): string;
    close(): void;
  };
}

/** LINKTYPE_ values of the names that the binding has; others are reported as a number. */
const LINK_TYPES: { [name: string]: number } = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
};

/** Bytes that may wait for the reader; what comes then is dropped, and counted. */
const WAITING = 64 << 20;
/** Bytes gathered before they are handed to the pipe. */
const PIECE = 1 << 16;
const RECORD = 16;

/** The binding writes every frame here. It must live as long as the process. */
const landing = Buffer.alloc(1 << 16);

const plan = JSON.parse(process.argv[2] ?? "{}") as CapPlan;
let captured = 0;
let dropped = 0;
let gathered = Buffer.allocUnsafe(PIECE + RECORD + landing.length);
let used = 0;

function main(): void {
  const { Cap } = createRequire(import.meta.url)("cap") as Binding;
  const cap = new Cap();
  let link: string;
  try {
    link = cap.open(plan.name, plan.filter, plan.bufferBytes, landing);
  } catch (error) {
    // The binding cannot be taken down in an orderly way now: it would abort.
    process.stderr.write(`cap: ${plan.name}: ${(error as Error).message}\n`, () => {
      process.kill(process.pid, "SIGKILL");
    });
    return;
  }
  const linkType = LINK_TYPES[link] ?? Number(/\d+$/.exec(link)?.[0] ?? 0);
  if (plan.user !== null) becomeUser(plan.user);
  process.stdout.on("error", () => process.exit(0));
  process.stdout.write(fileHeader(linkType));
  cap.on("packet", (bytes) => packet(bytes));
  process.stderr.write(`cap: listening on ${plan.name}, link type ${linkType}\n`);
  process.stdin.on("data", () => report());
  process.stdin.on("end", () => {
    cap.close();
    flush();
    report();
    // All that was written leaves before the process does.
    process.stdout.write("", () => process.exit(0));
  });
}

function report(): void {
  process.stderr.write(`cap: ${captured} frames captured, ${dropped} dropped\n`);
}

function fileHeader(linkType: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(plan.snaplen, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

function packet(bytes: number): void {
  captured++;
  if (process.stdout.writableLength + used > WAITING) {
    dropped++;
    return;
  }
  const length = Math.min(bytes, plan.snaplen, landing.length);
  stamp(gathered, used);
  gathered.writeUInt32LE(length, used + 8);
  gathered.writeUInt32LE(bytes, used + 12);
  landing.copy(gathered, used + RECORD, 0, length);
  if (used === 0) setImmediate(flush);
  used += RECORD + length;
  if (used >= PIECE) flush();
}

function flush(): void {
  if (used === 0) return;
  process.stdout.write(gathered.subarray(0, used));
  gathered = Buffer.allocUnsafe(PIECE + RECORD + landing.length);
  used = 0;
}

/** Difference between the system's clock, which ticks in milliseconds here, and the finer one, in milliseconds. */
let offset = Date.now() - performance.now();
/** Milliseconds that the two may differ before the finer one is set anew. */
const DRIFT = 2;

/** Writes the time of arrival. */
function stamp(into: Buffer, at: number): void {
  const fine = performance.now();
  const coarse = Date.now();
  const off = coarse - (fine + offset);
  if (off > DRIFT || off < -DRIFT) offset = coarse - fine;
  const now = fine + offset;
  const seconds = Math.floor(now / 1000);
  into.writeUInt32LE(seconds, at);
  into.writeUInt32LE(Math.min(999_999_999, Math.round((now - seconds * 1000) * 1e6)), at + 4);
}

main();
