/** What the tests of live capture share: what this machine can do, namespaces of their own, and the program at work. */

import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { findProgram } from "../../../src/capture/live/program.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { Event } from "../../../src/events.js";
import { PROGRAM } from "../program.js";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const LAB = join(ROOT, "test/lab/sockets.ts");
const TSX = import.meta.resolve("tsx");

/** Why a test that captures cannot run here, or false. */
export function cannotCapture(...programs: string[]): string | false {
  if (process.getuid?.() !== 0) return "only root can capture";
  for (const program of ["ip", ...programs])
    if (findProgram(program) === null) return `${program} is not installed`;
  const name = `rsprobe${process.pid}`;
  try {
    execFileSync("ip", ["netns", "add", name], { stdio: "ignore" });
    execFileSync("ip", ["netns", "del", name], { stdio: "ignore" });
    return false;
  } catch {
    return "no network namespaces can be made here";
  }
}

let count = 0;

/** A network namespace of the test's own, with a loopback; gone when the test is over. */
export function namespace(t: TestContext): string {
  const name = `rs${process.pid}x${++count}`;
  ip("netns", "add", name);
  t.after(() => {
    try {
      ip("netns", "del", name);
    } catch {
      // Gone already.
    }
  });
  ip("-n", name, "link", "set", "lo", "up");
  return name;
}

export function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** A folder that anybody may read and write, gone when the test is over. */
export function folder(t: TestContext, mode = 0o777): string {
  const path = mkdtempSync(join(tmpdir(), "raiscope-live-"));
  execFileSync("chmod", [mode.toString(8), path]);
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface Running {
  child: ChildProcess;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  records(): Event[];
  /** Settles when `found` is true of what it has written. */
  until(found: () => boolean, what?: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<number>;
}

/** Milliseconds that anything may take. */
const PATIENCE = 20_000;

/** Starts a program in a namespace (or in none). It is ended with the test. */
export function run(t: TestContext, space: string | null, file: string, args: readonly string[]): Running {
  const [command, all] = space === null ? [file, args] : ["ip", ["netns", "exec", space, file, ...args]];
  const child = spawn(command, [...all], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let over = false;
  const ended = once(child, "close").then(([status]) => {
    over = true;
    return status as number;
  });
  t.after(() => {
    if (!over) child.kill("SIGKILL");
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    records: () =>
      stdout
        .slice(0, stdout.lastIndexOf("\n") + 1)
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Event),
    async until(found, what = "what was waited for") {
      const end = Date.now() + PATIENCE;
      while (!found()) {
        if (over) throw new Error(`it ended before ${what}: ${stderr}`);
        if (Date.now() > end) throw new Error(`${what} did not come: ${stderr}`);
        await sleep(10);
      }
    },
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** `raiscope ARGS` in a namespace. */
export function raiscope(t: TestContext, space: string | null, ...args: string[]): Running {
  return run(t, space, process.execPath, [PROGRAM, ...args]);
}

/** `raiscope sniff ARGS`, capturing. */
export async function sniffing(t: TestContext, space: string, ...args: string[]): Promise<Running> {
  const running = raiscope(t, space, "sniff", ...args);
  await running.until(() => running.stderr().includes("capturing on"), "the beginning of the capture");
  // The line comes just before the reading begins; what is captured meanwhile waits.
  return running;
}

/** The lab's people, over sockets. */
export async function lab(t: TestContext, space: string, role: string, ...args: string[]): Promise<void> {
  const talk = run(t, space, process.execPath, ["--import", TSX, LAB, role, ...args]);
  const status = await talk.ended;
  if (status !== 0) throw new Error(`the lab failed: ${talk.stderr()}`);
}

/** tcpdump's own capture in a namespace, to compare with. */
export async function reference(t: TestContext, space: string, name: string, path: string): Promise<Running> {
  const args = ["-i", name, "-U", "-Z", "root", "-w", path, "--immediate-mode", "-B", "65536", "tcp"];
  const tcpdump = run(t, space, "tcpdump", args);
  await tcpdump.until(() => tcpdump.stderr().includes("listening on"), "tcpdump");
  return tcpdump;
}

/** Frames that a capture file holds whole while it is being written: enhanced packet blocks of pcapng, or records of pcap. */
export function framesIn(path: string): number {
  if (!existsSync(path)) return 0;
  const bytes = readFileSync(path);
  const classic = bytes.length >= 24 && bytes.readUInt32LE(0) !== 0x0a0d0d0a;
  let frames = 0;
  let at = classic ? 24 : 0;
  while (at + 16 <= bytes.length) {
    const size = classic ? 16 + bytes.readUInt32LE(at + 8) : bytes.readUInt32LE(at + 4);
    if (at + size > bytes.length) break;
    if (classic || bytes.readUInt32LE(at) === 6) frames++;
    at += size;
  }
  return frames;
}

/** Every record that analyze makes of a file. */
export async function analyzed(path: string): Promise<Event[]> {
  const source = await openInputs([path]);
  const analyzer = new Analyzer();
  const frame = new Frame();
  const records: Event[] = [];
  while (await source.next(frame)) records.push(...analyzer.push(frame));
  records.push(...analyzer.finish(source));
  return JSON.parse(JSON.stringify(records)) as Event[];
}

/** Records without what two captures of one conversation may differ in, as sorted lines. */
function timeless(records: readonly Event[]): string[] {
  // Ids are made of the time, too.
  const aside = new Set(["ts", "last_ts", "duration_us", "duration_s", "id", "call_ids", "revision"]);
  return (
    records
      // Live, an offer is reported while more may come; what stays is its last report. The analyzer by itself finds nothing.
      .filter(
        ({ type, provisional }) =>
          type !== "summary" && type !== "detection" && !(type === "offer" && provisional),
      )
      .map((record) => JSON.stringify(record, (key, value: unknown) => (aside.has(key) ? undefined : value)))
      .sort()
  );
}

/** Two captures of one conversation say the same. What differs is shown where it begins, since records are long. */
export function assertSame(live: readonly Event[], offline: readonly Event[]): void {
  const [a, b] = [timeless(live), timeless(offline)];
  assert.equal(a.length, b.length, `${a.length} records live, ${b.length} offline`);
  for (const [index, line] of a.entries()) {
    const other = b[index]!;
    let at = 0;
    while (at < line.length && line[at] === other[at]) at++;
    const from = Math.max(0, at - 200);
    assert.equal(line.slice(from, at + 100), other.slice(from, at + 100));
  }
}

/** A field of /proc/PID/status. */
export function statusOf(pid: number, field: string): string {
  const line = readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .find((l) => l.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim() ?? "";
}
