/** What an offer's record rests on: statements with links to their frames, and the sums of their bytes. */
import type { JSX } from "preact";
import type { OfferRecord } from "../../events.js";
import { visible } from "../../output/visible.js";
import type { EvidenceSum } from "../../report/model.js";
import type { Go } from "../go.js";
import { Basis, Frames } from "../story/links.js";

interface EvidenceProps {
  offer: OfferRecord;
  sums: readonly EvidenceSum[];
  go: Go;
  /** Sums are written out. */
  whole?: boolean;
}

export function Evidence({ offer, sums, go, whole = false }: EvidenceProps): JSX.Element {
  if (offer.evidence.length === 0) return <p class="st-none">No statement was made.</p>;
  return (
    <ol class="st-evidence">
      {offer.evidence.map(({ statement, basis, frames }, at) => (
        <li key={at} class={`st-e-${basis}`}>
          <span class="st-statement">
            {basis === "inferred" && (
              <>
                <Basis basis="inferred" />{" "}
              </>
            )}
            {visible(statement)}
            <Sum of={sums[at]} whole={whole} />
          </span>
          {whole ? (
            <span class="st-frames">{frames.map((frame) => `#${frame}`).join(" ")}</span>
          ) : (
            <Frames frames={frames} go={go} />
          )}
        </li>
      ))}
    </ol>
  );
}

function Sum({ of, whole }: { of: EvidenceSum | undefined; whole: boolean }): JSX.Element | null {
  if (of === undefined || of.sha256 === null) return null;
  const text = whole ? of.sha256 : `${of.sha256.slice(0, 16)}…`;
  return (
    <span class="evidence-sum soft" title={`SHA-256 of the ${of.bytes} bytes of these frames: ${of.sha256}`}>
      sha256 <code>{text}</code>
    </span>
  );
}
