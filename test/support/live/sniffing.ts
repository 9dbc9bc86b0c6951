/** What the tests of `raiscope sniff` share: its processes, other traffic, and who it becomes. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { CallRecord, Event } from "../../../src/events.js";
import { PROGRAM } from "../program.js";
import { type Running, run, statusOf } from "./programs.js";

export function calls(records: readonly Event[]): CallRecord[] {
  return records.filter((record): record is CallRecord => record.type === "call");
}

/** The process of the program itself: `ip netns exec` makes way for it. */
export function pidOf(running: Running): number {
  return running.child.pid!;
}

/** Processes that were started by this one, and theirs. */
function descendants(pid: number): number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return own === ""
    ? []
    : own
        .split(" ")
        .map(Number)
        .flatMap((child) => [child, ...descendants(child)]);
}

export function engineOf(running: Running): number {
  const found = descendants(pidOf(running)).find((pid) => statusOf(pid, "Name") === "tcpdump");
  assert.ok(found, "tcpdump runs");
  return found;
}

/** Sends datagrams of 1,000 bytes to the loopback of a namespace. */
export function datagrams(t: TestContext, space: string, count: number, pause = 0): Promise<number> {
  const code = `const s = require("dgram").createSocket("udp4");
    let n = 0;
    const next = () => { if (n++ < ${count}) s.send(Buffer.alloc(1000), 9, "127.0.0.1", () => setTimeout(next, ${pause})); else s.close(); };
    next();`;
  return run(t, space, process.execPath, [
    "-e",
    pause === 0 ? code.replace("setTimeout(next, 0)", "next()") : code,
  ]).ended;
}

export function nobody(): { uid: number; gid: number } {
  const id = (option: string): number => Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export function sniffCommand(...args: string[]): string[] {
  return [process.execPath, PROGRAM, "sniff", ...args];
}
