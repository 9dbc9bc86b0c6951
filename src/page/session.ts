/**
 * What can be done with a run: it is opened, calls are selected and shown, filtered and searched. Everything that the page does goes
 * through here, whoever fills it; what is shown follows the state. No DOM in here.
 */
import type { Engine, FindQuery, Hit, NodeTree, Opening, RunNews } from "../view/model.js";
import { both, without } from "./expressions.js";
import { findProblem, hiddenHits, isShown, nextHit, placeIn } from "./find.js";
import { nodeOfText, rowOfString } from "./first-call.js";
import type { Go } from "./go.js";
import { isCut } from "./panes/cut.js";
import { Folding, type Line, type Side } from "./panes/folding.js";
import { nodeAt, type Place, placeOf } from "./panes/places.js";
import { withNews } from "./run.js";
import { emptyState, NO_FILTER, type State, type Subject } from "./state.js";
import { Store } from "./store.js";

/** Hits that are kept. */
const MAX_HITS = 100_000;

const NO_HITS: readonly Hit[] = [];

/** What is gone to as soon as its call is shown. */
type Target = Pick<Hit, "node" | "bytes">;

export class Session {
  readonly engine: Engine;
  readonly store: Store<State>;
  readonly go: Go;
  /** Grows with each opening, so that what comes late is known. */
  #opening = 0;
  #asked = 0;
  #filtering = 0;
  #finding = 0;
  #hits: Hit[] = [];
  readonly #hitsOf = new Map<number, Hit[]>();
  /** Rows there were when the filter last looked. */
  #filtered = 0;
  /** Somebody has chosen a call: none is chosen for them. */
  #chosen = false;
  /** What is open, without what opened it. */
  #inputs: Opening["inputs"] = [];
  /** The row to be selected as soon as it is there. */
  #wanted: number | null = null;

  constructor(engine: Engine, state: Partial<State> = {}) {
    this.engine = engine;
    this.store = new Store({ ...emptyState(), ...state });
    this.go = {
      row: (row) => void this.select(row, { view: "calls" }),
      frame: (frame) => void this.showFrame(frame),
      offer: (index) => this.showOffer(index),
      object: (id) => this.store.set({ view: "object", object: id }),
      filter: (expression, how) => void this.changeFilter(expression, how),
    };
  }

  get state(): State {
    return this.store.state;
  }

