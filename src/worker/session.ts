/**
 * What is open, and every question about it: the worker without its messages, which runs anywhere. Long work goes in turns; of
 * each kind one piece is under way, which another one of that kind ends, and `cancel` ends all.
 */
import { Analyzer, type AnalyzerOptions } from "../analyzer.js";
import { InputError } from "../capture/formats.js";
import type { Frame } from "../capture/frame.js";
import type {
  AssociationRecord,
  CallRecord,
  Event,
  NoteRecord,
  OfferRecord,
  SummaryRecord,
} from "../events.js";
import { Explainer } from "../explain/explainer.js";
import { Only } from "../explain/only.js";
import { compileFilter } from "../filter/filter.js";
import { FilterError } from "../filter/filter-error.js";
import { type InterfaceTable, loadInterfaces, shippedInterfaces } from "../interfaces.js";
import { type Spelling, spellingOf } from "../output/spelling.js";
import { KeyRing, type KeyRingOptions } from "../rpc/security/keyring.js";
import { SecretError } from "../rpc/security/secrets.js";
import type { FindQuery, Hit, ObjectStory, Opening, RunNews, ShownCall, ShownFrame } from "../view/model.js";
import { nodesOf } from "../view/nodes.js";
import { RowBuilder } from "../view/rows.js";
import { Inputs, type Reading } from "./inputs.js";
import { readThrough } from "./pass.js";
import { RowKeys } from "./row-keys.js";
import { Ended, Turns } from "./turns.js";

/** Milliseconds between two words about how far it is. */
const PROGRESS_EVERY = 100;
/** Milliseconds that rows wait for a batch to be full. */
const ROWS_EVERY = 200;

/** What cannot be answered: the message is a sentence for people. */
export class NoAnswer extends Error {}

const NOTHING_OPEN = "no capture is open";

/** One capture, or several as one run. */
class Run {
  readonly inputs: Inputs;
  readonly table: InterfaceTable;
  readonly keys: (() => KeyRing) | null;
  readonly rows = new RowKeys();

  constructor(inputs: Inputs, table: InterfaceTable, keys: (() => KeyRing) | null) {
    this.inputs = inputs;
    this.table = table;
    this.keys = keys;
  }

  analyzer(reading: Reading, more: AnalyzerOptions = {}): Analyzer {
    return new Analyzer({
      interfaces: this.table,
      keys: this.keys?.() ?? null,
      files: reading.names,
      acknowledged: true,
      ...more,
    });
  }
}

export class Session {
  #run: Run | null = null;
  /** The work that is under way, by kind. */
  readonly #work = new Map<string, Turns>();
  /** Reading for the first time, which ends with what was found by then. */
  #stop: (() => void) | null = null;

  /** Resolves when all was read, or the reading was ended. */
  async open(what: Opening, news: (news: RunNews) => void): Promise<void> {
    for (const turns of this.#work.values()) turns.end();
    const turns = this.#begin("open");
    this.#run = null;
    const problem = (text: string): void => news({ problem: text });
    try {
      const table = interfacesOf(what, problem);
      const keys = keysOf(what, problem);
      const run = new Run(new Inputs(what.inputs), table, keys);
      this.#run = run;
      await this.#read(run, turns, news);
    } catch (error) {
      if (error instanceof Ended) return;
      if (!(error instanceof InputError || error instanceof SecretError)) throw error;
      const all = error instanceof InputError ? [error, ...error.others] : [error];
      for (const { message } of all) problem(message);
    }
    news({ done: true });
  }

  async #read(run: Run, turns: Turns, news: (news: RunNews) => void): Promise<void> {
    const reading = await run.inputs.open();
    const analyzer = run.analyzer(reading);
    const builder = new RowBuilder(this.#spelling(reading, analyzer));
    const state = { stopped: false };
    this.#stop = () => {
      state.stopped = true;
    };
    let told = performance.now();
    let given = Number.NEGATIVE_INFINITY;
    const give = (): void => {
      given = performance.now();
      const rows = builder.take();
      if (rows !== null) news({ rows });
    };
    const other = new Others();
    await readThrough({
      reading,
      analyzer,
      turns,
      get stopped() {
        return state.stopped;
      },
      take(events) {
        for (const event of events) {
          if (event.type === "call") {
            run.rows.add(event);
            builder.add(event);
            if (builder.full) give();
          } else other.add(event);
        }
        return true;
      },
      turn(frames) {
        const now = performance.now();
        if (now - given > ROWS_EVERY) give();
        const found = other.take();
        if (found !== null) news(found);
        if (now - told < PROGRESS_EVERY) return;
        told = now;
        news({ progress: { bytes: reading.taken(), of: run.inputs.size, frames } });
      },
    });
    give();
    const found = other.take();
    if (found !== null) news(found);
    this.#stop = null;
  }

