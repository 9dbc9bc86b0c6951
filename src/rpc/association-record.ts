/** What is known of one connection, as the record of its association. */
import {
  type AnnouncementRecord,
  type AssociationRecord,
  type BindRecord,
  type ContextRecord,
  type Note,
  SCHEMA,
  type SecurityRecord,
} from "../events.js";
import { associationId } from "../record/ids.js";
import { type Instant, timestamp } from "../time.js";
import type { ChannelFacts } from "./finished-call.js";
import { NO_AUTH } from "./security/records.js";

/** What the record of an association is made of. */
export interface AssociationFacts {
  readonly channel: ChannelFacts;
  /** When its first PDU came. */
  readonly first: Instant | null;
  readonly secondaryAddress: string | null;
  readonly assocGroupId: number | null;
  readonly maxXmitFrag: number | null;
  readonly maxRecvFrag: number | null;
  readonly contexts: {
    readonly features: string[];
    named(nameOf: (uuid: string, major: number) => string | null): ContextRecord[];
  };
  readonly binds: { readonly records: BindRecord[] };
  readonly security: { records(): AssociationRecord["security_contexts"] };
  /** Of the SMB session around a pipe. */
  readonly sessionAuth: SecurityRecord | null;
  readonly finished: number;
  readonly notes: Note[];
}

/** The first segment that was seen of a connection. */
export interface FirstSegment {
  at: Instant;
  /** TCP sequence number, signed. */
  sequence: number;
  /** The SMB message that it was the first of; empty for datagrams, null over TCP itself. */
  message: string | null;
}

/** `nameOf`: the name of an interface, where it is known. */
export function associationRecord(
  association: AssociationFacts,
  announced: AnnouncementRecord | null,
  nameOf: (uuid: string, major: number) => string | null,
  { at, sequence, message }: FirstSegment,
): AssociationRecord {
  const facts = association.channel;
  const { communityId } = facts;
  const security = association.security.records();
  const first = association.first ?? { seconds: 0, nanos: 0, digits: 6 as const };
  return {
    type: "association",
    schema: SCHEMA,
    id: communityId === null ? null : associationId(communityId, at, message ?? sequence),
    revision: 1,
    provisional: false,
    ts: timestamp(first),
    stream: facts.stream,
    file: facts.file,
    community_id: communityId,
    client: facts.client,
    server: facts.server,
    transport: facts.transport,
    secondary_address: association.secondaryAddress,
    traffic: null,
    announced,
    assoc_group_id: association.assocGroupId,
    max_xmit_frag: association.maxXmitFrag,
    max_recv_frag: association.maxRecvFrag,
    features: association.contexts.features,
    contexts: association.contexts.named(nameOf),
    binds: association.binds.records,
    auth: security[0] ?? association.sessionAuth ?? NO_SECURITY,
    security_contexts: security,
    calls: association.finished,
    notes: association.notes,
  };
}

const NO_SECURITY: AssociationRecord["auth"] = { ...NO_AUTH, ntlm: null, kerberos: null };
