/** -V and -x on analyze, as a user types them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { raiscope } from "../../support/cli/spawn.js";
import { CAPTURES } from "../../support/golden.js";
import { validateRecord } from "../../support/output/validate.js";

const capture = (name: string): string => join(CAPTURES, name);

test("-V: a tree for each call and each handshake that the filters let through", async () => {
  const { stdout, stderr, status } = await raiscope(["-V", "--host", "10.20.4.17", capture("invoke.pcapng")]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^call 1:5 .*IDispatch\.GetIDsOfNames/m);
  assert.match(stdout, /^ {4}PTYPE: 0 \(request\)$/m);
  assert.match(stdout, /^association 1 /m);
  assert.match(stdout, /^dcerpc: bind$/m);
  assert.doesNotMatch(stdout, /^0000 {2}/m);
  const calls = await raiscope([
    "-V",
    "--events",
    "call",
    "--status",
    "fault",
    capture("failures-and-faults.pcap"),
  ]);
  const heads = calls.stdout.split("\n").filter((line) => /^(call|association) /.test(line));
  assert.ok(heads.length > 0);
  for (const head of heads) assert.match(head, /^call .* fault /);
});

test("-x alone shows bytes, -V -x both with offsets", async () => {
  const bytes = await raiscope(["-x", "--events", "call", capture("invoke.pcapng")]);
  assert.match(bytes.stdout, /^A {2}Frame 7 \(\d+ bytes\):\n0000 {2}(?:[0-9a-f]{2} ){15}[0-9a-f]{2} {3}/m);
  assert.doesNotMatch(bytes.stdout, /PTYPE/);
  const both = await raiscope(["-Vx", "--events", "call", capture("invoke.pcapng")]);
  assert.match(both.stdout, /^ {4}PTYPE: 0 \(request\) +A 0038\+1$/m);
  assert.ok(both.stdout.includes(bytes.stdout.split("\n").slice(1, 20).join("\n")));
});

test("-T pdml is one document, with a packet for each frame that ends a PDU", async () => {
  const { stdout } = await raiscope(["-T", "pdml", "--events", "call", capture("invoke.pcapng")]);
  assert.equal(XMLValidator.validate(stdout), true);
  const { pdml } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" }).parse(stdout);
  const { stdout: log } = await raiscope(["-T", "ndjson", capture("invoke.pcapng")]);
  const frames = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).frames)
    .flatMap(({ request, response }) => [request.at(-1), response.at(-1)]);
  assert.deepEqual(
    pdml.packet.map(({ proto }: { proto: { field: { show: string }[] }[] }) =>
      Number(proto[0]!.field[0]!.show),
    ),
    frames.filter((frame) => frame !== undefined),
  );
});

test("PDML without a record is a document all the same", async () => {
  const { stdout } = await raiscope(["-T", "pdml", "--host", "192.0.2.1", capture("invoke.pcapng")]);
  assert.equal(XMLValidator.validate(stdout), true);
});

test("a file takes trees by its suffix, or as what -V is for", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-trees-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = ["a.tree", "b.pdml", "c.ndjson"].map((name) => join(folder, name));
  const { stdout } = await raiscope([capture("invoke.pcapng"), ...files.flatMap((file) => ["-o", file])]);
  assert.equal(stdout, "");
  assert.match(readFileSync(files[0]!, "utf8"), /^call 0:2 /);
  assert.match(readFileSync(files[1]!, "utf8"), /<\/pdml>\n$/);
  assert.equal(JSON.parse(readFileSync(files[2]!, "utf8").split("\n")[0]!).type, "call");
  const named = join(folder, "fields");
  await raiscope([capture("invoke.pcapng"), "-V", "-o", named]);
  assert.match(readFileSync(named, "utf8"), /^call 0:2 /);
});

test("formats that have no trees are refused, and call logs, which have no bytes", async () => {
  const table = await raiscope(["-V", "-T", "table", capture("invoke.pcapng")]);
  assert.equal(table.status, 1);
  assert.match(table.stderr, /-V and -x show trees, and -T table has none/);
  const { stdout } = await raiscope(["-T", "ndjson", capture("invoke.pcapng")]);
  const log = await raiscope(["-V", "-"], stdout);
  assert.equal(log.status, 1);
  assert.match(log.stderr, /this is a call log: trees are made of the bytes of a capture/);
});

test("--redact: what is hidden is in no value and in no byte", async () => {
  const args = ["-V", "-x", capture("invoke.pcapng")];
  const open = await raiscope(args);
  // UTF-16 in the ASCII column.
  assert.match(open.stdout, /h\.e\.l\.g\.a/);
  assert.match(open.stdout, /helga\.desk/);
  const { stdout } = await raiscope([...args, "--redact"]);
  assert.doesNotMatch(stdout, /helga|h\.e\.l\.g\.a/);
  assert.match(stdout, /<user-1>/);
  assert.match(stdout, /\*\* \*\* \*\*/);
});

test("--ranges: the bytes of every parameter, where the call log says that they stand", async () => {
  const source = await openInputs([capture("follow-up.pcapng")]);
  const frames = new Map<number, Buffer>();
  const frame = new Frame();
  while (await source.next(frame)) {
    frames.set(frame.number, Buffer.from(frame.data.subarray(frame.start, frame.end)));
  }
  await source.close();
  const { stdout } = await raiscope(["-T", "ndjson", "--ranges", capture("follow-up.pcapng")]);
  let texts = 0;
  for (const line of stdout.trim().split("\n")) {
    const record = JSON.parse(line);
    assert.deepEqual(validateRecord(record), []);
    for (const side of ["request", "response"] as const) {
      for (const [name, places] of Object.entries<[number, number, number][]>(record.ranges[side])) {
        const bytes = Buffer.concat(
          places.map(([number, at, length]) => frames.get(number)!.subarray(at, at + length)),
        );
        const value = record[side][name];
        if (typeof value !== "string" || /^(?:0x)?[0-9a-f-]*$/.test(value)) continue;
        assert.ok(bytes.includes(Buffer.from(value, "utf16le")), `${record.method} ${name}`);
        texts++;
      }
    }
  }
  assert.ok(texts > 0);
  const plain = await raiscope(["-T", "ndjson", capture("follow-up.pcapng")]);
  assert.doesNotMatch(plain.stdout, /"ranges"/);
});
