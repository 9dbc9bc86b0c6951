/** Which files a window owns and which it reads besides, and that planning again changes nothing. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  closingOf,
  type Extent,
  inOrder,
  isClosing,
  type KnownWindow,
  type PlannableFile,
  type PlanOptions,
  planWindows,
  type WindowJob,
} from "../../../src/fleet/window.js";

const MINUTE = 60;

/** Files of a minute each, 100 bytes, from 10:00 on. */
function ring(count: number, from = 0): PlannableFile[] {
  return Array.from({ length: count }, (_, i) => {
    const at = new Date(Date.UTC(2024, 5, 3, 10, from + i)).toISOString();
    return {
      path: `/ring/${String(from + i).padStart(3, "0")}`,
      size: 100,
      modified: Date.parse(at) + 1_000 * MINUTE,
      first: `${at.slice(0, 19)}.000000000Z`,
      window: null,
    };
  });
}

const files = (amount: number): Extent => ({ unit: "files", amount });
const seconds = (amount: number): Extent => ({ unit: "seconds", amount });
const bytes = (amount: number): Extent => ({ unit: "bytes", amount });

function options(over: Partial<PlanOptions> = {}): PlanOptions {
  return {
    sensor: "dc1",
    window: files(4),
    before: files(1),
    behind: files(1),
    lookBack: 0,
    awaits: false,
    ...over,
  };
}

/** `before | own | behind`, by the numbers of files. */
function shape({ files: read }: WindowJob): string {
  const of = (part: string): string =>
    read
      .filter((file) => file.part === part)
      .map(({ path }) => Number(path.slice(6)))
      .join(",");
  return ["history", "before", "own", "behind", "further"].map(of).join("|");
}

function plan(of: readonly PlannableFile[], over: Partial<PlanOptions> = {}): string[] {
  return planWindows(of, new Map(), 1, options(over)).map(shape);
}

test("consecutive files are owned by one window each, with overlaps in files", () => {
  assert.deepEqual(plan(ring(10)), ["||0,1,2,3|4|5,6,7,8,9", "|3|4,5,6,7|8|9", "|7|8,9||"]);
  assert.deepEqual(plan(ring(3), { before: files(0), behind: files(0), window: files(1) }), [
    "||0||1,2",
    "||1||2",
    "||2||",
  ]);
});

test("overlaps by time hold all frames of that time, by size as many bytes", () => {
  const middle = (over: Partial<PlanOptions>): string => plan(ring(12), { window: files(4), ...over })[1]!;
  assert.equal(
    middle({ before: seconds(2 * MINUTE), behind: seconds(2 * MINUTE) }),
    "|2,3|4,5,6,7|8,9|10,11",
  );
  assert.equal(middle({ before: seconds(90), behind: seconds(90) }), "|2,3|4,5,6,7|8,9|10,11");
  assert.equal(middle({ before: bytes(101), behind: bytes(101) }), "|2,3|4,5,6,7|8,9|10,11");
  assert.equal(middle({ before: bytes(100), behind: bytes(100) }), "|3|4,5,6,7|8|9,10,11");
  assert.equal(middle({ before: seconds(3_600), behind: seconds(3_600) }), "|0,1,2,3|4,5,6,7|8,9,10,11|");
  assert.equal(middle({ lookBack: 250 }), "1,2|3|4,5,6,7|8|9,10,11");
});

test("windows by size and time", () => {
  const owned = (window: Extent): string[] => plan(ring(6), { window, before: files(0), behind: files(0) });
  assert.deepEqual(
    owned(bytes(250)).map((text) => text.split("|")[2]),
    ["0,1", "2,3", "4,5"],
  );
  assert.deepEqual(
    owned(bytes(1)).map((text) => text.split("|")[2]),
    ["0", "1", "2", "3", "4", "5"],
  );
  assert.deepEqual(
    owned(seconds(3 * MINUTE)).map((text) => text.split("|")[2]),
    ["0,1,2", "3,4,5"],
  );
});

