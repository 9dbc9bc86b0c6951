/** The rules that the program brings, as they were read when it was built. */

import { CORRELATIONS, FILTERS, RULES } from "./generated/rules.js";
import type { RuleFile } from "./rules/read-rules.js";

export const shippedRules = (): RuleFile => ({
  rules: [...RULES],
  correlations: [...CORRELATIONS],
  filters: [...FILTERS],
  problems: [],
});
