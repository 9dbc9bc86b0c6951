/** Parts of a run, merged, are the run: every record and the transcript, to the byte. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { KeyRingOptions } from "../../../src/rpc/security/keyring.js";
import { parseSecrets } from "../../../src/rpc/security/secrets.js";
import { CAPTURES, captureNames, secretsOf } from "../../support/golden.js";
import { inParts, oneRun, type RunOptions, type Shown } from "../../support/shards.js";
import { sharedDir } from "../../support/shared.js";

const shared = sharedDir();

/** Which frames acknowledged answers, and what conversations did beside calls: asked for together and not at all. */
const MODES: readonly Pick<RunOptions, "acknowledged" | "observe">[] = [
  { acknowledged: true, observe: false },
  { acknowledged: false, observe: true },
];

function assertSame(parts: Shown, whole: Shown, what: string): void {
  const at = whole.lines.findIndex((line, i) => line !== parts.lines[i]);
  if (at >= 0) assert.equal(parts.lines[at], whole.lines[at], `${what}, record ${at}`);
  assert.equal(parts.lines.length, whole.lines.length, what);
  assert.equal(parts.transcript, whole.transcript, what);
}

async function assertDivides(
  files: readonly string[],
  keys: KeyRingOptions | null,
  counts: readonly number[],
) {
  for (const mode of MODES) {
    const options = { keys, ...mode };
    const whole = await oneRun(files, options);
    for (const count of counts) {
      assertSame(await inParts(files, count, options), whole, `${files.join(" ")} in ${count}`);
    }
  }
}

for (const name of captureNames()) {
  test(`${name} in parts`, async () => {
    const secrets = secretsOf(name);
    await assertDivides([join(CAPTURES, name)], null, [1, 2, 4]);
    if (secrets !== null)
      await assertDivides([join(CAPTURES, name)], { secrets: parseSecrets(secrets) }, [2, 4]);
  });
}

test("several captures as one run, in parts", async () => {
  await assertDivides(
    captureNames().map((name) => join(CAPTURES, name)),
    null,
    [3],
  );
});

/** Keys that are published with the captures. */
function keysFor(file: string): KeyRingOptions | null {
  const own = /ntlm|covenant_dcom/.test(file) ? `${file}.ntlmkeys.json` : null;
  if (own !== null) {
    try {
      const { password } = JSON.parse(readFileSync(own, "utf8")) as { password?: string };
      return password === undefined ? null : { passwords: [password] };
    } catch {
      return null;
    }
  }
  const keytabs = readdirSync(join(shared!, "captures"))
    .filter((name) => name.endsWith(".keytab"))
    .map((name) => ({ name, bytes: readFileSync(join(shared!, "captures", name)) }));
  return /krb|empire/.test(file) ? { keytabs } : null;
}

const folders = shared === null ? [] : [join(shared, "captures"), join(shared, "captures/pipes")];
const others = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(?:pcap|pcapng|cap)(?:\.gz)?$/.test(name))
    .map((name) => join(folder, name)),
);

test("shared captures in parts", { skip: shared === null && "no ../shared" }, async () => {
  for (const file of others) await assertDivides([file], keysFor(file), [2, 4]);
});
