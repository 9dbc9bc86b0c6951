/** `raiscope invitation` as a user runs it: formats, exit status, several files, redaction, hostile names. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import test, { after } from "node:test";
import { gzipSync } from "node:zlib";
import { askPassword } from "../../../src/cli/ask-password.js";
import { parseTime } from "../../../src/cli/commands/invitation.js";
import type { InvitationRecord } from "../../../src/invitation/record.js";
import { raiscope as anyCommand, type Ended } from "../../support/cli/spawn.js";
import {
  encoded,
  invitationXml,
  KH,
  STRING_1,
  STRING_2,
  TYPE_1,
  type2,
} from "../../support/invitation/novice.js";
import { validateRecord } from "../../support/output/validate.js";

const root = new URL("../../..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "raiscope-invitation-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const raiscope = (args: string[], input: string | Uint8Array = ""): Promise<Ended> =>
  anyCommand(["invitation", ...args], input, { folder: root });

const records = (text: string): InvitationRecord[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const xp = file("xp.msrcincident", encoded(invitationXml(TYPE_1), "utf-16le", true));
const vista = file("vista.msrcincident", invitationXml(type2("secret")));
const bare = file("bare.txt", STRING_1);
const broken = file("broken.msrcincident", `<!DOCTYPE a>${invitationXml(TYPE_1)}`);

test("several files go on after errors; every line is a record of the schema; exit 2", async () => {
  const missing = join(folder, "missing");
  const run = await raiscope([
    "-T",
    "ndjson",
    "--password",
    "secret",
    xp,
    broken,
    missing,
    folder,
    vista,
    bare,
  ]);
  assert.equal(run.status, 2, run.stderr);
  const all = records(run.stdout);
  for (const record of all) assert.deepEqual(validateRecord(record), []);
  assert.deepEqual(
    all.map((record) => [record.kind, record.error === null]),
    [
      [1, true],
      [null, false],
      [null, false],
      [null, false],
      [2, true],
      [null, true],
    ],
  );
  assert.deepEqual(
    all.map((record) => record.file),
    [xp, broken, missing, folder, vista, bare],
  );
  assert.equal(all[0]!.pass_stub_encrypted?.length, 64);
  assert.equal(all[4]!.connection_string?.raw, STRING_2);
  assert.match(run.stderr, /broken.*DOCTYPE/);
  assert.match(run.stderr, /missing.*no such file/);
  assert.equal(run.stderr.trimEnd().split("\n").length, 3);
});

test("json is one array, from standard input as well; expiry is reported against --now; exit 0", async () => {
  const run = await raiscope(
    ["--format", "json", "--now", "2006-10-05T20:30:00Z", "-"],
    invitationXml(TYPE_1),
  );
  assert.equal(run.status, 0, run.stderr);
  const [record, ...others] = JSON.parse(run.stdout) as InvitationRecord[];
  assert.equal(others.length, 0);
  assert.deepEqual(
    [record?.file, record?.created, record?.duration_minutes, record?.expires, record?.expired, record?.link],
    ["-", "2006-10-05T20:27:49Z", 60, "2006-10-05T21:27:49Z", false, "high_speed"],
  );
  assert.equal(run.stderr, "");
});

test("the human view shows all that matters, and lets nothing through to the terminal", async () => {
  const evil = file(
    "evil\u001b[31m.msrcincident",
    invitationXml({ ...type2("secret"), USERNAME: "\u009b2Jje\u202eff\u007f", L: "1", DtLength: "x" }),
  );
  const run = await raiscope([evil, "--password", "secret", "--now", "1160080100"]);
  assert.equal(run.status, 0, run.stderr);
  for (const part of [
    /type 2 \(Windows Vista and later\), in UTF-8/,
    /novice +\\x9b2Jje\\u202eff\\x7f/,
    /created +2006-10-05 20:27:49 UTC/,
    /expires +\(unknown\)/,
    /link +modem/,
    /LHTICKET: \d+ bytes, AES-128-CBC/,
    /decrypted\s+with\s+the\s+password/,
    /RCTICKET: in clear text/,
    /listener +\[fe80::1%3\]:49200 +link-local/,
    /listener +10\.0\.0\.7:49201 +private/,
    /violates: DtLength is "x"/,
  ]) {
    assert.match(run.stdout, part);
  }
  assert.doesNotMatch(run.stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test("a wrong password: exit 2, one line, and what is legible", async () => {
  const run = await raiscope([vista, "--password", "guess"]);
  assert.equal(run.status, 2);
  assert.match(run.stderr, /^raiscope: .*The password does not decrypt LHTICKET.*\n$/);
  assert.match(run.stdout, /connection string 1/);
});

test("nothing to read, or nothing that can be: exit 1 and one line", async () => {
  const [none, missing, odd] = await Promise.all([
    raiscope([]),
    raiscope([join(folder, "missing")]),
    raiscope([xp, "--now", "yesterday"]),
  ]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /no invitation file was named/);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /no such file/);
  assert.equal(odd.status, 1);
  assert.match(odd.stderr, /Give a time/);
});

test("--redact leaves no secret in any format, and the same placeholder for the same secret", async () => {
  const kh2 = `sha256:${Buffer.alloc(32, 1).toString("base64")}`;
  const text = STRING_2.replace(`KH="${KH}"`, `KH="${KH}" KH2="${kh2}"`);
  const path = file("redact.msrcincident", invitationXml({ ...type2("secret", text), USERNAME: "geheimer" }));
  const args = [path, xp, "--redact", "--password", "secret"];
  const runs = await Promise.all([raiscope([...args, "-T", "ndjson"]), raiscope(args)]);
  for (const { status, stdout, stderr } of runs) {
    assert.equal(status, 0, stderr);
    for (const secret of [KH, kh2, "dGlja2V0LWlk", "cGFybXM=", TYPE_1.PassStub!, "geheimer", "jeff"]) {
      assert.ok(!(stdout + stderr).includes(secret), `${secret} in ${stdout}${stderr}`);
    }
  }
  const [two, one] = records(runs[0].stdout);
  for (const record of [two, one]) assert.deepEqual(validateRecord(record), []);
  assert.ok(two?.rcticket?.form === 1 && two.connection_string?.form === 2 && one?.rcticket?.form === 1);
  assert.equal(two.rcticket.ra_session_id, two.connection_string.auth.id);
  assert.equal(one.rcticket.ra_session_id, two.rcticket.ra_session_id);
  assert.deepEqual(two.connection_string.transports[0]!.listeners[1], {
    port: 49201,
    name: "10.0.0.7",
    uri: null,
  });
});

test("--redact hides what sentences quote and what errors say, however short", async () => {
  const paths = [
    file(
      "odd-1.msrcincident",
      invitationXml({ ...TYPE_1, RCTICKET: "65538,1,qqx,qqw,qqv,qqu,*,qqt", L: "qqs" }),
    ),
    file("odd-2.msrcincident", invitationXml({ ...TYPE_1, LHTICKET: "qqr" })),
    file("odd-3.msrcincident", "<qqp/>"),
    file("odd-4.msrcincident", `<E><A KH="qqo"><qqn/></A></E`),
  ];
  const runs = await Promise.all([
    raiscope([...paths, "--redact", "-T", "ndjson"]),
    raiscope([...paths, "--redact", "--password", "x"]),
  ]);
  for (const { stdout, stderr } of runs) {
    assert.match(stderr, /LHTICKET is no hex/);
    assert.doesNotMatch(stdout + stderr, /qq[a-z]/);
  }
});

test("--capture in any place of the command line", async () => {
  const capture = join(root, "captures/follow-up.pcapng");
  const run = await raiscope(["-T", "ndjson", "--capture", capture, xp, vista]);
  assert.equal(run.status, 0, run.stderr);
  const all = records(run.stdout);
  assert.equal(all.length, 2);
  for (const record of all) {
    assert.deepEqual(validateRecord(record), []);
    assert.deepEqual(record.capture, { issued: [], dialled: [], sealed: 0, complete: true });
  }
});

test("times", () => {
  assert.equal(parseTime("1970-01-02"), 86400);
  assert.equal(parseTime("1970-01-01T01:00:00+01:00"), 0);
  assert.equal(parseTime("1970-01-01 00:00:01.5z"), 1.5);
  assert.equal(parseTime("@12"), 12);
  for (const text of ["", "tomorrow", "1970-13-01", "1970-01-01T25:00Z", "-1"])
    assert.throws(() => parseTime(text));
});

test("a password is asked for without echo, and the terminal is put back", async () => {
  const ask = async (typed: string): Promise<[string | null, string, boolean[]]> => {
    const input = new PassThrough() as PassThrough & { setRawMode(raw: boolean): void };
    const modes: boolean[] = [];
    input.setRawMode = (raw) => modes.push(raw);
    const output = new PassThrough();
    const answer = askPassword({ input, output }, "Password: ");
    if (typed === "") input.end();
    else input.write(typed);
    return [await answer, output.read().toString(), modes];
  };
  const quiet = ["Password: \n", [true, false]] as const;
  assert.deepEqual(await ask("secret\r"), ["secret", ...quiet]);
  assert.deepEqual(await ask("pä\u007f\u007fok\n"), ["ok", ...quiet]);
  assert.deepEqual(await ask("wrong\u0015right\r"), ["right", ...quiet]);
  assert.deepEqual(await ask(`${"k".repeat(3000)}\r`), ["k".repeat(3000), ...quiet]);
  assert.deepEqual(await ask("\r"), [null, ...quiet]);
  assert.deepEqual(await ask("abc\u0003"), ["interrupted", ...quiet]);
  assert.deepEqual(await ask(""), [null, ...quiet]);
});

test("a capture is called one, with the commands that read it", async () => {
  const pcap = readFileSync(join(root, "captures/big-endian.pcap"));
  const pcapng = readFileSync(join(root, "captures/invoke.pcapng"));
  const nanoseconds = Buffer.concat([Buffer.from("4d3cb2a1020004", "hex"), Buffer.alloc(17)]);
  for (const [name, bytes, kind] of [
    ["a.pcap", pcap, "a capture file (pcap)"],
    ["nanoseconds.msrcincident", nanoseconds, "a capture file (pcap)"],
    ["b.pcapng", pcapng, "a capture file (pcapng)"],
    ["c.gz", gzipSync(pcap), "a compressed file (gzip), such as a capture"],
    ["d.zst", Buffer.from("28b52ffd00f80000", "hex"), "a compressed file (zstd), such as a capture"],
  ] as const) {
    const path = file(name, bytes);
    const { status, stdout, stderr } = await raiscope([path]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.equal(
      stderr,
      `raiscope: ${path}: This is ${kind}, not an invitation. To show the calls in it: raiscope ${path}; ` +
        `to look for an invitation in it: raiscope invitation FILE --capture ${path}\n`,
    );
  }
  const json = await raiscope(["-T", "ndjson", file("a.pcap", pcap)]);
  assert.deepEqual(validateRecord(JSON.parse(json.stdout) as unknown), []);
  const piped = await raiscope(["-"], pcapng);
  assert.match(piped.stderr, /raiscope: -: This is a capture file \(pcapng\)/);
  // What only begins like text or XML in disorder keeps its own reason.
  const other = await raiscope([file("e.txt", Buffer.from("ff00ff", "hex"))]);
  assert.doesNotMatch(other.stderr, /capture/);
});
