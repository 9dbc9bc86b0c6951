/** What axe-core finds of a page that keeps people from using it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const require = createRequire(join(fileURLToPath(new URL("../../..", import.meta.url)), "package.json"));
const source = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

interface Result {
  violations: { id: string; impact: string | null; help: string; nodes: { html: string }[] }[];
}

/** What is serious or worse, a line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  // The page's policy does not hold for what a debugger runs.
  await page.evaluate(source);
  const { violations } = (await page.evaluate("axe.run(document)")) as Result;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`,
    );
}
