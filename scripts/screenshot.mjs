/**
 * Makes docs/page.png: the page with a shipped capture, for the README. `npm run screenshot`, after `npm run page`; needs Chromium
 * (CHROMIUM names it where it is not in a usual place).
 */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
const VIEWPORT = { width: 1210, height: 640 };

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: "light" });
  await page.goto(`${pathToFileURL(resolve("dist/raiscope.html")).href}#sample=follow-up.pcapng`);
  const call = page.locator("[data-row]").filter({ hasText: "IRASrv.GetNoviceUserInfo" });
  await call.first().click();
  await page.getByRole("treeitem", { name: /^szName: .*KH/ }).click();
  await page.mouse.move(0, 0);
  const picture = await page.screenshot();
  writeFileSync("docs/page.png", picture);
  console.log(`docs/page.png: ${(picture.length / 1000).toFixed(0)} kB`);
} finally {
  await browser.close();
}
