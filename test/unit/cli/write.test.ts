/** -w on captures that were made before: which conversations, what is decrypted, what is redacted, and that both are well formed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setChecksum } from "../../../dissectors/ip/checksum.js";
import { decodePacket } from "../../../dissectors/ip/ip.js";
import { newIpResult } from "../../../dissectors/ip/result.js";
import { decodeLink } from "../../../dissectors/link/link.js";
import { newLinkResult } from "../../../dissectors/link/result.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { PcapngWriter } from "../../../src/capture/node/writer.js";
import type { SecretsBlock } from "../../../src/capture/pcapng.js";
import type { CallRecord } from "../../../src/events.js";
import { raiscope } from "../../support/cli/spawn.js";
import { CAPTURES } from "../../support/golden.js";
import { analyze, calls } from "../../support/run.js";

const PASSWORD = "Help4Desk!";
const folder = mkdtempSync(join(tmpdir(), "raiscope-write-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => join(folder, name);
const capture = (name: string): string => join(CAPTURES, name);

async function framesIn(path: string): Promise<Frame[]> {
  const source = await openInputs([path]);
  const frames: Frame[] = [];
  const frame = new Frame();
  while (await source.next(frame)) frames.push(frame.copy());
  await source.close();
  return frames;
}

/** What a call says, whatever protected it. */
function said({ ts, method, interface: iface, request, response, status, opnum }: CallRecord): unknown {
  return { ts: ts.slice(0, 26), method, uuid: iface.uuid, request, response, status, opnum };
}

function assertChecksums(frames: readonly Frame[]): void {
  for (const { number, data, linkType } of frames) {
    const link = newLinkResult();
    const ip = newIpResult();
    decodeLink(data, 0, data.length, linkType, link);
    if (link.network === 0 || !decodePacket(data, link.offset, link.end, link.network, ip)) continue;
    const right = data.slice();
    if (setChecksum(right, ip)) assert.deepEqual([...data], [...right], `checksum of frame ${number}`);
  }
}

test("the conversations of the calls that a filter lets through, whole, in order, with comments", async () => {
  const to = place("filtered.pcapng");
  const { stderr, status } = await raiscope([
    "--interface",
    "IRASrv",
    "-w",
    to,
    "-o",
    place("filtered.txt"),
    capture("follow-up.pcapng"),
  ]);
  assert.equal(status, 0, stderr);
  const [all] = [calls(await analyze([capture("follow-up.pcapng")]))];
  const streams = new Set(all.filter((call) => call.interface.name === "IRASrv").map(({ stream }) => stream));
  const kept = calls(await analyze([to]));
  assert.deepEqual(kept.map(said), all.filter(({ stream }) => streams.has(stream)).map(said));
  assert.match(stderr, /filtered\.pcapng: \d+ frames of 2 conversations\n/);
  const times = (await framesIn(to)).map(({ seconds, nanos }) => seconds * 1e9 + nanos);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  const bytes = readFileSync(to);
  assert.ok(bytes.includes("IRASrv.GetNoviceUserInfo -> S_OK, connection string 2"));
});

test("an offer brings the connection that followed it, and what speaks nothing of ours is left out", async () => {
  const to = place("offer.pcapng");
  await raiscope(["-Y", 'kind == "offer"', "-w", to, "-o", place("offer.txt"), capture("follow-up.pcapng")]);
  const [offer] = (await analyze([to])).filter((event) => event.type === "offer");
  assert.equal(offer?.outcome, "connected");
  const before = await framesIn(capture("follow-up.pcapng"));
  const kept = await framesIn(to);
  assert.ok(kept.length <= before.length);
  for (const frame of kept) assert.ok(before.some(({ data }) => Buffer.compare(data, frame.data) === 0));
});

