/** -f offline against tcpdump: the same frames of every capture, for dozens of expressions. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Frame, NO_LINK_TYPE } from "../../src/capture/frame.js";
import { openInputs } from "../../src/capture/node/open.js";
import { packetFilter } from "../../src/cli/packet-filter.js";
import { sharedDir } from "../support/shared.js";

const skip = spawnSync("tcpdump", ["--version"]).status === 0 ? false : "tcpdump is not installed";
const folder = mkdtempSync(join(tmpdir(), "raiscope-bpf-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const EXPRESSIONS = [
  "tcp",
  "udp",
  "ip",
  "ip6",
  "arp or icmp",
  "tcp port 135",
  "port 445 or port 139",
  "tcp portrange 49152-65535",
  "src port 135 and tcp",
  "not tcp",
  "net 10.0.0.0/8",
  "src net 192.168.0.0/16 and not dst net 192.168.0.0/16",
  "ip6 net 2001:db8::/32",
  "host 10.20.4.17 and host 10.20.4.90",
  "len > 200",
  "greater 100 and less 300",
  "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
  "tcp[tcpflags] & tcp-push != 0 and tcp dst portrange 1-1024",
  "ip[0] & 0xf != 5",
  "ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2) > 0",
  "tcp[((tcp[12] & 0xf0) >> 2):1] = 5",
  "tcp[((tcp[12] & 0xf0) >> 2):2] = 0x0500 and tcp[((tcp[12] & 0xf0) >> 2) + 2] = 11",
  "ip[8] * 3 > 200",
  "ip[4:2] % 7 == 3",
  "tcp[4:4] / 3 > 1000000",
  "ip[4:2] / (tcp[13] & 1) > 0",
  "(ip[4:2] ^ ip[10:2]) & 1 = 1",
  "ip[4:2] | 0x8000 > 0x9000",
  "-ip[4:2] > 5",
  "ip[12:4] >= 0x0a000000 and ip[12:4] < 0x0b000000",
  "ip multicast or ip broadcast",
  "ip proto 6 and ip[6:2] & 0x1fff = 0",
  "ip[6:2] & 0x3fff != 0",
  "vlan",
  "vlan and tcp",
  "mpls",
  "ip protochain 6",
  "ip6 protochain 6",
  "udp[0:2] = 34964",
  "tcp[200:4] != 0",
  "ip[1000] = 0",
];

const OWN = fileURLToPath(new URL("../../captures", import.meta.url));
const shared = sharedDir();
const FOLDERS = [OWN, ...(shared === null ? [] : [join(shared, "captures"), join(shared, "captures/pipes")])];

/** The frames of each link type as a classic capture of its own, whose times are the frames' numbers. */
async function byLinkType(path: string): Promise<Map<number, string>> {
  const records = new Map<number, Buffer[]>();
  const inputs = await openInputs([path]);
  const frame = new Frame();
  while (await inputs.next(frame)) {
    if (frame.linkType === NO_LINK_TYPE) continue;
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.number, 0);
    record.writeUInt32LE(frame.end - frame.start, 8);
    record.writeUInt32LE(Math.max(frame.wireLength, frame.end - frame.start), 12);
    const of = records.get(frame.linkType) ?? [];
    records.set(frame.linkType, of);
    of.push(record, Buffer.from(frame.data.slice(frame.start, frame.end)));
  }
  await inputs.close();
  const files = new Map<number, string>();
  for (const [linkType, of] of records) {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(262_144, 16);
    header.writeUInt32LE(linkType, 20);
    const file = join(folder, `${linkType}.pcap`);
    writeFileSync(file, Buffer.concat([header, ...of]));
    files.set(linkType, file);
  }
  return files;
}

/** The seconds of a capture's records. */
function numbersOf(bytes: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
    numbers.push(bytes.readUInt32LE(at));
  return numbers;
}

/** Numbers of the frames that tcpdump lets through; null where it refuses the expression for the link type. */
function theirs(file: string, expression: string): number[] | null {
  const { status, stdout } = spawnSync("tcpdump", ["-r", file, "-w", "-", "--", expression], {
    maxBuffer: 1 << 28,
  });
  return status === 0 ? numbersOf(stdout) : null;
}

async function ours(file: string, expression: string): Promise<number[]> {
  const inputs = await openInputs([file]);
  const filtered = packetFilter(expression).over(inputs);
  const frame = new Frame();
  const numbers: number[] = [];
  let seen = 0;
  while (await filtered.next(frame)) {
    numbers.push(frame.seconds);
    seen++;
  }
  assert.equal(
    filtered.skipped + seen,
    numbersOf(execFileSync("cat", [file], { maxBuffer: 1 << 28 })).length,
  );
  await filtered.close();
  return numbers;
}

for (const from of FOLDERS) {
  for (const name of readdirSync(from).filter((file) => /\.(?:pcap|pcapng|cap)(?:\.gz)?$/.test(file))) {
    test(`${name}: -f lets through what tcpdump does`, { skip }, async () => {
      for (const [linkType, file] of await byLinkType(join(from, name))) {
        for (const expression of EXPRESSIONS) {
          const expected = theirs(file, expression);
          if (expected === null) continue;
          assert.deepEqual(await ours(file, expression), expected, `link type ${linkType}: ${expression}`);
        }
      }
    });
  }
}
