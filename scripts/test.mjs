/**
 * Runs the tests: `npm test [-- FILE | FOLDER ...] [--retry-peers N]`. Without a name all run but those that need programs of
 * others or a browser (`npm run test:peers`, `npm run test:page`).
 *
 * Files are joined first (test-bundle.mjs), and most of them share processes; what measures memory or growth, or talks to live
 * peers, has a process of its own. Failures are printed as they come, and at the end one
 * line each says what passed, and what was skipped and why. Failing files of test/peers and test/page, and only these, are tried again
 * where --retry-peers (or RETRY_PEERS) says so: they depend on programs of others and on how busy the machine is.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { run } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect, parseArgs } from "node:util";
import { bundleTests } from "./test-bundle.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** Files that one process runs one after the other: so many that starting it is little, so few that none is waited for at the end. */
const TOGETHER = 10;
/** What a process measures of itself, or what other processes answer, is no business of other tests. */
const ALONE = /(^|\/)(peers|live|memory)\/|^test\/page\/|linear\.test/;
/** What mostly waits for programs that it starts, which is what takes longest. */
const STARTING = /^test\/unit\/cli\//;
/** Characters of a failure: comparisons of whole records run to megabytes. */
const MOST_SHOWN = 6_000;
/** What depends on programs of others or a browser, and runs where it is named only. */
const PEERS = /^test\/(peers|page)\//;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "retry-peers": { type: "string" }, without: { type: "string" }, verbose: { type: "boolean" } },
});
const retries = Number(values["retry-peers"] ?? process.env.RETRY_PEERS ?? 0);

function testFiles(path) {
  if (statSync(path).isFile()) return [relative(ROOT, resolve(path))];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => relative(ROOT, resolve(path, name)))
    .sort();
}

/** Processes to be: the slow ones first, so that none of them is left to the end alone. */
function batches(files) {
  const alone = files.filter((file) => ALONE.test(file));
  const starting = files.filter((file) => STARTING.test(file) && !ALONE.test(file));
  const others = files.filter((file) => !ALONE.test(file) && !STARTING.test(file));
  return [...alone.map((file) => [file]), ...dealt(starting), ...dealt(others)];
}

/** Files in groups, dealt like cards: neighbours are of one subject, and often as slow as each other. */
function dealt(files) {
  const groups = Array.from({ length: Math.ceil(files.length / TOGETHER) }, () => []);
  for (const [index, file] of files.entries()) groups[index % groups.length].push(file);
  return groups;
}

const skipped = new Map();
const scratch = mkdtempSync(join(tmpdir(), "raiscope-test-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** Runs files in as many processes as there are cores. Answers the counts, and the files that failed. */
async function runAll(files) {
  const entries = batches(files).map((group, index) => {
    const entry = join(scratch, `${index}.test.mjs`);
    const urls = group.map((file) => [file, pathToFileURL(join(ROOT, bundled(file))).href]);
    // A file that cannot be loaded is a failure of that file, and the others run.
    writeFileSync(
      entry,
      `import test from "node:test";
for (const [file, url] of ${JSON.stringify(urls)})
  await import(url).catch((error) => test("cannot be loaded: " + file, () => { throw error; }));
`,
    );
    return { entry, group };
  });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const bad = new Set();
  const names = [];
  const stream = run({ files: entries.map((e) => e.entry), concurrency: availableParallelism() });
  for await (const { type, data } of stream) {
    if (type === "test:stderr" || type === "test:stdout") {
      if (values.verbose) process.stderr.write(data.message);
      continue;
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const batch = entries.find((e) => e.entry === data.name || e.entry === data.file);
    const isFile = entries.some((e) => e.entry === data.name);
    const failure = data.details?.error;
    if (type === "test:fail" && data.todo === undefined) {
      const cause = failure?.cause ?? failure;
      // A suite or a file fails with its cases; these have been reported of.
      if (failure?.failureType === "subtestsFailed") continue;
      const file = data.file && !data.file.startsWith(scratch) ? relative(ROOT, data.file) : null;
      const loading = /^cannot be loaded: (.*)$/.exec(data.name)?.[1];
      const where = loading ?? file ?? batch?.group.join(" ");
      counts.failed++;
      for (const one of where?.split(" ") ?? []) bad.add(one);
      const name = isFile ? "its process failed" : data.name;
      console.log(
        `\nnot ok: ${where}:${data.line ?? ""} ${name}\n${inspect(cause).slice(0, MOST_SHOWN).replace(/^/gm, "    ")}`,
      );
    } else if (data.skip !== undefined) {
      counts.skipped++;
      const reason = typeof data.skip === "string" && data.skip !== "" ? data.skip : "without a reason";
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    } else if (!isFile && data.details?.type !== "suite") counts.passed++;
    names.length = 0;
  }
  return { counts, bad: [...bad] };
}

const begun = process.hrtime.bigint();
const wanted = (positionals.length > 0 ? positionals : [join(ROOT, "test")])
  .flatMap((path) => testFiles(path))
  .filter((file) => positionals.length > 0 || !PEERS.test(file))
  .filter((file) => values.without === undefined || !file.startsWith(values.without));
process.chdir(ROOT);
const bundled = await bundleTests(wanted, "dist/test");
const first = wanted.filter((file) => !PEERS.test(file));
const peers = wanted.filter((file) => PEERS.test(file));
const total = { passed: 0, failed: 0, skipped: 0 };
const add = (counts) => {
  for (const key of Object.keys(total)) total[key] += counts[key];
};

if (first.length > 0) add((await runAll(first)).counts);
if (peers.length > 0) {
  let result = await runAll(peers);
  for (let again = 1; again <= retries && result.bad.length > 0; again++) {
    total.passed += result.counts.passed;
    console.log(`\nretried, time ${again} of ${retries}: ${result.bad.join(" ")}`);
    result = await runAll(result.bad);
  }
  add(result.counts);
}

const seconds = Number((process.hrtime.bigint() - begun) / 1_000_000_000n);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped, in ${seconds} s`);
if (skipped.size > 0) {
  const reasons = [...skipped].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${reason} (${count})`);
  console.log(`skipped: ${reasons.join("; ")}`);
}
process.exit(total.failed > 0 || total.passed + total.skipped === 0 ? 1 : 0);
