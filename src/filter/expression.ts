/** What compiling hands around: parts of an expression that can be run, and what is known of them before they are. */

import type { ASTNode } from "@marcbachmann/cel-js";
import type { Place } from "../fields/names.js";
import type { Pattern } from "./patterns.js";

/** What is known of a value before any record is seen; null where nothing is. */
export type StaticType =
  | "text"
  | "number"
  | "boolean"
  | "time"
  | "span"
  | "list"
  | "map"
  | "type"
  | "null"
  | null;

/** What an expression works on while it looks at one record. */
export class State {
  record: { readonly [key: string]: unknown } = {};
  /** Values of the variables of macros, by number. */
  readonly variables: unknown[] = [];
  /** Steps that may still be taken within macros. */
  steps = 0;

  /** Counts `steps` within a macro; false where there are none left: the record does not match. */
  charge(steps: number): boolean {
    this.steps -= steps;
    return this.steps >= 0;
  }
}

export type Run = (state: State) => unknown;
export type Test = (state: State) => boolean;

/** How an expression's value comes about. */
export interface Computed {
  readonly run: Run;
  readonly type: StaticType;
  /** Set where it is a condition by itself. */
  readonly test?: Test;
  /** Where in records it stands; null for what is computed. */
  readonly place?: Place;
  /** A number with a fraction by its type, as CEL's double is. */
  readonly fraction?: boolean;
}

export interface Part extends Computed {
  readonly node: ASTNode;
}

/** What functions need of the compiler. */
export interface Compiling {
  value(node: ASTNode): Part;
  test(node: ASTNode): Test;
  /** Compiles with one more variable, whose number `work` is told. */
  within<T>(name: string, place: Place, work: (slot: number) => T): T;
  pattern(source: string, node: ASTNode): Pattern;
  fail(node: ASTNode, message: string): never;
  /** Inside of a macro, where every step is counted. */
  readonly counted: boolean;
}

/** A condition as a computed value. */
export function condition(test: Test): Computed {
  return { run: test, test, type: "boolean" };
}
