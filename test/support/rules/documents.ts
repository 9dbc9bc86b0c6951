/** The shipped rules as they stand in rules/: their YAML, and what was read of it. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { type RuleFile, readRules } from "../../../src/detect/rules/read-rules.js";
import { SHIPPED_PLACEHOLDERS } from "../../../src/detect/shipped-placeholders.js";

const FOLDER = fileURLToPath(new URL("../../../rules/", import.meta.url));

/** A document as YAML gives it. */
export interface ShippedDocument {
  file: string;
  document: { readonly [key: string]: unknown };
}

export function shippedFiles(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".yml"))
    .sort();
}

export function shippedDocuments(): ShippedDocument[] {
  return shippedFiles().flatMap((file) =>
    parseAllDocuments(readFileSync(FOLDER + file, "utf8")).map((read) => ({
      file,
      document: read.toJS() as ShippedDocument["document"],
    })),
  );
}

export function readShipped(): RuleFile[] {
  return shippedFiles().map((file) =>
    readRules(readFileSync(FOLDER + file, "utf8"), file, SHIPPED_PLACEHOLDERS),
  );
}
