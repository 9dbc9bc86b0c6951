/** The join of an invitation with captures: tickets issued, listeners connected to. */
import assert from "node:assert/strict";
import test from "node:test";
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import { IRASRV } from "../../../dissectors/rai/interfaces.js";
import { parseInvitation } from "../../../dissectors/rai/invitation.js";
import { ConnectionWatch, scanCaptures } from "../../../src/cli/invitation-capture.js";
import { NO_REDACTION } from "../../../src/cli/redaction.js";
import type { CallRecord, Event } from "../../../src/events.js";
import type { ConnectedFlow } from "../../../src/invitation/capture-match.js";
import { listenerPorts, matchInvitation } from "../../../src/invitation/match.js";
import { type InvitationRecord, invitationRecord } from "../../../src/invitation/record.js";
import { invitationBlock } from "../../../src/invitation/view.js";
import { plain } from "../../../src/output/paint.js";
import { invitationXml, KH, STRING_1, STRING_2, TYPE_1, type2 } from "../../support/invitation/novice.js";
import { framesOf } from "../../support/offers/frames.js";
import { validateRecord } from "../../support/output/validate.js";

const novice = { address: "10.0.0.7", port: 49670 };
const expert = { address: "10.0.0.99", port: 50000 };

function record(text: string, ...passwords: string[]): InvitationRecord {
  return invitationRecord("file", parseInvitation(Buffer.from(text), passwords), 0);
}

/** A call that answers with this connection string. */
function issuing(text: string, more: Partial<CallRecord> = {}): Event {
  const call: Partial<CallRecord> = {
    type: "call",
    file: null,
    stream: 3,
    call_id: 7,
    ts: "2024-01-01T00:00:00.000000Z",
    client: expert,
    server: novice,
    interface: { uuid: IRASRV, version: null, name: "IRASrv" },
    stub: { request: "decoded", response: "decoded" },
    rai: { connection_string: parseConnectionString(text), help_blob: null, sessions: null },
    ...more,
  };
  return call as CallRecord;
}

function dialling(address: string, port: number): ConnectedFlow {
  return {
    stream: 9,
    ts: "2024-01-01T00:01:00.000000Z",
    client: expert,
    server: { address, port },
    file: null,
  };
}

test("the ticket is known by its identifier, in either form and without the password", () => {
  const opened = record(invitationXml(type2("p")), "p");
  const locked = record(invitationXml({ ...type2("p"), RCTICKET: STRING_1.replace("cGFybXM=", KH) }));
  assert.equal(locked.connection_string?.form, 1);
  for (const invitation of [opened, locked, record(STRING_2)]) {
    const match = matchInvitation(invitation, [issuing(STRING_2)], []);
    assert.deepEqual(match.issued, [
      {
        stream: 3,
        call_id: 7,
        ts: "2024-01-01T00:00:00.000000Z",
        client: expert,
        server: novice,
        match: "ticket",
        file: null,
      },
    ]);
  }
});

test("another ticket at the same listeners is distinguished; another one elsewhere is nothing", () => {
  const invitation = record(STRING_2);
  const same = STRING_2.replace("dGlja2V0LWlk", "b3RoZXI=");
  assert.equal(matchInvitation(invitation, [issuing(same)], []).issued[0]?.match, "listeners");
  const other = same.replace("10.0.0.7", "10.0.0.8").replace("fe80::1%3", "fe80::2%3");
  assert.deepEqual(matchInvitation(invitation, [issuing(other)], []).issued, []);
  const otherKey = other.replace("b3RoZXI=", "dGlja2V0LWlk").replace(KH, Buffer.alloc(20).toString("base64"));
  assert.deepEqual(matchInvitation(invitation, [issuing(otherKey)], []).issued, []);
});

test("listeners connected to, whatever the spelling of their address", () => {
  const invitation = record(STRING_2);
  assert.deepEqual([...listenerPorts([invitation])].sort(), [49200, 49201]);
  const conversations = [
    dialling("10.0.0.7", 49201),
    dialling("fe80::1", 49200),
    dialling("10.0.0.7", 49200),
    dialling("10.0.0.8", 49201),
  ];
  assert.deepEqual(
    matchInvitation(invitation, [], conversations).dialled.map(({ server, listener }) => [
      server.port,
      listener,
    ]),
    [
      [49201, "10.0.0.7"],
      [49200, "fe80::1%3"],
    ],
  );
});

test("a computer name is the machine that issued the ticket", () => {
  const invitation = record(STRING_1.replace("10.0.0.7:49200;", ""));
  const conversations = [dialling("10.0.0.7", 49200)];
  assert.deepEqual(matchInvitation(invitation, [], conversations).dialled, []);
  const match = matchInvitation(invitation, [issuing(STRING_1)], conversations);
  assert.equal(match.dialled[0]?.listener, "PC");
});

