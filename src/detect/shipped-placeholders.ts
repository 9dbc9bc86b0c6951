/** Placeholders of shipped rules, in lower case: `expand` may name these, and the user gives their values. */
export const SHIPPED_PLACEHOLDERS: readonly string[] = ["helpers"];
