/** Who may import whom: the picture of the design that cannot rot. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), "../..");

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory()
      ? sources(join(folder, e.name))
      : /\.tsx?$/.test(e.name) && !e.name.endsWith(".d.ts")
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

test("dissectors import nothing of src", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("dissectors/"),
      (t) => t.startsWith("src/"),
    ),
    [],
  );
});

/** What is for Node alone; all else is the engine, which runs anywhere. */
const NODE_ONLY = [
  "src/cli/",
  "src/fleet/node/",
  "src/capture/node/",
  "src/capture/live/",
  "src/lake/",
  "src/index.ts",
  "src/analyze-files.ts",
  "src/capture-live.ts",
];
/** What stands on Node behind `#primitives` and `#shipped`. */
const PLATFORM: ReadonlySet<string> = new Set(["dissectors/crypto/node.ts", "src/shipped/node.ts"]);

const isNodeOnly = (file: string): boolean => NODE_ONLY.some((at) => file.startsWith(at));
const isEngine = (file: string): boolean => !isNodeOnly(file) && !PLATFORM.has(file);

test("the engine imports nothing of Node's", () => {
  assert.deepEqual(
    offenders(isEngine, (t) => t.startsWith("node:") || isNodeOnly(t)),
    [],
  );
});

test("only #primitives and #shipped differ between platforms", () => {
  const { imports: seams } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    imports: { [name: string]: object };
  };
  assert.deepEqual(Object.keys(seams), ["#primitives", "#shipped"]);
  assert.deepEqual(
    offenders(
      (f) => f !== "dissectors/crypto/portable.ts",
      (t, typeOnly) => PLATFORM.has(t) || (t === "dissectors/crypto/portable.ts" && !typeOnly),
    ),
    [],
  );
});

test("the engine uses no global of Node's", () => {
  const code = (file: string): string =>
    readFileSync(join(root, file), "utf8")
      .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|(?<=\s)\/\/ .*$/gm, "")
      .replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  const used = /(?<![.\w])(?:Buffer|process|require|setImmediate|NodeJS|__dirname)(?=[.(\s[])(?!\s*:)/;
  assert.deepEqual(
    files.filter(isEngine).filter((f) => used.test(code(f))),
    [],
  );
});

test("trace.ts is imported where trees are made or drawn, and its code by traced.ts and src/explain alone", () => {
  const makes = (file: string): boolean => /^(?:dissectors\/ndr\/traced\.ts|src\/explain\/)/.test(file);
  const tracing = (target: string): boolean =>
    target === "dissectors/wire/trace.ts" || target === "dissectors/ndr/traced.ts";
  assert.deepEqual(
    offenders(
      (f) => !makes(f),
      (t, typeOnly) => tracing(t) && !(typeOnly && t.endsWith("trace.ts")),
    ).filter((line) => !line.startsWith("src/output/")),
    [],
  );
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("dissectors/") && !makes(f),
      (t) => tracing(t),
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

test("ndr knows no protocol", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("dissectors/ndr/"),
      (t) => !/^dissectors\/(?:ndr|wire)\//.test(t),
    ),
    [],
  );
});

/** Which folders of dissectors/ may import which, beside themselves and wire. */
const ARROWS: { readonly [folder: string]: readonly string[] } = {
  ip: ["link"], // tunnels carry Ethernet
  kerberos: ["crypto"],
  ntlmssp: ["crypto"],
  rai: ["crypto"],
  smb: ["crypto"],
  dcom: ["ndr"],
  oaut: ["ndr"],
  wmio: ["ndr"],
  natives: ["ndr", "dcom", "oaut", "dcerpc"], // the table that binds them
  idl: ["ndr", "natives"],
  readable: ["ndr", "dcom", "wmio", "drsr", "tsch"], // and what knows the bytes that values hold
};

test("protocols know no other protocols than they must", () => {
  const folder = (path: string): string => path.split("/")[1]!;
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("dissectors/"),
      (t) => t.startsWith("dissectors/") && folder(t) !== "wire",
    ).filter((line) => {
      const [from, to] = line.split(" -> ").map(folder);
      return from !== to && !(ARROWS[from!] ?? []).includes(to!);
    }),
    [],
  );
});

/** Groups of files that import each other, types included: the strongly connected ones, found as Tarjan does. */
function cycles(): string[][] {
  const known = new Set(files);
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    stack.push(file);
    for (const { target } of imports(file)) {
      if (!known.has(target)) continue;
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file)!, low.get(target)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group.sort());
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}

