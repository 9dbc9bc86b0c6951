/**
 * What is printed in the place of the panes: findings, and offer by offer what happened, its evidence, its calls, and the trees of the
 * calls that the evidence rests on. It is put together when the page has nothing else to do, since printing waits for nobody.
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { OfferRecord } from "../../events.js";
import { PLAIN_SPELLING } from "../../output/spelling.js";
import { visible } from "../../output/visible.js";
import { fieldsText } from "../copies.js";
import type { Rows } from "../rows.js";
import type { Session } from "../session.js";
import { rowsOfOffer } from "../story/calls.js";
import { Evidence, Sessions, Story, StringTable } from "../story/offer-page.js";
import { useStore } from "../use-store.js";
import type { CaseEngine } from "./engine.js";
import { EvidenceSum } from "./evidence-sum.js";
import { Findings } from "./findings.js";

/** Trees and lines of calls that are printed. */
const MAX_TREES = 200;
const MAX_LINES = 2_000;
/** Characters of a tree. */
const MAX_TEXT = 60_000;

interface Printed {
  row: number;
  text: string;
}

interface Sheet {
  /** Null of calls that are of no offer. */
  offer: OfferRecord | null;
  at: number;
  rows: number[];
  trees: Printed[];
}

interface Sheets {
  sheets: Sheet[];
  leftOut: number;
}

export function Paper({ engine, session }: { engine: CaseEngine; session: Session }): JSX.Element {
  const rows = useStore(session.store, (s) => s.rows);
  const phase = useStore(session.store, (s) => s.phase);
  const [made, setMade] = useState<Sheets | null>(null);
  useEffect(() => {
    if (phase !== "ready") return;
    let wanted = true;
    whenIdle(() => {
      void sheetsOf(engine, rows).then((sheets) => wanted && setMade(sheets));
    });
    return () => {
      wanted = false;
    };
  }, [engine, phase]);
  useEffect(() => footer(engine.head.custody.inputs), [engine]);
  if (made === null) return <div class="on-paper" />;
  const { findings, offers, evidence } = engine.head;
  return (
    <div class="on-paper" data-ready="true">
      {findings.length > 0 && (
        <section>
          <h2>Findings</h2>
          <Findings findings={findings} rows={rows} go={session.go} whole={true} />
        </section>
      )}
      {made.sheets.map(({ offer, at, rows: calls, trees }) => (
        <section key={at} class="sheet">
          {offer !== null && (
            <>
              <h2>What happened</h2>
              <Story offer={offer} number={at + 1} of={offers.length} spelling={PLAIN_SPELLING} />
              <StringTable offer={offer} />
              <Sessions offer={offer} />
              <h2>Evidence</h2>
              <Evidence
                rows={rows}
                offer={offer}
                go={session.go}
                below={(line) => <EvidenceSum of={evidence[at]?.[line]} whole={true} />}
              />
            </>
          )}
          <h2>Calls</h2>
          <CallTable rows={rows} calls={calls} />
          {trees.length > 0 && (
            <h2>
              {offer === null ? "Calls of findings, and calls that failed" : "Calls behind the evidence"}
            </h2>
          )}
          {trees.map(({ row, text }) => (
            <article key={row} class="printed-call">
              <h3>
                {rows.time(row)} {visible(rows.text("call", row))}{" "}
                <span>{visible(rows.text("outcome", row))}</span>{" "}
                <span class="soft">
                  frames {rows.frames(row)}, {visible(rows.text("client", row))} →{" "}
                  {visible(rows.text("server", row))}
                </span>
              </h3>
              <pre>{text}</pre>
            </article>
          ))}
        </section>
      ))}
      {made.leftOut > 0 && (
        <p>{made.leftOut} more calls are not printed with their fields; the report shows them on a screen.</p>
      )}
    </div>
  );
}

function CallTable({ rows, calls }: { rows: Rows; calls: readonly number[] }): JSX.Element {
  return (
    <>
      <table class="printed-calls">
        <thead>
          <tr>
            {["Time", "Conv", "Frames", "Client", "Server", "Taken", "Call", "Outcome"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {calls.slice(0, MAX_LINES).map((row) => (
            <tr key={row}>
              <td>{rows.time(row)}</td>
              <td>{visible(rows.text("conversation", row))}</td>
              <td>{visible(rows.frames(row))}</td>
              {(["client", "server", "taken", "call", "outcome"] as const).map((name) => (
                <td key={name}>{visible(rows.text(name, row))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {calls.length > MAX_LINES && <p>{calls.length - MAX_LINES} more calls are in the report.</p>}
    </>
  );
}

async function sheetsOf(engine: CaseEngine, rows: Rows): Promise<Sheets> {
  const { offers, findings } = engine.head;
  const sheets: Sheet[] = [];
  const printed = new Set<number>();
  let leftOut = 0;
  const treesOf = async (wanted: readonly number[]): Promise<Printed[]> => {
    const trees: Printed[] = [];
    for (const row of wanted) {
      if (printed.has(row) || !engine.hasTree(row)) continue;
      if (printed.size >= MAX_TREES) {
        leftOut++;
        continue;
      }
      printed.add(row);
      const { tree } = await engine.show(row);
      if (tree === null) continue;
      const nodes = tree.nodes.filter(({ kind }) => kind !== "unset-bit");
      const text = fieldsText({ nodes }, 0, nodes.length);
      trees.push({ row, text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}\n…` : text });
    }
    return trees;
  };
  for (const [at, offer] of offers.entries()) {
    const calls = rowsOfOffer(rows, offer);
    const own = new Set(calls);
    const behind = new Set(
      offer.evidence.flatMap(({ frames }) => frames.flatMap((frame) => engine.rowsOf(frame))),
    );
    const evident = [...behind].filter((row) => own.has(row)).sort((a, b) => a - b);
    sheets.push({ offer, at, rows: calls, trees: await treesOf(evident) });
  }
  const covered = new Set(sheets.flatMap((sheet) => sheet.rows));
  const found = findings.flatMap((finding) => finding.rows).filter((row) => !covered.has(row));
  const failed =
    offers.length > 0 ? [] : allRows(rows).filter((row) => ["error", "fault"].includes(rows.look(row)));
  const others = offers.length > 0 ? found : allRows(rows);
  const trees = await treesOf([...found, ...failed]);
  if (others.length > 0) sheets.push({ offer: null, at: offers.length, rows: [...new Set(others)], trees });
  return { sheets, leftOut };
}

function allRows(rows: Rows): number[] {
  return Array.from({ length: rows.count }, (_, row) => row);
}

function whenIdle(act: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(act, { timeout: 2_000 });
  else setTimeout(act, 200);
}

/** Sums of inputs that fit into the foot of a page. */
const MAX_FOOT = 2;

/** The sums of the inputs at the foot of each page, and its number. */
function footer(inputs: readonly { name: string; sha256: string }[]): void {
  const sums = inputs.slice(0, MAX_FOOT).map(({ sha256 }) => `SHA-256 ${sha256}`);
  if (inputs.length > MAX_FOOT) sums.push(`and ${inputs.length - MAX_FOOT} more, under Custody`);
  const text = sums.join("\\a ");
  const rule = `@page { @bottom-left { content: "${text}"; white-space: pre; font: 7pt monospace; color: #444 } @bottom-right { content: counter(page) " / " counter(pages); font: 7pt sans-serif; color: #444 } }`;
  try {
    document.styleSheets[0]?.insertRule(rule);
  } catch {
    // The sums are under Custody.
  }
}
