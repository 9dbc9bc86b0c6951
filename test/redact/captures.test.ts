/** No secret of the shipped captures survives --redact in any record, whatever place it stands in. */

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import type { Event } from "../../src/events.js";
import { Redactor } from "../../src/redact/redactor.js";
import { CAPTURES, captureNames } from "../output/golden.js";
import { analyze } from "../run.js";

const SECRET_KEYS = new Set(["kh", "kh2", "ra_session_id", "protocol_specific_parms"]);

/** Texts at the places where records hold secrets and users. */
function secretsIn(events: readonly Event[]): { secrets: Set<string>; users: Set<string> } {
  const secrets = new Set<string>();
  const users = new Set<string>();
  const walk = (value: unknown, key: string): void => {
    if (typeof value === "string" && value !== "" && value !== "*") {
      if (SECRET_KEYS.has(key)) secrets.add(value);
      if (key === "user") users.add(value);
    }
    if (value === null || typeof value !== "object") return;
    const members = value as { [name: string]: unknown };
    if (members.kh !== undefined && typeof members.id === "string") secrets.add(members.id);
    for (const [name, inner] of Object.entries(members)) walk(inner, name);
  };
  for (const event of events) walk(event, "");
  return { secrets, users };
}

for (const name of captureNames()) {
  test(`redacted: ${name}`, async () => {
    const events = await analyze([join(CAPTURES, name)]);
    const { secrets, users } = secretsIn(events);
    const redactor = new Redactor();
    for (const event of events) {
      const text = JSON.stringify(redactor.event(event));
      for (const secret of secrets) assert.ok(!text.includes(JSON.stringify(secret).slice(1, -1)), secret);
      for (const user of users) {
        const spelt = user.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
        const whole = new RegExp(`(?<![\\p{L}\\p{N}_])${spelt}(?![\\p{L}\\p{N}_])`, "iu");
        assert.doesNotMatch(text, whole, `${user} in ${event.type}`);
      }
    }
  });
}
