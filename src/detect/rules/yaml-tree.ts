/**
 * YAML 1.2 documents as plain trees that remember their lines. Hostile ones cost no more than honest ones of their size:
 * nesting, aliases and sizes are bounded before anything recurses. Not handled: tags, merge keys, keys that are no scalars.
 */

import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  type Document as YamlDocument,
} from "yaml";

export type Yaml = YamlMap | YamlList | YamlScalar;

export interface YamlMap {
  kind: "map";
  line: number;
  entries: readonly YamlEntry[];
}

export interface YamlEntry {
  key: string;
  line: number;
  value: Yaml;
}

export interface YamlList {
  kind: "list";
  line: number;
  items: readonly Yaml[];
}

export interface YamlScalar {
  kind: "scalar";
  line: number;
  value: string | number | boolean | null;
}

/** A document, or why it cannot be read. */
export type YamlResult = { line: number; tree: Yaml } | { line: number; problem: string };

/** Longest text of one file, in UTF-16 units. */
const MAX_TEXT = 16 * 1024 * 1024;
/** Deepest nesting: rules need five. */
const MAX_DEPTH = 64;
/** Values of one document, those behind aliases once for each use. */
const MAX_NODES = 100_000;

/** A part of what the parser makes, as far as its depth matters. */
interface Token {
  type: string;
  items?: readonly { key?: Token | null; value?: Token | null }[];
  value?: Token;
}

/** Documents of a text, in order. Empty ones are left out. */
export function readYaml(text: string): YamlResult[] {
  if (text.length > MAX_TEXT) {
    return [{ line: 1, problem: `the file is longer than ${MAX_TEXT / 1024 / 1024} million characters` }];
  }
  const lines = new LineCounter();
  const tokens = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (tooDeep(token as Token)) {
      return [{ line: 1, problem: `lists or maps stand more than ${MAX_DEPTH} deep in each other` }];
    }
    tokens.push(token);
  }
  const line = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const found: YamlResult[] = [];
  const options = { prettyErrors: false, uniqueKeys: false, logLevel: "error", version: "1.2" } as const;
  for (const document of new Composer(options).compose(tokens, true, text.length)) {
    const error = document.errors[0];
    const start = line(document.contents?.range?.[0] ?? document.range[0]);
    if (error !== undefined) found.push({ line: line(error.pos[0]), problem: yamlProblem(error.message) });
    else if (document.contents !== null && !isNull(document.contents)) {
      found.push(toTree(document, line, start));
    }
  }
  return found;
}

const isNull = (node: Node): boolean => isScalar(node) && node.value === null;

/** The library's sentence, without its place. */
function yamlProblem(message: string): string {
  const first = message
    .split("\n")[0]!
    .replace(/ at line \d+.*$/, "")
    .replace(/[.:]+$/, "");
  return `this is no valid YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
}

/** Walks with a stack of its own: the depth is what is asked for. */
function tooDeep(root: Token): boolean {
  const stack: { token: Token; depth: number }[] = [{ token: root, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { token, depth } = top;
    if (depth > MAX_DEPTH) return true;
    if (token.type === "document" && token.value !== undefined) stack.push({ token: token.value, depth });
    for (const { key, value } of token.items ?? []) {
      if (key?.items !== undefined) stack.push({ token: key, depth: depth + 1 });
      if (value?.items !== undefined) stack.push({ token: value, depth: depth + 1 });
    }
  }
  return false;
}

/** Whether a number's text is one that it is written with: decimal without leading zeros, or hexadecimal. */
function isNumeral(source: string, value: number): boolean {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  return /^[-+]?(?:0|[1-9]\d*)(?:\.\d*)?$|^0x[0-9a-fA-F]+$/.test(source);
}

function toTree(document: YamlDocument, line: (offset: number) => number, start: number): YamlResult {
  let left = MAX_NODES;
  let problem: { line: number; problem: string } | null = null;
  const refuse = (at: number, sentence: string): Yaml => {
    problem ??= { line: at, problem: sentence };
    return { kind: "scalar", line: at, value: null };
  };
  const visit = (node: unknown, above: number, depth: number): Yaml => {
    const at = (node as Node | null)?.range ? line((node as Node).range![0]) : above;
    if (problem !== null) return { kind: "scalar", line: at, value: null };
    if (--left < 0 || depth > MAX_DEPTH) {
      return refuse(at, `aliases make the document larger than ${MAX_NODES} values, or endless`);
    }
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) return refuse(at, `there is no anchor &${node.source} before this alias`);
      // Places are those of the use.
      return visit(target, at, depth + 1);
    }
    if (isSeq(node)) {
      return { kind: "list", line: at, items: node.items.map((item) => visit(item, at, depth + 1)) };
    }
    if (isMap(node)) {
      const entries: YamlEntry[] = [];
      const keys = new Set<string>();
      for (const pair of node.items) {
        const keyAt = (pair.key as Node | null)?.range ? line((pair.key as Node).range![0]) : at;
        const key = isAlias(pair.key) ? pair.key.resolve(document) : pair.key;
        if (!isScalar(key)) {
          refuse(keyAt, "a key is no plain text");
          break;
        }
        const name = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
        if (keys.has(name)) refuse(keyAt, `the key ${name} stands twice in one map`);
        if (name === "<<") refuse(keyAt, "merge keys (<<) are no part of YAML 1.2");
        keys.add(name);
        entries.push({ key: name, line: keyAt, value: visit(pair.value, keyAt, depth + 1) });
        if (problem !== null) break;
      }
      return { kind: "map", line: at, entries };
    }
    if (!isScalar(node)) return { kind: "scalar", line: at, value: null };
    const { value, source } = node;
    // `00000409` and `12e5` are numbers that nobody meant: a comparison would be with another text.
    if (typeof value === "number" && source !== undefined && !isNumeral(source, value)) {
      return { kind: "scalar", line: at, value: source };
    }
    if (
      value === null ||
      typeof value === "string" ||
      typeof value === "number" ||
      typeof value === "boolean"
    ) {
      return { kind: "scalar", line: at, value };
    }
    return refuse(at, "a value is of a kind that rules do not have");
  };
  const tree = visit(document.contents, start, 0);
  return problem ?? { line: start, tree };
}
