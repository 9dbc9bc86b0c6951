/**
 * The filter language of -Y and of the page: [CEL] over records. `compileFilter` says what is wrong with an expression and
 * where, before any record is seen; what it answers takes time linear in the record, whatever the record holds.
 */

import type { ASTNode } from "@marcbachmann/cel-js";
import type { Event, EventKind } from "../events.js";
import { recordFields } from "../fields/fields.js";
import { Names } from "../fields/names.js";
import { State } from "./expression.js";
import { FilterError } from "./filter-error.js";

export interface RecordFilter {
  /** Whether the expression holds for a record. */
  matches(record: Event): boolean;
  /** Keys of records that it speaks of. */
  readonly uses: ReadonlySet<string>;
  /** Kinds of records that have one of them. */
  readonly kinds: ReadonlySet<EventKind>;
  /** Records that were given up: macros within macros took too many steps. */
  readonly givenUp: number;
}

/** Characters of an expression: lists of thousands of addresses fit. */
const MAX_EXPRESSION = 1 << 20;
/** Elements of a list that is written in an expression. */
const MAX_LIST = 65_536;
/** Steps that macros may take over one record. */
export const MAX_STEPS = 1_000_000;

const LIMITS = { maxListElements: MAX_LIST, maxAstNodes: 4 * MAX_LIST, maxDepth: 200, maxCallArguments: 64 };

/** Throws FilterError. */
export async function compileFilter(source: string): Promise<RecordFilter> {
  const ast = await parse(source);
  const { Compiler } = await import("./compile.js");
  const pattern = source.includes("matches") ? (await import("./patterns.js")).compilePattern : null;
  const compiler = new Compiler(source, new Names(recordFields()), pattern);
  let test: ReturnType<typeof compiler.test>;
  try {
    test = compiler.test(ast);
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(source) : error;
  }
  const state = new State();
  let givenUp = 0;
  return {
    uses: compiler.used,
    kinds: compiler.kinds,
    get givenUp() {
      return givenUp;
    },
    matches(record) {
      state.record = record as unknown as State["record"];
      state.steps = MAX_STEPS;
      const holds = test(state);
      if (state.steps >= 0) return holds;
      givenUp++;
      return false;
    },
  };
}

async function parse(source: string): Promise<ASTNode> {
  if (source.trim() === "") throw new FilterError("the expression is empty", source, 0, 0);
  if (source.length > MAX_EXPRESSION) {
    throw new FilterError(`longer than ${MAX_EXPRESSION} characters`, source, 0, 0);
  }
  const { Environment, ParseError } = await import("@marcbachmann/cel-js");
  try {
    return new Environment({ unlistedVariablesAreDyn: true, limits: LIMITS }).parse(source).ast;
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(source);
    if (!(error instanceof ParseError)) throw error;
    const { start = source.length, end = source.length } = error.range ?? {};
    throw new FilterError(inWords(error.summary, source, start), source, start, end);
  }
}

function tooDeep(source: string): FilterError {
  return new FilterError("too deeply nested", source, 0, 0);
}

/** What tshark's filters write otherwise. */
const OTHER_WORDS: { readonly [word: string]: string } = {
  and: "&&",
  or: "||",
  not: "!",
  eq: "==",
  ne: "!=",
  gt: ">",
  lt: "<",
  ge: ">=",
  le: "<=",
  contains: 'text.contains("…")',
  matches: 'text.matches("…")',
  "=": "==",
  "&": "&&",
  "|": "||",
  "~": 'text.matches("…")',
};

/** The library's sentence, with what CEL has instead where a word is of another language. */
function inWords(summary: string, source: string, start: number): string {
  const word = /^(?:[a-z]+|[=&|~])/.exec(source.slice(start))?.[0] ?? "";
  const instead = OTHER_WORDS[word];
  if (instead !== undefined) return `${word} is not CEL: ${instead}`;
  // `not x` parses up to the x.
  const before = /\b(not)\s+$/.exec(source.slice(0, start))?.[1];
  if (before !== undefined) return `${before} is not CEL: ${OTHER_WORDS[before]}`;
  if (/\bEOF$/.test(summary) || summary === "Unexpected token: EOF") return "the expression ends too early";
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}
