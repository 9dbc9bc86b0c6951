/** What views ask of the page around them: to lead somewhere else. */
export interface Go {
  /** Selects a call in the list, with its tree and bytes. */
  row(row: number): void;
  frame(frame: number): void;
  /** The offer's page, by its place among the offers. */
  offer(index: number): void;
  /** Where an IPID, OXID or OID came from, and its calls. */
  object(id: string): void;
  /** Changes the filter: `and` and `not` join the expression to what is there, `set` replaces it. */
  filter(expression: string, how: "set" | "and" | "not"): void;
}
