/** `raiscope show`: what is selected, and what is said where it cannot be. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { XMLValidator } from "fast-xml-parser";
import { parseCall, parseId, selectionOf } from "../../../src/cli/show-selection.js";
import { raiscope } from "../../support/cli/spawn.js";
import { CAPTURES } from "../../support/golden.js";

const capture = (name: string): string => join(CAPTURES, name);
const INVOKE = capture("invoke.pcapng");
const PIPES = capture("pipes.pcapng");

interface Json {
  type: string;
  of: { type: string; id: string; stream: number; call_id: number };
  root: { children: { name: string }[] };
}

test("names of calls", () => {
  assert.deepEqual(parseCall("3:7"), { over: null, stream: 3, callId: 7, ordinal: null });
  assert.deepEqual(parseCall(" udp:2:0x10#3 "), { over: "udp", stream: 2, callId: 16, ordinal: 3 });
  for (const wrong of ["", "3", "3:", ":7", "3:7#0", "3:7#", "3:7:8", "-1:7", "3:7 x", "sctp:3:7"]) {
    assert.throws(() => parseCall(wrong), /STREAM:CALL_ID/, wrong);
  }
  assert.equal(parseId(" 0AF3C2 "), "0af3c2");
  for (const wrong of ["", "0af3c", "xyzxyz", "0".repeat(33)])
    assert.throws(() => parseId(wrong), /Give the id/);
});

test("one thing is selected", () => {
  assert.deepEqual(selectionOf({ frame: 3 }), { by: "frame", frame: 3 });
  assert.throws(() => selectionOf({}), /nothing is selected/);
  assert.throws(() => selectionOf({ frame: 3, all: true }), /--frame and --all select different things/);
});

test("a call: fields with offsets, and the bytes", async () => {
  const { stdout, status } = await raiscope(["show", INVOKE, "--call", "1:5"]);
  assert.equal(status, 0);
  assert.match(stdout, /^call 1:5 .*IDispatch\.GetIDsOfNames +S_OK +frames 26→27/);
  assert.match(stdout, /^ {4}frag_length: 176 +A 003e\+2$/m);
  assert.match(stdout, /^ +\[0\]: "GetNoviceUserInfo" +A 0092\+4$/m);
  assert.match(stdout, /^A {2}Frame 26 \(230 bytes\):\n0000 /m);
  assert.match(stdout, /^B {2}Frame 27 \(134 bytes\):\n0000 /m);
  const { stdout: fields } = await raiscope(["show", INVOKE, "--call", "1:5", "-V"]);
  assert.match(fields, /^ {4}frag_length: 176$/m);
  assert.doesNotMatch(fields, /Frame 26/);
});

test("a name that several calls have: they are listed, and each can be said", async () => {
  const { stdout, stderr, status } = await raiscope(["show", PIPES, "--call", "0:2"]);
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /4 calls are 0:2: say which/);
  assert.match(stderr, /--call 0:2#2 {2}07:44:12\.064922059 {2}frames 28→29 {2}srvsvc\.NetrShareEnum/);
  const second = await raiscope(["show", PIPES, "--call", "0:2#2", "-V"]);
  assert.match(second.stdout, /^call 0:2 .*srvsvc\.NetrShareEnum/);
  const narrowed = await raiscope(["show", PIPES, "--call", "0:2", "-V", "--interface", "winreg"]);
  assert.match(narrowed.stdout, /^call 0:2 .*winreg\.OpenLocalMachine/);
  const fifth = await raiscope(["show", PIPES, "--call", "0:2#5"]);
  assert.match(fifth.stderr, /there is no call 0:2#5: there are 4/);
});

test("what is not there is said, with what is near", async () => {
  const says = async (args: string[], what: RegExp): Promise<void> => {
    const { stdout, stderr, status } = await raiscope(["show", INVOKE, ...args]);
    assert.equal(status, 1, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, what);
  };
  await says(
    ["--call", "1:99"],
    /there is no call 1:99; its conversation has\n.*--call 1:2 .*GetTypeInfoCount/,
  );
  await says(["--call", "77:1"], /there is no call 77:1: conversation 77 has no calls/);
  await says(["--frame", "900"], /there is no frame 900: 94 frames were read/);
  await says(["--offer", "9"], /there is no offer 9: there are 3 offers/);
  await says(["--id", "ffffffff"], /no record has the id ffffffff/);
  await says([], /nothing is selected/);
});

test("ids of the call log: a call, an association, the calls of an offer", async () => {
  const { stdout } = await raiscope([INVOKE, "-T", "ndjson", "--events", "call,association,offer"]);
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const shown = async (id: string): Promise<Json> =>
    JSON.parse((await raiscope(["show", INVOKE, "--id", id, "-T", "json"])).stdout);
  const call = records.find(({ type, method }) => type === "call" && method === "GetTypeInfo");
  assert.deepEqual((await shown(call.id)).of.id, call.id);
  assert.deepEqual((await shown(call.id.slice(0, 12))).of.call_id, call.call_id);
  const association = records.find(({ type }) => type === "association");
  assert.equal((await shown(association.id)).of.type, "association");
  const offer = records.findLast(({ type }) => type === "offer");
  const byId = await raiscope(["show", INVOKE, "--id", offer.id, "-T", "json"]);
  const numbers = records.filter(({ type }) => type === "offer").map(({ id }) => id);
  const byNumber = await raiscope(["show", INVOKE, "--offer", `${new Set(numbers).size}`, "-T", "json"]);
  const ids = (text: string): string[] => (JSON.parse(text) as Json[]).map(({ of }) => of.id).sort();
  assert.deepEqual(ids(byNumber.stdout), [...offer.call_ids].sort());
  assert.deepEqual(
    ids(byId.stdout.startsWith("[") ? byId.stdout : `[${byId.stdout}]`),
    [...offer.call_ids].sort(),
  );
});

test("--all: every call and handshake, in each format, to a file by its suffix", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-show-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const written = async (name: string): Promise<string> => {
    const file = join(folder, name);
    assert.equal((await raiscope(["show", INVOKE, "--all", "-o", file])).status, 0);
    return readFileSync(file, "utf8");
  };
  const trees = JSON.parse(await written("all.json")) as Json[];
  assert.ok(trees.length > 20);
  assert.ok(trees.some(({ of }) => of.type === "association"));
  assert.equal(XMLValidator.validate(await written("all.pdml")), true);
  assert.match(await written("all.txt"), /^call 0:2 /);
  const lines = (await written("all.ndjson")).trim().split("\n");
  for (const line of lines) {
    const pdu = JSON.parse(line);
    assert.ok(pdu.frame > 0 && pdu.k >= 0 && pdu.fields.length > 5);
  }
});

test("a frame is shown with all PDUs that end in it, and without any", async () => {
  const { stdout } = await raiscope(["show", INVOKE, "--frame", "26", "-T", "json"]);
  const frame = JSON.parse(stdout) as Json;
  assert.equal(frame.of.type, "frame");
  assert.ok(frame.root.children.some(({ name }) => name === "dcerpc"));
  const first = await raiscope(["show", INVOKE, "--frame", "1", "-x"]);
  assert.match(first.stdout, /^frame 1 .*\n(?:A {2})?Frame 1 \(62 bytes\):\n0000 /);
});

test("a frame begins with its headers; what a message of SMB holds under encryption is shown where a key opens it", async () => {
  const sealed = ["show", capture("pipes-encrypted.pcapng"), "--frame", "20", "-V"];
  const { stdout: closed } = await raiscope(sealed);
  for (const wanted of [/^Ethernet$/m, /^ {4}Time to Live: /m, /^ {4}Control bits: 0x18$/m, /^ {8}Nonce: /m])
    assert.match(closed, wanted);
  assert.doesNotMatch(closed, /CREATE/);
  const { stdout: opened } = await raiscope([...sealed, "--password", "Help4Desk!", "-x"]);
  assert.match(opened, /SMB2 CREATE Request/);
  assert.match(opened, /Opened SMB message \(132 bytes\)/);
});

test("--redact hides what only later records reveal; through a pipe what is known by then", async () => {
  const { stdout } = await raiscope(["show", INVOKE, "--offer", "1", "--redact"]);
  assert.doesNotMatch(stdout, /helga|h\.e\.l\.g\.a/);
  assert.match(stdout, /<user-\d+>/);
  const piped = await raiscope(["show", "-", "--offer", "1"], readFileSync(INVOKE));
  assert.equal(piped.status, 1);
  assert.match(piped.stderr, /give files, which are read twice/);
});
