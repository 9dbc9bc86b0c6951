/** Every shipped rule is whole: by the published schemas, by ATT&CK, and by what raiscope asks of its own. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { compileDetection } from "../../../src/detect/rules/compile.js";
import { Fields } from "../../../src/detect/rules/fields.js";
import { needsOf } from "../../../src/detect/rules/needs.js";
import type { Item, Rule, Search } from "../../../src/detect/rules/rule.js";
import { bindRules } from "../../../src/detect/rules/rule-book.js";
import { isRefusal } from "../../../src/detect/rules/value-test.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { schemaFile } from "../../support/output/exports.js";
import { readShipped, shippedDocuments, shippedFiles } from "../../support/rules/documents.js";

const book = bindRules(readShipped());
const watched = new Set([...book.silent].map(({ id }) => id));
const loud = shippedDocuments().filter(({ document }) => !watched.has(String(document.id)));

test("every document is read", () => {
  assert.deepEqual(book.problems, []);
  assert.ok(shippedFiles().length > 80);
});

const RULES = schemaFile("sigma", "sigma-detection-rule-schema.json");
const CORRELATIONS = schemaFile("sigma", "sigma-correlation-rules-schema.json");

test("every document is valid by the published schemas", {
  skip: RULES === null || CORRELATIONS === null ? "the schemas are not here" : false,
}, () => {
  const rule = compiled(RULES!);
  const correlation = compiled(CORRELATIONS!);
  for (const { file, document } of shippedDocuments()) {
    const validate = "correlation" in document ? correlation : rule;
    assert.ok(validate(document), `${file}: ${JSON.stringify(validate.errors)}`);
  }
});

function compiled(path: string): ValidateFunction {
  const { $schema: _, ...schema } = JSON.parse(readFileSync(path, "utf8")) as { [key: string]: unknown };
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  ajv.addFormat("uuid", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  return ajv.compile(schema);
}

test("every document says who wrote it, when, what for, and has an id of its own", () => {
  const ids = new Set<unknown>();
  for (const { file, document } of shippedDocuments()) {
    assert.match(
      String(document.id),
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      file,
    );
    assert.ok(!ids.has(document.id), `${file}: ${document.id} is there twice`);
    ids.add(document.id);
    assert.equal(document.author, "raiscope", file);
    assert.equal(document.status, "test", file);
    assert.match(String(document.date), /^\d{4}-\d\d-\d\d$/, file);
    assert.match(String(document.description), /^\S.*\.$/, file);
  }
});

test("every rule that makes findings names the specification, ATT&CK, what makes it harmless, and says a sentence", () => {
  for (const { file, document } of loud) {
    const references = document.references as string[];
    assert.match(references.join(), /\[(MS-[A-Z0-9]+|C706)\] [0-9A-Z]/, `${file}: no section`);
    assert.ok(
      (document.tags as string[]).some((tag) => /^attack\.t\d/.test(tag)),
      `${file}: no technique`,
    );
    assert.ok((document.falsepositives as string[]).length > 0, file);
    const sentence = String(document.sentence);
    assert.equal(sentence.split("{").length, sentence.split("}").length, `${file}: ${sentence}`);
    assert.match(sentence, /^[^.].*[^.]$/, `${file}: the sentence has no full stop of its own`);
  }
});

const TECHNIQUES = schemaFile("attack", "techniques.tsv");

test("every technique is active in ATT&CK", {
  skip: TECHNIQUES === null ? "the list of techniques is not here" : false,
}, () => {
  const active = new Set<string>();
  const tactics = new Set<string>();
  for (const line of readFileSync(TECHNIQUES!, "utf8").split("\n").slice(1)) {
    const [id = "", , of = "", , state] = line.split("\t");
    if (state === "active") active.add(id);
    for (const tactic of of.split(",")) tactics.add(tactic);
  }
  for (const { file, document } of shippedDocuments()) {
    for (const tag of (document.tags ?? []) as string[]) {
      const name = /^attack\.(.*)$/.exec(tag)?.[1];
      if (name === undefined) assert.match(tag, /^cve\.\d{4}-\d+$/, file);
      else if (/^t\d/.test(name)) assert.ok(active.has(name.toUpperCase()), `${file}: ${tag}`);
      else assert.ok(tactics.has(name), `${file}: ${tag}`);
    }
  }
});

test("every rule is found by a text that a field must have, and not tried with every record", () => {
  for (const rule of book.rules) {
    const fields = new Fields();
    assert.ok(!isRefusal(compileDetection(rule.detection, fields, new Map())), rule.file);
    assert.ok(needsOf(rule.detection, fields, new Map()).length > 0, `${rule.file}: ${rule.title}`);
  }
});

test("every interface and operation number of a rule is one that there is", () => {
  const interfaces = shippedInterfaces();
  for (const rule of book.rules) {
    for (const { uuids, opnums } of operationsOf(rule)) {
      for (const uuid of uuids) {
        const known = interfaces.all(uuid);
        assert.ok(known.length > 0, `${rule.file}: ${uuid}`);
        for (const opnum of opnums) {
          const named = known.some((one) => one.methods.some((method) => method?.opnum === opnum));
          assert.ok(named, `${rule.file}: ${known[0]!.name} has no operation ${opnum}`);
        }
      }
    }
  }
});

/** What the searches of a rule say of interface and operation number. */
function operationsOf(rule: Rule): { uuids: string[]; opnums: number[] }[] {
  return Object.values(rule.detection.searches).map((search) => {
    const items = itemsOf(search);
    const values = (field: string): unknown[] =>
      items.filter((item) => item.field === field).flatMap((item) => item.values);
    return {
      uuids: values("interface.uuid").filter((uuid) => typeof uuid === "string"),
      opnums: values("opnum").filter((opnum) => typeof opnum === "number"),
    };
  });
}

function itemsOf(search: Search): Item[] {
  if ("field" in search) return [search];
  return ("all" in search ? search.all : search.any).flatMap(itemsOf);
}

test("files that other rules watch are where they are named", () => {
  for (const { correlation, watched: of } of book.correlations) {
    for (const { of: rule } of of) assert.equal(rule.file, correlation.file);
  }
  assert.ok(existsSync(new URL("../../../rules/", import.meta.url)));
});
