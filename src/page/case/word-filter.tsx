/** Hides the calls without some words: what a report has in the place of filter expressions. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../session.js";
import { NO_FILTER } from "../state.js";
import { useStore } from "../use-store.js";
import type { CaseEngine } from "./engine.js";

export function WordFilter({ engine, session }: { engine: CaseEngine; session: Session }): JSX.Element {
  const { store } = session;
  const kept = useStore(store, (s) => s.filter.rows);
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const [words, setWords] = useState("");
  const change = (text: string): void => {
    setWords(text);
    store.set({
      filter: text.trim() === "" ? NO_FILTER : { ...NO_FILTER, text, rows: engine.rowsWith(text) },
    });
  };
  const all = rows.count.toLocaleString("en");
  return (
    <form class="filter" role="search" aria-label="Filter calls" onSubmit={(event) => event.preventDefault()}>
      <label for="filter">Filter</label>
      <input
        id="filter"
        type="text"
        value={words}
        spellcheck={false}
        autocomplete="off"
        placeholder="words of the line, in any order; expressions of -Y are for raiscope view"
        aria-describedby="filter-said"
        onInput={(event) => change(event.currentTarget.value)}
      />
      <output id="filter-said" class="soft">
        {kept === null ? `${all} calls` : `${kept.length.toLocaleString("en")} of ${all} calls`}
      </output>
    </form>
  );
}
