/** Texts inside of a value made well-formed, where a parser may have cut a pair of surrogates in two. */
import { wellFormed } from "../dissectors/wire/text.js";

/** Replaces lone surrogates in all texts inside of `value`, in place; `report` takes where one stood and its code units. */
export function mendTexts(
  value: object,
  path: string,
  report: (path: string, units: readonly number[]) => void,
): void {
  const fields = value as { [key: string]: unknown };
  for (const key of Object.keys(fields)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const field = fields[key];
    if (typeof field === "string") fields[key] = wellFormed(field, (units) => report(at, units));
    else if (typeof field === "object" && field !== null) mendTexts(field, at, report);
  }
}
