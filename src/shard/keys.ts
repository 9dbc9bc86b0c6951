/** One report on keys of several fronts, which were given the same secrets and have each opened what is theirs. */
import type { KeysRecord } from "../events.js";

export function joinKeys(reports: readonly (KeysRecord | null)[]): KeysRecord | null {
  const all = reports.filter((report) => report !== null);
  if (all.length === 0) return null;
  // The given ones stand first in each, in one order; of two that are called alike the first goes with the first.
  const secrets = new Map<string, KeysRecord["secrets"][number]>();
  for (const report of all) {
    const met = new Map<string, number>();
    for (const secret of report.secrets) {
      const name = `${secret.kind} ${secret.secret}`;
      const times = met.get(name) ?? 0;
      met.set(name, times + 1);
      const key = `${times} ${name}`;
      const known = secrets.get(key);
      if (known === undefined) secrets.set(key, { ...secret });
      else known.opened += secret.opened;
    }
  }
  return {
    secrets: [...secrets.values()],
    contexts: all.flatMap(({ contexts }) => contexts).sort((a, b) => (a.stream ?? 0) - (b.stream ?? 0)),
    contexts_not_listed: all.reduce((sum, { contexts_not_listed }) => sum + contexts_not_listed, 0),
  };
}
