/** Where an object, interface pointer or exporter came from, and what was done with it. */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { counted, grouped } from "../../output/format.js";
import { visible } from "../../output/visible.js";
import type { Engine, ObjectStory } from "../../view/model.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { byTime } from "./calls.js";
import { Ladder } from "./ladder.js";
import { CallLink, Section } from "./links.js";
import { useKnownIpids, WithIds } from "./with-ids.js";

interface ObjectPageProps {
  /** An IPID, OXID or OID. */
  id: string;
  engine: Pick<Engine, "object">;
  rows: Rows;
  selected: number | null;
  go: Go;
}

const KINDS: { readonly [kind in ObjectStory["kind"]]: string } = {
  ipid: "Interface pointer",
  oxid: "Object exporter",
  oid: "Object",
};

type Answer = { id: string; story: ObjectStory | null; problem: string };

export function ObjectPage({ id, engine, rows, selected, go }: ObjectPageProps): JSX.Element {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    let gone = false;
    const set = (it: Omit<Answer, "id">): void => {
      if (!gone) setAnswer({ id, ...it });
    };
    engine.object(id).then(
      (story) => set({ story, problem: "" }),
      (error: unknown) =>
        set({ story: null, problem: error instanceof Error ? error.message : "It cannot be told." }),
    );
    return () => {
      gone = true;
    };
  }, [id, engine]);
  if (answer === null || answer.id !== id) {
    return (
      <p class="st-none" role="status">
        Looking for {visible(id)} …
      </p>
    );
  }
  if (answer.story === null) return <p class="st-none">{visible(answer.problem)}</p>;
  return <Told story={answer.story} rows={rows} selected={selected} go={go} />;
}

function Told({
  story,
  rows,
  selected,
  go,
}: {
  story: ObjectStory;
  rows: Rows;
  selected: number | null;
  go: Go;
}): JSX.Element {
  const known = useKnownIpids(rows);
  const calls = useMemo(
    () =>
      byTime(
        rows,
        story.rows.filter((row) => row < rows.count),
      ),
    [story, rows],
  );
  return (
    <article class="st-object" aria-label={`${KINDS[story.kind]} ${story.id}`}>
      <header class="st-story">
        <p class="st-which">{KINDS[story.kind]}</p>
        <p class="st-sentence">
          <code>{visible(story.id)}</code>
        </p>
        <p class="st-birth">{birth(story, rows, go)}</p>
        <dl class="st-facts">
          {story.facts.map(({ name, text }, at) => (
            <div key={at}>
              <dt>{visible(name)}</dt>
              <dd>
                <WithIds text={text} name={name} own={story.id} known={known} go={go} />
              </dd>
            </div>
          ))}
        </dl>
      </header>
      <Section title="Calls" more={grouped(calls.length)}>
        {calls.length === 0 ? (
          <p class="st-none">No call on it was captured.</p>
        ) : (
          <Ladder rows={rows} calls={calls} selected={selected} go={go} label={`Calls on ${story.id}`} />
        )}
      </Section>
      {story.rows.length > calls.length && (
        <p class="st-none">{counted(story.rows.length - calls.length, "further call")} has not come yet.</p>
      )}
    </article>
  );
}

function birth({ born }: ObjectStory, rows: Rows, go: Go): JSX.Element | string {
  if (born === null || (born.frame === null && born.row === null)) {
    return "Nothing that was captured tells where it came from: it is older than the capture, or what gave it was not read.";
  }
  const { frame, row } = born;
  return (
    <>
      First told of
      {frame !== null && (
        <>
          {" in "}
          <button type="button" class="st-link" onClick={() => go.frame(frame)}>
            frame {frame}
          </button>
        </>
      )}
      {row !== null && row < rows.count && (
        <>
          {" by "}
          <CallLink row={row} go={go}>
            {visible(rows.text("call", row))}
          </CallLink>
          {` at ${rows.time(row)}`}
        </>
      )}
      .
    </>
  );
}
