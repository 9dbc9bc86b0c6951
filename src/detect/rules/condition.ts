/**
 * Conditions of the Sigma specification: `not` binds more than `and`, `and` more than `or`, and `1 of`, `any of` and
 * `all of` most. Refused: aggregations behind a pipe (counting.ts reads those that count), and all words in
 * other places than theirs.
 */

import type { Condition } from "./rule.js";
import type { Refusal } from "./value-test.js";

/** Words of one condition, and brackets and `not` in each other. */
const MAX_WORDS = 2000;
const MAX_NESTING = 100;

const QUANTIFIERS: ReadonlySet<string> = new Set(["1", "any", "all"]);
const OPERATORS: ReadonlySet<string> = new Set(["and", "or", "not"]);

/** `names`: of the searches that there are. */
export function parseCondition(text: string, names: readonly string[]): Condition | Refusal {
  if (text.includes("|")) {
    return {
      problem:
        "the condition counts with a pipe, which the specification has replaced by correlations: a correlation of type event_count or value_count says the same",
    };
  }
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  if (words.length === 0) return { problem: "the condition is empty" };
  if (words.length > MAX_WORDS) return { problem: `the condition has more than ${MAX_WORDS} words` };
  return new Parser(words, names).whole();
}

class Parser {
  readonly #words: readonly string[];
  readonly #names: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(words: readonly string[], names: readonly string[]) {
    this.#words = words;
    this.#names = names;
  }

  whole(): Condition | Refusal {
    const condition = this.#or();
    if ("problem" in condition) return condition;
    const rest = this.#words[this.#at];
    if (rest === undefined) return condition;
    const lower = rest.toLowerCase();
    if (lower !== rest && OPERATORS.has(lower)) {
      return { problem: `${rest} in the condition is to be written ${lower}` };
    }
    return { problem: `${rest} in the condition stands where and, or or its end is expected` };
  }

  #or(): Condition | Refusal {
    return this.#chain("or", () => this.#chain("and", () => this.#not()));
  }

  #chain(word: "and" | "or", operand: () => Condition | Refusal): Condition | Refusal {
    const of: Condition[] = [];
    do {
      const one = operand();
      if ("problem" in one) return one;
      of.push(one);
    } while (this.#take(word));
    if (of.length === 1) return of[0]!;
    return word === "and" ? { and: of } : { or: of };
  }

  #not(): Condition | Refusal {
    if (!this.#take("not")) return this.#operand();
    if (++this.#depth > MAX_NESTING) return TOO_DEEP;
    const not = this.#not();
    this.#depth--;
    return "problem" in not ? not : { not };
  }

  #operand(): Condition | Refusal {
    const word = this.#words[this.#at++];
    if (word === undefined) return { problem: "the condition ends where a search is expected" };
    if (word === "(") {
      if (++this.#depth > MAX_NESTING) return TOO_DEEP;
      const inner = this.#or();
      this.#depth--;
      if ("problem" in inner) return inner;
      return this.#take(")") ? inner : { problem: "a bracket of the condition is not closed" };
    }
    if (this.#words[this.#at] === "of") {
      this.#at++;
      return this.#quantified(word);
    }
    if (word === ")" || OPERATORS.has(word)) {
      return { problem: `${word} in the condition stands where a search is expected` };
    }
    return this.#names.includes(word)
      ? { search: word }
      : { problem: `the condition names ${word}, which is no search of the rule` };
  }

  #quantified(quantifier: string): Condition | Refusal {
    const pattern = this.#words[this.#at++];
    if (!QUANTIFIERS.has(quantifier)) {
      return { problem: `${quantifier} of in the condition is none of 1 of, any of and all of` };
    }
    if (pattern === undefined || !/^[\w.*-]+$/.test(pattern)) {
      return { problem: `${quantifier} of in the condition needs the name of searches, or them` };
    }
    const fits = namePattern(pattern === "them" ? "*" : pattern);
    const of = this.#names
      .filter((name) => fits(name) && (!name.startsWith("_") || pattern.startsWith("_")))
      .map((search) => ({ search }));
    if (of.length === 0) return { problem: `no search of the rule is named as ${pattern} in the condition` };
    if (of.length === 1) return of[0]!;
    return quantifier === "all" ? { and: of } : { or: of };
  }

  #take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at++;
    return true;
  }
}

const TOO_DEEP: Refusal = {
  problem: `brackets of the condition stand more than ${MAX_NESTING} deep in each other`,
};

/** Names are compared to the letter; `*` is any text. */
function namePattern(pattern: string): (name: string) => boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return (name) => name === first;
  return (name) => {
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}
