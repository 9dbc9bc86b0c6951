import assert from "node:assert/strict";
import { test } from "node:test";
import { Helpers } from "../../../src/detect/helpers.js";
import { offer } from "../../support/output/samples.js";

const helpers = new Helpers(
  "\ufeff# the help desk\r\nCONTOSO\\Helga.Desk # first line\n  olaf@contoso.com\r\n\nany.body\n#CONTOSO\\gone\n",
);

test("accounts in all three spellings, whatever their case", () => {
  assert.deepEqual(helpers.names, ["CONTOSO\\Helga.Desk", "olaf@contoso.com", "any.body"]);
  for (const [user, domain, listed] of [
    ["helga.desk", "contoso", true],
    ["HELGA.DESK", "CONTOSO", true],
    ["helga.desk", "contoso.com", true],
    ["helga.desk", "FABRIKAM", false],
    ["olaf", "CONTOSO.COM", true],
    ["olaf", "CONTOSO", true],
    ["olaf@contoso.com", null, true],
    ["olaf", "contoso.org", false],
    ["any.body", "WHEREVER", true],
    ["any.body", null, true],
    ["gone", "CONTOSO", false],
    ["", "CONTOSO", null],
    [null, null, null],
  ] as const) {
    assert.equal(helpers.lists(user, domain), listed, `${domain}\\${user}`);
  }
});

test("an offer says whether its expert is listed; without a change it is the same", () => {
  const marked = helpers.marked(offer());
  assert.equal(marked.expert.listed, false);
  assert.equal(helpers.marked(marked), marked);
  const unknown = offer();
  unknown.expert = { ...unknown.expert, user: null };
  assert.equal(helpers.marked(unknown).expert.listed, null);
});
