/** Ring files cut from captures, as a sensor leaves them. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Why none can be cut, or false. */
export function withoutEditcap(): string | false {
  for (const tool of ["editcap", "mergecap", "capinfos", "tshark"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `no ${tool}`;
  }
  return false;
}

/** Cuts captures, put together in order of time, into `count` files in a folder. */
export function cutRing(captures: readonly string[], folder: string, count: number): string[] {
  mkdirSync(folder, { recursive: true });
  const whole = `${folder}.pcapng`;
  // A capture that is cut short is put in as far as it goes.
  spawnSync("mergecap", ["-w", whole, ...captures]);
  const { stdout } = spawnSync("capinfos", ["-Mc", "-T", "-r", whole], { encoding: "utf8" });
  const frames = Number(stdout.trim().split("\t").at(-1));
  execFileSync("editcap", ["-c", String(Math.ceil(frames / count)), whole, join(folder, "ring.pcapng")]);
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}
