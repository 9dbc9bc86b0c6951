/** The option -f for captures that were made before: tcpdump makes the program, this program runs it over the frames. */

import { spawnSync } from "node:child_process";
import { parseProgram } from "../capture/bpf.js";
import { findProgram } from "../capture/live/program.js";
import { type Compile, FilteredFrames, type PacketFilter, ProgramTable } from "../capture/packet-filter.js";
import { CommandError } from "./failure.js";

const ETHERNET = 1;
/** What a frame may have at most, as far as a program that lets it through is concerned. */
const SNAPLEN = 262_144;
/** Milliseconds for a program to be made: names of hosts may be looked up. */
const PATIENCE = 30_000;

/**
 * The programs of an expression. What is wrong with it is found at once, where it is not a matter of the link type. Throws
 * CommandError.
 */
export function packetFilter(expression: string, tcpdump = findProgram("tcpdump")): PacketFilter {
  if (tcpdump === null) {
    throw new CommandError(
      "-f: tcpdump is not installed, and packet filters are compiled by it",
      "-Y filters what is decoded, and needs no other program",
      "no-tcpdump",
    );
  }
  const table = new ProgramTable((linkType, bigEndian) => compile(tcpdump, expression, linkType, bigEndian));
  const first = table.for(ETHERNET, false);
  if (
    "refused" in first &&
    !/link-layer|link layer|802\.11|\bDLT\b|only on|not supported|implemented/i.test(first.refused)
  ) {
    throw new CommandError(`-f ${shown(expression)}: ${first.refused}`, null, "packet-filter");
  }
  return { over: (source) => new FilteredFrames(source, table) };
}

function failure(error: Error | undefined): string | undefined {
  if ((error as NodeJS.ErrnoException | undefined)?.code !== "ETIMEDOUT") return error?.message;
  return `no program within ${PATIENCE / 1000} seconds`;
}

/** Characters of an expression that a message repeats. */
const SHOWN = 200;

function shown(expression: string): string {
  const all = JSON.stringify(expression);
  return all.length <= SHOWN ? all : `${all.slice(0, SHOWN)}…`;
}

/** An empty capture of that link type tells tcpdump what the program is for. */
function compile(
  tcpdump: string,
  expression: string,
  linkType: number,
  bigEndian: boolean,
): ReturnType<Compile> {
  const header = new DataView(new ArrayBuffer(24));
  const little = !bigEndian;
  header.setUint32(0, 0xa1b2c3d4, little);
  header.setUint16(4, 2, little);
  header.setUint16(6, 4, little);
  header.setUint32(16, SNAPLEN, little);
  header.setUint32(20, linkType, little);
  const { stdout, stderr, status, error } = spawnSync(tcpdump, ["-r", "-", "-ddd", "--", expression], {
    input: new Uint8Array(header.buffer),
    encoding: "utf8",
    timeout: PATIENCE,
  });
  const program = status === 0 ? parseProgram(stdout) : null;
  if (program !== null) return program;
  const said = (stderr ?? "")
    .split("\n")
    .map((line) => line.replace(/^tcpdump: /, "").trim())
    .filter((line) => line !== "" && !/^(?:reading from file|Warning)/.test(line));
  return { refused: `tcpdump: ${said.at(-1) ?? failure(error) ?? "no program"}` };
}