  /** Resolves when everything was read. `row`, `filter`: what was shown when it was open before. */
  async open(
    what: Opening,
    { row = null, filter = "" }: { row?: number | null; filter?: string } = {},
  ): Promise<void> {
    const opening = ++this.#opening;
    this.#inputs = what.inputs;
    this.#asked++;
    this.#finding++;
    this.#filtering++;
    this.#chosen = row !== null;
    this.#wanted = row;
    this.#filtered = 0;
    this.#hits = [];
    this.#hitsOf.clear();
    const { view, hexOnly, theme } = this.state;
    this.store.set({
      ...emptyState(),
      view: view === "object" ? "calls" : view,
      hexOnly,
      theme,
      version: this.state.version + 1,
      phase: "loading",
      names: what.inputs.map(({ name }) => name),
      filter: { ...NO_FILTER, text: filter },
    });
    try {
      await this.engine.open(what, (news) => {
        if (opening === this.#opening) this.#take(news);
      });
    } catch (error) {
      if (opening === this.#opening) this.#problem(sentence(error));
    }
    if (opening !== this.#opening) return;
    this.store.set({ phase: "ready", progress: null });
    if (this.state.filter.text !== "") await this.setFilter(this.state.filter.text);
    if (!this.#chosen) await this.#chooseFirst();
  }

  /** What is open again, with what opens sealed traffic; the captures are those that are open where none are given. */
  again(what: Opening): Opening {
    return what.inputs.length > 0 ? what : { ...what, inputs: this.#inputs };
  }

  /** Ends the reading; what was read stays. */
  cancel(): void {
    this.engine.cancel();
    this.#problem("Reading was stopped: what is shown is what had been read by then.");
  }

  #take(news: RunNews): void {
    const { rows, version, run } = this.state;
    const part: Partial<State> = { run: withNews(run, news) };
    if (news.rows !== undefined) {
      rows.add(news.rows);
      part.version = version + 1;
    }
    if (news.progress !== undefined) part.progress = news.progress;
    this.store.set(part);
    if (news.problem !== undefined) this.#problem(news.problem);
    if (news.rows === undefined) return;
    const { filter } = this.state;
    // To filter, all is looked at again: while it is read, at each doubling.
    const again = filter.text !== "" && !filter.busy && filter.error === null;
    if (again && rows.count >= 2 * this.#filtered) void this.setFilter(filter.text);
    const wanted = this.#wanted;
    if (wanted !== null && wanted < rows.count) {
      this.#wanted = null;
      void this.select(wanted);
    }
  }

  #problem(text: string): void {
    const { problems } = this.state;
    if (!problems.includes(text)) this.store.set({ problems: [...problems, text] });
  }

  dismiss(problem: string): void {
    this.store.set({ problems: this.state.problems.filter((text) => text !== problem) });
  }

  /** Selects a call, and shows it. `target`: what of it is gone to. */
  async select(row: number, { view, target }: { view?: State["view"]; target?: Target } = {}): Promise<void> {
    const { rows, subject } = this.state;
    if (row < 0 || row >= rows.count) return;
    this.#chosen = true;
    if (view !== undefined) this.store.set({ view });
    if (subject?.kind === "call" && subject.number === row && !this.state.busy) {
      this.store.set({ row });
      this.#goTo(target);
      return;
    }
    const asked = ++this.#asked;
    this.store.set({ row, busy: true });
    let next: Subject;
    try {
      const call = await this.engine.show(row);
      next = subjectOf("call", row, call.tree, call.why, []);
      next.call = call;
    } catch (error) {
      next = subjectOf("call", row, null, sentence(error), []);
    }
    if (asked === this.#asked) this.#show(next, target);
  }

  /** Shows a frame in the place of a call's tree. */
  async showFrame(frame: number, offset: number | null = null): Promise<void> {
    const asked = ++this.#asked;
    this.#chosen = true;
    this.store.set({ busy: true, view: "calls", pane: "tree" });
    let next: Subject;
    try {
      const { tree, rows } = await this.engine.frame(frame);
      next = subjectOf("frame", frame, tree, null, rows);
    } catch (error) {
      next = subjectOf("frame", frame, null, sentence(error), []);
    }
    if (asked !== this.#asked) return;
    const source = next.tree?.sources.findIndex(({ kind }) => kind === "frame") ?? -1;
    this.#show(next, undefined);
    if (offset !== null && source >= 0) this.selectByte(source, offset);
    // A frame is of the call that it carried.
    const row = next.rows[0];
    if (row !== undefined && !next.rows.includes(this.state.row ?? -1)) this.store.set({ row });
  }

  #show(subject: Subject, target: Target | undefined): void {
    const { side } = this.state;
    this.store.set({
      subject,
      busy: false,
      side: subject.folding?.twoSided === true ? side : "both",
      node: null,
      place: null,
      cursor: null,
      hover: null,
      hoverNode: null,
    });
    this.#goTo(target);
  }

  #goTo(target: Target | undefined): void {
    if (target?.bytes !== undefined) {
      const { source, start, length } = target.bytes;
      this.selectByte(source, start);
      this.store.set({ place: { source, start, length } });
    } else if (target?.node !== undefined) this.selectNode(target.node);
  }

  selectNode(node: number): void {
    const { subject, folds, side } = this.state;
    const field = subject?.tree?.nodes[node];
    if (!subject || field === undefined) return;
    const opened = subject.folding?.reveal(node) === true;
    const own = subject.folding?.sideOf(node) ?? "both";
    this.store.set({
      node,
      place: placeOf(field),
      cursor: null,
      folds: opened ? folds + 1 : folds,
      side: side === "both" || own === "both" ? side : own,
    });
  }

  /** Selects the deepest field that covers a byte. */
  selectByte(source: number, offset: number): void {
    const tree = this.state.subject?.tree;
    if (!tree) return;
    const node = nodeAt(tree, source, offset);
    if (node >= 0) this.selectNode(node);
    const place = node < 0 ? { source, start: offset, length: 1 } : placeOf(tree.nodes[node]);
    this.store.set({ node: node < 0 ? null : node, place, cursor: { source, offset } });
  }

  /** `node`: the field under the pointer, where it is over bytes. */
  hover(place: Place | null, node: number | null = null): void {
    this.store.set({ hover: place, hoverNode: node });
  }

  fold(line: Pick<Line, "node" | "group">, open: boolean): void {
    this.state.subject?.folding?.set(line, open);
    this.store.set({ folds: this.state.folds + 1 });
  }

  foldAll(open: boolean): void {
    this.state.subject?.folding?.setAll(open);
    this.store.set({ folds: this.state.folds + 1 });
  }

  setSide(side: Side): void {
    const { node, subject } = this.state;
    const hides = node !== null && side !== "both" && subject?.folding?.sideOf(node) !== side;
    this.store.set({ side, ...(hides ? { node: null, place: null, cursor: null } : {}) });
  }

  /** Moves among the calls that are shown. */
  move(by: number | "first" | "last"): void {
    const { rows, filter, row } = this.state;
    const count = filter.rows?.length ?? rows.count;
    if (count === 0) return;
    const here = row === null ? -1 : placeIn(filter.rows, row);
    // From a call that is hidden the next one is where it would be.
    const hidden = row !== null && here < 0;
    let to = by === "first" ? 0 : by === "last" ? count - 1 : here;
    if (typeof by === "number") to = hidden ? -here - 1 + (by > 0 ? by - 1 : by) : here + by;
    to = Math.max(0, Math.min(to, count - 1));
    void this.select(filter.rows?.[to] ?? to);
  }

  showOffer(index: number): void {
    const { offers } = this.state.run;
    if (offers.length === 0) return;
    const offer = ((index % offers.length) + offers.length) % offers.length;
    this.store.set({ view: "offers", offer });
  }

  /** The offer before or behind the one that is looked at. */
  stepOffer(by: number): void {
    const { view, offer } = this.state;
    this.showOffer(view === "offers" ? offer + by : by > 0 ? 0 : -1);
  }

  async changeFilter(expression: string, how: "set" | "and" | "not"): Promise<void> {
    const { text } = this.state.filter;
    const next =
      how === "set" ? expression : how === "and" ? both(text, expression) : without(text, expression);
    this.store.set({ view: "calls" });
    await this.setFilter(next);
  }

  /** Hides what an expression does not let through; "" shows everything. */
  async setFilter(text: string): Promise<void> {
    const filtering = ++this.#filtering;
    const { filter } = this.state;
    if (text.trim() === "") {
      this.store.set({ filter: NO_FILTER });
      return;
    }
    this.#filtered = this.state.rows.count;
    this.store.set({ filter: { ...filter, text, busy: true } });
    let next = { ...filter, text, busy: false };
    try {
      next = { text, rows: await this.engine.filter(text), error: null, busy: false };
    } catch (error) {
      next.error = sentence(error);
    }
    if (filtering === this.#filtering) this.store.set({ filter: next });
  }

  /** Searches; the first hit from the selected call on is gone to as soon as it is known. */
  async find(query: FindQuery): Promise<void> {
    const finding = ++this.#finding;
    this.#hits = [];
    this.#hitsOf.clear();
    const begun = { query, hits: this.#hits, at: -1, cut: false, busy: true, word: "" };
    if (query.text === "") {
      this.store.set({ find: null });
      return;
    }
    const problem = findProblem(query.text, query.as);
    if (problem !== null) {
      this.store.set({ find: { ...begun, busy: false, word: problem } });
      return;
    }
    this.store.set({ find: begun });
    const tell = (part: Partial<NonNullable<State["find"]>>): void => {
      const { find } = this.state;
      if (finding === this.#finding && find !== null) this.store.set({ find: { ...find, ...part } });
    };
    try {
      const { cut } = await this.engine.find(query, (hits) => {
        if (finding !== this.#finding) return;
        const first = this.#hits.length === 0 && hits.length > 0;
        this.#keep(hits);
        tell({ hits: this.#hits.slice() });
        if (first) this.stepFind(true);
      });
      tell({ busy: false, cut: cut || this.#hits.length >= MAX_HITS });
      if (this.#hits.length === 0) tell({ word: "nothing was found" });
    } catch (error) {
      tell({ busy: false, word: sentence(error) });
    }
  }

  #keep(hits: readonly Hit[]): void {
    for (const hit of hits) {
      if (this.#hits.length === MAX_HITS) return;
      this.#hits.push(hit);
      const there = this.#hitsOf.get(hit.row);
      if (there === undefined) this.#hitsOf.set(hit.row, [hit]);
      else there.push(hit);
    }
  }

  /** What was found in a call. */
  hitsOf(row: number): readonly Hit[] {
    return this.#hitsOf.get(row) ?? NO_HITS;
  }

  endFind(): void {
    this.#finding++;
    this.#hits = [];
    this.#hitsOf.clear();
    this.store.set({ find: null });
  }

  stepFind(forward: boolean): void {
    const { find, filter, row } = this.state;
    if (find === null || find.hits.length === 0) return;
    const { at, wrapped } = nextHit(find.hits, find.at, forward, row, filter.rows);
    if (at < 0) {
      this.store.set({ find: { ...find, word: "all hits are in calls that the filter hides" } });
      return;
    }
    const word =
      wrapped === "end" ? "went on at the beginning" : wrapped === "beginning" ? "went on at the end" : "";
    this.store.set({ find: { ...find, at, word } });
    const hit = find.hits[at]!;
    void this.select(hit.row, { view: "calls", target: hit });
  }

  /** Hits in calls that the filter hides. */
  get hiddenHits(): number {
    const { find, filter } = this.state;
    return find === null ? 0 : hiddenHits(find.hits, filter.rows);
  }

  /** Selects the call that brought a connection string, its text; without one the first call. */
  async #chooseFirst(): Promise<void> {
    const opening = this.#opening;
    for (const offer of this.state.run.offers) {
      if (offer.connection_string === null) continue;
      const row = await rowOfString(offer, this.state.rows, this.engine);
      if (opening !== this.#opening || this.#chosen) return;
      if (row === null) continue;
      await this.select(row);
      const { tree } = this.state.subject ?? {};
      const node = tree ? nodeOfText(tree, offer.connection_string.raw) : -1;
      if (opening === this.#opening && node >= 0) this.selectNode(node);
      return;
    }
    const { rows, filter } = this.state;
    const first = filter.rows === null ? 0 : filter.rows[0];
    if (rows.count > 0 && first !== undefined && !this.#chosen) await this.select(first);
  }

  /** The whole text of a field of the call that is shown, which the tree cuts where it is long. */
  async wholeText(node: number): Promise<string> {
    const { subject } = this.state;
    const cut = subject?.tree?.nodes[node]?.text ?? "";
    if (subject?.kind !== "call" || !isCut(cut)) return cut;
    const { tree } = await this.engine.show(subject.number, true);
    return tree?.nodes[node]?.text ?? cut;
  }

  say(said: string): void {
    this.store.set({ said });
  }

  /** Whether a row is among those that are shown. */
  isShown(row: number): boolean {
    return isShown(this.state.filter.rows, row);
  }
}

function subjectOf(
  kind: Subject["kind"],
  number: number,
  tree: NodeTree | null,
  why: string | null,
  rows: readonly number[],
): Subject {
  return { kind, number, call: null, tree, why, folding: tree === null ? null : new Folding(tree), rows };
}

/** What an error says, as a sentence. */
function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
