/**
 * How fast raiscope captures: the noise capture is replayed into a veth pair at top speed, then at lower ones, until
 * nothing is lost. What is said is a ratio to `tcpdump -w /dev/null` on the same machine:
 * `sudo npm run bench:live [-- --engine tcpdump|dumpcap|cap --size MB --dir FOLDER]`.
 *
 * Needs root, ip, tcpdump and tcpreplay. All traffic stays in a network namespace of its own.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FOLDER, noiseOf } from "./inputs.js";

const PROGRAM = fileURLToPath(new URL("../dist/bin/main.js", import.meta.url));
/** Frames a second; null: as fast as it goes. */
const RATES = [null, 300, 250, 200, 160, 130, 100, 80, 60, 40, 20].map((k) => k && k * 1000);
const SPACE = `rsbench${process.pid}`;

interface Attempt {
  sent: number;
  /** Frames a second. */
  rate: number;
  lost: number;
}

interface Capturing {
  child: ChildProcess;
  /** What it printed on standard output and standard error. */
  out: string;
  err: string;
}

function inside(command: readonly string[]): Capturing {
  const child = spawn("ip", ["netns", "exec", SPACE, ...command], { stdio: ["ignore", "pipe", "pipe"] });
  const capturing: Capturing = { child, out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    capturing.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    capturing.err += text;
  });
  return capturing;
}

/** Captures with a command while the capture is replayed. `received`: how many frames it says it got. */
async function attempt(
  capture: string,
  rate: number | null,
  command: readonly string[],
  ready: string,
  received: (capturing: Capturing) => number,
): Promise<Attempt> {
  const capturing = inside(command);
  while (!capturing.err.includes(ready)) {
    if (capturing.child.exitCode !== null) throw new Error(capturing.err);
    await sleep(50);
  }
  await sleep(500);
  const speed = rate === null ? ["--topspeed"] : ["--pps", String(rate)];
  const replay = inside(["tcpreplay", "-q", "-K", ...speed, "-i", "near", capture]);
  await once(replay.child, "close");
  // What is in the kernel's last block comes within a second.
  await sleep(1_500);
  capturing.child.kill("SIGINT");
  await once(capturing.child, "close");
  const reported = `${replay.out}${replay.err}`;
  const sent = Number(/^Actual: (\d+) packets/m.exec(reported)?.[1]);
  const real = Number(/([\d.]+) pps/m.exec(reported)?.[1]);
  return { sent, rate: Math.round(real), lost: sent - received(capturing) };
}

/** The highest rate without loss. */
async function best(name: string, one: (rate: number | null) => Promise<Attempt>): Promise<number> {
  for (const rate of RATES) {
    const { sent, rate: real, lost } = await one(rate);
    const asked = rate === null ? "top speed" : `${rate} a second`;
    console.log(`  ${name} at ${asked}: ${sent} frames, really ${real} a second, ${lost} lost`);
    if (lost <= 0) return real;
  }
  return 0;
}

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "tcpdump" },
    size: { type: "string", default: "500" },
    dir: { type: "string", default: FOLDER },
  },
});
const ip = (...args: string[]): void => void execFileSync("ip", args);
const capture = await noiseOf(Number(values.size), values.dir);
ip("netns", "add", SPACE);
try {
  ip("-n", SPACE, "link", "add", "near", "type", "veth", "peer", "name", "far");
  for (const name of ["near", "far"]) ip("-n", SPACE, "link", "set", name, "up");
  const tcpdump = ["tcpdump", "-i", "far", "-Z", "root", "-B", "65536", "-w", "/dev/null", "tcp"];
  const reference = await best("tcpdump -w /dev/null", (rate) =>
    attempt(capture, rate, tcpdump, "listening on", ({ err }) =>
      Number(/(\d+) packets? captured/.exec(err)?.[1]),
    ),
  );
  const program = [process.execPath, PROGRAM, "sniff", "-i", "far", "--user", "root"];
  const records = ["--engine", values.engine, "-T", "ndjson", "--events", "summary"];
  const own = await best(`raiscope sniff (${values.engine})`, (rate) =>
    attempt(capture, rate, [...program, ...records], "capturing on", ({ out }) =>
      Number((JSON.parse(out) as { frames: number }).frames),
    ),
  );
  console.log(
    `without loss: raiscope sniff decodes ${own} frames a second, tcpdump -w /dev/null takes ${reference}: ` +
      `ratio ${(own / reference).toFixed(2)}`,
  );
} finally {
  ip("netns", "del", SPACE);
}
