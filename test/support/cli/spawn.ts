/**
 * Runs the built command line: in a process of its own where the process is what is tested (signals, pipes, terminals, how it
 * starts and ends), and otherwise in one that runs many command lines one after the other.
 */

import { type ChildProcess, fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PROGRAM } from "../program.js";

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** The same with standard output as it is. */
export interface EndedRaw extends Omit<Ended, "stdout"> {
  stdout: Buffer;
}

interface Answer {
  id: number;
  status: number;
  stdout: Uint8Array;
  stderr: Uint8Array;
  failure?: string;
}

/** Whoever runs the tests may have settings of their own. */
const OWN_SETTINGS = { RAISCOPE_NO_CONFIG: "1" };

/** Starts `raiscope ARGS`; standard output is a pipe, or an open file of the caller's. */
export function start(
  args: readonly string[],
  environment: { [name: string]: string } = {},
  stdout: number | "pipe" = "pipe",
  folder?: string,
): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["pipe", stdout, "pipe"],
    env: { ...process.env, ...OWN_SETTINGS, ...environment },
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

let host: ChildProcess | null = null;
let asked = 0;
const waiting = new Map<number, (answer: Answer | Error) => void>();

function hostProcess(): ChildProcess {
  if (host !== null) return host;
  const child = fork(fileURLToPath(new URL("host.cjs", import.meta.url)), [PROGRAM], {
    env: { ...process.env, ...OWN_SETTINGS },
    serialization: "advanced",
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
    if (waiting.size === 0) child.channel?.unref();
  });
  child.on("exit", (status) => {
    for (const settle of waiting.values()) settle(new Error(`the host ended with ${status}`));
    waiting.clear();
    if (host === child) host = null;
  });
  child.unref();
  host = child;
  return child;
}

/** What a command has beside its arguments and its standard input. */
interface Around {
  folder?: string;
  environment?: { [name: string]: string };
}

/** `raiscope ARGS`, with `input` on standard input: after those that were asked for before. */
export function raiscopeRaw(
  args: readonly string[],
  input: string | Uint8Array = "",
  around: Around = {},
): Promise<EndedRaw> {
  const child = hostProcess();
  const id = asked++;
  return new Promise((resolve, reject) => {
    waiting.set(id, (answer) => {
      if (answer instanceof Error) reject(answer);
      else if (answer.failure !== undefined) reject(new Error(answer.failure));
      else {
        const { status, stdout, stderr } = answer;
        resolve({ status, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr).toString() });
      }
    });
    child.channel?.ref();
    child.send({ id, args, input: Buffer.from(input), ...around });
  });
}

/** The same, with standard output as text. */
export async function raiscope(
  args: readonly string[],
  input: string | Uint8Array = "",
  around: Around = {},
): Promise<Ended> {
  const ended = await raiscopeRaw(args, input, around);
  return { ...ended, stdout: ended.stdout.toString() };
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
