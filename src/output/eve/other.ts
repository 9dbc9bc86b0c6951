/** Events beside calls: tickets, the connection that an offer led to, and what was odd. */

import type { AssociationRecord, NoteRecord, OfferRecord, SecurityRecord } from "../../events.js";
import { type EveEvent, eveHead, eveTime, flowId, ipVersion } from "./head.js";

/** The tickets that the security contexts of an association were made with, of each service one. */
export function* ticketEvents(association: AssociationRecord): IterableIterator<EveEvent> {
  const seen = new Set<string>();
  for (const context of association.security_contexts) {
    const ticket = ticketOf(context);
    const key = JSON.stringify(ticket);
    if (ticket === null || seen.has(key)) continue;
    seen.add(key);
    yield { ...eveHead(association, "krb5", undefined, "TCP"), krb5: ticket };
  }
}

function ticketOf({ kerberos, user }: SecurityRecord): object | null {
  if (kerberos === null || kerberos.service === null) return null;
  const { realm, service, ticket_etype: etype } = kerberos;
  return {
    msg_type: "KRB_AP_REQ",
    cname: user ?? undefined,
    realm: realm ?? undefined,
    sname: service,
    ticket_encryption: etype === null ? undefined : encryption(etype),
    ticket_weak_encryption: etype === null ? undefined : !STRONG.test(etype),
  };
}

/** Encryption types that Suricata takes for weak are all but these. */
const STRONG = /^(aes(128|256)-cts-|camellia(128|256)-cts-)/;

/** `AES256_CTS_HMAC_SHA1_96`, as Suricata's parser names it. */
function encryption(etype: string): string {
  return etype
    .replace(/^rc4-hmac$/, "arcfour-hmac")
    .replace(/^rc4-hmac-exp$/, "arcfour-hmac-exp")
    .replaceAll("-", "_")
    .toUpperCase();
}

/** The connection that was dialled by what an offer's connection string says, where it is RDP. */
export function followUpEvent(offer: OfferRecord): EveEvent | null {
  const { follow_up: followUp, expert } = offer;
  if (followUp === null || followUp.protocol !== "rdp") return null;
  const { ts, server, from_expert: fromExpert } = followUp;
  return {
    timestamp: eveTime(ts),
    event_type: "rdp",
    ...(fromExpert === true ? { src_ip: expert.address } : {}),
    dest_ip: server.address,
    dest_port: server.port,
    proto: "TCP",
    ip_v: ipVersion(server),
    metadata: {
      flowbits: [`raiscope.offer.${offer.outcome}`],
      ...(offer.id === null ? {} : { flowvars: [{ "raiscope.offer": offer.id }] }),
    },
    rdp: { event_type: "initial_request" },
  };
}

/** What was odd below the calls; null where nobody knows when. */
export function anomalyEvent(note: NoteRecord): EveEvent | null {
  const { ts, frame, code, message } = note;
  if (ts === null) return null;
  return {
    timestamp: eveTime(ts),
    flow_id: flowId(note),
    pcap_cnt: frame === null || frame === 0 ? undefined : frame,
    event_type: "anomaly",
    community_id: note.community_id ?? undefined,
    anomaly: { app_proto: "dcerpc", type: "applayer", event: code, layer: message },
  };
}
