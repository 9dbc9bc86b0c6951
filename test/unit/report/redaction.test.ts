/**
 * Nothing that a run shows as a name or a secret is in a report that is not told to include it: not in the file, not in what is packed
 * in it, not among the bytes of trees or frames; as text, UTF-16, hex or base64.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import test, { after, describe } from "node:test";
import { unpackTree } from "../../../src/report/packed-tree.js";
import { raiscope } from "../../support/cli/spawn.js";
import { CAPTURES, captureNames, secretsOf } from "../../support/golden.js";
import { foundIn, type Needles, needlesOf } from "../../support/redact/needles.js";
import { openReport } from "../../support/report.js";
import { sharedDir } from "../../support/shared.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-report-"));
after(() => rmSync(folder, { recursive: true }));

/** Shorter ones stand among bytes by chance. */
const SHORTEST = 5;
/** Accounts by words that the program's own texts have, or that stand within others (`System32`). */
const WITHIN_WORDS = new Set(["system", "string"]);

/** What a needle is among bytes, in lower case as text of one character a byte. */
function formsOf(needle: string): string[] {
  const wide = Buffer.from(needle, "utf16le");
  const forms = [Buffer.from(needle), wide, Buffer.from(wide).swap16()];
  // Without the characters that depend on what stands before and behind.
  const coded = forms.flatMap((bytes) =>
    [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), bytes])
        .toString("base64")
        .slice(shift === 0 ? 0 : 4, -4),
    ),
  );
  const hex = forms.map((bytes) => bytes.toString("hex"));
  return [
    ...forms.map((bytes) => bytes.toString("latin1")),
    ...hex,
    ...coded.filter(({ length }) => length > 6),
  ].map((form) => form.toLowerCase());
}

function foundInBytes(text: string, { users, secrets }: Needles): string[] {
  const small = text.toLowerCase();
  return [...users, ...secrets].filter(
    (needle) =>
      needle.length >= SHORTEST &&
      !WITHIN_WORDS.has(needle.toLowerCase()) &&
      formsOf(needle).some((form) => small.includes(form)),
  );
}

/** Answers how much there was to look for. */
async function search(path: string, keys: readonly string[]): Promise<number> {
  const plain = await raiscope(["--events", "all", "-T", "ndjson", "-q", path, ...keys]);
  const records = plain.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const needles = needlesOf(records);
  const out = join(folder, `${basename(path)}.html`);
  const made = await raiscope(["report", path, "-o", out, "--include-packets", ...keys]);
  assert.ok(made.status === 0 || made.status === 2, made.stderr);
  const { html, texts, trees, packets, manifest } = openReport(readFileSync(out, "utf8"));
  assert.equal(manifest.redacted, true);
  // Names of bits, as CIM's "origin system", are nobody's.
  const users = new Set([...needles.users].filter((user) => !WITHIN_WORDS.has(user.toLowerCase())));
  for (const text of texts) assert.deepEqual(foundIn(text, { ...needles, users }), []);
  const page = html.replace(/<script>[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>/g, "");
  const bytes = trees.flatMap((tree) => unpackTree(tree).sources.map((source) => Buffer.from(source.bytes)));
  for (const [name, text] of [
    ["the file", page],
    ...texts.map((text, part) => [`part ${part}`, text] as const),
    ["bytes of trees", Buffer.concat(bytes).toString("latin1")],
    ["packets", packets?.toString("latin1") ?? ""],
  ] as const) {
    assert.deepEqual(foundInBytes(text, needles), [], name);
  }
  return needles.users.size + needles.secrets.size;
}

for (const name of captureNames()) {
  test(`searched: ${name}`, async () => {
    const secrets = secretsOf(name);
    const file = join(folder, `${name}.secrets.json`);
    if (secrets !== null) writeFileSync(file, secrets, { mode: 0o600 });
    const keys = secrets === null ? ["--password", "Help4Desk!"] : ["--secrets", file];
    assert.ok((await search(join(CAPTURES, name), keys)) > 0, "nothing to look for");
  });
}

test("the search finds what is not hidden", async () => {
  const path = join(CAPTURES, "follow-up.pcapng");
  const out = join(folder, "open.html");
  await raiscope(["report", path, "-o", out, "--include-secrets", "--include-packets"]);
  const { texts, trees, packets } = openReport(readFileSync(out, "utf8"));
  const needles = { users: new Set(["helga.desk"]), secrets: new Set<string>() };
  const bytes = trees.flatMap((tree) => unpackTree(tree).sources.map((source) => Buffer.from(source.bytes)));
  for (const text of [...texts, Buffer.concat(bytes).toString("latin1"), packets!.toString("latin1")]) {
    assert.deepEqual(foundInBytes(text, needles), ["helga.desk"]);
  }
});

const shared = sharedDir();
const real = join(shared ?? "", "captures");

/** The keys that are published with real captures, as options. */
function keysOf(path: string): string[] {
  const sessions = ["ntlmkeys", "krbkeys"]
    .map((kind) => `${path}.${kind}.json`)
    .filter((file) => existsSync(file))
    .flatMap((file) => JSON.parse(readFileSync(file, "utf8")).streams as { exported_session_key?: string }[])
    .flatMap((stream) => stream.exported_session_key ?? []);
  const keytabs = readdirSync(real).filter((name) => name.endsWith(".keytab"));
  return [
    ...[...new Set(sessions)].flatMap((key) => ["--session-key", key]),
    ...keytabs.flatMap((name) => ["--keytab", join(real, name)]),
  ];
}

describe("real captures with their keys", { skip: shared === null && "no ../shared" }, () => {
  const folders = shared === null ? [] : [real, join(real, "pipes")].filter((at) => existsSync(at));
  for (const path of folders.flatMap((at) => readdirSync(at).map((name) => join(at, name)))) {
    if (!/\.(pcap|pcapng|cap)(\.gz)?$/.test(path)) continue;
    test(`searched: ${path.slice(real.length + 1)}`, async () => {
      await search(path, keysOf(path));
    });
  }
});
