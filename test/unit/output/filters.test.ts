import assert from "node:assert/strict";
import test from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { type FilterOptions, makeFilter } from "../../../src/output/filters.js";
import {
  association,
  call,
  note,
  offer,
  refused,
  samr,
  sessionInfo,
  summary,
} from "../../support/output/samples.js";

function filter(over: Partial<FilterOptions>) {
  return makeFilter({ onlyRai: false, interfaces: [], statuses: [], hosts: [], transports: [], ...over });
}

test("without options everything is shown", () => {
  for (const event of [samr(), offer(), note(), summary()]) assert.ok(filter({})(event));
});

test("--only-rai holds back other calls and connections, never notes and the summary", () => {
  const shown = filter({ onlyRai: true });
  assert.ok(shown(sessionInfo()));
  assert.ok(!shown(samr()));
  assert.ok(shown(association()));
  assert.ok(!shown(association({ contexts: [] })));
  assert.ok(shown(offer()) && shown(note()) && shown(summary()));
});

test("--only-rai keeps calls that went through IDispatch", () => {
  const through = call({
    interface: { uuid: "00020400-0000-0000-c000-000000000046", version: "0.0", name: "IDispatch" },
    dispatch: { dispid: "0x1", interface: "IPCHCollection", member: "Count", kind: "propget", arguments: {} },
  });
  assert.ok(filter({ onlyRai: true })(through));
});

test("--interface takes names and UUIDs in any case, commas for alternatives", () => {
  assert.ok(filter({ interfaces: ["irasrv"] })(sessionInfo()));
  assert.ok(filter({ interfaces: ["{F120A684-B926-447F-9DF4-C966CB785648}"] })(sessionInfo()));
  assert.ok(!filter({ interfaces: ["IRASrv"] })(samr()));
  assert.ok(filter({ interfaces: ["IRASrv, 12345778-1234-abcd-ef00-0123456789ac"] })(samr()));
});

test("options given twice must both hold", () => {
  assert.ok(!filter({ interfaces: ["IRASrv", "IPCHService"] })(sessionInfo()));
  assert.ok(filter({ interfaces: ["IRASrv", "f120a684-b926-447f-9df4-c966cb785648"] })(sessionInfo()));
  assert.ok(filter({ hosts: ["10.0.0.5", "10.0.0.9"] })(sessionInfo()));
  assert.ok(!filter({ hosts: ["10.0.0.5", "10.0.0.7"] })(sessionInfo()));
  assert.ok(filter({ hosts: ["10.0.0.5,10.0.0.7"] })(sessionInfo()));
});

test("different options must all hold", () => {
  assert.ok(filter({ onlyRai: true, statuses: ["fault"], hosts: ["10.0.0.9"] })(refused()));
  assert.ok(!filter({ onlyRai: true, statuses: ["fault"], hosts: ["10.0.0.9"] })(sessionInfo()));
});

test("--host also chooses connections and offers", () => {
  assert.ok(!filter({ hosts: ["10.9.9.9"] })(association()));
  assert.ok(!filter({ hosts: ["10.9.9.9"] })(offer()));
  assert.ok(filter({ hosts: ["10.0.0.9"] })(offer()));
});

test("addresses match in any spelling", () => {
  const from = (address: string) => ({ ...sessionInfo(), client: { address, port: 50000 } });
  for (const [host, address] of [
    ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["[fe80::1%eth0]", "fe80::1"],
    ["::ffff:a00:7", "::ffff:10.0.0.7"],
    ["10.0.0.7", "::ffff:10.0.0.7"],
    ["::FFFF:10.0.0.7", "10.0.0.7"],
  ] as const) {
    assert.ok(filter({ hosts: [host] })(from(address)), `${host} ${address}`);
    assert.ok(!filter({ hosts: [host] })(from("2001:db8::2")), host);
  }
});

test("--transport tells TCP, pipes and datagrams apart", () => {
  const smb = { dialect: "3.1.1", share: "IPC$", session_user: null, session_domain: null, encrypted: null };
  const over = (protseq: CallRecord["transport"]["protseq"]): CallRecord =>
    call({ transport: { protseq, endpoint: "1", smb: protseq === "ncacn_np" ? smb : null } });
  const pipe = over("ncacn_np");
  const udp = over("ncadg_ip_udp");
  const tcp = over("ncacn_ip_tcp");
  const which = (transports: string[]): CallRecord[] => [pipe, udp, tcp].filter(filter({ transports }));
  assert.deepEqual(which(["pipe"]), [pipe]);
  assert.deepEqual(which(["TCP, udp"]), [udp, tcp]);
  assert.deepEqual(which(["tcp", "udp"]), []);
  assert.ok(!filter({ transports: ["udp"] })(association()));
  assert.ok(filter({ transports: ["udp"] })(offer()) && filter({ transports: ["udp"] })(summary()));
});
