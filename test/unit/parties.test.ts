/** Who calls whom and as whom. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryBudget } from "../../src/budget.js";
import type { CallRecord } from "../../src/events.js";
import { partyTables } from "../../src/output/parties-view.js";
import { MAX_PARTIES, PartyCounter } from "../../src/parties.js";
import { call } from "../support/output/samples.js";

interface Says {
  from?: string;
  to?: string;
  user?: string | null;
  type?: string;
  returns?: Pick<CallRecord, "status"> & Partial<Pick<CallRecord, "hresult" | "fault" | "returned">>;
  at?: string;
}

function said({
  from = "10.0.0.1",
  to = "10.0.0.2",
  user = null,
  type = "none",
  returns,
  at,
}: Says): CallRecord {
  const sample = call();
  return {
    ...sample,
    ts: at ?? sample.ts,
    client: { address: from, port: 50_000 },
    server: { address: to, port: 135 },
    auth: {
      ...sample.auth,
      type,
      mechanism: type,
      user,
      domain: user && "CORP",
      workstation: user && "DESK",
    },
    hresult: null,
    fault: null,
    returned: null,
    ...(returns ?? { status: "ok" }),
  };
}

const denied = {
  code: { status: "error", returned: { type: "error_status_t", value: 5, name: "ERROR_ACCESS_DENIED" } },
  hresult: { status: "error", hresult: { value: "0x80070005", name: "E_ACCESSDENIED", message: null } },
  fault: { status: "fault", fault: { status: "0x00000005", name: "nca_s_fault_access_denied" } },
} as const;

function counted(...calls: CallRecord[]): ReturnType<PartyCounter["result"]> {
  const counter = new PartyCounter();
  for (const one of calls) counter.add(one);
  return counter.result();
}

test("talkers: how much went from whom to whom, the busiest first", () => {
  const { talkers } = counted(
    said({ at: "2024-05-01T00:00:02.000000Z" }),
    said({ from: "10.0.0.2", to: "10.0.0.1" }),
    said({ at: "2024-05-01T00:00:01.000000Z", returns: denied.hresult }),
    said({ returns: { status: "no_response" }, at: "2024-05-01T00:00:03.000000Z" }),
  );
  assert.deepEqual(
    talkers.map(({ client, server, calls }) => [client, server, calls]),
    [
      ["10.0.0.1", "10.0.0.2", 3],
      ["10.0.0.2", "10.0.0.1", 1],
    ],
  );
  const [first] = talkers;
  const { errors, denied: refused, unanswered, first_ts, last_ts } = first!;
  assert.deepEqual([errors, refused, unanswered], [1, 1, 1]);
  assert.deepEqual([first_ts, last_ts], ["2024-05-01T00:00:01.000000Z", "2024-05-01T00:00:03.000000Z"]);
  const { request, response } = call().wire;
  assert.equal(first!.request_bytes, 3 * (request?.bytes ?? 0));
  assert.equal(first!.response_bytes, 3 * (response?.bytes ?? 0));
});

test("users: by account, in any case, and by the machine that used it", () => {
  const { users } = counted(
    said({ user: "helga", type: "ntlmssp" }),
    said({ user: "HELGA", type: "ntlmssp", to: "10.0.0.3" }),
    said({ user: "helga", type: "ntlmssp", from: "10.0.0.9" }),
    said({ user: "helga", type: "kerberos" }),
    said({}),
    said({ type: "kerberos" }),
  );
  assert.deepEqual(
    users.map(({ user, client, mechanism, calls, servers }) => [user, client, mechanism, calls, servers]),
    [
      ["helga", "10.0.0.1", "ntlmssp", 2, 2],
      [null, "10.0.0.1", "kerberos", 1, 1],
      [null, "10.0.0.1", "none", 1, 1],
      ["helga", "10.0.0.1", "kerberos", 1, 1],
      ["helga", "10.0.0.9", "ntlmssp", 1, 1],
    ],
  );
});

test("denied is what an answer says that the caller may not, in each of the ways in which one says so", () => {
  for (const returns of Object.values(denied)) {
    const { users } = counted(said({ user: "helga", type: "ntlmssp", returns }));
    assert.equal(users[0]!.denied, 1, returns.status);
  }
  // Five of something is no refusal.
  const five = { status: "ok", returned: { type: "long", value: 5, name: null } } as const;
  assert.equal(counted(said({ returns: five })).users[0]!.denied, 0);
  const other = { status: "fault", fault: { status: "0x1c010002", name: "nca_op_rng_error" } } as const;
  assert.equal(counted(said({ returns: other })).users[0]!.denied, 0);
});

test("more than are distinguished are counted together, and nothing is lost", async () => {
  const counter = new PartyCounter();
  for (let i = 0; i < MAX_PARTIES + 500; i++) {
    counter.add(said({ from: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, user: `u${i}`, type: "ntlmssp" }));
  }
  const { talkers, users } = counter.result();
  for (const rows of [talkers, users]) {
    assert.equal(rows.length, MAX_PARTIES + 1);
    assert.equal(rows.at(-1)!.client, null);
    assert.equal(
      rows.reduce((sum, { calls }) => sum + calls, 0),
      MAX_PARTIES + 500,
    );
  }
  const [table] = await partyTables({ talkers: null, users }, 3);
  assert.match(table!, /… 9,998 further rows: --by users/);
});

test("memory is bounded: rows give way to those of which something was heard", () => {
  const budget = new MemoryBudget(100_000);
  const counter = new PartyCounter(budget.kind("parties"));
  for (let i = 0; i < 2_000; i++) {
    counter.add(said({ from: `10.0.${i >> 8}.${i & 255}` }));
    counter.add(said({ from: "10.9.9.9" }));
    if (budget.pressed) budget.relieve();
  }
  assert.ok(budget.held <= 100_000);
  const { talkers } = counter.result();
  assert.ok(talkers.length < 200);
  assert.equal(talkers[0]!.client, "10.9.9.9");
  assert.equal(talkers[0]!.calls, 2_000);
  assert.equal(
    talkers.reduce((sum, { calls }) => sum + calls, 0),
    4_000,
  );
});
