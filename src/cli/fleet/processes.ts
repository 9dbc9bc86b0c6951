/** Several workers of one command: a process each, since reading a window takes a core. */

import { type ChildProcess, spawn } from "node:child_process";
import { complain, EXIT } from "../failure.js";
import { Stop } from "../stop.js";

/** Milliseconds before one that ended by a fault is begun anew, and how often that is done for all together. */
const PAUSE = 1_000;
const MAX_RESTARTS = 100;

/** Runs `count` workers with this process's options. Signals go on to them; the exit status is the worst of theirs. */
export async function workTogether(count: number): Promise<number> {
  const stop = new Stop().listen();
  const running = new Set<ChildProcess>();
  let restarts = 0;
  const worker = (): Promise<number> =>
    new Promise((resolve, reject) => {
      // What is given last counts.
      const [, program, ...words] = process.argv;
      const child = spawn(process.execPath, [...process.execArgv, program!, ...words, "--concurrency", "1"], {
        // The channel tells them when this process is gone.
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      running.add(child);
      child.once("error", reject);
      child.once("exit", (status, signal) => {
        running.delete(child);
        resolve(signal === null ? (status ?? EXIT.failed) : KILLED);
      });
    });
  const keep = async (): Promise<number> => {
    for (;;) {
      const status = await worker();
      if (status !== KILLED || stop.wanted || ++restarts > MAX_RESTARTS) return status;
      complain("a worker was killed; another one begins", { severity: "warning", code: "fleet-worker" });
      await stop.during(new Promise((done) => setTimeout(done, PAUSE)));
    }
  };
  const forward = setInterval(() => {
    if (!stop.wanted) return;
    clearInterval(forward);
    for (const child of running) child.kill("SIGTERM");
  }, 100);
  try {
    const statuses = await Promise.all(Array.from({ length: count }, keep));
    return stop.status ?? Math.max(...statuses);
  } finally {
    clearInterval(forward);
    stop.release();
  }
}

/** In a worker that was started so: it ends as by SIGTERM when the process that started it is gone. */
export function endWithParent(): void {
  if (process.channel === undefined) return;
  process.channel.unref();
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}

/** Of a worker that a signal ended. */
const KILLED = 137;
