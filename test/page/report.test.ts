/** Case reports as a browser shows them: what is selected where, what is printed, and that nothing goes wrong or out. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { raiscope } from "../support/cli/spawn.js";
import { CAPTURES } from "../support/golden.js";
import { axeFindings } from "../support/page/axe.js";
import { closeBrowser, type Looking, type Opened, skip, withPage } from "../support/page/browser.js";
import { openReport } from "../support/report.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-report-"));
after(async () => {
  await closeBrowser();
  rmSync(folder, { recursive: true });
});

const made = new Map<string, Promise<string>>();

/** A report of an input of `captures/`, or of a file. */
function reportOf(input: string, ...more: string[]): Promise<string> {
  const key = [input, ...more].join(" ");
  let path = made.get(key);
  path ??= (async () => {
    const out = join(folder, `${made.size}.html`);
    const from = input.includes("/") ? input : join(CAPTURES, input);
    const { status, stderr } = await raiscope(["report", from, "-o", out, ...more]);
    assert.equal(status, 0, stderr);
    return out;
  })();
  made.set(key, path);
  return path;
}

async function withReport(
  path: string,
  looking: Looking,
  use: (opened: Opened) => Promise<void>,
): Promise<void> {
  await withPage({ ...looking, url: pathToFileURL(path).href }, async (opened) => {
    await opened.page.waitForSelector("html[data-ready]", { state: "attached" });
    await use(opened);
  });
}

const selectedCall = (page: Page): Promise<string> =>
  page.locator('.list-rows [aria-selected="true"] .c-call').innerText();
const selectedField = (page: Page): Promise<string> =>
  page.locator('.tree [aria-selected="true"]').innerText();

