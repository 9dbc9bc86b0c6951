/** The shipped rules as a module: what they say, one document a line, so that no YAML is read when the program runs. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readRules } from "../../src/detect/rules/read-rules.js";
import type { Problem } from "../../src/detect/rules/rule.js";
import { bindRules } from "../../src/detect/rules/rule-book.js";
import { SHIPPED_PLACEHOLDERS } from "../../src/detect/shipped-placeholders.js";

/** The module's text, and what is wrong with the rules. */
export function rulesModule(folder: string): { text: string; problems: readonly Problem[] } {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yml"))
    .sort()
    .map((name) => readRules(readFileSync(join(folder, name), "utf8"), name, SHIPPED_PLACEHOLDERS));
  const list = (name: string, type: string, documents: readonly object[]): string =>
    [
      `export const ${name}: readonly ${type}[] = [`,
      ...documents.map((one) => `  ${JSON.stringify(one)},`),
      "];",
      "",
    ].join("\n");
  const text = [
    "// Written by `npm run rules` from rules/*.yml.",
    'import type { Correlation, Filter, Rule } from "../rules/rule.js";',
    "",
    list(
      "RULES",
      "Rule",
      files.flatMap((file) => file.rules),
    ),
    list(
      "CORRELATIONS",
      "Correlation",
      files.flatMap((file) => file.correlations),
    ),
    list(
      "FILTERS",
      "Filter",
      files.flatMap((file) => file.filters),
    ),
  ].join("\n");
  return { text, problems: bindRules(files).problems };
}
