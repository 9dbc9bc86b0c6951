/** Texts in which identifiers of objects lead to where they came from. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { visible } from "../../output/visible.js";
import type { Go } from "../go.js";
import type { Rows } from "../rows.js";
import { idsIn, KnownIpids } from "./object-ids.js";

/** Whether calls were made on an IPID, as far as rows have come. */
export function useKnownIpids(rows: Rows): (ipid: string) => boolean {
  const known = useMemo(() => new KnownIpids(), [rows]);
  known.take(rows);
  return known.has;
}

interface WithIdsProps {
  text: string;
  name: string;
  /** Is not linked: its page is open. */
  own?: string;
  known: (ipid: string) => boolean;
  go: Go;
}

/** A text with the identifiers in it as links. */
export function WithIds({ text, name, own = "", known, go }: WithIdsProps): JSX.Element {
  return (
    <>
      {idsIn(text, name, known).map(({ text: part, id }, at) =>
        id === null || id === own ? (
          <span key={at}>{visible(part)}</span>
        ) : (
          <button
            type="button"
            key={at}
            class="st-link"
            title="where it came from"
            onClick={() => go.object(id)}
          >
            {visible(part)}
          </button>
        ),
      )}
    </>
  );
}
