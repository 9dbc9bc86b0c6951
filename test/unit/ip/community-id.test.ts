/** Community IDs: the specification's vectors. What tshark says of whole captures: test/peers/community-id.test.ts. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import test from "node:test";
import { communityId } from "../../../dissectors/ip/community-id.js";
import { sharedDir } from "../../support/shared.js";

interface Tuple {
  proto: number;
  saddr: string;
  daddr: string;
  sport: number;
  dport: number;
  communityid: string;
}

/** An address as bytes; IPv6 with at most one `::` and no dotted part. */
function bytesOf(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split(".").map(Number));
  const [head, tail] = address.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = new Array<string>(8 - head!.length - (tail?.length ?? 0)).fill("0");
  const groups = [...head!, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

function idOf({ proto, saddr, daddr, sport, dport }: Omit<Tuple, "communityid">, seed: number): string {
  return communityId(proto, bytesOf(saddr), sport, bytesOf(daddr), dport, seed);
}

const TCP = { proto: 6, saddr: "128.232.110.120", daddr: "66.35.250.204", sport: 34855, dport: 80 };
const UDP = { proto: 17, saddr: "192.168.1.52", daddr: "8.8.8.8", sport: 54585, dport: 53 };
const SIX = {
  proto: 6,
  saddr: "2001:470:e5bf:dead:4957:2174:e82c:4887",
  daddr: "2607:f8b0:400c:c03::1a",
  sport: 63943,
  dport: 25,
};

test("published vectors", () => {
  assert.equal(idOf(TCP, 0), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  assert.equal(idOf(TCP, 1), "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
  assert.equal(idOf(UDP, 0), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
  assert.equal(idOf(SIX, 0), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
});

test("both directions have the same, also where the addresses are equal or the ports are", () => {
  for (const t of [TCP, UDP, SIX, { ...TCP, daddr: TCP.saddr }, { ...SIX, dport: SIX.sport }]) {
    const back = { ...t, saddr: t.daddr, daddr: t.saddr, sport: t.dport, dport: t.sport };
    assert.equal(idOf(t, 0), idOf(back, 0));
  }
});

const shared = sharedDir();
for (const [file, seed] of [
  ["baseline_deflt.json", 0],
  ["baseline_seed1.json", 1],
] as const) {
  const path = shared === null ? null : join(shared, "schemas", "community-id", file);
  const skip = path === null || !existsSync(path) ? "no shared vectors" : false;
  test(`the specification's own vectors: ${file}`, { skip }, () => {
    const tuples = JSON.parse(readFileSync(path!, "utf8")) as Tuple[];
    // ICMP's types are no ports.
    const ported = tuples.filter(({ proto }) => proto === 6 || proto === 17 || proto === 132);
    assert.equal(ported.length, 8);
    for (const tuple of ported) assert.equal(idOf(tuple, seed), tuple.communityid);
  });
}
