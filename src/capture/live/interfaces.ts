/** What can be captured on: names, addresses, state and link types, from the system and from the capture tools. */

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { LiveError } from "./engine.js";
import { findProgram } from "./program.js";

export interface InterfaceInfo {
  name: string;
  description: string | null;
  /** With their prefix lengths, IPv4 first. */
  addresses: string[];
  mac: string | null;
  up: boolean | null;
  loopback: boolean;
  /** Names of the link types it can be captured with, the default first; null: only known to whoever may open it. */
  link_types: string[] | null;
}

/** Milliseconds for a tool to answer. */
const PATIENCE = 5_000;

/** What a tool prints, or null where it is not there or fails. Some say on standard error what others say on output. */
function ask(program: string, args: readonly string[]): Promise<string | null> {
  const path = findProgram(program);
  if (path === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    execFile(path, args, { timeout: PATIENCE }, (error, stdout, stderr) => {
      resolve(error === null ? stdout + stderr : null);
    });
  });
}

interface Listed {
  number: string;
  name: string;
  description: string | null;
  up: boolean | null;
}

/** What `tcpdump -D` or `dumpcap -D` lists; where neither is there, what the system knows. */
async function listed(): Promise<Listed[]> {
  const text = (await ask("tcpdump", ["-D"])) ?? (await ask("dumpcap", ["-D"]));
  const found: Listed[] = [];
  for (const line of text?.split("\n") ?? []) {
    const parts = /^(\d+)\. ?(\S+)(?: \((.*?)\))?(?: \[(.*)\])?\s*$/.exec(line);
    if (parts === null) continue;
    const [, number, name, description, state] = parts;
    found.push({
      number: number!,
      name: name!,
      description: description ?? null,
      up: state === undefined ? null : /\bUp\b/.test(state),
    });
  }
  if (found.length > 0) return found;
  return systemNames().map((name, index) => ({
    number: String(index + 1),
    name,
    description: null,
    up: null,
  }));
}

function systemNames(): string[] {
  const names = new Set(Object.keys(networkInterfaces()));
  try {
    for (const name of readdirSync("/sys/class/net")) names.add(name);
  } catch {
    // Not Linux.
  }
  return [...names].sort();
}

/** The name that `-i` means: a name as it is, or a number of the list. Throws LiveError. */
export async function interfaceNamed(given: string): Promise<string> {
  if (given === "") throw new LiveError("no-interface", "an interface without a name");
  if (existsSync(`/sys/class/net/${given}`) && !/^\.|\//.test(given)) return given;
  const known = await listed();
  const found = known.find((one) => one.name === given) ?? known.find((one) => one.number === given);
  if (found !== undefined) return found.name;
  const up = known.filter((one) => one.up !== false).map((one) => one.name);
  const names = up.length > 0 ? up : known.map((one) => one.name);
  throw new LiveError(
    "no-interface",
    `${given}: no such interface`,
    `there are ${names.slice(0, 12).join(", ")}; list them with: raiscope interfaces`,
  );
}

/** ARPHRD_ values of /sys/class/net/NAME/type whose link type in libpcap is certain. */
const HARDWARE: { [type: string]: string } = {
  "1": "EN10MB",
  "772": "EN10MB",
  "65534": "RAW",
  "768": "RAW",
  "776": "RAW",
};

async function linkTypes(name: string): Promise<string[] | null> {
  const text = (await ask("tcpdump", ["-L", "-i", name])) ?? (await ask("dumpcap", ["-L", "-i", name]));
  const found = text?.split("\n").flatMap((line) => /^\s+([A-Z0-9_]+) \(/.exec(line)?.[1] ?? []) ?? [];
  if (found.length > 0) return found;
  try {
    const type = readFileSync(`/sys/class/net/${name}/type`, "utf8").trim();
    return HARDWARE[type] === undefined ? null : [HARDWARE[type]];
  } catch {
    return null;
  }
}

/** Everything that can be captured on, as the capture tools order it. */
export async function listInterfaces(): Promise<InterfaceInfo[]> {
  const system = networkInterfaces();
  return Promise.all(
    (await listed()).map(async ({ name, description, up }) => {
      const own = system[name] ?? [];
      const sorted = [...own].sort((a, b) => a.family.localeCompare(b.family));
      return {
        name,
        description,
        addresses: sorted.map((a) => a.cidr ?? a.address),
        mac: own.find((a) => a.mac !== "00:00:00:00:00:00")?.mac ?? null,
        up,
        loopback: own.some((a) => a.internal) || description === "Loopback",
        link_types: await linkTypes(name),
      };
    }),
  );
}
