/** What is measured, each case with the programs that read the same file in turn. */
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PASSWORD } from "../test/lab/cast.js";
import { compressedOf, denseOf, fileCopyOf, noiseOf, sealedOf } from "./inputs.js";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const PROGRAM = join(ROOT, "dist", "bin", "main.js");
const SMALL = join(ROOT, "captures", "vista-offer-integrity.pcapng");

interface Command {
  name: string;
  command: string[];
}

export interface Case {
  title: string;
  /** What is aimed at: by program, how many times its time ours is to be better (below one: may be worse). */
  aims: { [program: string]: number };
  /** What one run of ours is to take at most: seconds, and MiB. */
  most?: { seconds?: number; memory?: number };
  /** The first command is ours. */
  commands: (megabytes: number, folder: string) => Promise<Command[]>;
}

const own = (name: string, file: string, ...more: string[]): Command => ({
  name,
  command: [process.execPath, PROGRAM, "analyze", file, "--format", "ndjson", ...more],
});
const ours = (file: string, ...more: string[]): Command => own("raiscope", file, ...more);
const tcpdump = (file: string): Command => ({
  name: "tcpdump",
  command: ["tcpdump", "-r", file, "-w", "/dev/null"],
});
/** What it takes to know which frames are RPC. */
const frames = (file: string): Command => ({
  name: "tshark",
  command: ["tshark", "-r", file, "-Y", "dcerpc", "-T", "fields", "-e", "frame.number"],
});
/** What it takes to have everything in JSON. */
const json = (file: string, ...more: string[]): Command => ({
  name: "tshark",
  command: ["tshark", "-r", file, ...more, "-Y", "dcerpc", "-T", "ek"],
});
const unpacked = (program: string, file: string): Command => ({
  name: "tcpdump",
  command: ["sh", "-c", `${program} -dc '${file}' | tcpdump -r - -w /dev/null`],
});

/** Whether this build knows the option; what it does not know is not measured. */
function hasJobs(): boolean {
  const { stdout } = spawnSync(process.execPath, [PROGRAM, "analyze", "--help"], { encoding: "utf8" });
  return stdout.includes("--jobs");
}

/** Processor time per job is no use: what counts is how long one waits. */
async function withJobs(file: string): Promise<Command[]> {
  if (!hasJobs()) return [];
  return [1, 2, 4].map((jobs) =>
    own(jobs === 1 ? "raiscope" : `--jobs ${jobs}`, file, "--jobs", String(jobs)),
  );
}

/** Of twenty megabytes with some 18,700 calls, so many hold 2,800. */
const FEW_CALLS = 3;

export const CASES: { [name: string]: Case } = {
  noise: {
    title: "a company's traffic with a few offers of Remote Assistance in it",
    aims: { tshark: 50, tcpdump: 1 / 4.7 },
    most: { memory: 120 },
    commands: async (megabytes, folder) => {
      const file = await noiseOf(megabytes, folder);
      return [ours(file), frames(file), tcpdump(file)];
    },
  },
  dense: {
    title: "nothing but RPC",
    aims: { tshark: 12 },
    commands: async (megabytes, folder) => {
      const file = await denseOf(megabytes / 20, folder);
      return [ours(file), json(file), tcpdump(file)];
    },
  },
  sealed: {
    title: "nothing but RPC, sealed, with the password",
    aims: {},
    commands: async (megabytes, folder) => {
      const file = await sealedOf(megabytes / 40, folder);
      return [
        ours(file, "--password", PASSWORD),
        json(file, "-o", `ntlmssp.nt_password:${PASSWORD}`),
        tcpdump(file),
      ];
    },
  },
  smb: {
    title: "a file copied over SMB 2, with named pipes beside it",
    aims: {},
    commands: async (megabytes, folder) => {
      const file = await fileCopyOf(megabytes, folder);
      return [ours(file), frames(file), tcpdump(file)];
    },
  },
  gzip: {
    title: "the noise, compressed with gzip",
    aims: {},
    commands: async (megabytes, folder) => {
      const file = await compressedOf("gzip", await noiseOf(megabytes, folder));
      return [ours(file), frames(file), unpacked("gzip", file)];
    },
  },
  zstd: {
    title: "the noise, compressed with zstd",
    aims: {},
    commands: async (megabytes, folder) => {
      const file = await compressedOf("zstd", await noiseOf(megabytes, folder));
      return [ours(file), frames(file), unpacked("zstd", file)];
    },
  },
  "jobs-dense": {
    title: "nothing but RPC, with --jobs 1, 2 and 4",
    aims: {},
    commands: async (megabytes, folder) => withJobs(await denseOf(megabytes / 5, folder)),
  },
  "jobs-noise": {
    title: "the noise, with --jobs 1, 2 and 4",
    aims: {},
    commands: async (megabytes, folder) => withJobs(await noiseOf(megabytes, folder)),
  },
  start: {
    title: "start-up: the transcript of a small capture",
    aims: {},
    most: { seconds: 0.25 },
    commands: async () => [
      { name: "raiscope", command: [process.execPath, PROGRAM, SMALL] },
      { name: "tshark", command: ["tshark", "-r", SMALL] },
      { name: "node", command: [process.execPath, "-e", "0"] },
    ],
  },
  fresh: {
    title: "2,800 calls in a fresh process",
    aims: { tshark: 4 },
    most: { seconds: 0.5 },
    commands: async (_, folder) => {
      const file = await denseOf(FEW_CALLS, folder);
      return [ours(file), json(file)];
    },
  },
  growth: {
    title: "growth: the noise at a quarter, half and all of the size",
    aims: {},
    commands: async (megabytes, folder) => {
      const sizes = [megabytes / 4, megabytes / 2, megabytes];
      const files: string[] = [];
      for (const size of sizes) files.push(await noiseOf(size, folder));
      return files.map((file, i) => own(`${sizes[i]} MB`, file));
    },
  },
};
