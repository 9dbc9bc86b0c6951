/**
 * -T fields against tshark's: for each name of Wireshark's that records fill, what a row says is what tshark says in the frame that
 * the row names, of the project's captures and of those beside it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { AssociationRecord, CallRecord } from "../../src/events.js";
import { columnNamed } from "../../src/fields/columns.js";
import type { SharedName } from "../../src/fields/shared-name.js";
import { WIRESHARK_NAMES } from "../../src/fields/wireshark.js";
import { analyze } from "../support/run.js";
import { sharedDir } from "../support/shared.js";

const skip = spawnSync("tshark", ["--version"]).status === 0 ? false : "tshark is not installed";

const SEPARATOR = "|";
/** Where tshark has one value for every PDU in a frame, or says the same twice. */
type Frame = ReadonlyMap<string, readonly string[]>;

/**
 * What tshark says otherwise, and why:
 * - what it tells only where it saw the bind: what answers what, and the operations of an interface; parameters, where it has no
 *   keys besides;
 * - of a side of several PDUs the header of the last one, where records have the first one's;
 * - the HRESULTs of other values beside the returned one.
 */
const NOT_ALWAYS: ReadonlySet<string> = new Set([
  "dcerpc.request_in",
  "dcerpc.response_in",
  "dcerpc.time",
  "dispatch.opnum",
  "epm.opnum",
  "isystemactivator.opnum",
  "oxid.opnum",
  "remact.opnum",
  "remunk.opnum",
  "dcom.this.flags",
  "dcom.this.uuid",
  "dcom.version_major",
  "dcom.version_minor",
  "dcom.that.flags",
  "dcom.hresult",
  "dcom.extent.id",
  "dispatch.id",
  "dispatch.flags",
  "dispatch.lcid",
]);

/** Here PDUs come in pieces and twice, of which tshark reads the header alone. */
const PIECES = "captures/mid-stream.pcap";

function framesOf(path: string): Map<number, Frame> {
  const names = WIRESHARK_NAMES.map(({ name }) => name);
  const { stdout } = spawnSync(
    "tshark",
    ["-n", "-2", "-r", path, "-Y", "dcerpc", "--enable-protocol", "communityid"]
      .concat("-o", "tcp.reassemble_out_of_order:TRUE", "-T", "fields", "-E", `aggregator=${SEPARATOR}`)
      .concat(names.flatMap((name) => ["-e", name])),
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  const frames = new Map<number, Frame>();
  for (const line of stdout.split("\n")) {
    const cells = line.split("\t");
    if (cells.length !== names.length) continue;
    const frame = new Map(
      names.map((name, index) => [name, cells[index] === "" ? [] : cells[index]!.split(SEPARATOR)]),
    );
    frames.set(Number(frame.get("frame.number")![0]), frame);
  }
  return frames;
}

/** The frame whose PDU a name is of; null where tshark has it in frames of its own. */
function frameOf({ of }: SharedName, record: CallRecord | AssociationRecord, row: number): number | null {
  const last = (frames: readonly number[] = []): number | null =>
    frames.length === 0 ? null : Math.max(...frames);
  if (of === "handshake") return null;
  if (record.type === "call") {
    if (of === "request") return row;
    return of === "response" ? last(record.frames.response) : null;
  }
  return of === "bind_ack" ? last(record.binds[0]?.frames.response) : row;
}

/** PDUs by their numbers: [C706] 12.6.4. */
const PDUS: { readonly [of in SharedName["of"]]: readonly string[] } = {
  request: ["0", "2", "3", "11", "14"],
  bind: ["11", "14", "0"],
  response: ["2", "3"],
  bind_ack: ["12", "15"],
  handshake: [],
};

/** Whether tshark found such a PDU in the frame: where bytes are missing it may not. */
function isThere({ of }: SharedName, frame: Frame): boolean {
  return frame.get("dcerpc.pkt_type")!.some((type) => PDUS[of].includes(type));
}

async function compare(path: string): Promise<{ compared: number; differences: string[] }> {
  const frames = framesOf(path);
  const differences: string[] = [];
  let compared = 0;
  for (const record of await analyze([path], { ids: true })) {
    if (record.type !== "call" && record.type !== "association") continue;
    const row = Number(columnNamed("frame.number")!.values(record)[0]);
    for (const name of WIRESHARK_NAMES) {
      const ours = columnNamed(name.name)!.values(record).map(String);
      if (ours.length === 0) continue;
      const number = frameOf(name, record, row);
      const theirs = number === null ? undefined : frames.get(number)?.get(name.name);
      if (theirs === undefined) continue;
      if (theirs.length === 0 && (NOT_ALWAYS.has(name.name) || path.endsWith(PIECES))) continue;
      if (number !== null && !isThere(name, frames.get(number)!)) continue;
      // Of big-endian activations tshark reads what stands before the HRESULT as part of it.
      if (name.name === "dcom.hresult" && path.endsWith("big-endian.pcap")) continue;
      const { request = null, response = null } = record.type === "call" ? record.wire : {};
      const several = [request, response].some((side) => (side?.fragments ?? 1) > 1);
      if (several && /\.(?:cn_alloc_hint|time|request_in|response_in)$/.test(name.name)) continue;
      // Of a bind over several frames records have the first one's time.
      const bind = record.type === "association" ? (record.binds[0]?.frames.request ?? []) : [];
      if (bind.length > 1 && name.name === "frame.time_epoch") continue;
      // tshark takes datagrams for one call that have the same number in different activities.
      const datagram = record.transport.protseq === "ncadg_ip_udp";
      if (datagram && /\.(?:time|request_in|response_in)$/.test(name.name)) continue;
      compared++;
      // Several PDUs in one frame, and what tshark says twice.
      if (ours.every((value) => theirs.includes(value))) continue;
      differences.push(
        `${record.type} ${name.name}, frame ${number}: ${ours.join()} is ${theirs.join()} there`,
      );
    }
  }
  return { compared, differences };
}

const OWN = fileURLToPath(new URL("../../captures", import.meta.url));
const shared = sharedDir();
const folders = [OWN, ...(shared === null ? [] : [join(shared, "captures"), join(shared, "captures/pipes")])];

for (const folder of folders) {
  for (const name of readdirSync(folder).filter((file) => /\.(?:pcap|pcapng|cap)(?:\.gz)?$/.test(file))) {
    test(`${name}: names of Wireshark's say what tshark says`, { skip }, async () => {
      const { compared, differences } = await compare(join(folder, name));
      assert.deepEqual(differences.slice(0, 10), [], `${differences.length} of ${compared}`);
    });
  }
}

test("the captures beside the project", {
  skip: shared === null ? "../shared is not there" : false,
}, () => {});
