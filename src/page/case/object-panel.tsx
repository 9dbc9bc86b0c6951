/** Where an object came from, and its calls, beside the page. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { visible } from "../../output/visible.js";
import type { ObjectStory } from "../../view/model.js";
import type { Go } from "../go.js";
import { type Session, sentence } from "../session.js";
import { useStore } from "../use-store.js";

/** Calls that are linked. */
const SHOWN = 200;

export function ObjectPanel({ session, go }: { session: Session; go: Go }): JSX.Element | null {
  const id = useStore(session.store, (s) => s.object);
  const rows = useStore(session.store, (s) => s.rows);
  const [story, setStory] = useState<ObjectStory | string | null>(null);
  useEffect(() => {
    if (id === null) return;
    setStory(null);
    session.engine.object(id).then(setStory, (error: unknown) => setStory(sentence(error)));
  }, [id]);
  if (id === null) return null;
  const close = (): void => session.store.set({ view: "offers", object: null });
  return (
    <aside class="object-panel" aria-label="Object">
      <header>
        <h2>
          {typeof story === "object" && story !== null ? story.kind.toUpperCase() : "Object"}{" "}
          <code>{visible(id)}</code>
        </h2>
        <button type="button" class="quiet" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      {story === null && <p class="soft">looking …</p>}
      {typeof story === "string" && <p>{visible(story)}</p>}
      {story !== null && typeof story === "object" && (
        <>
          <dl>
            {story.born !== null && (
              <div>
                <dt>first told of</dt>
                <dd>
                  {story.born.frame !== null && `in frame ${story.born.frame} `}
                  {story.born.row !== null && (
                    <button type="button" class="st-link" onClick={() => go.row(story.born!.row!)}>
                      {visible(rows.text("call", story.born.row))}
                    </button>
                  )}
                </dd>
              </div>
            )}
            {story.facts.map(({ name, text }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <code>{visible(text)}</code>
                </dd>
              </div>
            ))}
          </dl>
          <h3>{story.rows.length === 1 ? "1 call" : `${story.rows.length} calls`}</h3>
          <ul>
            {story.rows.slice(0, SHOWN).map((row) => (
              <li key={row}>
                <button type="button" class="st-link" onClick={() => go.row(row)}>
                  {rows.time(row)} {visible(rows.text("call", row))}
                </button>{" "}
                <span class="soft">{visible(rows.text("outcome", row))}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}
