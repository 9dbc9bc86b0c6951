/** What a run tells beside its calls, as it has come so far. No DOM in here. */
import type { AssociationRecord, NoteRecord, OfferRecord, SummaryRecord } from "../events.js";
import type { Finding, RunNews } from "../view/model.js";

export interface Run {
  readonly offers: readonly OfferRecord[];
  readonly associations: readonly AssociationRecord[];
  readonly notes: readonly NoteRecord[];
  readonly findings: readonly Finding[];
  readonly summary: SummaryRecord | null;
}

export const EMPTY_RUN: Run = { offers: [], associations: [], notes: [], findings: [], summary: null };

/** The run with what came; the same one where nothing of it did. */
export function withNews(run: Run, news: RunNews): Run {
  const { offers, associations, notes, findings, summary } = news;
  if (!offers && !associations && !notes && !findings && !summary) return run;
  return {
    offers: offers === undefined ? run.offers : joined(run.offers, offers),
    associations: associations === undefined ? run.associations : [...run.associations, ...associations],
    notes: notes === undefined ? run.notes : [...run.notes, ...notes],
    findings: findings === undefined ? run.findings : [...run.findings, ...findings],
    summary: summary ?? run.summary,
  };
}

/** What comes again with its id takes the place of what was there. */
function joined<T extends { id: string | null }>(old: readonly T[], more: readonly T[]): T[] {
  const all = [...old];
  const places = new Map(old.map(({ id }, index) => [id, index]));
  for (const item of more) {
    const place = item.id === null ? undefined : places.get(item.id);
    if (place !== undefined) all[place] = item;
    else {
      places.set(item.id, all.length);
      all.push(item);
    }
  }
  return all;
}
