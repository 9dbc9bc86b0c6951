/** Whose steps they are, where several users act at one address. */
import { idsOf } from "../steps/predicates.js";
import type { Step } from "../steps/step.js";
import { nextOfKind } from "./next-of-kind.js";

/**
 * Several users at one address at once (behind one translated address, or on one terminal server) are several experts. Steps
 * without a user go with the connection or the references they share. Answers lists that are in order of time as `steps` is.
 */
export function byUser(steps: readonly Step[]): Step[][] {
  const users = new Map<string, { from: number; to: number }>();
  for (const step of steps) {
    const user = userOf(step);
    if (user === null || !step.core) continue;
    const span = users.get(user);
    if (span === undefined) users.set(user, { from: step.at, to: step.end });
    else span.to = Math.max(span.to, step.end);
  }
  if (!overlap([...users.values()])) return [[...steps]];
  const parts = new Map([...users.keys()].map((user) => [user, [] as Step[]]));
  const ofStream = new Map<number, string>();
  const ofId = new Map<string, string>();
  for (const step of steps) {
    const user = userOf(step);
    if (user === null || !users.has(user)) continue;
    ofStream.set(step.stream, user);
    for (const id of idsOf(step)) ofId.set(id, user);
  }
  const next = nextOfKind(steps, (s) => users.has(userOf(s) ?? ""));
  const firstUser = users.keys().next().value!;
  for (const [i, step] of steps.entries()) {
    const own = userOf(step);
    const user =
      (own !== null && users.has(own) ? own : null) ??
      ofStream.get(step.stream) ??
      idsOf(step)
        .map((id) => ofId.get(id))
        .find((u) => u !== undefined) ??
      // What nothing else distinguishes goes with who acted next.
      (next[i] ? userOf(next[i]) : null) ??
      firstUser;
    parts.get(user)?.push(step);
  }
  return [...parts.values()];
}

/** Whether two spans have more than an end in common. */
function overlap(spans: { from: number; to: number }[]): boolean {
  spans.sort((a, b) => a.from - b.from || a.to - b.to);
  let latest = spans[0];
  for (const span of spans.slice(1)) {
    if (span.from < latest!.to && latest!.from < span.to) return true;
    if (span.to > latest!.to) latest = span;
  }
  return false;
}

/** Kerberos and NTLM spell domains differently; the user's own name is the same. */
function userOf(step: Step): string | null {
  return step.user === null ? null : step.user.replace(/@.*$/s, "").toLowerCase();
}
