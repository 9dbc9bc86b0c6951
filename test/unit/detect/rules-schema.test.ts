/** Rules as the published JSON schemas want them: what those refuse is refused, and public rules load as they are. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parseAllDocuments, stringify } from "yaml";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import { RuleSet } from "../../../src/detect/rules/rule-set.js";
import { recordOf, refusal } from "../../support/detect/rules.js";
import { sharedDir } from "../../support/shared.js";

const shared = sharedDir();
const skip = shared === null ? "needs ../shared/schemas" : false;
const folder = join(shared ?? "", "schemas/sigma");

function schema(kind: "detection" | "correlation" | "filters"): ValidateFunction {
  const name = kind === "filters" ? kind : `${kind}-rule${kind === "correlation" ? "s" : ""}`;
  const ajv = new Ajv2020({ strict: false });
  ajv.addFormat("uuid", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
  const { $schema: _, ...body } = JSON.parse(readFileSync(join(folder, `sigma-${name}-schema.json`), "utf8"));
  return ajv.compile(body);
}

const ID = "929a690e-bef0-4204-a928-ef5e620d6fcc";

const COMMON = {
  title: "A title",
  id: ID,
  name: "a_name",
  taxonomy: "sigma",
  status: "test",
  description: "What it is",
  author: "Someone",
  references: ["https://example.com/a", "https://example.com/b"],
  date: "2024-08-08",
  modified: "2025-01-31",
  falsepositives: ["Unknown"],
  level: "high",
  tags: ["attack.t1021.003", "cve.2021-1675"],
};

const BASES = {
  detection: {
    ...COMMON,
    related: [{ id: ID, type: "similar" }],
    license: "MIT",
    logsource: { product: "zeek", service: "dce_rpc", category: "network", definition: "Zeek" },
    detection: {
      selection: { endpoint: "svcctl", operation: ["a", 1], "user|contains": "x" },
      keywords: ["a", "b", 3],
      maps: [{ a: "b" }, { "c|re": "d+" }],
      condition: "selection and not 1 of keyw* or maps",
    },
    fields: ["a", "b"],
    scope: ["server"],
  },
  correlation: {
    ...COMMON,
    correlation: {
      type: "value_count",
      rules: ["one_rule", ID],
      "group-by": ["user", "host"],
      timespan: "10m",
      condition: { gte: 5, lt: 10, field: "host" },
      aliases: { host: { one_rule: "src" } },
    },
    generate: true,
  },
  filters: {
    title: "A filter",
    id: ID,
    description: "What it leaves out",
    date: "2024-08-08",
    logsource: { product: "zeek", category: "x" },
    filter: { rules: [ID, "other"], selection: { "user|startswith": "adm_" }, condition: "not selection" },
  },
} as const;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Everything that another value stands at one place of. */
function* mutations(value: Json): Generator<Json> {
  yield* [
    null,
    true,
    7,
    1.5,
    "",
    "x",
    "X Y",
    "a".repeat(300),
    "a".repeat(70_000),
    [],
    {},
    [1],
    [[]],
    ["a", "a"],
    { a: 1 },
  ];
  yield* [
    [null],
    [1.5],
    [true],
    ["a", 2],
    { a: { b: 1 } },
    [{ id: "x", type: "similar" }],
    [{ type: "derived" }],
    "2024-13-01",
    "2024/01/01",
  ];
  if (Array.isArray(value)) {
    yield [...value, ...value];
    for (const [i, item] of value.entries()) {
      yield value.filter((_, j) => j !== i);
      for (const other of mutations(item)) yield value.map((one, j) => (j === i ? other : one));
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      const { [key]: _, ...rest } = value;
      yield rest;
      for (const other of mutations(inner)) yield { ...value, [key]: other };
    }
  }
}

/** What the specification's text allows beyond its schema. */
function isAllowed(document: Json): boolean {
  const { detection } = document as { detection?: { condition?: unknown } };
  const condition = detection?.condition;
  return (
    Array.isArray(condition) && condition.length > 0 && condition.every((one) => typeof one === "string")
  );
}

for (const [kind, base] of Object.entries(BASES)) {
  test(`what the schema of ${kind} refuses is refused`, { skip }, () => {
    const validate = schema(kind as keyof typeof BASES);
    assert.equal(validate(base), true, JSON.stringify(validate.errors));
    assert.equal(refusal(stringify(base)), "");
    let refused = 0;
    for (const document of mutations(base as unknown as Json)) {
      if (typeof document !== "object" || document === null || Object.keys(document).length === 0) continue;
      if (validate(document) || isAllowed(document)) continue;
      refused++;
      assert.notEqual(refusal(stringify(document)), "", JSON.stringify(document).slice(0, 1000));
    }
    assert.ok(refused > 100, `${refused} are refused`);
  });
}

test("public rules load unchanged, one of them with a condition that counts", { skip }, () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
  assert.equal(files.length, 24);
  const read = files.map((name) => readRules(readFileSync(join(folder, name), "utf8"), name));
  assert.equal(read.flatMap(({ rules }) => rules).length, 24);
  assert.equal(read.flatMap(({ correlations }) => correlations).length, 1);
  assert.deepEqual(
    read.flatMap(({ problems }) => problems),
    [],
  );
  const set = new RuleSet(read.flatMap(({ rules }) => rules));
  const titles = (source: string[], record: { [field: string]: unknown }): string[] => {
    const [product = null, service = null, category = null] = source;
    return set
      .source({ product, service, category })
      .match(recordOf(record))
      .map(({ rule }) => rule.title);
  };
  assert.deepEqual(titles(["zeek", "dce_rpc"], { endpoint: "svcctl", operation: "CreateServiceW" }), [
    "MITRE BZAR Indicators for Execution",
  ]);
  assert.deepEqual(titles(["zeek", "dce_rpc"], { endpoint: "lsarpc", operation: "EfsRpcOpenFileRaw" }), [
    "Potential PetitPotam Attack Via EFS RPC Calls",
  ]);
  assert.deepEqual(titles(["zeek", "smb_files"], { path: "\\\\dc\\IPC$", name: "spoolss" }), [
    "SMB Spoolss Name Piped Usage",
  ]);
  assert.deepEqual(
    titles(
      ["rpc_firewall", "", "application"].map((part) => part || (null as unknown as string)),
      {
        EventLog: "RPCFW",
        EventID: 3,
        InterfaceUuid: "E3514235-4B06-11D1-AB04-00C04FC2DCD2",
        OpNum: 3,
      },
    ),
    ["Possible DCSync Attack"],
  );
});

test("shipped rules are what the schemas want", { skip }, () => {
  const own = fileURLToPath(new URL("../../../rules/", import.meta.url));
  const validators = {
    detection: schema("detection"),
    correlation: schema("correlation"),
    filter: schema("filters"),
  };
  let documents = 0;
  for (const name of readdirSync(own).filter((file) => file.endsWith(".yml"))) {
    for (const document of parseAllDocuments(readFileSync(join(own, name), "utf8"))) {
      const value = (document as { toJS(): object }).toJS();
      const validate = Object.entries(validators).find(([key]) => key in value)?.[1];
      assert.equal(validate?.(value), true, `${name}: ${JSON.stringify(validate?.errors)}`);
      documents++;
    }
  }
  assert.ok(documents > 0);
});