test("--decrypt: stubs stand in the clear, at packet integrity, with right checksums", async () => {
  const from = capture("vista-offer-privacy-ntlmssp.pcap");
  const to = place("clear.pcapng");
  const { stderr } = await raiscope([
    from,
    "--password",
    PASSWORD,
    "-w",
    to,
    "--decrypt",
    "-o",
    place("clear.txt"),
  ]);
  assert.match(stderr, /PDUs and messages in the clear/);
  const { stdout } = await raiscope([from, "--password", PASSWORD, "-T", "ndjson"]);
  const opened: CallRecord[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const read = calls(await analyze([to]));
  assert.ok(opened.some(({ auth }) => auth.decrypted === true));
  assert.deepEqual(JSON.parse(JSON.stringify(read.map(said))), opened.map(said));
  for (const { stub } of read) assert.ok(!Object.values(stub).includes("encrypted"));
  assertChecksums(await framesIn(to));
});

test("--decrypt: what SMB 3 encrypted follows as segments of its own, which say so", async () => {
  const from = capture("pipes-encrypted.pcapng");
  const to = place("smb.pcapng");
  await raiscope([from, "--password", PASSWORD, "-w", to, "--decrypt", "-o", place("smb.txt")]);
  const { stdout } = await raiscope([from, "--password", PASSWORD, "-T", "ndjson"]);
  const opened: CallRecord[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const read = calls(await analyze([to]));
  assert.ok(read.length > 0);
  assert.deepEqual(JSON.parse(JSON.stringify(read.map(said))), opened.map(said));
  const original = await framesIn(from);
  const written = await framesIn(to);
  // All that was on the wire is still there, untouched.
  for (const { data } of original) assert.ok(written.some((frame) => Buffer.compare(frame.data, data) === 0));
  assert.ok(written.length > original.length);
  assert.ok(readFileSync(to).includes("this segment was not on the wire"));
  assertChecksums(written);
});

test("--redact: names and secrets are in no byte of the file", async () => {
  for (const [name, hidden] of [
    ["vista-offer-privacy-ntlmssp.pcap", ["helga.desk", "Nováková", "jmarek"]],
    ["follow-up.pcapng", ["anna.helper", "wKSAkAV3sBfa9WpuRFJcP9q1twJc6wOBuoJ9tsyXwpk="]],
  ] as const) {
    const to = place("redacted.pcapng");
    const args = [capture(name), "--password", PASSWORD, "-w", to, "-o", place("redacted.txt")];
    await raiscope([...args, "--decrypt"]);
    const open = readFileSync(to);
    const known = hidden.filter((text) => open.includes(text) || open.includes(Buffer.from(text, "utf16le")));
    assert.ok(known.length > 0, `${name} holds none of ${hidden.join()}`);
    await raiscope([...args, "--decrypt", "--redact"]);
    const redacted = readFileSync(to);
    for (const text of known) {
      assert.ok(!redacted.includes(text), text);
      assert.ok(!redacted.includes(Buffer.from(text, "utf16le")), text);
    }
    const read = await analyze([to]);
    const methods = (events: typeof read) => calls(events).map(({ method }) => method);
    assert.deepEqual(methods(read).length, methods(await analyze([capture(name)])).length);
    assertChecksums(await framesIn(to));
  }
});

test("secrets blocks are left out, or kept in front of the frames behind them", async () => {
  const blocks: Uint8Array[] = [];
  const sink = {
    write(bytes: Uint8Array) {
      blocks.push(Uint8Array.from(bytes));
      return bytes.length;
    },
  };
  const writer = new PcapngWriter(sink, "test", []);
  const key = Buffer.from("CLIENT_RANDOM 00 11\n");
  for (const [index, frame] of (await framesIn(capture("invoke.pcapng"))).entries()) {
    if (index === 3) writer.secrets(0x544c534b, key);
    writer.frame(frame, 0);
  }
  writer.flush();
  const from = place("with-keys.pcapng");
  writeFileSync(from, Buffer.concat(blocks));
  const read = async (path: string): Promise<SecretsBlock[]> => {
    const found: SecretsBlock[] = [];
    const source = await openInputs([path], { secrets: (block) => found.push(block) });
    const frame = new Frame();
    while (await source.next(frame));
    await source.close();
    return found;
  };
  assert.deepEqual(
    (await read(from)).map(({ type, bytes }) => [type, String(Buffer.from(bytes))]),
    [[0x544c534b, String(key)]],
  );
  await raiscope([from, "-w", place("dropped.pcapng"), "-o", place("keys.txt")]);
  assert.deepEqual(await read(place("dropped.pcapng")), []);
  await raiscope([from, "-w", place("kept.pcapng"), "--keep-secrets", "-o", place("keys.txt")]);
  assert.equal((await read(place("kept.pcapng"))).length, 1);
});

test("what makes no sense is refused, and nothing is overwritten", async () => {
  const from = place("own.pcapng");
  writeFileSync(from, readFileSync(capture("invoke.pcapng")));
  const same = await raiscope([from, "-w", from]);
  assert.equal(same.status, 1);
  assert.match(same.stderr, /same file/);
  assert.deepEqual(readFileSync(from), readFileSync(capture("invoke.pcapng")));
  const alone = await raiscope([from, "--decrypt"]);
  assert.match(alone.stderr, /--decrypt needs a file to write: -w FILE/);
  const both = await raiscope([from, "-w", "-"]);
  assert.match(both.stderr, /-w - writes the capture to standard output/);
  await raiscope([from, "-T", "ndjson", "-o", place("calls.ndjson")]);
  const log = await raiscope([place("calls.ndjson"), "-w", place("no.pcapng")]);
  assert.equal(log.status, 1);
  assert.match(log.stderr, /call log/);
});

test("a filter that lets nothing through writes a capture without frames, and says so", async () => {
  const to = place("empty.pcapng");
  const { stderr, status } = await raiscope([
    "--host",
    "192.0.2.1",
    "-w",
    to,
    "-o",
    place("e.txt"),
    capture("invoke.pcapng"),
  ]);
  assert.equal(status, 0);
  assert.match(stderr, /empty\.pcapng: 0 frames of 0 conversations/);
  assert.deepEqual(await framesIn(to), []);
});

test("tshark opens what was written, and finds no wrong checksum and nothing malformed", async (t) => {
  if (spawnSync("tshark", ["-v"]).status !== 0) return t.skip("tshark is not installed");
  for (const name of ["vista-offer-privacy-ntlmssp.pcap", "pipes-encrypted.pcapng", "datagrams.pcap"]) {
    const to = place("tshark.pcapng");
    await raiscope([capture(name), "--password", PASSWORD, "-w", to, "--decrypt", "-o", place("t.txt")]);
    const bad =
      "tcp.checksum.status == 0 || udp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed";
    const checks = ["tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "ip.check_checksum:TRUE"];
    const { stdout, stderr } = spawnSync(
      "tshark",
      ["-r", to, ...checks.flatMap((check) => ["-o", check]), "-Y", bad],
      { encoding: "utf8" },
    );
    assert.equal(stdout, "", name);
    assert.doesNotMatch(stderr, /cut short|damaged|corrupt/i);
  }
});

test("more than what is gathered at once: every frame of the inputs as it was, in a file that can be read to its end", async () => {
  const from = readdirSync(CAPTURES)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map(capture);
  const to = place("large.pcapng");
  const { stderr, status } = await raiscope(["-q", "-w", to, "-o", place("large.txt"), ...from]);
  assert.equal(status, 0, stderr);
  assert.ok(readFileSync(to).length > 2 * 65_536);
  const known = new Set<string>();
  for (const path of from) {
    for (const { data } of await framesIn(path)) known.add(Buffer.from(data).toString("latin1"));
  }
  const written = await framesIn(to);
  assert.ok(written.length > 500);
  for (const { number, data } of written)
    assert.ok(known.has(Buffer.from(data).toString("latin1")), `frame ${number}`);
});

test("a server that answers in datagrams from another port: its answers are written as well", async () => {
  const from = place("ports.pcap");
  const frames = await framesIn(capture("datagrams.pcap"));
  const [first] = frames.filter(({ linkType, data }) => linkType === 1 && data[23] === 17);
  const port = new DataView(first!.data.buffer, first!.data.byteOffset).getUint16(36);
  const written: Buffer[] = [];
  const writer = new PcapngWriter(
    { write: (blocks) => written.push(Buffer.from(blocks)) && blocks.length },
    "test",
    [{ name: "", snaplen: 0, filter: null }],
  );
  for (const frame of frames) {
    const view = new DataView(frame.data.buffer, frame.data.byteOffset);
    // From the server; without a checksum, since its port is another.
    if (frame.data[23] === 17 && view.getUint16(34) === port) {
      view.setUint16(34, port + 1000);
      view.setUint16(40, 0);
    }
    writer.frame(frame, 0);
  }
  writer.flush();
  writeFileSync(from, Buffer.concat(written));
  const to = place("answers.pcapng");
  const all = calls(await analyze([from])).filter(({ transport }) => transport.protseq === "ncadg_ip_udp");
  const [{ interface: asked }] = all.filter(({ frames }) => frames.response.length > 0) as [CallRecord];
  // Calls that the server makes of its own would choose what comes from its other port.
  const only = ["--interface", asked.uuid!];
  const { stderr, status } = await raiscope(["-q", ...only, "-w", to, "-o", place("answers.txt"), from]);
  assert.equal(status, 0, stderr);
  const ofIt = (records: CallRecord[]): unknown[] =>
    records.filter(({ interface: { uuid } }) => uuid === asked.uuid).map(said);
  assert.deepEqual(ofIt(calls(await analyze([to]))), ofIt(all));
});
