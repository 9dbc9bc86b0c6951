/** Light or dark: as the system has it, until somebody says otherwise. */

export type Theme = "light" | "dark";

const KEY = "raiscope-theme";

function system(): Theme {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** A page from a file may have nowhere to remember it. */
function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function theme(): Theme {
  const said = document.documentElement.dataset.theme ?? remembered();
  return said === "light" || said === "dark" ? said : system();
}

export function setTheme(next: Theme): void {
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds for as long as the page is there.
  }
}

/** As it was chosen before. */
export function restoreTheme(): void {
  const said = remembered();
  if (said === "light" || said === "dark") document.documentElement.dataset.theme = said;
}
