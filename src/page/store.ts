/** State in one place, and who looks on. No DOM in here. */

export class Store<S extends object> {
  #state: S;
  readonly #lookers = new Set<() => void>();

  constructor(state: S) {
    this.#state = state;
  }

  get state(): S {
    return this.#state;
  }

  /** Changes parts of the state; nobody is told where nothing is another than before. */
  set(part: Partial<S>): void {
    const before = this.#state;
    if (Object.entries(part).every(([name, value]) => Object.is(before[name as keyof S], value))) return;
    this.#state = { ...before, ...part };
    for (const look of [...this.#lookers]) look();
  }

  /** Answers what ends it. */
  subscribe(look: () => void): () => void {
    this.#lookers.add(look);
    return () => this.#lookers.delete(look);
  }
}