test("files that have a window keep it, and new ones behind them see them as their overlap", () => {
  const first = ring(5);
  const jobs = planWindows(first, new Map(), 1, options());
  assert.deepEqual(
    first.map(({ window }) => window),
    [1, 1, 1, 1, 2],
  );
  const known = new Map<number, KnownWindow>(
    jobs.map(({ number, files: read }) => [number, { number, readTo: read.at(-1)!.path }]),
  );
  assert.deepEqual(planWindows(first, known, 3, options()), []);
  // The oldest is overwritten; two are new.
  const later = [...first.slice(1), ...ring(2, 5)];
  const more = planWindows(later, known, 3, options());
  assert.deepEqual(more.map(shape), ["|4|5,6||"]);
  const [job] = more;
  assert.equal(job!.name, "20240603T100500-w000003");
  assert.deepEqual(job!.earlier, [{ number: 2, readTo: "/ring/004" }]);
  assert.equal(job!.begins, false);
  assert.equal(job!.ends, true);
});

test("a file that comes late has a window of its own between the others", () => {
  const all = ring(6);
  const [late] = all.splice(2, 1);
  const known = new Map<number, KnownWindow>();
  for (const job of planWindows(all, known, 1, options())) {
    known.set(job.number, { number: job.number, readTo: job.files.at(-1)!.path });
  }
  const jobs = planWindows(inOrder([...all, late!]), known, 3, options());
  assert.deepEqual(jobs.map(shape), ["|1|2|3|4,5"]);
});

test("a window that more files would change waits, where it may not be short", () => {
  const wait = { mayBeShort: () => false, awaits: true };
  assert.deepEqual(plan(ring(4), wait), []);
  assert.deepEqual(plan(ring(5), wait), []);
  assert.deepEqual(plan(ring(6), wait), ["||0,1,2,3|4|5"]);
  assert.deepEqual(plan(ring(6), { ...wait, behind: seconds(3 * MINUTE) }), []);
  const files = ring(6);
  planWindows(files, new Map(), 1, options(wait));
  assert.deepEqual(
    files.map(({ window }) => window),
    [1, 1, 1, 1, null, null],
  );
  assert.equal(planWindows(ring(6), new Map(), 1, options(wait))[0]!.ends, false);
});

test("files without frames stand where they were written, equal times by name", () => {
  const [a, b, c] = ring(3) as [PlannableFile, PlannableFile, PlannableFile];
  const empty = { ...b, first: null, modified: Date.parse("2024-06-03T10:01:30Z"), path: "/ring/empty" };
  const twin = { ...b, path: "/ring/0005" };
  assert.deepEqual(
    inOrder([c, empty, b, twin, a]).map(({ path }) => path),
    [a.path, twin.path, b.path, empty.path, c.path],
  );
});

test("overlaps by time say from when to when frames are read", () => {
  const [, job] = planWindows(ring(12), new Map(), 1, options({ before: seconds(90), behind: seconds(30) }));
  assert.equal(job!.readFrom, "2024-06-03T10:02:30.000000000Z");
  assert.equal(job!.readUntil, "2024-06-03T10:08:30.000000000Z");
  const [whole] = planWindows(ring(12), new Map(), 1, options());
  assert.equal(whole!.readFrom, null);
  assert.equal(whole!.readUntil, null);
});

test("what closes a window owns nothing, reads the same, and comes between it and the next", () => {
  const [, job] = planWindows(ring(8), new Map(), 1, options());
  const closing = closingOf(job!);
  assert.equal(shape(closing), "|3,4,5,6,7|||");
  assert.equal(closing.number, 2.5);
  assert.ok(isClosing(closing) && !isClosing(job!));
  assert.deepEqual(closing.earlier, [
    { number: 1, readTo: "/ring/007" },
    { number: 2, readTo: "/ring/007" },
  ]);
});
