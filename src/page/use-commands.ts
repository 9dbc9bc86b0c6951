/** Keys for the whole page. */
import { useEffect } from "preact/hooks";
import { type Command, commandOf } from "./keys.js";
import { showPane } from "./panes/panes.js";
import type { Session } from "./session.js";
import type { Pane } from "./state.js";

const ORDER: readonly Pane[] = ["list", "tree", "bytes"];
const WRITING = "input, textarea, select, [contenteditable]";

/** Calls `act` with what a key asks for. Nothing is heard while a dialog is open, which has keys of its own. */
export function useCommands(session: Session, act: (command: Command) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      const target = event.target as Element | null;
      const pane = target?.closest<HTMLElement>("[data-pane]")?.dataset.pane as Pane | undefined;
      const command = commandOf(event, target?.matches(WRITING) === true, pane !== undefined);
      if (command === null) return;
      if (command === "next-pane" || command === "previous-pane") {
        const next = ORDER[ORDER.indexOf(pane!) + (command === "next-pane" ? 1 : -1)];
        // Out of the last pane, Tab goes where the browser takes it.
        if (next === undefined) return;
        showPane(session, next);
      } else act(command);
      event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [session, act]);
}