test("no file imports itself by way of others, types included", () => {
  assert.deepEqual(cycles(), []);
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

/** Each stage of a call, and what it may know of `src/`: the ones before it, and what all share. */
const STAGES: { readonly [stage: string]: readonly string[] } = {
  "src/call/": ["src/rpc/finished-call.ts"],
  "src/facts/": ["src/call/", "src/rpc/finished-call.ts"],
  "src/run/": ["src/facts/", "src/call/", "src/rpc/finished-call.ts"],
  "src/record/": ["src/run/", "src/facts/", "src/call/", "src/rpc/finished-call.ts"],
};
const SHARED_BY_STAGES = [
  "events",
  "interfaces",
  "time",
  "budget",
  "oldest",
  "seen-bytes",
  "well-formed",
].map((name) => `src/${name}.ts`);

test("a call goes one way: decoded, facts, the run's memory, the record", () => {
  for (const [stage, before] of Object.entries(STAGES)) {
    assert.deepEqual(
      offenders(
        (f) => f.startsWith(stage),
        (t) =>
          t.startsWith("src/") &&
          !t.startsWith(stage) &&
          !before.some((b) => t.startsWith(b)) &&
          !SHARED_BY_STAGES.includes(t),
      ),
      [],
    );
  }
});

/** What knows nothing of what it is used for: data structures, spellings of addresses. */
const STRUCTURES: ReadonlySet<string> = new Set([
  "src/address.ts",
  "src/oldest.ts",
  "src/seen-bytes.ts",
  "src/sorted-list.ts",
]);

/** What printers know beside records: UUIDs of interfaces, each where its protocol is, and what a property bag says. */
const READINGS: ReadonlySet<string> = new Set([
  "dissectors/rai/interfaces.ts",
  "dissectors/dcom/iids.ts",
  "dissectors/dcerpc/syntax-id.ts",
  "dissectors/wire/interface-uuids.ts",
  "dissectors/wire/guid.ts",
  // The trees that are drawn.
  "dissectors/wire/trace.ts",
  "src/facts/activation.ts",
  "src/facts/infrastructure.ts",
]);

/** What offers know of the rest of src/. */
const BELOW_OFFERS: ReadonlySet<string> = new Set([
  "src/facts/fact.ts",
  "src/facts/infrastructure.ts",
  "src/call/decoded-call.ts",
  "src/events.ts",
  "src/record-head.ts",
  // An offer's id is made of its first call's.
  "src/record/ids.ts",
  "src/time.ts",
  "src/budget.ts",
]);

/** The folders of offers, each of which may import those before it. */
const OFFER_FOLDERS = ["steps", "connections", "grouping", "report"];

test("offers know facts and decoded calls, nothing of how they came about or of records of calls", () => {
  const inside = (f: string): boolean => f.startsWith("src/offers/");
  assert.deepEqual(
    offenders(
      inside,
      (t) => t.startsWith("src/") && !inside(t) && !BELOW_OFFERS.has(t) && !STRUCTURES.has(t),
    ),
    [],
  );
  const rank = (f: string): number => OFFER_FOLDERS.indexOf(f.split("/")[2]!);
  assert.deepEqual(
    offenders(inside, inside).filter((line) => {
      const [from, to] = line.split(" -> ").map(rank) as [number, number];
      return from >= 0 && to > from;
    }),
    [],
  );
});

test("output knows records only", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("src/output/"),
      (t) =>
        !READINGS.has(t) &&
        (t.startsWith("dissectors/") ||
          (t.startsWith("src/") &&
            !/^src\/(?:output|record|fields)\//.test(t) &&
            t !== "src/events.ts" &&
            t !== "src/observations.ts" &&
            !STRUCTURES.has(t))),
    ),
    [],
  );
});

/** What rules look at beside records: what views and exports make of them, fields, and how both are read. */
const BELOW_DETECTION = /^src\/(?:output|fields|filter)\//;
const SEEN_BY_DETECTION: ReadonlySet<string> = new Set(
  [
    "events",
    "observations",
    "address",
    "budget",
    "oldest",
    "suggest",
    "time",
    "record-head",
    "record/ids",
    "facts/activation",
    "invitation/host-class",
  ].map((name) => `src/${name}.ts`),
);
/** Who has findings made. */
const USES_DETECTION = /^src\/(?:cli|worker|report)\/|^src\/(?:index|engine)\.ts$/;

