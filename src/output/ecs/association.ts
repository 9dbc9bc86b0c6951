/** Associations as documents of ECS, and their exchanges of NTLMSSP, as Elastic gives them of Zeek's ntlm.log. */

import type { AssociationRecord, SecurityRecord } from "../../events.js";
import { isDatagram } from "../transport.js";
import type { Connection } from "../zeek/calls.js";
import {
  addHosts,
  addUser,
  documentOf,
  type EcsDocument,
  type EcsEnds,
  endsOf,
  jsonOf,
  type Outcome,
  present,
  textOf,
} from "./document.js";

export function associationDocument(
  association: AssociationRecord,
  [uid]: Connection,
  input: string | null,
): EcsDocument {
  const { auth, contexts } = association;
  const document = documentOf(
    association,
    association.ts,
    {
      category: auth.user === null ? ["network"] : ["network", "authentication"],
      type: ["connection", "info"],
      action: "bind",
      id: uid,
      outcome: bindOutcome(association),
      start: association.ts,
    },
    "association",
    input,
    {
      secondary_address: textOf(association.secondary_address),
      assoc_group_id: association.assoc_group_id ?? undefined,
      max_xmit_frag: association.max_xmit_frag ?? undefined,
      max_recv_frag: association.max_recv_frag ?? undefined,
      features: association.features,
      contexts: contexts.map((context) => present({ ...context })),
      binds: association.binds?.map((bind) => present({ ...bind })),
      announced: association.announced === null ? undefined : present({ ...association.announced }),
      transport: present({ ...association.transport, smb: present({ ...association.transport.smb }) }),
      auth: present({ ...auth, ntlm: undefined, kerberos: undefined }),
      kerberos: auth.kerberos === null ? undefined : present({ ...auth.kerberos }),
      calls: association.calls,
      notes: association.notes.length === 0 ? undefined : association.notes.map(({ code }) => code),
    },
  );
  document.zeek = { session_id: uid };
  const ends = endsOf(association, isDatagram(association.transport) ? "udp" : "tcp", "dce_rpc");
  addUser(ends, { ...auth, domain: auth.domain ?? auth.kerberos?.realm ?? null });
  addServer(document, ends, auth);
  const traffic = association.traffic;
  if (traffic !== null) {
    const { client, server, duration_s: duration } = traffic;
    for (const end of [ends.source, ends.client]) Object.assign(end, client);
    for (const end of [ends.destination, ends.server]) Object.assign(end, server);
    ends.network.bytes = client.bytes + server.bytes;
    ends.network.packets = client.packets + server.packets;
    if (duration !== null) document.event.duration = Math.round(duration * 1e9);
  }
  return { ...document, ...ends };
}

/** The security contexts that NTLMSSP made, a document each. */
export function* ntlmDocuments(
  association: AssociationRecord,
  [uid]: Connection,
  input: string | null,
): IterableIterator<EcsDocument> {
  for (const context of association.security_contexts) {
    const { ntlm, user, domain, workstation } = context;
    if (ntlm === null) continue;
    const document = documentOf(
      association,
      association.ts,
      {
        category: ["network", "authentication"],
        type: ["connection", "info"],
        id: uid,
        outcome: bindOutcome(association),
      },
      "ntlm",
      input,
      { auth: present({ ...context, ntlm: undefined, kerberos: undefined }), ntlm: ntlmOf(context) },
    );
    const ends = endsOf(association, "tcp", "ntlm");
    addUser(ends, context);
    addServer(document, ends, context);
    const pairs = ntlm.av_pairs;
    const words = present({
      domain: textOf(domain),
      hostname: textOf(workstation),
      username: textOf(user),
      server: present({
        name: present({
          dns: textOf(pairs.MsvAvDnsComputerName),
          netbios: textOf(pairs.MsvAvNbComputerName),
          tree: textOf(pairs.MsvAvDnsTreeName),
        }),
      }),
    });
    yield { ...document, ...ends, zeek: { session_id: uid, ntlm: words } };
  }
}

function ntlmOf({ ntlm }: SecurityRecord): object | undefined {
  return ntlm === null ? undefined : present({ ...ntlm, av_pairs: jsonOf(ntlm.av_pairs) });
}

/** What the server says of itself in its challenge. */
function addServer(document: EcsDocument, ends: EcsEnds, { ntlm }: SecurityRecord): void {
  if (ntlm === null) return;
  const netbios = textOf(ntlm.av_pairs.MsvAvNbComputerName);
  const dns = textOf(ntlm.av_pairs.MsvAvDnsComputerName);
  if (netbios !== undefined) ends.destination.domain = netbios;
  if (dns !== undefined) document.host = { name: dns };
  addHosts(ends, netbios, dns);
}

/** Refused where a bind or all of its contexts were; unknown where the answer was not captured. */
function bindOutcome({ binds = [], contexts }: AssociationRecord): Outcome {
  if (binds.some(({ response }) => response === "bind_nak")) return "failure";
  const answered = contexts.filter(({ result }) => result !== null && result !== "negotiate_ack");
  if (answered.length === 0) return "unknown";
  return answered.some(({ result }) => result === "acceptance") ? "success" : "failure";
}
