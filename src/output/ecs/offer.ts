/** Offers and notes as documents of ECS. */

import type { NoteRecord, OfferRecord } from "../../events.js";
import {
  addHosts,
  addUser,
  distinct,
  documentOf,
  type EcsDocument,
  type EcsEnds,
  jsonOf,
  networkType,
  type Outcome,
  present,
  textOf,
} from "./document.js";

const OUTCOMES: { readonly [outcome in OfferRecord["outcome"]]: Outcome } = {
  connected: "success",
  string_issued: "success",
  denied: "failure",
  failed: "failure",
  listed_only: "unknown",
  encrypted: "unknown",
};

export function offerDocument(offer: OfferRecord, input: string | null): EcsDocument {
  const { expert, novice, selected, follow_up: followUp, outcome } = offer;
  const document = documentOf(
    offer,
    offer.ts,
    {
      category: ["network", "session"],
      type: [outcome === "connected" ? "start" : "info"],
      action: "remote-assistance-offer",
      outcome: OUTCOMES[outcome],
      reason: offer.refusal ?? outcome,
      start: offer.ts,
    },
    "offer",
    input,
    {
      interface: offer.interface ?? undefined,
      outcome,
      basis: offer.basis,
      outcome_basis: offer.outcome_basis,
      refusal: offer.refusal ?? undefined,
      expert: present({ ...expert }),
      novice: present({ ...novice }),
      sessions: offer.sessions.map((session) => present({ ...session })),
      selected: selected === null ? undefined : present({ ...selected }),
      connection_string: jsonOf(offer.connection_string),
      follow_up: followUp === null ? undefined : present({ ...followUp }),
      evidence: offer.evidence,
      call_ids: offer.call_ids ?? undefined,
      notes: offer.notes.length === 0 ? undefined : offer.notes.map(({ code }) => code),
    },
  );
  const source = { address: expert.address, ip: expert.address };
  const destination = { address: novice.address, ip: novice.address };
  const ends: EcsEnds = {
    source,
    destination,
    client: { ...source },
    server: { ...destination },
    network: {
      transport: "tcp",
      type: networkType(novice.address),
      protocol: "dce_rpc",
      application: followUp?.protocol?.toLowerCase(),
      community_id: offer.community_id ?? undefined,
    },
    related: { ip: distinct(expert.address, novice.address) },
  };
  addUser(ends, expert);
  const name = textOf(novice.name);
  if (name !== undefined) ends.destination.domain = name;
  addHosts(ends, name);
  const user = textOf(selected?.user);
  const target = selected === null ? undefined : present({ name: user, domain: textOf(selected.domain) });
  if (target !== undefined) ends.user = { ...ends.user, target };
  if (user !== undefined) ends.related.user = distinct(...(ends.related.user ?? []), user);
  return { ...document, ...ends };
}

/** null where nobody knows when: a document has a time. */
export function noteDocument(note: NoteRecord, input: string | null): EcsDocument | null {
  const { ts, code, message, severity, frame } = note;
  if (ts === null) return null;
  const document = documentOf(note, ts, { category: ["network"], type: ["info"], code }, "note", input, {
    frame: frame ?? undefined,
  });
  document.message = message;
  document.log = { ...document.log, level: severity };
  if (note.community_id !== null) document.network = { community_id: note.community_id };
  return document;
}
