/**
 * Files of Sigma rules: YAML documents that are rules, correlations or filters of the specification 2.1. What is not
 * understood is refused, with file and line; the other documents of the file are read none the less.
 *
 * Not handled: collections of the old format (`action: global`).
 */

import { Complaints, complainOfSlips, entry, readAttributes, readText, texts } from "./attributes.js";
import { asCorrelation, countingOf } from "./counting.js";
import { readDetection } from "./detection.js";
import { readCorrelation } from "./read-correlation.js";
import type { Attributes, Correlation, Document, Filter, LogSource, Problem, Rule } from "./rule.js";
import { readYaml, type YamlMap } from "./yaml-tree.js";

/** What one file holds. */
export interface RuleFile {
  rules: Rule[];
  correlations: Correlation[];
  filters: Filter[];
  problems: Problem[];
}

/** `placeholders`: names that `expand` may use, because the user can give values for them. */
export function readRules(text: string, file: string, placeholders: readonly string[] = []): RuleFile {
  const read: RuleFile = { rules: [], correlations: [], filters: [], problems: [] };
  const known = new Set(placeholders.map((name) => name.toLowerCase()));
  for (const found of readYaml(text.replace(/^\ufeff/, ""))) {
    if ("problem" in found) {
      read.problems.push({ file, line: found.line, title: null, message: found.problem });
      continue;
    }
    const { tree } = found;
    if (tree.kind !== "map") {
      read.problems.push({
        file,
        line: found.line,
        title: null,
        message: "the document is no map, so that it is no rule",
      });
      continue;
    }
    const complaints = new Complaints();
    const counting = countingOf(tree);
    const document = readDocument(counting?.tree ?? tree, file, known, complaints);
    if (complaints.list.length > 0) {
      const title = titleOf(tree);
      read.problems.push(...complaints.list.map(({ line, message }) => ({ file, line, title, message })));
    } else if (document?.kind === "rule" && counting !== null) {
      const { rule, correlation } = asCorrelation(document, counting);
      read.rules.push(rule);
      read.correlations.push(correlation);
    } else if (document?.kind === "rule") read.rules.push(document);
    else if (document?.kind === "correlation") read.correlations.push(document);
    else if (document !== null) read.filters.push(document);
  }
  return read;
}

function titleOf(tree: YamlMap): string | null {
  const value = entry(tree, "title")?.value;
  return value?.kind === "scalar" && typeof value.value === "string" ? value.value : null;
}

const KINDS = ["detection", "correlation", "filter"] as const;

function readDocument(
  tree: YamlMap,
  file: string,
  known: ReadonlySet<string>,
  complaints: Complaints,
): Document | null {
  const action = entry(tree, "action");
  if (action !== null) {
    complaints.add(
      action.line,
      "collections of the old format (action: global, reset, repeat) are not read: every rule is a document of its own",
    );
    return null;
  }
  const kinds = KINDS.filter((key) => entry(tree, key) !== null);
  complainOfSlips(tree, complaints);
  if (kinds.length !== 1) {
    complaints.add(
      tree.line,
      kinds.length === 0
        ? "there is no detection, no correlation and no filter"
        : `${kinds.join(" and ")} stand in one document`,
    );
  }
  const attributes = readAttributes(tree, file, complaints);
  const [kind] = kinds;
  if (kind === undefined) return null;
  const { value: body, line } = entry(tree, kind)!;
  if (body.kind !== "map") {
    complaints.add(line, `${kind} is no map`);
    return null;
  }
  if (kind === "correlation") return readCorrelation(tree, body, attributes, complaints);
  return readDetecting(kind, tree, body, attributes, known, complaints);
}

function readDetecting(
  kind: "detection" | "filter",
  tree: YamlMap,
  body: YamlMap,
  attributes: Attributes,
  known: ReadonlySet<string>,
  complaints: Complaints,
): Rule | Filter {
  const logsource = readLogSource(tree, complaints);
  const used = new Set<string>();
  const reserved = kind === "filter" ? ["rules"] : [];
  const detection = readDetection(body, reserved, { complaints, known, used });
  const placeholders = [...used];
  if (kind === "detection") return { kind: "rule", ...attributes, logsource, detection, placeholders };
  if (entry(body, "selection") === null) complaints.add(body.line, "the filter has no selection");
  return {
    kind: "filter",
    ...attributes,
    logsource,
    detection,
    placeholders,
    rules: filtered(body, complaints),
  };
}

/** Which rules a filter is for: `any` stands for all. */
function filtered(body: YamlMap, complaints: Complaints): readonly string[] | null {
  const value = entry(body, "rules")?.value;
  if (value?.kind === "scalar" && value.value === "any") return null;
  const rules = texts(body, "rules", complaints, { least: 1 });
  if (rules.length === 0) complaints.add(body.line, "the filter names no rules");
  return rules;
}

const PARTS = ["product", "service", "category"] as const;

function readLogSource(tree: YamlMap, complaints: Complaints): LogSource {
  const none: LogSource = { product: null, service: null, category: null };
  const found = entry(tree, "logsource");
  if (found === null || found.value.kind !== "map") {
    complaints.add(
      found?.line ?? tree.line,
      found === null ? "there is no logsource" : "logsource is no map",
    );
    return none;
  }
  const map = found.value;
  readText(map, "definition", complaints);
  const [product = null, service = null, category = null] = PARTS.map((part) =>
    readText(map, part, complaints),
  );
  if (product === null && service === null && category === null) {
    complaints.add(found.line, "logsource names none of product, service and category");
  }
  const lower = (text: string | null): string | null => text?.toLowerCase() ?? null;
  return { product: lower(product), service: lower(service), category: lower(category) };
}
