/** Where an object came from, and its calls, beside the page. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Go } from "../go.js";
import type { Session } from "../session.js";
import { ObjectPage } from "../story/object-page.js";
import { useStore } from "../use-store.js";

export function ObjectPanel({ session, go }: { session: Session; go: Go }): JSX.Element | null {
  const { store, engine } = session;
  const id = useStore(store, (s) => s.object);
  const rows = useStore(store, (s) => s.rows);
  const selected = useStore(store, (s) => s.row);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), [id]);
  if (id === null) return null;
  return (
    <aside class="object-panel" aria-label="Object">
      <button
        ref={button}
        type="button"
        class="quiet close"
        aria-label="Close"
        onClick={() => store.set({ view: "offers", object: null })}
      >
        ✕
      </button>
      <ObjectPage key={id} {...{ id, engine, rows, selected, go }} />
    </aside>
  );
}
