/** Findings as Suricata's events `alert`. */

import type { DetectionLevel, DetectionRecord } from "../../events.js";
import { tacticsOf } from "../tactics.js";
import type { Conversation } from "../zeek/conversations.js";
import { hash } from "../zeek/uid.js";
import { type EveEvent, eveHead, eveTime, flowId, ipVersion } from "./head.js";

/** Suricata's priorities, of which 1 is the highest, and the words that published rules have for them. */
const SEVERITIES: { readonly [level in DetectionLevel]: readonly [severity: number, word: string] } = {
  critical: [1, "Critical"],
  high: [2, "Major"],
  medium: [3, "Minor"],
  low: [4, "Informational"],
  informational: [4, "Informational"],
};

/** That of rules; what Suricata's decoders say has others. */
const GID = 1;
/** A rule's own number is not known: rules of Sigma have none. */
const REV = 1;
/** Published rules have numbers far below. */
const FIRST_SID = 0x4000_0000;
const SID_SEED = 0x811c9dc5;

/** A number made of the rule's id, the same wherever the rule is used. */
export function signatureId(rule: string): number {
  return FIRST_SID + (hash(rule, SID_SEED) & (FIRST_SID - 1));
}

/** `of`: the conversation of the first record that it rests on, where it is known. null where nobody knows when it was. */
export function alertEvent(finding: DetectionRecord, of: Conversation | null): EveEvent | null {
  const { ts } = finding;
  if (ts === null) return null;
  return { ...headOf({ ...finding, ts }, of), alert: alertOf(finding) };
}

function headOf(finding: DetectionRecord & { ts: string }, of: Conversation | null): EveEvent {
  const { ts, client, server, stream, community_id, frames } = finding;
  const frame = frames[0] === 0 ? undefined : frames[0];
  if (of !== null) {
    const ends = { client: of.client, server: of.server };
    return eveHead({ ts, stream, community_id, ...ends }, "alert", frame, of.over === "udp" ? "UDP" : "TCP");
  }
  const event: EveEvent = {
    timestamp: eveTime(ts),
    flow_id: flowId(finding),
    pcap_cnt: frame,
    event_type: "alert",
  };
  if (client !== null) event.src_ip = client.address;
  if (client !== null && client.port !== null) event.src_port = client.port;
  if (server !== null) event.dest_ip = server.address;
  if (server !== null && server.port !== null) event.dest_port = server.port;
  const either = server ?? client;
  if (either !== null) event.ip_v = ipVersion(either);
  event.community_id = community_id ?? undefined;
  return event;
}

function alertOf(finding: DetectionRecord): object {
  const { rule, client, server } = finding;
  const [severity, word] = SEVERITIES[rule.level];
  const tactics = tacticsOf(rule.tags);
  return {
    action: "allowed",
    gid: GID,
    signature_id: signatureId(rule.id),
    rev: REV,
    signature: rule.title,
    category: tactics.map(({ name }) => name).join(", "),
    severity,
    source: endOf(client),
    target: endOf(server),
    metadata: {
      signature_severity: [word],
      mitre_tactic_id: listed(tactics.map(({ id }) => id)),
      mitre_tactic_name: listed(tactics.map(({ name }) => name.replaceAll(" ", "_"))),
      mitre_technique_id: listed(rule.techniques),
      raiscope_rule: [rule.id],
      raiscope_level: [rule.level],
      raiscope_basis: [finding.basis],
      raiscope_sentence: [finding.sentence],
      raiscope_finding: finding.id === null ? undefined : [finding.id],
      raiscope_calls: listed(finding.calls),
      raiscope_user: finding.user === null ? undefined : [accountOf(finding)],
    },
  };
}

function accountOf({ user, domain }: DetectionRecord): string {
  return domain === null || domain === "" ? user! : `${domain}\\${user}`;
}

/** Lists of the schema are not empty. */
function listed(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values;
}

function endOf(end: DetectionRecord["client"]): object | undefined {
  return end === null ? undefined : { ip: end.address, port: end.port ?? undefined };
}