describe("a report in a browser", { skip }, () => {
  for (const theme of ["light", "dark"] as const) {
    test(`it opens on the call that brought the connection string, its text selected (${theme})`, async () => {
      await withReport(
        await reportOf("follow-up.pcapng"),
        { theme, height: 2_250 },
        async ({ page, picture }) => {
          assert.equal(await selectedCall(page), "IRASrv.GetNoviceUserInfo");
          assert.match(await selectedField(page), /szName.*<E><A KH="<kh-1>"/s);
          assert.match(
            await page.locator("#happened").innerText(),
            /CONTOSO\\<user-1> on HELPDESK-7 offered/,
          );
          const custody = await page.locator(".custody").innerText();
          assert.match(custody, /142 = 124 of conversations with DCE\/RPC \+ 18 of other conversations/);
          await picture(`report-${theme}`);
        },
      );
    });
  }

  test("a call chosen in the ladder, by keys or by its frame is the one in all panes", async () => {
    await withReport(await reportOf("follow-up.pcapng"), {}, async ({ page }) => {
      await page.locator("[data-pane=list]").focus();
      await page.keyboard.press("k");
      await page.waitForFunction(
        `/RemQueryInterface/.test(document.querySelector(".subject h2").textContent)`,
      );
      assert.equal(await selectedCall(page), "IRemUnknown2.RemQueryInterface");
      await page.locator(".st-evidence .st-link", { hasText: "46" }).first().click();
      await page.waitForFunction(`document.querySelector(".tree").textContent.includes("dcerpc")`);
      assert.equal(await selectedCall(page), "IRASrv.GetSessionInfo");
    });
  });

  test("filter hides by words, find steps and hides nothing", async () => {
    await withReport(await reportOf("follow-up.pcapng"), {}, async ({ page }) => {
      await page.keyboard.press("f");
      await page.keyboard.type("remquery e_nointerface");
      assert.equal(await page.locator("#filter-said").innerText(), "2 of 22 calls");
      assert.equal(await page.locator(".list-rows [role=option], .list-rows [role=row]").count(), 2);
      await page.locator("#filter").fill("");
      await page.locator("#find").fill("GetSessionInfo");
      await page.keyboard.press("Enter");
      await page.waitForFunction(`/1 of [0-9]/.test(document.querySelector("#find-said").textContent)`);
      assert.equal(await selectedCall(page), "IRASrv.GetSessionInfo");
      assert.equal(await page.locator("#filter-said").innerText(), "22 calls");
    });
  });

  test("of several offers each has its ladder and evidence", async () => {
    await withReport(await reportOf("two-experts.pcapng"), {}, async ({ page, picture }) => {
      assert.equal(await page.locator(".offer-card").count(), 3);
      const before = await page.locator(".st-evidence").first().innerText();
      await page.keyboard.press("]");
      await page.waitForFunction(`document.querySelector(".st-which").textContent.includes("2 of 3")`);
      assert.notEqual(await page.locator(".st-evidence").first().innerText(), before);
      await picture("report-offers");
    });
  });

  test("findings stand above; without an offer it opens on the first one's call; a narrow window has tabs", async () => {
    await withReport(
      await reportOf("pipes.pcapng"),
      { width: 900, height: 1_400 },
      async ({ page, picture }) => {
        assert.match(await page.locator("#happened").innerText(), /Service created that runs a command line/);
        assert.equal(await selectedCall(page), "svcctl.RCreateServiceW");
        assert.equal(await page.locator(".pane-tabs [role=tab]").count(), 3);
        await page.locator(".pane-tabs [role=tab]", { hasText: "Fields" }).click();
        assert.match(await page.locator(".tree").innerText(), /dcerpc/);
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
        assert.ok(wide <= 900, `${wide} pixels wide`);
        await picture("report-narrow");
      },
    );
  });

  test("what has no tree says why", async () => {
    await withReport(await reportOf("pipes.pcapng"), {}, async ({ page }) => {
      await page.locator("[data-pane=list]").focus();
      await page.keyboard.press("g");
      await page.waitForFunction(`/this is none of them/.test(document.querySelector(".tree").textContent)`);
    });
  });

  test("printed: what happened, evidence with whole sums, calls with fields, the sum of the input on each page", async () => {
    const path = await reportOf("two-experts.pcapng");
    await withReport(path, { theme: "dark" }, async ({ page }) => {
      await page.waitForSelector(".on-paper[data-ready]", { state: "attached" });
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator(".on-screen").isVisible(), false);
      assert.equal(await page.locator(".sheet").count(), 3);
      const text = await page.locator(".on-paper").innerText();
      const { head } = openReport(readFileSync(path, "utf8"));
      for (const sums of head.evidence) {
        for (const { sha256 } of sums) if (sha256 !== null) assert.ok(text.includes(sha256));
      }
      assert.match(text, /dcerpc: response/);
      const ink = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      assert.equal(ink, "rgb(255, 255, 255)");
      const rules = await page.evaluate<string>(
        `[...document.styleSheets[0].cssRules].map((rule) => rule.cssText).join(" ")`,
      );
      assert.ok(rules.includes(head.custody.inputs[0]!.sha256));
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      mkdirSync("dist/screenshots", { recursive: true });
      writeFileSync("dist/screenshots/report.pdf", pdf);
    });
  });

  test("the capture inside is saved as it is", async () => {
    const path = await reportOf("invoke.pcapng", "--include-packets", "--include-secrets");
    await withReport(path, {}, async ({ page }) => {
      assert.match(await page.locator(".banner").innerText(), /Names and secrets are included/);
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".save").click()]);
      assert.equal(download.suggestedFilename(), "packets.pcapng");
      const saved = readFileSync(await download.path());
      assert.deepEqual(saved, openReport(readFileSync(path, "utf8")).packets);
    });
  });

  test("hostile text is text", async () => {
    const log = join(folder, "hostile.ndjson");
    const { stdout } = await raiscope([
      "--events",
      "all",
      "-T",
      "ndjson",
      "-q",
      join(CAPTURES, "follow-up.pcapng"),
    ]);
    const hostile = "</script><img src=x onerror=alert(1)>\u202e\u0007<!--";
    writeFileSync(log, stdout.replaceAll("helga.desk", JSON.stringify(hostile).slice(1, -1)));
    await withReport(await reportOf(log, "--include-secrets"), {}, async ({ page }) => {
      let asked = false;
      page.on("dialog", (dialog) => {
        asked = true;
        void dialog.dismiss();
      });
      const text = await page.locator("#happened").innerText();
      assert.match(text, /<\/script><img src=x onerror=alert\(1\)>/);
      assert.ok(!text.includes("\u202e"));
      assert.equal(await page.locator("img").count(), 0);
      assert.equal(asked, false);
    });
  });

  test("axe finds nothing serious", async () => {
    for (const theme of ["light", "dark"] as const) {
      for (const name of ["follow-up.pcapng", "two-experts.pcapng", "pipes.pcapng"]) {
        await withReport(await reportOf(name), { theme }, async ({ page }) => {
          assert.deepEqual(await axeFindings(page), [], `${name}, ${theme}`);
        });
      }
    }
  });
});