  #spelling(reading: Reading, analyzer: Analyzer): Spelling {
    return spellingOf({ placeOf: analyzer.placeOf, files: reading.names });
  }

  async show(row: number, full = false): Promise<ShownCall> {
    const run = this.#opened();
    const stream = run.rows.stream(row);
    if (stream === null) throw new NoAnswer(`there is no row ${row}`);
    const explainer = new Explainer(run.table);
    const witness = new Only(explainer.witness, new Set([stream]));
    let shown: ShownCall | null = null;
    await this.#calls("show", run, { witness }, (record, at) => {
      if (at !== row) return true;
      const tree = explainer.tree(record);
      const why =
        tree === null ? "the bytes of this call were not kept: the limit on memory was reached" : null;
      shown = { row, record, tree: tree === null ? null : nodesOf(tree, full), why };
      return false;
    });
    if (shown === null) throw new NoAnswer(`there is no row ${row}`);
    return shown;
  }

  frame(_frame: number): Promise<ShownFrame> {
    return Promise.reject(new NoAnswer("frames cannot be shown yet"));
  }

  async filter(expression: string): Promise<Uint32Array> {
    const run = this.#opened();
    const filter = await compiled(expression);
    const rows: number[] = [];
    await this.#calls("filter", run, {}, (record, row) => {
      if (filter.matches(record)) rows.push(row);
      return true;
    });
    return Uint32Array.from(rows);
  }

  find(_query: FindQuery, _found: (hits: readonly Hit[]) => void): Promise<{ cut: boolean }> {
    return Promise.reject(new NoAnswer("nothing can be searched yet"));
  }

  object(_id: string): Promise<ObjectStory> {
    return Promise.reject(new NoAnswer("objects cannot be shown yet"));
  }

  async json(row: number): Promise<string> {
    let text: string | null = null;
    await this.#calls("json", this.#opened(), {}, (record, at) => {
      if (at === row) text = JSON.stringify(record);
      return at !== row;
    });
    if (text === null) throw new NoAnswer(`there is no row ${row}`);
    return text;
  }

  /** Ends what is under way; a first reading with what was found by then. */
  cancel(): void {
    for (const [kind, turns] of this.#work) if (kind !== "open") turns.end();
    this.#stop?.();
  }

  close(): void {
    for (const turns of this.#work.values()) turns.end();
    this.#run = null;
  }

  #opened(): Run {
    if (this.#run === null) throw new NoAnswer(NOTHING_OPEN);
    return this.#run;
  }

  #begin(kind: string): Turns {
    this.#work.get(kind)?.end();
    const turns = new Turns();
    this.#work.set(kind, turns);
    return turns;
  }

  /** Reads everything again and hands each call to `take`, with the number of its row, until it answers false. */
  async #calls(
    kind: string,
    run: Run,
    more: AnalyzerOptions,
    take: (record: CallRecord, row: number, frame: Frame | null) => boolean,
  ): Promise<void> {
    const turns = this.#begin(kind);
    const reading = await run.inputs.open();
    let rows = 0;
    await readThrough({
      reading,
      analyzer: run.analyzer(reading, more),
      turns,
      take(events, frame) {
        for (const event of events) {
          if (event.type === "call" && !take(event, rows++, frame)) return false;
        }
        return true;
      },
    });
  }
}

/** Records that are no calls, until they are told. */
class Others {
  #offers: OfferRecord[] = [];
  #associations: AssociationRecord[] = [];
  #notes: NoteRecord[] = [];
  #summary: SummaryRecord | null = null;

  add(event: Event): void {
    if (event.type === "offer") this.#offers.push(event);
    else if (event.type === "association") this.#associations.push(event);
    else if (event.type === "note") this.#notes.push(event);
    else if (event.type === "summary") this.#summary = event;
  }

  take(): RunNews | null {
    const news: RunNews = {};
    if (this.#offers.length > 0) news.offers = this.#offers.splice(0);
    if (this.#associations.length > 0) news.associations = this.#associations.splice(0);
    if (this.#notes.length > 0) news.notes = this.#notes.splice(0);
    if (this.#summary !== null) news.summary = this.#summary;
    this.#summary = null;
    return Object.keys(news).length === 0 ? null : news;
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

function interfacesOf({ idl = [] }: Opening, problem: (text: string) => void): InterfaceTable {
  if (idl.length === 0) return shippedInterfaces();
  const { table, problems } = loadInterfaces([...idl]);
  const own = new Set(idl.map(({ name }) => name));
  for (const { file, line, column, message, severity } of problems) {
    if (own.has(file) && severity !== "warning") problem(`${file}:${line}:${column}: ${message}`);
  }
  return table;
}

/** Null where no secret was given. Throws SecretError, which never holds a secret. */
function keysOf(what: Opening, problem: (text: string) => void): (() => KeyRing) | null {
  const { passwords = [], ntHashes = [], sessionKeys = [], keytabs = [] } = what;
  if (passwords.length + ntHashes.length + sessionKeys.length + keytabs.length === 0) return null;
  const given: KeyRingOptions = {
    passwords,
    ntHashes,
    sessionKeys,
    keytabs: keytabs.map(({ name, data }) => ({ name, bytes: data })),
  };
  for (const warning of KeyRing.from(given).warnings) problem(warning);
  return () => KeyRing.from(given);
}
