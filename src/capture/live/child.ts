/**
 * One engine's process. Its standard output is the capture stream, its standard error is read line by line, and its
 * standard input is its lifeline: whatever ends this process, also SIGKILL, ends the child as well.
 */

import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import {
  type Command,
  type Engine,
  type EngineCounters,
  LiveError,
  type LiveFault,
  NO_COUNTERS,
} from "./engine.js";

/**
 * Supervises a program that does not watch its standard input. Each line of standard input is the name of a signal for it; at the
 * end of the input it is asked to end. It stays beside the program with the program's privilege, since a process that
 * has given up root may not signal one that has another user. `cat` makes large pieces out of single frames, and takes
 * them while this process decodes: an engine that must wait for its reader loses frames.
 */
const KEEPER = `exec 5<&0
{ "$@" </dev/null 5<&- & p=$!; exec >/dev/null 2>&1
  while read -r s <&5; do kill -s "$s" $p; done; kill -s TERM $p; wait $p; } | cat 2>/dev/null &
exec >/dev/null 2>&1 5<&-
wait`;

/** Milliseconds that an engine may take to open its interface, to report its counters, and to end. */
const OPENING = 10_000;
const DISTINCTIVE = 400;
const ENDING = 3_000;
/** Lines of standard error kept for the reason of a failure. */
const MAX_LINES = 40;

export class EngineChild {
  readonly engine: Engine;
  /** The interface. */
  readonly name: string;
  readonly stdout: Readable;
  readonly counters: EngineCounters = { ...NO_COUNTERS };
  /** Settles with the exit status when the process is gone and its standard error was read to its end. */
  readonly ended: Promise<number>;
  readonly #process: ChildProcess;
  readonly #lifeline: Writable;
  readonly #lines: string[] = [];
  #ready = false;
  #stopped = false;
  #onLine: (() => void) | null = null;

  constructor(engine: Engine, name: string, command: Command) {
    this.engine = engine;
    this.name = name;
    const [file, args] = command.kept
      ? ["/bin/sh", ["-c", KEEPER, "sh", command.file, ...command.args]]
      : [command.file, command.args];
    // In a session of its own: an interrupt from the terminal is for this process to act on, not for the engine.
    this.#process = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.stdout = this.#process.stdout!;
    this.#lifeline = this.#process.stdin!;
    this.#lifeline.on("error", () => {});
    this.#listen(this.#process.stderr!);
    const gone = new Promise<number>((resolve) => {
      this.#process.once("error", (error: NodeJS.ErrnoException) => {
        this.#line(error.message);
        resolve(127);
      });
      this.#process.once("exit", (status) => resolve(status ?? 1));
    });
    const silent = new Promise<void>((resolve) => {
      // The supervisor has closed its own: the program has ended. The supervisor exits once its standard input closes.
      this.#process.stderr!.once("close", () => {
        this.#lifeline.end();
        resolve();
      });
    });
    this.ended = Promise.all([gone, silent]).then(([status]) => status);
  }

  /** Settles when it captures. Throws LiveError. */
  async opened(): Promise<void> {
    if (this.#ready) return;
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<"ready" | "ended" | "late">((resolve) => {
      this.#onLine = () => {
        if (this.#ready) resolve("ready");
      };
      void this.ended.then(() => resolve(this.#ready ? "ready" : "ended"));
      timer = setTimeout(() => resolve("late"), OPENING);
      if (this.#ready) resolve("ready");
    });
    clearTimeout(timer);
    this.#onLine = null;
    if (outcome === "ready") return;
    this.stop();
    if (outcome === "late") {
      throw new LiveError(
        "failed",
        `${this.name}: ${this.engine.name} did not start capturing within ${OPENING / 1000} seconds`,
      );
    }
    throw this.fault();
  }

  /** The reason why it ended, out of what it said. */
  fault(): LiveError {
    const said = this.#lines.filter((line) => !NOISE.test(line));
    const fault = kindOf(said.join("\n"));
    const line = (said[0] ?? "it exited without a message").replace(/^(tcpdump|dumpcap|cap): /, "");
    const about = line.startsWith(`${this.name}: `) ? line : `${this.name}: ${line}`;
    return new LiveError(fault, said.length === 0 ? `${about} (${this.engine.name})` : about);
  }

  /** Asks the engine to report its counters, and waits for it, shortly. */
  async ask(): Promise<void> {
    if (!this.engine.reports || this.#stopped || this.#process.exitCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, DISTINCTIVE);
      this.#onLine = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#lifeline.write("USR1\n");
    });
    this.#onLine = null;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Closes its standard input: the engine writes out what it has and ends. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#lifeline.end();
    const timer = setTimeout(() => {
      this.stdout.destroy();
      this.#kill();
    }, ENDING);
    timer.unref();
    void this.ended.then(() => clearTimeout(timer));
  }

  /** It leads a group of its own, with all that it started. Some of them may be another user's by now. */
  #kill(): void {
    try {
      process.kill(-this.#process.pid!, "SIGKILL");
    } catch {
      this.#process.kill("SIGKILL");
    }
  }

  #listen(stderr: Readable): void {
    let rest = "";
    stderr.setEncoding("utf8");
    stderr.on("data", (text: string) => {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop()!.slice(-4096);
      for (const line of lines) this.#line(line);
    });
    stderr.on("end", () => {
      if (rest !== "") this.#line(rest);
    });
  }

  #line(line: string): void {
    if (line.trim() === "") return;
    if (!this.#ready && this.engine.isReady(line)) {
      this.#ready = true;
      // What it said on the way was not the reason of a failure.
      this.#lines.length = 0;
    } else if (!this.engine.count(line, this.counters)) {
      this.#lines.push(line.trim());
      if (this.#lines.length > MAX_LINES) this.#lines.splice(1, 1);
    }
    this.#onLine?.();
  }
}

/** Lines that are said before a failure and are not its reason. */
const NOISE =
  /^(Capturing on |File: |tcpdump: verbose output|tcpdump: data link type|dropped privs to|Warning: )/;

function kindOf(said: string): LiveFault {
  if (/permission|not permitted|privilege/i.test(said)) return "permission";
  if (/no such device|there is no device|SIOCGIFHWADDR|doesn't exist|does not exist/i.test(said))
    return "no-interface";
  if (
    /filter|expression|syntax error|unknown (port|host|network|protocol)|no vlan support|not supported/i.test(
      said,
    )
  )
    return "filter";
  if (/not found/i.test(said)) return "missing";
  return "failed";
}
