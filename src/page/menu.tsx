/** A menu at the pointer: what a value can be filtered by, and what can be copied. */
import { useEffect, useRef } from "preact/hooks";
import { visible } from "../output/visible.js";
import type { Item } from "./menus.js";

export interface MenuProps {
  x: number;
  y: number;
  items: readonly Item[];
  close: () => void;
}

/** Pixels between the menu and the edge of the window. */
const EDGE = 8;

export function Menu({ x, y, items, close }: MenuProps) {
  const box = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement);
  useEffect(() => {
    const element = box.current!;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(EDGE, Math.min(x, innerWidth - width - EDGE))}px`;
    element.style.top = `${Math.max(EDGE, Math.min(y, innerHeight - height - EDGE))}px`;
    element.querySelector("button")?.focus();
    const outside = (event: Event): void => {
      if (!element.contains(event.target as Node)) close();
    };
    addEventListener("pointerdown", outside, true);
    addEventListener("blur", close);
    return () => {
      removeEventListener("pointerdown", outside, true);
      removeEventListener("blur", close);
    };
  }, [x, y, items]);
  const end = (): void => {
    close();
    if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const buttons = [...box.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    event.stopPropagation();
    if (to !== undefined) buttons.at(to % buttons.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") end();
    else return;
    event.preventDefault();
  };
  return (
    <div class="menu" ref={box} role="menu" aria-label="What to do with it" onKeyDown={onKeyDown}>
      {items.map(({ label, heading, act }, index) => (
        <div key={index} role="none">
          {heading !== undefined && (
            <div class="menu-heading" role="presentation">
              {heading}
            </div>
          )}
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              end();
              act();
            }}
          >
            {visible(label)}
          </button>
        </div>
      ))}
    </div>
  );
}
