/**
 * Offers that are reported before they are over, where the input is live: at once when a connection string is issued, again when
 * what is known of the follow-up changed, and once more when nothing more can come. All these reports have one id.
 */
import type { OfferRecord } from "../../events.js";
import { failed } from "../steps/predicates.js";
import type { Step } from "../steps/step.js";

/** The last report of an offer that is not over. */
interface Told {
  id: string | null;
  revision: number;
  /** What it said, as far as another report would be made for it. */
  says: string;
}

export class Revisions {
  /** By the answers that issued the string, which belong to the offer whatever else proves to. */
  readonly #told = new WeakMap<Step, Told>();

  /** The record as another report of an offer that goes on; null where there is nothing new to report. */
  next(record: OfferRecord, steps: readonly Step[]): OfferRecord | null {
    const { outcome, follow_up: follow } = record;
    if (outcome !== "string_issued" && outcome !== "connected") return null;
    const answers = issuing(steps);
    const told = this.#find(answers);
    const says = [outcome, follow?.stream, follow?.protocol].join(" ");
    if (answers.length === 0 || told?.says === says) return null;
    const next = { id: told?.id ?? record.id, revision: (told?.revision ?? 0) + 1, says };
    for (const answer of answers) this.#told.set(answer, next);
    return { ...record, id: next.id, revision: next.revision, provisional: true };
  }

  /** The record as the last report: as it is, where it is the first as well. */
  last(record: OfferRecord, steps: readonly Step[]): OfferRecord {
    const told = this.#find(issuing(steps));
    return told === null ? record : { ...record, id: told.id, revision: told.revision + 1 };
  }

  #find(answers: readonly Step[]): Told | null {
    for (const answer of answers) {
      const told = this.#told.get(answer);
      if (told !== undefined) return told;
    }
    return null;
  }
}

/** A string was issued, or may have been: the step makes an offer worth a report at once. */
export function issues(step: Step): boolean {
  return step.kind === "string-answer" && !failed(step);
}

function issuing(steps: readonly Step[]): Step[] {
  return steps.filter(issues);
}
