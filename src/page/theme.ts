/** Light or dark: as the system has it, until somebody says otherwise. */
import type { Session } from "./session.js";
import type { Theme } from "./state.js";

function now(): Theme {
  const said = document.documentElement.dataset.theme;
  if (said === "light" || said === "dark") return said;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function setTheme(theme: Theme | null): void {
  if (theme !== null) document.documentElement.dataset.theme = theme;
}

export function changeTheme(session: Session): void {
  const theme = now() === "dark" ? "light" : "dark";
  setTheme(theme);
  session.store.set({ theme });
}
