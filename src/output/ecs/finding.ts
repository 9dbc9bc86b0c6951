/** Findings as documents of ECS. */

import type { DetectionLevel, DetectionRecord } from "../../events.js";
import { tacticsOf } from "../tactics.js";
import type { Conversation } from "../zeek/conversations.js";
import {
  addUser,
  distinct,
  documentOf,
  type EcsDocument,
  type EcsEndpoint,
  type EcsEnds,
  type EcsThreat,
  endsOf,
  jsonOf,
  type SomeEnds,
} from "./document.js";

/** As Elastic's own rules count what is low, medium, high and critical. */
const SEVERITIES: { readonly [level in DetectionLevel]: number } = {
  informational: 1,
  low: 21,
  medium: 47,
  high: 73,
  critical: 99,
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `of`: the conversation of the first record that it rests on, where it is known. null where nobody knows when it was. */
export function findingDocument(
  finding: DetectionRecord,
  of: Conversation | null,
  input: string | null,
): EcsDocument | null {
  const { ts, rule, sentence, calls, frames, fields } = finding;
  if (ts === null) return null;
  const uid = of?.connection[0];
  const document = documentOf(
    finding,
    ts,
    {
      kind: "alert",
      category: ["network", "intrusion_detection"],
      type: ["info"],
      id: uid,
      severity: SEVERITIES[rule.level],
    },
    "finding",
    input,
    {
      basis: finding.basis,
      calls: calls.length === 0 ? undefined : calls,
      frames: frames.length === 0 ? undefined : frames,
      rule: { level: rule.level, tags: rule.tags, techniques: rule.techniques },
      false_positives: finding.false_positives.length === 0 ? undefined : finding.false_positives,
      fields: Object.keys(fields).length === 0 ? undefined : jsonOf(fields),
    },
  );
  document.message = sentence;
  document.rule = {
    id: rule.id,
    name: rule.title,
    uuid: UUID.test(rule.id) ? rule.id : undefined,
  };
  document.threat = threatOf(rule);
  if (uid !== undefined) document.zeek = { session_id: uid };
  return { ...document, ...between(finding, of) };
}

/** A technique within another has fields of its own, beside those of the one that it is part of. */
function threatOf({ tags, techniques }: DetectionRecord["rule"]): EcsThreat | undefined {
  const tactics = tacticsOf(tags);
  if (tactics.length === 0 && techniques.length === 0) return undefined;
  const within = techniques.filter((id) => id.includes("."));
  return {
    framework: "MITRE ATT&CK",
    tactic:
      tactics.length === 0
        ? undefined
        : { id: tactics.map(({ id }) => id), name: tactics.map(({ name }) => name) },
    technique:
      techniques.length === 0
        ? undefined
        : {
            id: distinct(...techniques.map((id) => id.split(".")[0]!)),
            subtechnique: within.length === 0 ? undefined : { id: within },
          },
  };
}

/**
 * Who did it, to whom, as far as is known: the ends of the conversation, whose credentials they were, and machines of others where
 * it is about several.
 */
function between(finding: DetectionRecord, of: Conversation | null): Partial<EcsEnds> {
  const { client, server, community_id: id, user, domain } = finding;
  const machines = [client, server].flatMap((end) => (end === null ? [] : [end.address]));
  const ends: SomeEnds =
    of === null
      ? {
          source: endOf(client),
          destination: endOf(server),
          client: endOf(client),
          server: endOf(server),
          network: id === null ? undefined : { community_id: id },
          related: {},
        }
      : endsOf({ client: of.client, server: of.server, community_id: id }, of.over, "dce_rpc");
  const ips = distinct(...(ends.related.ip ?? []), ...machines);
  if (ips.length > 0) ends.related.ip = ips;
  addUser(ends, { user, domain, workstation: null });
  return Object.keys(ends.related).length === 0 ? { ...ends, related: undefined } : ends;
}

function endOf(end: DetectionRecord["client"]): EcsEndpoint | undefined {
  return end === null ? undefined : { address: end.address, ip: end.address, port: end.port ?? undefined };
}
