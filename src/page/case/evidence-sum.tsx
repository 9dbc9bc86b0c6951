/** The sum of the bytes that a statement rests on. */
import type { JSX } from "preact";
import type { EvidenceSum as Sum } from "../../report/model.js";

/** `whole`: written out. */
export function EvidenceSum({ of, whole }: { of: Sum | undefined; whole: boolean }): JSX.Element | null {
  if (of === undefined || of.sha256 === null) return null;
  return (
    <span
      class="evidence-sum soft"
      title={`SHA-256 of the ${of.bytes} captured bytes of these frames: ${of.sha256}`}
    >
      sha256 <code>{whole ? of.sha256 : `${of.sha256.slice(0, 16)}…`}</code>
    </span>
  );
}
