/** The first reading of what is open: rows as they are known, all else that a run tells, and how far it is. */
import { Analyzer } from "../analyzer.js";
import { Detecting } from "../detect/detecting.js";
import { Detector } from "../detect/detector.js";
import { bindRules } from "../detect/rules/rule-book.js";
import { shippedRules } from "../detect/shipped-rules.js";
import type { AssociationRecord, Event, NoteRecord, OfferRecord, SummaryRecord } from "../events.js";
import { spellingOf } from "../output/spelling.js";
import { findingOf } from "../view/finding.js";
import type { Finding, RunNews } from "../view/model.js";
import { RowBuilder } from "../view/rows.js";
import { type Pass, readThrough } from "./pass.js";
import type { Run } from "./run.js";
import type { Turns } from "./turns.js";

/** Milliseconds between two words about how far it is. */
const PROGRESS_EVERY = 100;
/** Findings below it are not told, as on the command line. */
const LEVEL = "low";
/** Milliseconds that rows wait for a batch to be full. */
const ROWS_EVERY = 200;

/** `stop`: says that it is to end with what was found by then. */
export async function readFirst(
  run: Run,
  turns: Turns,
  news: (news: RunNews) => void,
  stop: { readonly wanted: boolean },
): Promise<void> {
  const reading = await run.inputs.open();
  const keys = run.newKeys?.() ?? null;
  const { index } = run;
  const analyzer = new Analyzer(run.options(reading.names, { keys, witness: index }));
  const first = { analyzer, keys, names: reading.names, done: false };
  run.first = first;
  const builder = new RowBuilder(spellingOf({ placeOf: analyzer.placeOf, files: reading.names }));
  run.texts = builder;
  const others = new Others(run);
  const stage = stageOf(run, analyzer);
  /** It was told that texts are missing. */
  let cut = false;
  let told = performance.now();
  let given = Number.NEGATIVE_INFINITY;
  const give = (): void => {
    given = performance.now();
    const rows = builder.take();
    if (rows !== null) news({ rows });
    for (const other of others.take()) news(other);
    if (!builder.full || cut) return;
    cut = true;
    news({ problem: "the calls have too many different texts: of later ones some are shown as …" });
  };
  await readThrough({
    reading,
    analyzer,
    stage,
    turns,
    get stopped() {
      return stop.wanted;
    },
    before: (frame) => index.before(frame),
    take(events, frame) {
      if (frame !== null) index.after(analyzer.flows);
      for (const event of events) {
        if (event.type === "call") {
          builder.add(event);
          run.addRow(event);
          if (builder.ready) give();
        } else others.add(event);
      }
      return true;
    },
    turn(frames) {
      const now = performance.now();
      if (now - given > ROWS_EVERY) give();
      if (now - told < PROGRESS_EVERY) return;
      told = now;
      news({ progress: { bytes: reading.taken(), of: run.inputs.size, frames } });
    },
  });
  give();
  index.finish();
  run.inputs.settle();
  first.done = true;
}

/** Findings of the shipped rules, of the levels that the command line shows. */
function stageOf({ table }: Run, analyzer: Analyzer): NonNullable<Pass["stage"]> {
  const detector = new Detector({ rules: bindRules([shippedRules()]), level: LEVEL, names: table.nameOf });
  const detecting = new Detecting({ detector, helpers: null, level: LEVEL });
  const notes = (): readonly Event[] =>
    analyzer.report(detector.takeNotes().map((note) => ({ ...note, frame: 0 })));
  return {
    take: (events) => detecting.take(events),
    finish: (events) => detecting.finish(events, notes),
  };
}

/** What is told of a run beside its calls, of each kind: what is beyond is counted in the summary, and not shown. */
const MAX_TOLD = { offer: 20_000, association: 100_000, note: 100_000, detection: 50_000 };
const PLURALS = { offer: "offers", association: "associations", note: "notes", detection: "findings" };

/** Records that are no calls, until they are told. */
class Others {
  readonly #run: Run;
  readonly #told = { offer: 0, association: 0, note: 0, detection: 0 };
  #lists = newLists();
  #summary: SummaryRecord | null = null;
  #problems: string[] = [];

  constructor(run: Run) {
    this.#run = run;
  }

  add(event: Event): void {
    if (event.type === "summary") this.#summary = event;
    if (event.type === "summary" || event.type === "call" || event.type === "observation") return;
    const many = ++this.#told[event.type];
    if (many > MAX_TOLD[event.type]) {
      if (many === MAX_TOLD[event.type] + 1) this.#tellLimit(event.type);
      return;
    }
    const { offers, associations, notes, findings } = this.#lists;
    if (event.type === "offer") offers.push(event);
    else if (event.type === "association") associations.push(event);
    else if (event.type === "note") notes.push(event);
    else findings.push(findingOf(event, (id) => this.#run.rows.withId(id)));
  }

  #tellLimit(kind: keyof typeof MAX_TOLD): void {
    const many = MAX_TOLD[kind].toLocaleString("en");
    this.#problems.push(`only the first ${many} ${PLURALS[kind]} are shown: the summary counts all of them`);
  }

  take(): RunNews[] {
    const some = Object.entries(this.#lists).filter(([, list]) => list.length > 0);
    const news: RunNews = Object.fromEntries(some);
    if (this.#summary !== null) news.summary = this.#summary;
    const all = this.#problems.map((problem) => ({ problem }));
    this.#lists = newLists();
    this.#summary = null;
    this.#problems = [];
    return Object.keys(news).length === 0 ? all : [news, ...all];
  }
}

function newLists() {
  return {
    offers: [] as OfferRecord[],
    associations: [] as AssociationRecord[],
    notes: [] as NoteRecord[],
    findings: [] as Finding[],
  };
}
