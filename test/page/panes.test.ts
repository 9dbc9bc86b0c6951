/** The three panes as they are drawn: what fits, what leads where, what menus and keys do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { CAPTURES } from "../support/golden.js";
import { closeBrowser, skip, withPage } from "../support/page/browser.js";

const SAMPLE = "sample=follow-up.pcapng";
/** The call that brought the connection string, which the page opens on. */
const STRING = "IRASrv.GetNoviceUserInfo";

const rows = (page: Page): Locator => page.locator("[data-row]");
const selectedRow = (page: Page): Locator => page.locator('[data-row][aria-selected="true"]');
const selectedField = (page: Page): Locator => page.locator('[role="treeitem"][aria-selected="true"]');
const row = (page: Page, name: string): Locator => rows(page).filter({ hasText: name }).first();

/** The page's policy forbids what waits for functions within it. */
async function until(page: Page, holds: string): Promise<void> {
  for (let tries = 0; !(await page.evaluate(holds)); tries++) {
    assert.ok(tries < 200, holds);
    await page.waitForTimeout(50);
  }
}

/** Waits until the page has chosen what it opens on. */
async function opened(page: Page): Promise<void> {
  await selectedRow(page).filter({ hasText: STRING }).waitFor();
  await selectedField(page).filter({ hasText: "<E><A" }).waitFor();
}

describe("the panes", { skip }, () => {
  after(closeBrowser);

  test("open on the connection string, and the bytes with their text are not cut at 1,440 pixels", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await opened(page);
      await page.locator(".hex .hit").first().waitFor();
      await page.locator(".hex .part").first().waitFor();
      const cut = await page.evaluate(
        `(() => { const of = document.querySelector(".bytes"); return of.scrollWidth - of.clientWidth; })()`,
      );
      assert.ok(Number(cut) <= 0, `${cut} pixels are cut`);
      const line = page.locator(".hex").filter({ hasText: /^0050/ }).first();
      assert.match(await line.innerText(), /^0050 {2}(?:[0-9a-f]{2} ){16} {2}.{16}$/);
    });
  });

  test("lead from bytes to the frame that they came from, and back to the call", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await opened(page);
      await page.getByRole("button", { name: "frame 79" }).click();
      await page.getByRole("heading", { name: "Frame 79" }).waitFor();
      await page.getByRole("treeitem", { name: /^Ethernet/ }).waitFor();
      await page.getByRole("button", { name: "back to the call" }).click();
      await page.getByRole("heading", { name: STRING }).waitFor();
    });
  });

  test("show one side alone, and bytes alone", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await opened(page);
      await page.getByRole("radio", { name: "request" }).click();
      assert.equal(await page.getByRole("treeitem", { name: /^dcerpc: response/ }).count(), 0);
      assert.equal(await page.locator(".hex.title").count(), 1);
      await page.getByRole("radio", { name: "both" }).click();
      await page.getByRole("treeitem", { name: /^dcerpc: response/ }).waitFor();
      await page.keyboard.press("x");
      await page.locator(".tree").waitFor({ state: "hidden" });
      await page.keyboard.press("x");
      await page.locator(".tree").waitFor();
    });
  });

  test("show the whole of a value that is cut", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await opened(page);
      await selectedField(page).getByText("show all").click();
      const whole = page.getByRole("dialog").getByRole("textbox");
      await whole.waitFor();
      assert.match(await whole.inputValue(), /^"<E><A .*<\/E>"$/);
      await page.keyboard.press("Escape");
      await whole.waitFor({ state: "detached" });
    });
  });

  test("fill the filter by a click on a value, and are as they were when the page is loaded again", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await opened(page);
      await row(page, "ServerAlive2").locator("[data-column=server]").click({ button: "right" });
      await page.getByRole("menuitem", { name: "Hide this server: 10.20.4.17" }).click();
      const filter = page.locator("#filter");
      assert.equal(await filter.inputValue(), '!(server.address == "10.20.4.17")');
      await page.getByText("The filter hides all 22 calls.").waitFor();
      await page.getByRole("button", { name: "Show them" }).click();
      await row(page, "ServerAlive2").locator("[data-column=call]").click({ button: "right" });
      await until(page, "document.activeElement.getAttribute('role') === 'menuitem'");
      await page.keyboard.press("Enter");
      await until(page, "document.querySelectorAll('[data-row]').length === 1");
      await until(page, "location.hash.includes('filter')");
      await page.reload();
      await selectedRow(page).filter({ hasText: "ServerAlive2" }).waitFor();
      await until(page, "document.querySelectorAll('[data-row]').length === 1");
      assert.match(await filter.inputValue(), /method == "ServerAlive2"/);
    });
  });

  test("copy by keys and by menus", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await opened(page);
      const said = page.locator(".said-now");
      for (const [key, name] of [
        ["y", "Copied the value."],
        ["b", "Copied the bytes."],
      ] as const) {
        await page.keyboard.press(key);
        await said.filter({ hasText: name }).waitFor();
      }
      await page.getByRole("button", { name: "Call" }).last().click();
      await page.getByRole("menuitem", { name: "Copy tshark command" }).click();
      await said.filter({ hasText: "Copied the command." }).waitFor();
      await page.locator("#filter").focus();
      await page.keyboard.press("Control+V");
      assert.match(await page.locator("#filter").inputValue(), /^tshark -r follow-up\.pcapng -Y/);
    });
  });

  test("are gone through by Tab, and their fields by arrows", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await opened(page);
      await page.locator(".list").focus();
      await page.keyboard.press("g");
      await page.getByRole("heading", { name: "ept.ept_map" }).waitFor();
      // Its fields come a moment later than its name.
      await page.getByRole("treeitem").filter({ hasText: "map_tower" }).first().waitFor();
      await page.keyboard.press("Tab");
      await page.locator(".tree:focus").waitFor();
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowDown");
      await selectedField(page).filter({ hasText: "PDU header" }).waitFor();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowDown");
      await selectedField(page)
        .filter({ hasText: /rpc_vers: 5/ })
        .waitFor();
      await page.keyboard.press("Enter");
      await page.locator(".bytes:focus").waitFor();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await selectedField(page)
        .filter({ hasText: /PTYPE: 0/ })
        .waitFor();
      await page.keyboard.press("Shift+Tab");
      await page.locator(".tree:focus").waitFor();
    });
  });

  test("are one at a time in a narrow window, and Tab leads from one to the next", async () => {
    await withPage({ fragment: SAMPLE, width: 800, height: 700 }, async ({ page }) => {
      await selectedRow(page).filter({ hasText: STRING }).waitFor();
      await page.locator(".list").focus();
      assert.equal(await page.locator(".tree").isVisible(), false);
      await page.keyboard.press("Tab");
      await page.locator(".tree:focus").waitFor();
      assert.equal(await page.locator(".list").isVisible(), false);
      await page.getByRole("tab", { name: "Bytes" }).click();
      await page.locator(".bytes").waitFor();
    });
  });

  test("say why there is nothing to be seen", async () => {
    await withPage({}, async ({ page }) => {
      await page.locator(".drop input").setInputFiles(join(CAPTURES, "pipes-encrypted.pcapng"));
      await page.getByText(/No calls of DCE\/RPC in \d+ frames/).waitFor();
      await page
        .locator(".sealed")
        .getByText(/stayed encrypted/)
        .waitFor();
    });
  });
});
