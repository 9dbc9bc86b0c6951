/**
 * What is open, and every question about it: the worker without its messages, which runs anywhere. Long work goes in turns; of
 * each kind one piece is under way, which another one of that kind ends, and `cancel` ends all.
 */
import { InputError } from "../capture/formats.js";
import type { CallRecord } from "../events.js";
import { Explainer } from "../explain/explainer.js";
import { Only } from "../explain/only.js";
import { compileFilter } from "../filter/filter.js";
import { FilterError } from "../filter/filter-error.js";
import { SecretError } from "../rpc/security/secrets.js";
import type { FindQuery, Hit, ObjectStory, Opening, RunNews, ShownCall, ShownFrame } from "../view/model.js";
import { nodesOf } from "../view/nodes.js";
import { findInTrees } from "./find.js";
import { readFirst } from "./first-reading.js";
import { Inputs } from "./inputs.js";
import { matcherOf } from "./matching.js";
import { NoAnswer } from "./no-answer.js";
import { objectStory } from "./object-story.js";
import { Run } from "./run.js";
import { interfacesOf, keysOf } from "./secrets.js";
import { showFrame } from "./show-frame.js";
import { Ended, Turns } from "./turns.js";

const NOT_KEPT = "the bytes of this call were not kept: the limit on memory was reached";

export class Session {
  #run: Run | null = null;
  /** The work that is under way, by kind. */
  readonly #work = new Map<string, Turns>();
  /** The first reading. */
  #stop = { wanted: false };

  /** How often all was read again because a part was not enough. */
  get passes(): number {
    return this.#run?.passes ?? 0;
  }

  /** Resolves when all was read, or the reading was ended. */
  async open(what: Opening, news: (news: RunNews) => void): Promise<void> {
    for (const turns of this.#work.values()) turns.end();
    const turns = this.#begin("open");
    this.#run = null;
    const stop = { wanted: false };
    this.#stop = stop;
    const problem = (text: string): void => news({ problem: text });
    try {
      const run = new Run(new Inputs(what.inputs), interfacesOf(what, problem), keysOf(what, problem));
      this.#run = run;
      await readFirst(run, turns, news, stop);
    } catch (error) {
      if (error instanceof Ended) return;
      if (!(error instanceof InputError || error instanceof SecretError)) throw error;
      const all = error instanceof InputError ? [error, ...error.others] : [error];
      for (const { message } of all) problem(message);
    }
    news({ done: true });
  }

  show(row: number, full = false): Promise<ShownCall> {
    return this.#row(row, this.#begin("show"), (record, explainer) => {
      const tree = explainer.tree(record);
      return {
        row,
        record,
        tree: tree === null ? null : nodesOf(tree, full),
        why: tree === null ? NOT_KEPT : null,
      };
    });
  }

  frame(frame: number): Promise<ShownFrame> {
    return showFrame(this.#opened(), frame, this.#begin("frame"));
  }

  async filter(expression: string): Promise<Uint32Array> {
    const run = this.#opened();
    const turns = this.#begin("filter");
    const filter = await compiled(expression);
    const rows: number[] = [];
    const take = (record: CallRecord, row: number): boolean => {
      if (filter.matches(record)) rows.push(row);
      return true;
    };
    if (run.kept.over) await run.calls(turns, {}, take);
    else {
      for (let row = 0; row < run.kept.count; row++) {
        take(JSON.parse(run.kept.of(row)!) as CallRecord, row);
        if (turns.due) await turns.give();
      }
    }
    return Uint32Array.from(rows);
  }

  async find(query: FindQuery, found: (hits: readonly Hit[]) => void): Promise<{ cut: boolean }> {
    if (query.in === "list") throw new NoAnswer("rows are searched where they are shown");
    return findInTrees(this.#opened(), this.#begin("find"), query, found);
  }

  /** Texts of rows that a search finds, by their numbers: 1 for each that is found; and the same of other texts. */
  async match(
    query: FindQuery,
    others: readonly string[],
  ): Promise<{ texts: Uint8Array; others: Uint8Array }> {
    const { inText } = matcherOf(query);
    const texts = this.#opened().texts?.matching(inText) ?? new Uint8Array(0);
    return { texts, others: Uint8Array.from(others, (text) => (inText(text) ? 1 : 0)) };
  }

  async object(id: string): Promise<ObjectStory> {
    const { first, table, rows, texts } = this.#opened();
    const story =
      first === null
        ? null
        : objectStory(id, {
            objects: first.analyzer.objects,
            table,
            rows,
            numberOf: (text) => texts?.numberOf(text) ?? null,
          });
    if (story === null) throw new NoAnswer(`nothing was captured of ${id}`);
    return story;
  }

  async json(row: number): Promise<string> {
    return (
      this.#opened().kept.of(row) ??
      (await this.#row(row, this.#begin("json"), (record) => JSON.stringify(record)))
    );
  }

  /** Ends what is under way; a first reading with what was found by then. */
  cancel(): void {
    for (const [kind, turns] of this.#work) if (kind !== "open") turns.end();
    this.#stop.wanted = true;
  }

  close(): void {
    for (const turns of this.#work.values()) turns.end();
    this.#run = null;
  }

  /** Reads the conversation of a row again until its call is there; all that is open where that is not enough. */
  async #row<T>(
    row: number,
    turns: Turns,
    answer: (record: CallRecord, explainer: Explainer) => T,
  ): Promise<T> {
    const run = this.#opened();
    const key = run.rows.conversation(row);
    if (key === null) throw new NoAnswer(`there is no row ${row}`);
    const answers: T[] = [];
    const alone = new Explainer(run.table);
    await run.replay([key], turns, alone.witness, (event) => {
      if (event.type !== "call" || !run.rows.is(row, event)) return true;
      answers.push(answer(event, alone));
      return false;
    });
    if (answers.length > 0) return answers[0]!;
    const explainer = new Explainer(run.table);
    const witness = new Only(explainer.witness, new Set([key.stream]));
    await run.calls(turns, { witness }, (record, at) => {
      if (at === row) answers.push(answer(record, explainer));
      return at !== row;
    });
    if (answers.length > 0) return answers[0]!;
    throw new NoAnswer("this call cannot be read again: the file has changed since it was opened");
  }

  #opened(): Run {
    if (this.#run === null) throw new NoAnswer("no capture is open");
    return this.#run;
  }

  #begin(kind: string): Turns {
    this.#work.get(kind)?.end();
    const turns = new Turns();
    this.#work.set(kind, turns);
    return turns;
  }
}

async function compiled(expression: string) {
  try {
    return await compileFilter(expression);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const place = expression.trim() === "" ? null : error.place();
    throw new NoAnswer([error.message, ...[place ?? []].flat()].join("\n"));
  }
}
