/** Who may import whom: the picture of the design that cannot rot. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), "..");

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory()
      ? sources(join(folder, e.name))
      : e.name.endsWith(".ts") && !e.name.endsWith(".d.ts")
        ? [join(folder, e.name)]
        : [],
  );
}

/** Import lines of a file: what they name, and whether only types are taken. */
function imports(file: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"/gms)];
  const lazy = [...text.matchAll(/\bimport\("([^"]+)"\)/g)];
  const name = (to: string): string =>
    to.startsWith(".") ? relative(root, resolve(root, dirname(file), to)).replace(/\.js$/, ".ts") : to;
  return [
    ...found.map((m) => ({ target: name(m[2]!), typeOnly: m[1] !== undefined })),
    ...lazy.map((m) => ({ target: name(m[1]!), typeOnly: false })),
  ];
}

const files = [...sources("dissectors"), ...sources("src")];

function offenders(
  of: (file: string) => boolean,
  forbidden: (target: string, typeOnly: boolean) => boolean,
): string[] {
  return files.filter(of).flatMap((f) =>
    imports(f)
      .filter((i) => forbidden(i.target, i.typeOnly))
      .map((i) => `${f} -> ${i.target}`),
  );
}

test("dissectors import nothing of src, and no I/O", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("dissectors/"),
      (t) => t.startsWith("src/") || /^node:(fs|net|child_process|process|os|readline|timers)/.test(t),
    ),
    [],
  );
});

test("dissectors/wire imports no protocol", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("dissectors/wire/"),
      (t) => t.startsWith("dissectors/") && !t.startsWith("dissectors/wire/"),
    ),
    [],
  );
});

test("only src imports the interface descriptions", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("dissectors/") && !f.startsWith("dissectors/idl/"),
      (t) => t.startsWith("dissectors/idl/"),
    ),
    [],
  );
});

test("capture, reassembly and rpc do not know each other's insides", () => {
  const areas = ["src/capture/", "src/reassembly/", "src/rpc/"];
  assert.deepEqual(
    offenders(
      (f) => areas.some((a) => f.startsWith(a)),
      (t) => areas.some((a) => t.startsWith(a)) && !t.startsWith("src/capture/frame"),
    ).filter((line) => {
      const [from, to] = line.split(" -> ");
      const area = (p: string): string => p.split("/").slice(0, 2).join("/");
      return area(from!) !== area(to!);
    }),
    [],
  );
});

/** Data structures that know nothing of what they hold. */
const STRUCTURES: ReadonlySet<string> = new Set(["src/oldest.ts", "src/sorted-list.ts"]);

test("output knows events only", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("src/output/"),
      (t) =>
        t.startsWith("dissectors/") ||
        (t.startsWith("src/") && !t.startsWith("src/output/") && t !== "src/events.ts" && !STRUCTURES.has(t)),
    ),
    [],
  );
});

test("redaction knows events and the readers of [MS-RAI]'s texts", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("src/redact/"),
      (t) =>
        (t.startsWith("dissectors/") && !t.startsWith("dissectors/rai/")) ||
        (t.startsWith("src/") && !t.startsWith("src/redact/") && t !== "src/events.ts"),
    ),
    [],
  );
  // It is the command line's alone: nothing that prints can go around it.
  assert.deepEqual(
    offenders(
      (f) => !f.startsWith("src/redact/"),
      (t) => t.startsWith("src/redact/"),
    ),
    ["src/cli/redaction.ts -> src/redact/redactor.ts"],
  );
});

test("nothing below imports the command line", () => {
  assert.deepEqual(
    offenders(
      (f) => !f.startsWith("src/cli/"),
      (t) => t.startsWith("src/cli/"),
    ),
    [],
  );
});

test("no global export lists, no enumerations, no namespaces", () => {
  const found = files.filter((f) =>
    /^export \* from|^(export )?(const )?enum |^(export )?namespace /m.test(
      readFileSync(join(root, f), "utf8"),
    ),
  );
  assert.deepEqual(found, []);
});
