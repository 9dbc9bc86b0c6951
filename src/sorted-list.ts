/**
 * A list in order whose length the input decides: it is cut into short blocks, so that an element is found, put in or
 * taken out anywhere in a time that hardly grows with the length. Knows nothing of what is in it.
 */

/** Elements of one block, at most. */
const BLOCK = 256;

/** A place in the list: before element `index` of a block. */
export interface Place {
  block: number;
  index: number;
}

export class SortedList<T> {
  /** No block is empty. */
  #blocks: T[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  first(): T | undefined {
    return this.#blocks[0]?.[0];
  }

  last(): T | undefined {
    return this.#blocks.at(-1)?.at(-1);
  }

  push(element: T): void {
    const last = this.#blocks.at(-1);
    if (last === undefined || last.length >= BLOCK) this.#blocks.push([element]);
    else last.push(element);
    this.#size++;
  }

  /** Takes the first element out. */
  shift(): T | undefined {
    const block = this.#blocks[0];
    if (block === undefined) return undefined;
    const element = block.shift();
    this.#size--;
    if (block.length === 0) this.#blocks.shift();
    return element;
  }

  /** The place of the first element for which `after` holds; it holds for all elements behind one for which it does. */
  find(after: (element: T) => boolean): Place {
    const block = firstIndex(this.#blocks, (b) => after(b.at(-1)!));
    const found = this.#blocks[block];
    return { block, index: found === undefined ? 0 : firstIndex(found, after) };
  }

  /** The elements from a place on. The list must not be changed meanwhile. */
  *from({ block, index }: Place): IterableIterator<T> {
    for (let b = block; b < this.#blocks.length; b++) {
      const elements = this.#blocks[b]!;
      for (let i = b === block ? index : 0; i < elements.length; i++) yield elements[i]!;
    }
  }

  /** Takes out `count` elements behind a place and puts others there. */
  replace(at: Place, count: number, elements: readonly T[]): void {
    const blocks = this.#blocks;
    let { block, index } = at;
    if (block > 0 && block === blocks.length) index = blocks[--block]!.length;
    this.#size += elements.length - count;
    const first = blocks[block];
    const length = (first?.length ?? 0) + elements.length - count;
    if (first !== undefined && index + count <= first.length && length > 0 && length <= BLOCK) {
      first.splice(index, count, ...elements);
      return;
    }
    let end = block;
    let left = index + count;
    while (end < blocks.length && left >= blocks[end]!.length) left -= blocks[end++]!.length;
    const tail = end < blocks.length && (left > 0 || end === block) ? blocks[end++]!.slice(left) : [];
    const all = (first?.slice(0, index) ?? []).concat(elements, tail);
    // Half full, so that the next ones find room.
    const pieces = Math.ceil(all.length / (BLOCK / 2));
    const size = Math.ceil(all.length / pieces);
    const fresh: T[][] = [];
    for (let i = 0; i < all.length; i += size) fresh.push(all.slice(i, i + size));
    this.#blocks = blocks.slice(0, block).concat(fresh, blocks.slice(end));
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.from({ block: 0, index: 0 });
  }
}

/** The index of the first element for which `holds` does, by halving. */
function firstIndex<T>(elements: readonly T[], holds: (element: T) => boolean): number {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(elements[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
