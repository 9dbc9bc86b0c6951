/** Runs the command line as a user does: in a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { PROGRAM } from "../program.js";

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Starts `raiscope ARGS`; standard output is a pipe, or an open file of the caller's. */
export function start(
  args: readonly string[],
  environment: { [name: string]: string } = {},
  stdout: number | "pipe" = "pipe",
  folder?: string,
): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["pipe", stdout, "pipe"],
    // Whoever runs the tests may have settings of their own.
    env: { ...process.env, RAISCOPE_NO_CONFIG: "1", ...environment },
    cwd: folder,
  });
}

/** Settles when the process has ended. */
export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, stdout, stderr })));
}

/** `raiscope ARGS`, with `input` on standard input. */
export function raiscope(args: readonly string[], input: string | Uint8Array = ""): Promise<Ended> {
  const child = start(args);
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return ended(child);
}

/** `raiscope ARGS` with an open file for standard output, in `folder`. */
export function raiscopeInto(stdout: number, args: readonly string[], folder?: string): Promise<Ended> {
  const child = start(args, {}, stdout, folder);
  child.stdin?.end();
  return ended(child);
}

/** Settles as soon as the child has written a text that `found` accepts. */
export function until(child: ChildProcess, found: (text: string) => boolean): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (piece: Buffer) => {
      text += piece.toString();
      if (found(text)) resolve(text);
    });
    child.on("close", () => reject(new Error(`it ended first: ${text}`)));
  });
}
