/** A list of lines of different heights, drawn as far as it is seen: @tanstack/virtual-core as a hook. */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

export interface VirtualOptions {
  count: number;
  /** Pixels of a line that nobody has measured. */
  estimate: number;
  box: () => HTMLDivElement | null;
  /** Tells lines apart, so that what was measured stays with its line. */
  keyOf: (index: number) => number;
}

export function useVirtual(options: VirtualOptions): Virtualizer<HTMLDivElement, HTMLDivElement> {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const made = useRef<Virtualizer<HTMLDivElement, HTMLDivElement> | null>(null);
  const { count, estimate, box, keyOf } = options;
  const all = {
    count,
    getScrollElement: box,
    estimateSize: () => estimate,
    getItemKey: keyOf,
    overscan: 8,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => again(undefined as never),
  };
  made.current ??= new Virtualizer<HTMLDivElement, HTMLDivElement>(all);
  const virtual = made.current;
  virtual.setOptions(all);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  return virtual;
}
