/** What of the page's state stands in the address, behind `#`: so that a page that is loaded again shows the same. No DOM in here. */

import type { Theme, View } from "./state.js";

export interface Address {
  /** The sample that is open, by its name; null where files are. */
  sample: string | null;
  filter: string;
  /** The call that is selected. */
  row: number | null;
  view: View;
  /** null where nobody chose one. */
  theme: Theme | null;
}

export function addressOf(fragment: string): Address {
  const words = new URLSearchParams(fragment.replace(/^#/, ""));
  const row = words.get("call");
  return {
    sample: words.get("sample"),
    filter: words.get("filter") ?? "",
    row: row !== null && /^\d{1,9}$/.test(row) && Number(row) > 0 ? Number(row) - 1 : null,
    view: viewOf(words.get("view")),
    theme: THEMES.find((theme) => theme === words.get("theme")) ?? null,
  };
}

const THEMES: readonly Theme[] = ["light", "dark"];
const VIEWS: readonly View[] = ["calls", "offers", "notes", "timeline"];

function viewOf(word: string | null): View {
  return VIEWS.find((view) => view === word) ?? "calls";
}

/** With `#`; "" where there is nothing to say. */
export function fragmentOf({ sample, filter, row, view, theme }: Address): string {
  const words = new URLSearchParams();
  if (sample !== null) words.set("sample", sample);
  if (view !== "calls") words.set("view", view);
  if (filter !== "") words.set("filter", filter);
  if (theme !== null) words.set("theme", theme);
  if (row !== null) words.set("call", String(row + 1));
  const text = words.toString();
  return text === "" ? "" : `#${text}`;
}
