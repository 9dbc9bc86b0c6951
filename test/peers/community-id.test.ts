/** Community IDs: those of tshark, over whole captures. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CAPTURES, captureNames } from "../support/expected.js";
import { analyze } from "../support/run.js";
import { sharedDir } from "../support/shared.js";

const tshark = spawnSync("tshark", ["--version"]).status === 0;
const shared = sharedDir();
/** Bytes of a capture: larger ones have nothing else to show. */
const LARGEST = 300_000;
const others = shared === null ? [] : readdirSync(join(shared, "captures"));
const paths = [
  ...captureNames().map((name) => join(CAPTURES, name)),
  ...others
    .filter((name) => /\.(cap|pcap|pcapng)(\.gz)?$/.test(name))
    .map((name) => join(shared!, "captures", name))
    .filter((path) => statSync(path).size < LARGEST),
];

test("records have the community id that tshark gives their conversation", {
  skip: tshark ? false : "tshark is not installed",
}, async () => {
  let compared = 0;
  for (const path of paths) {
    const fields = ["-T", "fields", "-e", "tcp.stream", "-e", "udp.stream", "-e", "communityid"];
    // Its status is 2 where the capture is cut short.
    const { stdout: text } = spawnSync(
      "tshark",
      ["--enable-protocol", "communityid", "-n", "-r", path, ...fields],
      { encoding: "utf8", maxBuffer: 1 << 28 },
    );
    const theirs = new Map<string, string>();
    for (const line of text.split("\n")) {
      const [tcp, udp, id] = line.split("\t");
      // What is quoted in an ICMP error, and tunnels, give several of each.
      const stream = tcp && udp ? "," : tcp ? `tcp ${tcp}` : udp ? `udp ${udp}` : "";
      if (stream && id && !stream.includes(",") && !id.includes(",")) theirs.set(stream, id);
    }
    for (const record of await analyze([path])) {
      if (record.stream === null || record.type === "summary") continue;
      const datagrams = "transport" in record && record.transport?.protseq === "ncadg_ip_udp";
      const id = theirs.get(`${datagrams ? "udp" : "tcp"} ${record.stream}`);
      if (id === undefined) continue;
      assert.equal(record.community_id, id, `${path} stream ${record.stream}`);
      compared++;
    }
  }
  assert.ok(compared > 100, `${compared} records were compared`);
});