test("a WebSocket listener's port is its URI's", () => {
  for (const [uri, port] of [
    ["wss://10.0.0.7:8443/ra", 8443],
    ["wss://10.0.0.7/ra", 443],
    ["ws://u:p@10.0.0.7", 80],
    ["wss://[fe80::1]:9000", 9000],
  ] as const) {
    const invitation = record(STRING_2.replace('P="49201"', `U="${uri}"`));
    assert.equal(invitation.error, null);
    assert.ok(listenerPorts([invitation]).has(port), uri);
    assert.equal(matchInvitation(invitation, [], [dialling("10.0.0.7", port)]).dialled.length, 1);
  }
});

test("encrypted answers and damaged captures leave a doubt", () => {
  const sealed = issuing(STRING_2, { rai: null, stub: { request: "encrypted", response: "encrypted" } });
  const summary = { type: "summary", complete: false } as Event;
  const match = matchInvitation(record(STRING_2), [sealed, summary], []);
  assert.deepEqual(match, { issued: [], dialled: [], sealed: 1, complete: false });
});

const keys = { password: [], ntHash: [], keytab: [], sessionKey: [], secrets: [] };
test("a whole offer and the connection that follows, in a capture", async () => {
  const file = new URL("../../../captures/follow-up.pcapng", import.meta.url).pathname;
  const ports = new Set([49228, 49230]);
  const scan = await scanCaptures([file], ports, keys, NO_REDACTION);
  const issued = scan.events.find((event) => event.type === "call" && event.rai?.connection_string);
  assert.ok(issued?.type === "call");
  const raw = issued.rai!.connection_string!.raw;
  const invitation = record(invitationXml(type2("p", raw)), "p");
  invitation.capture = matchInvitation(invitation, scan.events, scan.conversations);
  assert.deepEqual(validateRecord(invitation), []);
  assert.deepEqual(
    invitation.capture.issued.map(({ call_id, stream, match }) => [stream, call_id, match]),
    [[issued.stream, issued.call_id, "ticket"]],
  );
  assert.equal(invitation.capture.dialled.length, 1);
  assert.equal(invitation.capture.dialled[0]!.listener, "10.20.4.17");
  assert.equal(invitation.capture.complete, true);
  const stranger = matchInvitation(record(invitationXml(TYPE_1)), scan.events, scan.conversations);
  assert.deepEqual([stranger.issued, stranger.dialled], [[], []]);
});

test("conversations beyond those that are kept are known to be more", async () => {
  const frames = await framesOf("follow-up.pcapng");
  const watched = (most?: number): [number, boolean] => {
    const watch = new ConnectionWatch(new Set([135, 49_664, 49_665, 49_671]), [], most);
    for (const frame of frames) watch.push(frame);
    return [watch.conversations.length, watch.full];
  };
  const [count, full] = watched();
  assert.ok(count > 1 && !full);
  assert.deepEqual(watched(count), [count, false]);
  assert.deepEqual(watched(count - 1), [count - 1, true]);
});

test("what was found in captures is reported in sentences, and what a no is worth", () => {
  const invitation = record(STRING_2);
  const shown = (capture: InvitationRecord["capture"]): string[] =>
    invitationBlock({ ...invitation, capture }, 0, 500, plain)
      .split("\n")
      .filter((line) => line.includes("capture: "))
      .map((line) => line.trim());
  const ts = "2024-01-01T00:00:00.000000Z";
  const issued = { stream: 3, call_id: 7, ts, client: expert, server: novice, file: null };
  const dialled = { ...dialling("2001:db8::7", 49751), listener: "2001:db8::7" };
  assert.deepEqual(
    shown({
      issued: [
        { ...issued, match: "ticket" },
        { ...issued, match: "listeners", file: "b.pcap" },
      ],
      dialled: [dialled],
      sealed: 0,
      complete: true,
    }),
    [
      `capture: this ticket was issued at ${ts} by 10.0.0.7:49670 to 10.0.0.99:50000 (stream 3, call 7)`,
      `capture: a ticket with one of these listeners was issued at ${ts} by 10.0.0.7:49670 to 10.0.0.99:50000 (stream 3, call 7 in b.pcap)`,
      "capture: the listener [2001:db8::7]:49751 was connected to at 2024-01-01T00:01:00.000000Z from 10.0.0.99:50000 (stream 9)",
    ],
  );
  const none = { issued: [], dialled: [], complete: false };
  assert.deepEqual(shown({ ...none, sealed: 1 }), [
    "capture: the ticket was not seen issued, and no connection to a listener was seen",
    "capture: one Remote Assistance call is encrypted: what was issued is not known",
    "capture: not all of it was read; more may have happened",
  ]);
  assert.match(shown({ ...none, sealed: 2 })[1]!, /2 Remote Assistance calls are encrypted/);
});
