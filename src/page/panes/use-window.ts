/** A long list of rows of one height in an element that scrolls: which of them are drawn, and how to show one. */
import type { RefObject } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Shape, scrollFor, type Window, windowOf } from "./window.js";

export interface Scrolled {
  box: RefObject<HTMLDivElement | null>;
  window: Window;
  /** Scrolls until a row is seen; not at all where it is. */
  reveal: (index: number, how?: "nearest" | "center") => void;
  /** Rows that are seen at once. */
  page: number;
}

/** `head`: pixels at the top of the element that rows go under. */
export function useWindow(count: number, row: number, head = 0): Scrolled {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState({ scrolled: 0, view: 600 });
  const shape: Shape = { count, row, view: Math.max(row, at.view - head) };
  const latest = useRef(shape);
  latest.current = shape;

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = (): void => {
      const scrolled = element.scrollTop;
      const view = element.clientHeight;
      setAt((old) => (old.scrolled === scrolled && old.view === view ? old : { scrolled, view }));
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      sizes.disconnect();
    };
  }, []);

  const reveal = useCallback((index: number, how: "nearest" | "center" = "nearest") => {
    const element = box.current;
    if (element === null || element.clientHeight === 0) return;
    const to = scrollFor(latest.current, element.scrollTop, index, how);
    if (to !== element.scrollTop) element.scrollTop = to;
  }, []);

  const window = windowOf(shape, at.scrolled);
  return { box, window, reveal, page: Math.max(1, Math.floor(shape.view / row) - 1) };
}
