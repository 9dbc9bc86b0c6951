/** The views of a story in Chromium: offers, ladders, the time line, notes; by pointer and by keys, each leading to its calls. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { closeBrowser, skip, withPage } from "../support/page/browser.js";

const SAMPLE = "sample=follow-up.pcapng";
const PIPES = "sample=pipes.pcapng";

async function view(page: Page, name: string): Promise<void> {
  const views = page.getByRole("navigation", { name: "Views" });
  await views.getByRole("button", { name: new RegExp(`^${name}`) }).click();
}

/** The fields of a frame, or why it cannot be shown. */
const frame = (page: Page, number: number) =>
  page
    .getByRole("tree", { name: `Fields of frame ${number}` })
    .or(page.getByRole("region", { name: "Fields" }).getByText(/frame/));

const selectedCall = (page: Page) => page.locator('[data-row][aria-selected="true"]');

describe("the views of a story", { skip }, () => {
  after(closeBrowser);

  test("an offer: its line, its sentence, and what they lead to", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page, picture }) => {
      await page
        .getByRole("option", { name: /helga\.desk/ })
        .first()
        .click();
      const offer = page.getByRole("article", { name: "Offer 1 of 1" });
      await offer.getByText("decoded: read from the bytes").waitFor();
      assert.match(
        await offer.locator(".st-sentence").innerText(),
        /^CONTOSO\\helga\.desk on HELPDESK-7 offered .* connected by RDP to 10\.20\.4\.17:49230 .* connected$/s,
      );
      assert.equal(await offer.locator(".st-facts > div").count(), 8);
      await offer.getByRole("row", { name: /10\.20\.4\.17:49230.*dialled/ }).waitFor();
      await offer.getByRole("row", { name: /CONTOSO\\jmarek.*asked for/ }).waitFor();
      await picture("offer");
      await offer.getByRole("button", { name: "frame 57" }).click();
      await frame(page, 57).waitFor();
    });
  });

  test("a ladder has a lifeline for each end, and each of its items leads to its call", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await view(page, "Offers");
      const ladder = page.getByRole("listbox", { name: /^Ladder of offer 1: 22 calls/ });
      await ladder.waitFor();
      const ends = await page.locator(".st-heads .st-end").allTextContents();
      assert.deepEqual(ends, ["expert", ":135", ":49664", ":49671", ":49230"]);
      assert.equal(await page.locator(".st-follow .st-shaft").count(), 2, "one, and one in the legend");
      await ladder.getByRole("option", { name: /after 4\.2 s without a call/ }).waitFor();
      await ladder.focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await selectedCall(page).filter({ hasText: "RemoteGetClassObject" }).waitFor();
      await view(page, "Offers");
      await page.getByRole("option", { name: /GetSessionInfo/ }).click();
      await selectedCall(page).filter({ hasText: "GetSessionInfo" }).waitFor();
    });
  });

  test("a time line is used by keys and by the wheel, and says what it is at", async () => {
    await withPage({ fragment: PIPES }, async ({ page, picture }) => {
      await view(page, "Time line");
      const line = page.getByRole("application", { name: /^Time line/ });
      const said = page.locator("#st-time-said");
      const bar = page.locator(".st-where");
      await bar.filter({ hasText: "all of 23 calls" }).waitFor();
      await line.focus();
      await page.keyboard.press("m");
      await said.filter({ hasText: /BaseRegOpenKey, ERROR_ACCESS_DENIED.*error/ }).waitFor();
      await page.keyboard.press("+");
      await page.keyboard.press("+");
      await bar.filter({ hasText: /\d+ of 23 calls/ }).waitFor();
      const near = await bar.innerText();
      await page.keyboard.press("Shift+ArrowRight");
      assert.notEqual(await bar.innerText(), near);
      await page.keyboard.press("0");
      await bar.filter({ hasText: "all of 23 calls" }).waitFor();
      const box = (await page.locator(".st-canvas canvas").boundingBox())!;
      await page.mouse.move(box.x + box.width - 300, box.y + 60);
      await page.mouse.wheel(0, -600);
      await bar.filter({ hasText: /^(?!.*all of)/ }).waitFor();
      await picture("time-line-near");
      await page.keyboard.press("m");
      await page.keyboard.press("Enter");
      await selectedCall(page).filter({ hasText: "BaseRegOpenKey" }).waitFor();
    });
  });

  test("a time line without an offer: pipes have lines of their own, two hosts a ladder", async () => {
    await withPage({ fragment: PIPES }, async ({ page, picture }) => {
      await view(page, "Time line");
      await page.getByRole("listbox", { name: /^Ladder of 10\./ }).waitFor();
      // The ladder is there before all calls are.
      for (const pipe of ["\\svcctl", "\\winreg"]) {
        await page.locator(".st-heads .st-end").getByText(pipe, { exact: true }).waitFor();
      }
      await page.getByRole("button", { name: "this conversation" }).click();
      await page.getByRole("listbox", { name: /^Ladder of conversation 0/ }).waitFor();
      await picture("ladder-of-pipes");
    });
  });

  test("notes are unfolded, and lead to frames and offers", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page }) => {
      await view(page, "Findings and notes");
      const group = page.getByRole("button", { name: /rai-clear/ });
      await group.click();
      assert.equal(await group.getAttribute("aria-expanded"), "true");
      await page.getByText("142 frames were read, with 22 calls: ok 20, error 2.").waitFor();
      const notes = page.getByRole("region", { name: "Notes" });
      await notes.getByRole("button", { name: "frame 47" }).click();
      await frame(page, 47).waitFor();
      await view(page, "Findings and notes");
      await page.getByRole("button", { name: /connection-string-in-clear/ }).click();
      await page.getByRole("button", { name: "offer 1" }).click();
      await page.getByRole("article", { name: "Offer 1 of 1" }).waitFor();
    });
  });

  test("an IPID in a statement or a field leads to its object", async () => {
    await withPage({ fragment: SAMPLE }, async ({ page, picture }) => {
      await view(page, "Offers");
      await page.getByRole("button", { name: /^00008400-f730/ }).click();
      await page
        .getByRole("article", { name: /^Interface pointer 00008400-f730/ })
        .or(page.getByText(/cannot be/))
        .waitFor();
      await picture("object");
    });
  });
});
