/** Files that end too early: at every byte, in every encoding. What is missing breaks no rule, and what is there is kept. */
import assert from "node:assert/strict";
import test from "node:test";
import { type Invitation, parseInvitation } from "../../../dissectors/rai/invitation.js";
import { encoded, invitationXml, STRING_2, TYPE_1, type2 } from "../../support/invitation/novice.js";

const FILES: [string, string, string[]][] = [
  ["type 1", invitationXml(TYPE_1), []],
  ["type 2", invitationXml(type2("secret")), ["secret"]],
  ["a novice with an accent", invitationXml({ ...TYPE_1, USERNAME: "Žofie \u{1F600} & co" }), []],
  ["connection string 2 alone", STRING_2, []],
];

/** What a value of the cut file may be: nothing, or what it is in the whole one. */
const KEPT: (keyof Invitation)[] = ["kind", "username", "rcticket", "start", "duration", "pass_stub", "link"];

for (const [what, text, passwords] of FILES) {
  test(`${what}: cut anywhere`, () => {
    for (const encoding of ["utf-8", "utf-16le", "utf-16be"] as const) {
      const bytes = encoded(text.trimEnd(), encoding, true);
      const whole = parseInvitation(bytes, passwords);
      assert.equal(whole.error, null);
      for (let n = bytes.length - 1; n >= 16; n--) {
        const cut = parseInvitation(bytes.subarray(0, n), passwords);
        const where = `${encoding}, ${n} of ${bytes.length}`;
        assert.match(cut.error ?? "", /^The file is cut short: /, where);
        assert.deepEqual(cut.violations, [], where);
        for (const key of KEPT) {
          if (key !== "kind" && cut[key] !== null) assert.deepEqual(cut[key], whole[key], `${where}: ${key}`);
        }
        const listeners = JSON.stringify(cut.connection_string);
        if (cut.connection_string?.form === 2) {
          for (const transport of cut.connection_string.transports) {
            for (const listener of transport.listeners) {
              assert.ok(
                JSON.stringify(whole.connection_string).includes(JSON.stringify(listener)),
                listeners,
              );
            }
          }
        }
      }
    }
  });
}

test("what stands before the end is read", () => {
  const { LHTICKET = "", ...others } = type2("secret");
  const text = invitationXml({ LHTICKET, ...others });
  const cut = parseInvitation(Buffer.from(text.slice(0, text.indexOf("PassStub"))), ["secret"]);
  assert.equal(cut.connection_string?.form, 2);
  assert.equal(cut.lhticket?.decrypted, true);
  assert.match(cut.error!, /cut short: the tag "UPLOADDATA" is never closed/);
});
