/** The page (dist/raiscope.html) with what it is to open at once. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Given } from "../view/given.js";
import { CommandError } from "./failure.js";

/** Where it is, above the program and above these sources. */
const PLACES = ["raiscope.html", "dist/raiscope.html"];

const POLICY = /(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)/;
const GIVEN = /(<script type="application\/json" id="given">)[^<]*(<\/script>)/;

/** The page as the package brings it. Throws CommandError. */
export function shippedPage(): string {
  for (let above = dirname(fileURLToPath(import.meta.url)); ; above = dirname(above)) {
    for (const name of PLACES) {
      const path = join(above, name);
      if (existsSync(path)) return readFileSync(path, "utf8");
    }
    if (above === dirname(above)) throw new CommandError("raiscope.html, the page, is missing here");
  }
}

export interface ViewPage {
  html: string;
  /** Its content security policy. */
  policy: string;
}

/** `connects`: it may ask whoever gave it out for more. */
export function pageWith(page: string, given: Given, connects: boolean): ViewPage {
  const found = POLICY.exec(page)?.[2];
  if (found === undefined || !GIVEN.test(page)) throw new CommandError("raiscope.html, the page, is damaged");
  const policy = connects ? `${found}; connect-src 'self'` : found;
  const json = JSON.stringify(given).replaceAll("<", "\\u003c");
  const html = page
    .replace(POLICY, (_, before: string, _old: string, after: string) => before + policy + after)
    .replace(GIVEN, (_, before: string, after: string) => before + json + after);
  return { html, policy };
}
