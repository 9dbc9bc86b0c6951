/** The views beside the calls, and what stands above these. */
import { visible } from "../output/visible.js";
import type { ViewOf } from "./app.js";
import type { Session } from "./session.js";
import { OfferPage } from "./story/offer-page.js";
import { OfferStrip } from "./story/offer-strip.js";
import { useStore } from "./use-store.js";

/** The offers of the run, a line each, above the calls. */
export function Offers({ session }: { session: Session }) {
  const offers = useStore(session.store, (s) => s.run.offers);
  return <OfferStrip offers={offers} selected={null} go={session.go} />;
}

function OfferView({ session }: { session: Session }) {
  const { store, go } = session;
  const rows = useStore(store, (s) => s.rows);
  useStore(store, (s) => s.version);
  const offers = useStore(store, (s) => s.run.offers);
  const at = useStore(store, (s) => s.offer);
  const selected = useStore(store, (s) => s.row);
  const offer = offers[at];
  if (offer === undefined) {
    return <p class="nothing">No offer of Remote Assistance was found in what was read so far.</p>;
  }
  return (
    <>
      <OfferStrip offers={offers} selected={at} go={go} />
      <OfferPage
        key={visible(offer.id ?? String(at))}
        rows={rows}
        offer={offer}
        number={at + 1}
        of={offers.length}
        selected={selected}
        go={go}
      />
    </>
  );
}

export const views: readonly ViewOf[] = [
  {
    view: "offers",
    title: "Offers",
    count: ({ run }) => run.offers.length,
    draw: (session) => <OfferView session={session} />,
  },
];
