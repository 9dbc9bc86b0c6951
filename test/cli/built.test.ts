/** The program as it is installed: compiled, and joined into few files, it says what the sources say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILT = `${ROOT}dist/bin/main.js`;

/** When a folder's newest file was changed. */
function changed(folder: string): number {
  return Math.max(
    ...readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" }).map(
      (name) => statSync(`${ROOT}${folder}/${name}`).mtimeMs,
    ),
  );
}

function cannot(): string | false {
  if (!existsSync(BUILT)) return "it was not built (npm run build)";
  const built = statSync(BUILT).mtimeMs;
  return (
    Math.max(changed("src"), changed("dissectors")) > built && "it is older than the sources (npm run build)"
  );
}

const skip = cannot();

const RUNS = [
  ["captures/follow-up.pcapng"],
  ["captures/invoke.pcapng", "-T", "ndjson", "--events", "all"],
  ["captures/two-experts.pcapng", "-T", "table", "--redact"],
  ["stats", "captures/xp-collection-walk.pcap"],
  ["objects", "captures/xp-collection-walk.pcap"],
  ["idl", "check", "dissectors/idl/ms-rai.idl"],
  ["--version"],
];

function said(program: readonly string[], args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

for (const args of RUNS) {
  test(`raiscope ${args.join(" ")}`, { skip }, () => {
    const own = said([BUILT], args);
    assert.deepEqual(own, said(["--import", import.meta.resolve("tsx"), "src/cli/main.ts"], args));
    assert.match((own as { stdout: string }).stdout, /\S/);
  });
}
