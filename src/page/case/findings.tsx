/** Findings of rules, the gravest first: what was found, on which calls it rests, what would make it harmless. */
import type { JSX } from "preact";
import { visible } from "../../output/visible.js";
import type { Finding } from "../../view/model.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { Basis } from "../story/links.js";

const LEVELS = ["informational", "low", "medium", "high", "critical"];
/** Findings, and calls of each, that are listed. */
const MAX_FINDINGS = 200;
const MAX_LINKS = 12;

export function gravestFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => LEVELS.indexOf(b.rule.level) - LEVELS.indexOf(a.rule.level));
}

interface FindingsProps {
  findings: readonly Finding[];
  rows: Rows;
  go: Go;
}

export function Findings({ findings, rows, go }: FindingsProps): JSX.Element | null {
  if (findings.length === 0) return null;
  const shown = gravestFirst(findings).slice(0, MAX_FINDINGS);
  return (
    <div class="card">
      <h3>{findings.length === 1 ? "1 finding" : `${findings.length} findings`}</h3>
      <ul class="findings">
        {shown.map((finding, at) => (
          <li key={at} class={`level-${finding.rule.level}`}>
            <FindingHead finding={finding} />
            <span class="finding-calls">
              {finding.rows.slice(0, MAX_LINKS).map((row) => (
                <button key={row} type="button" class="st-link" onClick={() => go.row(row)}>
                  {visible(rows.text("call", row))}
                </button>
              ))}
              {finding.rows.length > MAX_LINKS && (
                <span class="soft">and {finding.rows.length - MAX_LINKS} more</span>
              )}
            </span>
            {finding.harmless.length > 0 && (
              <span class="soft">Harmless where: {finding.harmless.map(visible).join("; ")}</span>
            )}
          </li>
        ))}
      </ul>
      {findings.length > MAX_FINDINGS && (
        <p class="soft">{findings.length - MAX_FINDINGS} more are in the call log.</p>
      )}
    </div>
  );
}

export function FindingHead({ finding }: { finding: Finding }): JSX.Element {
  const { rule, sentence, basis } = finding;
  return (
    <span class="finding-head">
      <b class="level">{visible(rule.level)}</b> <b>{visible(rule.title)}</b>{" "}
      {rule.techniques.length > 0 && <span class="soft">{rule.techniques.map(visible).join(", ")}</span>}{" "}
      {basis === "inferred" && <Basis basis="inferred" />}
      <span class="st-statement">{visible(sentence)}</span>
    </span>
  );
}
