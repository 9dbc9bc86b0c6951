/** The case report as one page: what happened, the calls with their trees and bytes, custody. */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { visible } from "../../output/visible.js";
import type { ShownCall } from "../../view/model.js";
import { Rows } from "../rows.js";
import { CustodyBlock } from "./custody.js";
import type { CaseData } from "./data.js";
import type { CaseEngine } from "./engine.js";

export function App({ data, engine }: { data: CaseData; engine: CaseEngine }): JSX.Element {
  const { head } = engine;
  const rows = useMemo(() => {
    const all = new Rows();
    void engine.open(null, (news) => {
      if (news.rows !== undefined) all.add(news.rows);
    });
    return all;
  }, [engine]);
  const [row, setRow] = useState(0);
  const [shown, setShown] = useState<ShownCall | null>(null);
  useEffect(() => {
    void engine.show(row).then(setShown, () => setShown(null));
  }, [row]);
  return (
    <main>
      <h1>{visible(head.title)}</h1>
      <section>
        <h2>What happened</h2>
        {head.offers.map((offer) => (
          <p key={offer.id}>{offer.outcome}</p>
        ))}
      </section>
      <section>
        <h2>Calls</h2>
        <ol>
          {Array.from({ length: Math.min(rows.count, 500) }, (_, at) => (
            <li key={at}>
              <button type="button" onClick={() => setRow(at)}>
                {rows.time(at)} {visible(rows.text("call", at))}
              </button>
            </li>
          ))}
        </ol>
        <pre>
          {shown?.tree?.nodes.map(({ name, text }) => visible(`${name}: ${text}`)).join("\n") ?? shown?.why}
        </pre>
      </section>
      <CustodyBlock custody={head.custody} manifest={data.manifest} onSave={() => void save(data)} />
    </main>
  );
}

/** Hands the capture inside to the browser's downloads. */
async function save(data: CaseData): Promise<void> {
  const bytes = await data.packets();
  if (bytes === null) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = data.manifest.packets?.name ?? "packets.pcapng";
  link.click();
  URL.revokeObjectURL(link.href);
}