test("detection knows records and what is made of them, and nothing below knows it", () => {
  const within = (path: string): boolean => path.startsWith("src/detect/");
  assert.deepEqual(
    offenders(
      within,
      (t) =>
        !within(t) &&
        !READINGS.has(t) &&
        (t.startsWith("dissectors/") ||
          (t.startsWith("src/") && !BELOW_DETECTION.test(t) && !SEEN_BY_DETECTION.has(t))),
    ),
    [],
  );
  assert.deepEqual(
    offenders((f) => !within(f) && !USES_DETECTION.test(f), within),
    [],
  );
});

test("views are made of records and of how these are printed", () => {
  const within = (path: string): boolean => path.startsWith("src/view/");
  const below = /^src\/(?:output\/|(?:events|address)\.ts$|detect\/)|^dissectors\/wire\/trace\.ts$/;
  assert.deepEqual(
    offenders(within, (t) => /^(?:src|dissectors)\//.test(t) && !within(t) && !below.test(t)),
    [],
  );
});

test("the page shows plain values: of the worker it knows who asks it, of the engine nothing that runs", () => {
  const within = (path: string): boolean => path.startsWith("src/page/");
  const shown =
    /^src\/(?:view|output)\/|^src\/(?:events|shipped\/packed)\.ts$|^src\/report\/(?:model|blocks|packed-tree)\.ts$|^dissectors\/wire\/guid\.ts$/;
  const asks = ["client", "messages", "find-in-list"].map((name) => `src/worker/${name}.ts`);
  assert.deepEqual(
    offenders(
      within,
      (t, typeOnly) =>
        /^(?:src|dissectors)\//.test(t) &&
        !typeOnly &&
        !within(t) &&
        !shown.test(t) &&
        t !== "src/worker/client.ts",
    ),
    [],
  );
  assert.deepEqual(
    offenders(
      (f) => asks.includes(f),
      (t) => !t.startsWith("src/view/") && !asks.includes(t),
    ),
    [],
  );
  assert.deepEqual(
    offenders(
      (f) => !within(f) && !f.startsWith("src/worker/"),
      (t) => within(t) || t.startsWith("src/worker/"),
    ),
    [],
  );
});

test("fields and filters know records, nothing of how they come about", () => {
  const within = (path: string): boolean => /^src\/(?:fields|filter)\//.test(path);
  assert.deepEqual(
    offenders(
      within,
      (t) =>
        t.startsWith("src/") &&
        !within(t) &&
        !["src/events.ts", "src/suggest.ts", "src/address.ts"].includes(t),
    ),
    [],
  );
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("src/fields/"),
      (t) => t.startsWith("src/filter/"),
    ),
    [],
  );
});

const REDACTION_READS: ReadonlySet<string> = new Set([
  "dissectors/ndr/types.ts",
  "dissectors/idl/secrets.ts",
]);

test("redaction knows events, type descriptions, what is secret in them, text in bytes and the readers of [MS-RAI]'s texts", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("src/redact/"),
      (t) =>
        (/^dissectors\/(?!rai\/|wire\/)/.test(t) && !REDACTION_READS.has(t)) ||
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

/** What the page takes code of: what shows plain values as text, and who asks the worker for them. */
const BELOW_PAGE = /^src\/(?:page|view|output|report|shipped)\/|^src\/worker\/(?:client|messages)\.ts$/;

test("the page never imports the engine, which is the worker's", () => {
  assert.deepEqual(
    offenders(
      (f) => f.startsWith("src/page/"),
      (t, typeOnly) =>
        /^(?:src|dissectors)\//.test(t) &&
        !typeOnly &&
        !BELOW_PAGE.test(t) &&
        !READINGS.has(t) &&
        !/\.(?:css|tsx)$/.test(t),
    ),
    [],
  );
  assert.deepEqual(
    offenders(
      (f) => !f.startsWith("src/page/"),
      (t) => t.startsWith("src/page/"),
    ),
    [],
  );
  assert.deepEqual(
    offenders(
      (f) => !f.startsWith("src/worker/") && f !== "src/page/main.tsx",
      (t, typeOnly) => t.startsWith("src/worker/") && !typeOnly,
    ),
    [],
  );
});

test("a UUID stands in one file, under the name that others import", () => {
  const places = new Map<string, Set<string>>();
  for (const file of files.filter((f) => !f.includes("/generated/"))) {
    for (const [uuid] of readFileSync(join(root, file), "utf8").matchAll(
      /(?<=")[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=")/g,
    )) {
      places.set(uuid, (places.get(uuid) ?? new Set()).add(file));
    }
  }
  assert.deepEqual(
    [...places].filter(([, of]) => of.size > 1).map(([uuid, of]) => `${uuid}: ${[...of].join(", ")}`),
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
