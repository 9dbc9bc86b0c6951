/**
 * The page in Chromium. What a page must never do is written down while it is open: messages of errors on its console, faults
 * that nobody caught, requests to anywhere but itself, violations of its policy.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** What the build made: `npm run page`. */
export const PAGE = join(ROOT, "dist/raiscope.html");
/** Pictures of what tests have seen. */
const SCREENSHOTS = join(ROOT, "dist/screenshots");

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const PROGRAM = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));

/** For tests: why they cannot run here, or false. */
export const skip: string | false = PROGRAM === undefined ? "Chromium is not installed" : false;

export type Theme = "light" | "dark";

export interface Looking {
  theme?: Theme;
  width?: number;
  height?: number;
  /** Behind the `#`. */
  fragment?: string;
  /** Another page than the one that was built. */
  url?: string;
}

export interface Opened {
  page: Page;
  /** What it must not have done. */
  faults: string[];
  /** Keeps a picture. */
  picture(name: string): Promise<void>;
}

let running: Promise<Browser> | null = null;

/** One for all tests of a file; it ends with their process, or with `closeBrowser`. */
function browser(): Promise<Browser> {
  running ??= chromium.launch({ executablePath: PROGRAM, args: ["--no-sandbox", "--disable-gpu"] });
  return running;
}

export async function closeBrowser(): Promise<void> {
  await (await running)?.close();
  running = null;
}

/** Opens the page, and gives it to `use`; it is closed however that ends. Rejects where the page did what it must not. */
export async function withPage(looking: Looking, use: (opened: Opened) => Promise<void>): Promise<void> {
  const { theme = "light", width = 1440, height = 900, fragment = "" } = looking;
  const context = await (await browser()).newContext({
    colorScheme: theme,
    viewport: { width, height },
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  const { href } = looking.url === undefined ? pathToFileURL(PAGE) : new URL(looking.url);
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`not caught: ${error.message}`));
  page.on("request", (request) => {
    const to = request.url();
    if (!/^(?:blob|data):/.test(to) && !to.startsWith(href)) faults.push(`request: ${to}`);
  });
  // Also of what the console says nothing.
  await page.exposeBinding("policyViolated", (_, what: string) => faults.push(`policy: ${what}`));
  await page.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    policyViolated(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));`);
  try {
    await page.goto(fragment === "" ? href : `${href}#${fragment}`);
    await use({
      page,
      faults,
      async picture(name) {
        mkdirSync(SCREENSHOTS, { recursive: true });
        await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
      },
    });
    if (faults.length > 0) throw new Error(`the page did what it must not:\n${faults.join("\n")}`);
  } finally {
    await context.close();
  }
}
