/** The fields to filter and to find with. */
import { useEffect, useRef, useState } from "preact/hooks";
import { visible } from "../output/visible.js";
import type { FindQuery } from "../view/model.js";
import type { Session } from "./session.js";
import { useStore } from "./use-store.js";

export function FilterBar({ session }: { session: Session }) {
  const { store, engine } = session;
  const { text, error, rows: kept, busy } = useStore(store, (s) => s.filter);
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const [written, write] = useState(text);
  useEffect(() => write(text), [text]);
  if (!engine.can.filter) return null;
  const submit = (event: Event): void => {
    event.preventDefault();
    void session.setFilter(written);
  };
  const count = rows.count.toLocaleString("en");
  return (
    <form class="filter" role="search" aria-label="Filter calls" onSubmit={submit}>
      <label for="filter">Filter</label>
      <input
        id="filter"
        type="text"
        value={written}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        placeholder={'status != "ok"   the language of -Y; right click on a value to fill it'}
        aria-invalid={error !== null}
        aria-describedby="filter-said"
        onInput={(event) => write(event.currentTarget.value)}
      />
      {(written !== "" || text !== "") && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            write("");
            void session.setFilter("");
          }}
        >
          Clear
        </button>
      )}
      <button type="submit">Apply</button>
      <output id="filter-said" class={error === null ? "soft" : "wrong"}>
        {error !== null
          ? `✕ ${error.split("\n").map(visible).join("\n   ")}`
          : kept !== null
            ? `${kept.length.toLocaleString("en")} of ${count} calls${busy ? " …" : ""}`
            : busy
              ? "filtering …"
              : `${count} calls`}
      </output>
    </form>
  );
}

const AS: readonly { as: FindQuery["as"]; title: string }[] = [
  { as: "text", title: "text" },
  { as: "hex", title: "hex" },
  { as: "regex", title: "regular expression" },
];
const IN: readonly { in: FindQuery["in"]; title: string }[] = [
  { in: "list", title: "in the list" },
  { in: "tree", title: "in the fields" },
  { in: "bytes", title: "in the bytes" },
];

export function FindBar({ session }: { session: Session }) {
  const { store, engine } = session;
  const find = useStore(store, (s) => s.find);
  useStore(store, (s) => s.filter.rows);
  const [text, setText] = useState(find?.query.text ?? "");
  const [as, setAs] = useState<FindQuery["as"]>(find?.query.as ?? "text");
  const [where, setWhere] = useState<FindQuery["in"]>(find?.query.in ?? engine.can.findIn[0] ?? "list");
  const asked = useRef<FindQuery | null>(find?.query ?? null);
  if (engine.can.findIn.length === 0) return null;
  const submit = (event: Event): void => {
    event.preventDefault();
    const query: FindQuery = { text, as, in: where };
    const same = asked.current;
    if (find !== null && same?.text === text && same.as === as && same.in === where) session.stepFind(true);
    else {
      asked.current = query;
      void session.find(query);
    }
  };
  const has = find !== null && find.hits.length > 0;
  return (
    <form class="find" aria-label="Find" onSubmit={submit}>
      <label for="find">Find</label>
      <input
        id="find"
        type="text"
        value={text}
        spellcheck={false}
        autocomplete="off"
        placeholder="steps through, hides nothing"
        aria-describedby="find-said"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <select
        aria-label="What is looked for"
        value={as}
        onChange={(e) => setAs(e.currentTarget.value as FindQuery["as"])}
      >
        {AS.map(({ as: value, title }) => (
          <option key={value} value={value} selected={value === as}>
            {title}
          </option>
        ))}
      </select>
      <select
        aria-label="Where"
        value={where}
        onChange={(e) => setWhere(e.currentTarget.value as FindQuery["in"])}
      >
        {IN.filter((one) => engine.can.findIn.includes(one.in)).map(({ in: value, title }) => (
          <option key={value} value={value} selected={value === where}>
            {title}
          </option>
        ))}
      </select>
      <button type="button" aria-label="Hit before" disabled={!has} onClick={() => session.stepFind(false)}>
        ↑
      </button>
      <button type="button" aria-label="Next hit" disabled={!has} onClick={() => session.stepFind(true)}>
        ↓
      </button>
      <output id="find-said" class="soft">
        {find === null ? "" : findSaid(session)}
      </output>
    </form>
  );
}

function findSaid(session: Session): string {
  const { hits, at, busy, cut, word } = session.state.find!;
  const parts: string[] = [];
  if (hits.length > 0) {
    const count = `${hits.length.toLocaleString("en")}${cut ? " or more" : ""}`;
    parts.push(at >= 0 ? `${(at + 1).toLocaleString("en")} of ${count}` : `${count} hits`);
    const hidden = session.hiddenHits;
    if (hidden > 0) parts.push(`${hidden} in calls that the filter hides`);
  }
  if (busy) parts.push("searching …");
  if (word !== "") parts.push(word);
  return visible(parts.join(", "));
}
