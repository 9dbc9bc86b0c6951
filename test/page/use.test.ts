/** The page as somebody uses it: opening, selecting, finding, filtering, looking at offers, in both themes, by pointer and keys. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { ended, start, until } from "../support/cli/spawn.js";
import { CAPTURES } from "../support/golden.js";
import { axeFindings } from "../support/page/axe.js";
import { closeBrowser, skip, type Theme, withPage } from "../support/page/browser.js";

const SAMPLE = "sample=follow-up.pcapng";
const SEALED = "vista-offer-privacy.pcapng";
const PASSWORD = "Help4Desk!";

const rows = (page: Page): Locator => page.getByRole("grid", { name: "Calls" }).locator("[data-row]");
const row = (page: Page, name: string): Locator => rows(page).filter({ hasText: name }).first();
const field = (page: Page, name: RegExp): Locator => page.getByRole("treeitem", { name }).first();
const textOf = (page: Page): Promise<string> => page.locator("body").innerText();

/** As if files were dragged in from a folder. */
async function drop(page: Page, names: readonly string[]): Promise<void> {
  const files = names.map((name) => [name, readFileSync(join(CAPTURES, name)).toString("hex")]);
  await page.evaluate(`{
    const data = new DataTransfer();
    for (const [name, hex] of ${JSON.stringify(files)}) {
      const bytes = Uint8Array.from(hex.match(/../g), (two) => Number.parseInt(two, 16));
      data.items.add(new File([bytes], name));
    }
    const at = document.querySelector(".app");
    for (const type of ["dragenter", "dragover", "drop"]) {
      at.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }`);
}

