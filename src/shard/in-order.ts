/** Operations of several fronts in the order of one: by their moments, those of one moment by front. */
import { isBefore } from "./merger.js";
import type { Moment } from "./operations.js";
import type { Entry } from "./shard-file.js";

/** Whoever gives operations one after the other, in their order. */
export interface Operations {
  next(): Promise<Entry | null>;
}

export interface Ordered extends Entry {
  /** Which of them told it. */
  front: number;
}

/** Reads all of them at once, so that no more is held than the next operation of each. */
export async function* inOrder(fronts: readonly Operations[]): AsyncGenerator<Ordered, void, undefined> {
  const heads = await Promise.all(fronts.map((front) => front.next()));
  for (;;) {
    let first = -1;
    let moment: Moment | null = null;
    for (let i = 0; i < heads.length; i++) {
      const head = heads[i]!;
      if (head === null || (moment !== null && !isBefore(head.moment, moment))) continue;
      first = i;
      moment = head.moment;
    }
    if (first < 0) return;
    const { operation } = heads[first]!;
    heads[first] = await fronts[first]!.next();
    yield { front: first, moment: moment!, operation };
  }
}
