/** Findings of rules, the gravest first. */
import type { JSX } from "preact";
import { counted, grouped } from "../../output/format.js";
import type { Finding } from "../../view/model.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { FindingView } from "../story/finding-view.js";

const LEVELS = ["informational", "low", "medium", "high", "critical"];
/** Findings that are listed. */
const MAX_FINDINGS = 200;
/** Of more than these all but the first are folded. */
const OPEN = 3;

interface FindingsProps {
  findings: readonly Finding[];
  rows: Rows;
  go: Go;
  /** Nothing is folded. */
  whole?: boolean;
}

export function Findings({ findings, rows, go, whole = false }: FindingsProps): JSX.Element | null {
  if (findings.length === 0) return null;
  const sorted = [...findings].sort((a, b) => LEVELS.indexOf(b.rule.level) - LEVELS.indexOf(a.rule.level));
  const open = whole ? MAX_FINDINGS : OPEN;
  const view = (finding: Finding, at: number): JSX.Element => (
    <FindingView key={at} finding={finding} rows={rows} go={go} />
  );
  return (
    <div class="card findings">
      <h3>{counted(findings.length, "finding")}</h3>
      {sorted.slice(0, open).map(view)}
      {findings.length > open && (
        <details>
          <summary>{grouped(findings.length - open)} more</summary>
          {sorted.slice(open, MAX_FINDINGS).map(view)}
          {findings.length > MAX_FINDINGS && (
            <p class="st-none">{grouped(findings.length - MAX_FINDINGS)} more are in the call log inside.</p>
          )}
        </details>
      )}
    </div>
  );
}