describe("the page", { skip }, () => {
  after(closeBrowser);

  test("shows captures that are dropped on it, several as one", async () => {
    await withPage({}, async ({ page, picture }) => {
      await picture("empty");
      await drop(page, ["invoke.pcapng"]);
      await rows(page).first().waitFor();
      await page.getByText("invoke.pcapng").first().waitFor();
      await drop(page, ["pipes.pcapng", "follow-up.pcapng"]);
      await page
        .getByText(/2 captures|pipes\.pcapng/)
        .first()
        .waitFor();
      await row(page, "IRASrv").waitFor();
    });
  });

  test("opens what is sealed with a password", async () => {
    await withPage({}, async ({ page, picture }) => {
      await drop(page, [SEALED]);
      await row(page, "IRASrv.GetNoviceUserInfo").click();
      assert.doesNotMatch(await textOf(page), /KH2=/);
      await page.getByRole("button", { name: "Open…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.locator('input[type="file"]').first().setInputFiles(join(CAPTURES, SEALED));
      await dialog.getByLabel(/^Passwords/).fill(PASSWORD);
      await picture("open-dialog");
      await dialog.getByRole("button", { name: "Open", exact: true }).click();
      await row(page, "IRASrv.GetNoviceUserInfo").click();
      await field(page, /^szName: .*KH2=/).waitFor();
      assert.doesNotMatch(page.url(), /Help4Desk/);
      await picture("opened-with-password");
    });
  });

  test("says what is no capture, and shows the next one", async () => {
    await withPage({}, async ({ page }) => {
      await drop(page, ["README.md"]);
      await page
        .getByText(/README\.md/)
        .first()
        .waitFor();
      await drop(page, ["wmi.pcapng"]);
      await row(page, "IWbemServices.ExecMethod").waitFor();
    });
  });

  test("links calls, fields and bytes with each other", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page, picture }) => {
      await row(page, "ept.ept_map").click();
      await field(page, /^max_count: 75/).click();
      const hit = page.locator('[data-pane="bytes"] .hit');
      await hit.first().waitFor();
      assert.equal((await hit.first().innerText()).trim(), "4b 00 00 00");
      // From a byte to the innermost field that holds it.
      await page
        .locator('[data-pane="bytes"] .hex')
        .filter({ hasText: /^0080/ })
        .first()
        .click({ position: { x: 60, y: 6 } });
      await page
        .locator('[role="treeitem"][aria-selected="true"]')
        .filter({ hasText: /uuid|floor/ })
        .waitFor();
      await picture("linked");
      await row(page, "RemoteGetClassObject").click();
      await page.getByRole("heading", { name: "IRemoteSCMActivator.RemoteGetClassObject" }).waitFor();
    });
  });

  test("finds text, hex and patterns, and hides nothing", async (t) => {
    await withPage({ fragment: SAMPLE }, async ({ page, picture }) => {
      await rows(page).first().waitFor();
      const shown = page.getByRole("search").getByRole("status");
      await shown.filter({ hasText: /^22 calls/ }).waitFor();
      const find = async (text: string, as: string, where: string): Promise<void> => {
        await page.getByLabel("What is looked for").selectOption(as);
        await page.getByLabel("Where").selectOption(where);
        await page.getByRole("textbox", { name: "Find" }).fill(text);
        await page.keyboard.press("Enter");
      };
      const said = page.getByRole("form", { name: "Find" }).getByRole("status");
      await find("GetSessionInfo", "text", "in the list");
      await said.filter({ hasText: /[a-z\d]/ }).waitFor();
      if (/nothing can be searched/.test(await said.innerText())) {
        t.skip("the worker does not search yet");
        return;
      }
      await page.locator('[data-row][aria-selected="true"]').filter({ hasText: "GetSessionInfo" }).waitFor();
      await find("KH2?=", "regular expression", "in the fields");
      await said.filter({ hasText: /\d/ }).waitFor();
      await find("4b 00 48 00 32 00 3d 00", "hex", "in the bytes");
      await said.filter({ hasText: /\d/ }).waitFor();
      assert.match(await shown.innerText(), /^22 calls/);
      await find("(", "regular expression", "in the list");
      await said.filter({ hasText: /[a-z]/ }).waitFor();
      await picture("find");
    });
  });

  test("filters in the command line's language, and keeps the filter in the address", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page, picture }) => {
      await rows(page).first().waitFor();
      const bar = page.getByRole("search");
      await bar.getByRole("textbox").fill('status == "error"');
      await page.keyboard.press("Enter");
      await bar
        .getByRole("status")
        .filter({ hasText: /^2 of 22/ })
        .waitFor();
      assert.equal(await rows(page).count(), 2);
      await page.waitForURL(
        (url) => new URLSearchParams(url.hash.slice(1)).get("filter") === 'status == "error"',
      );
      await picture("filtered");
      await bar.getByRole("textbox").fill("status ==");
      await page.keyboard.press("Enter");
      await page
        .getByRole("alert")
        .or(bar.getByRole("status"))
        .filter({ hasText: /expected|unexpected|end/i })
        .first()
        .waitFor();
      await page.reload();
      await page.getByRole("search").getByRole("status").filter({ hasText: /22/ }).first().waitFor();
    });
  });

  test("is used by keys alone", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await page.getByText("142 frames, 22 calls").waitFor();
      const selected = page.locator('[data-row][aria-selected="true"]');
      await page.keyboard.press("g");
      await selected.filter({ hasText: "ept.ept_map" }).waitFor();
      await page.keyboard.press("j");
      await selected.filter({ hasText: "ServerAlive2" }).waitFor();
      await page.keyboard.press("k");
      await selected.filter({ hasText: "ept.ept_map" }).waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    });
  });

  for (const theme of ["light", "dark"] as const satisfies readonly Theme[]) {
    test(`has no serious fault of access in the ${theme} theme, in any view`, async () => {
      await withPage({ theme }, async ({ page, picture }) => {
        assert.deepEqual(await axeFindings(page), []);
        await picture(`empty-${theme}`);
      });
      await withPage({ theme, fragment: SAMPLE }, async ({ page, picture }) => {
        await row(page, "RemQueryInterface").click();
        await field(page, /^stub_data/).click();
        assert.deepEqual(await axeFindings(page), []);
        await picture(`calls-${theme}`);
        for (const [view, name] of [
          ["offers", "Offers"],
          ["timeline", "Time line"],
          ["notes", "Findings and notes"],
        ] as const) {
          await page
            .getByRole("navigation", { name: "Views" })
            .getByRole("button", { name: new RegExp(`^${name}`) })
            .click();
          await page.locator("main").waitFor();
          assert.deepEqual(await axeFindings(page), [], view);
          await picture(`${view}-${theme}`);
        }
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        assert.deepEqual(await axeFindings(page), [], "help");
      });
    });
  }

  test("stands in a narrow window", async () => {
    await withPage({ fragment: SAMPLE, width: 420, height: 800 }, async ({ page, picture }) => {
      await row(page, "ept.ept_map").click();
      await page.getByRole("tablist", { name: "Panes" }).waitFor();
      assert.deepEqual(await axeFindings(page), []);
      await picture("narrow");
      const tooWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
      assert.equal(tooWide, false);
    });
  });

  test("from raiscope view: reads the captures and keys, and ends it when it is closed", async () => {
    const child = start(["view", "--no-browser", join(CAPTURES, SEALED), "--password", PASSWORD]);
    const end = ended(child);
    try {
      const url = (await until(child, (text) => text.endsWith("/\n"))).trim();
      await withPage({ url }, async ({ page, picture }) => {
        await row(page, "IRASrv.GetNoviceUserInfo").click();
        await field(page, /^szName: .*KH2=/).waitFor();
        await picture("view");
      });
      assert.equal((await end).status, 0);
    } finally {
      child.kill("SIGTERM");
    }
  });
});
