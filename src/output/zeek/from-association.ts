/**
 * What the record of an association says of logons, tickets and addresses, in the form of observations: a call log has none of these.
 *
 * Not handled: when each message was sent, which is the association's own time here, and exchanges beside the first of a
 * security context.
 */

import type { AssociationRecord, SecurityRecord } from "../../events.js";
import type { ObservationRecord, Observed } from "../../observations.js";
import { isDatagram } from "../transport.js";
import { cipherNumber } from "./kerberos-names.js";

export function seenIn(record: AssociationRecord): ObservationRecord[] {
  const { ts, stream, file, community_id, client, server, transport } = record;
  const over: "tcp" | "udp" = isDatagram(transport) ? "udp" : "tcp";
  const place = { ts, stream, file, community_id, client, server, over };
  const seen: Observed[] = [];
  if (record.secondary_address !== null && record.secondary_address !== "") {
    const { secondary_address } = record;
    seen.push({ what: "secondary_address", endpoint: transport.endpoint, secondary_address });
  }
  const contexts = record.security_contexts.length > 0 ? record.security_contexts : [record.auth];
  for (const context of contexts) seen.push(...ofContext(context));
  return seen.map((observed) => ({
    type: "observation",
    schema: 2,
    id: null,
    revision: 1,
    provisional: false,
    ...place,
    ...observed,
  }));
}

function ofContext({
  ntlm,
  kerberos,
  type,
  user,
  domain,
  workstation,
  decrypted,
}: SecurityRecord): Observed[] {
  const seen: Observed[] = [];
  if (type === "spnego") seen.push({ what: "negotiation", state: null });
  if (ntlm !== null) {
    const av = (name: string): string | null => {
      const value = ntlm.av_pairs[name];
      return typeof value === "string" ? value : null;
    };
    const names = {
      nb_computer_name: av("MsvAvNbComputerName"),
      dns_computer_name: av("MsvAvDnsComputerName"),
      dns_tree_name: av("MsvAvDnsTreeName"),
    };
    seen.push({ what: "ntlm", message: "authenticate", user, domain, workstation, ...names });
  }
  if (kerberos !== null && kerberos.service !== null) {
    const none = { cname: null, from: null, till: null, forwardable: null, renewable: null };
    const { realm, service, ticket_etype } = kerberos;
    const etype = ticket_etype === null ? null : cipherNumber(ticket_etype);
    const said = { realm, service, ticket_etype: etype, error_code: null, e_text: null };
    seen.push({ what: "kerberos", message: "AP-REQ", ...none, ...said });
    // What was opened with the session's key the server had accepted.
    if (decrypted === true) seen.push({ what: "kerberos", message: "AP-REP", ...none, ...said });
  }
  return seen;
}
