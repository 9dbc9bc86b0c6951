/** [MS-RAI] 3.3.4.1.2: `DomainName\UserName:SessionID`. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseSession, parseSessions } from "../../../dissectors/rai/sessions.js";

const parts = (raw: string): unknown[] => {
  const { domain, user, session_id } = parseSession(raw);
  return [domain, user, session_id];
};

test("domain, user and session id", () => {
  assert.deepEqual(parseSession("CONTOSO\\alice:1"), {
    raw: "CONTOSO\\alice:1",
    domain: "CONTOSO",
    user: "alice",
    session_id: 1,
  });
});

test("null elements are passed over, the rest keeps its order", () => {
  const parsed = parseSessions([null, "A\\a:1", null, "B\\b:65536", null]);
  assert.deepEqual(
    parsed.map((entry) => entry.session_id),
    [1, 65536],
  );
  assert.deepEqual(parseSessions([null, null]), []);
});

test("a user name may hold colons and backslashes", () => {
  assert.deepEqual(parts("D\\a:b:c:7"), ["D", "a:b:c", 7]);
  assert.deepEqual(parts("D\\a\\b:7"), ["D", "a\\b", 7]);
});

test("what is missing is null", () => {
  assert.deepEqual(parts("alice:3"), [null, "alice", 3]);
  assert.deepEqual(parts("\\alice:3"), [null, "alice", 3]);
  assert.deepEqual(parts("D\\:3"), ["D", null, 3]);
  assert.deepEqual(parts("D\\alice"), ["D", "alice", null]);
  assert.deepEqual(parts("D\\alice:x"), ["D", "alice:x", null]);
  assert.deepEqual(parts(""), [null, null, null]);
});

test("a session id may be negative and is followed by terminators at most", () => {
  assert.deepEqual(parts("D\\alice:-1"), ["D", "alice", -1]);
  assert.deepEqual(parts("D\\alice:2\0"), ["D", "alice", 2]);
});

test("property: an entry put together reads back", () => {
  const name = fc
    .string({ minLength: 1, maxLength: 20, unit: "binary" })
    .filter((text) => !/[\0]/.test(text));
  fc.assert(
    fc.property(
      name.filter((text) => !text.includes("\\")),
      name.filter((text) => !/\s$/.test(text)),
      fc.nat(),
      (domain, user, id) => assert.deepEqual(parts(`${domain}\\${user}:${id}`), [domain, user, id]),
    ),
  );
});
