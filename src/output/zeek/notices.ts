/** Rows of notice.log: findings, as Zeek's own notices look. */

import type { DetectionRecord } from "../../events.js";
import type { Conversation } from "./conversations.js";
import type { ZeekRow } from "./logs.js";
import { microsOf } from "./times.js";

/** What Zeek does with a notice where nobody says otherwise. */
const LOGGED = "Notice::ACTION_LOG";

/** `of`: the conversation of the first record that it rests on, where it is known. null where nobody knows when it was. */
export function noticeRow(finding: DetectionRecord, of: Conversation | null): ZeekRow | null {
  const { ts, rule, id, client, server } = finding;
  if (ts === null) return null;
  const connection = of?.connection ?? [null, null, null, null, null];
  const sub = [
    `level ${rule.level}`,
    finding.basis,
    `rule ${rule.id}`,
    ...(id === null ? [] : [`finding ${id}`]),
  ];
  return [
    microsOf(ts),
    ...connection,
    // No file is told of.
    null,
    null,
    null,
    of?.over ?? null,
    `Raiscope::${identifier(rule)}`,
    finding.sentence,
    sub.join(", "),
    client?.address ?? null,
    server?.address ?? null,
    server?.port ?? null,
    null,
    null,
    [LOGGED, ...rule.techniques],
    [],
    // None is held back for having been told before.
    0,
    ...[null, null, null, null, null],
  ];
}

/** The rule's title as a name of Zeek's; its id where the title has no letters that such names may have. */
function identifier({ id, title }: DetectionRecord["rule"]): string {
  return nameOf(title) ?? nameOf(`Rule ${id}`)!;
}

function nameOf(text: string): string | null {
  const words = text.replace(/['’]/g, "").match(/[A-Za-z0-9]+/g) ?? [];
  if (!words.some((word) => /[A-Za-z]/.test(word))) return null;
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("_");
  return /^\d/.test(name) ? `Rule_${name}` : name;
}
