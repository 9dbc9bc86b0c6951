/** A finding: how grave, what, by which techniques, on what it rests, what would make it harmless. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { visible } from "../../output/visible.js";
import type { Finding } from "../../view/model.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { Basis, CallLink, Frames } from "./links.js";

/** A sign for each level, so that colour is not alone. */
const SIGNS: { readonly [level: string]: string } = {
  critical: "⬢",
  high: "▲",
  medium: "◆",
  low: "●",
  informational: "ℹ",
};
/** Calls that are linked at once. */
const SHOWN = 8;

function LevelWord({ level }: { level: string }): JSX.Element {
  const known = Object.hasOwn(SIGNS, level) ? level : "low";
  return (
    <span class={`st-level st-l-${known}`}>
      <span aria-hidden="true">{SIGNS[known]}</span> {visible(level)}
    </span>
  );
}

export function FindingView({ finding, rows, go }: { finding: Finding; rows: Rows; go: Go }): JSX.Element {
  const [all, setAll] = useState(false);
  const { rule, sentence, basis, frames, harmless } = finding;
  const calls = all ? finding.rows : finding.rows.slice(0, SHOWN);
  return (
    <article class="st-finding" aria-label={`${visible(rule.level)}: ${visible(rule.title)}`}>
      <p class="st-finding-head">
        <LevelWord level={rule.level} /> <strong>{visible(rule.title)}</strong>{" "}
        {rule.techniques.map((technique) => (
          <span key={technique} class="st-technique" title="MITRE ATT&CK technique">
            {visible(technique)}
          </span>
        ))}
      </p>
      <p class={`st-statement st-e-${basis}`}>
        {visible(sentence)} <Basis basis={basis} />
      </p>
      <dl class="st-rests">
        {calls.length > 0 && (
          <div>
            <dt>calls</dt>
            <dd>
              {calls.map((row) => (
                <span key={row} class="st-call-of">
                  <CallLink row={row} go={go}>
                    {row < rows.count
                      ? `${rows.time(row).slice(0, 12)} ${visible(rows.text("call", row))}`
                      : `call ${row + 1}`}
                  </CallLink>
                </span>
              ))}
              {finding.rows.length > calls.length && (
                <button type="button" class="st-link" onClick={() => setAll(true)}>
                  {finding.rows.length - calls.length} more
                </button>
              )}
            </dd>
          </div>
        )}
        {frames.length > 0 && (
          <div>
            <dt>frames</dt>
            <dd>
              <Frames frames={frames} go={go} />
            </dd>
          </div>
        )}
        {harmless.length > 0 && (
          <div>
            <dt>false positives</dt>
            <dd>{harmless.map(visible).join("; ")}</dd>
          </div>
        )}
        <div>
          <dt>rule</dt>
          <dd>
            <code class="st-code">{visible(rule.id)}</code>
          </dd>
        </div>
      </dl>
    </article>
  );
}
