/** What a capture may make of the keys that were given is bounded, and every bound says when it was reached. */
import assert from "node:assert/strict";
import test from "node:test";
import { encrypt } from "../../../dissectors/kerberos/crypto.js";
import { readKerberos } from "../../../dissectors/kerberos/messages.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import type { NoteRecord } from "../../../src/events.js";
import { MAX_ADDRESSES, MAX_NAMES, MachineNames } from "../../../src/offers/connections/machine-names.js";
import { KerberosKeys } from "../../../src/rpc/security/kerberos-keys.js";
import {
  MAX_LEARNED_KEY_GUESSES,
  MAX_SALT,
  MAX_SALTS,
  noneReached,
} from "../../../src/rpc/security/key-limits.js";
import { KeyReport } from "../../../src/rpc/security/key-report.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import {
  MAX_OBJECT_INTERFACES,
  MAX_OBJECT_STREAMS,
  MAX_SECURITY_BINDINGS,
  ObjectTable,
} from "../../../src/run/objects.js";
import { apReq, encrypted, encTicketPart, kdcRep, principal, ticket } from "../../support/kerberos/build.js";
import {
  application,
  context,
  integer,
  octetString,
  sequence,
  text,
} from "../../support/spnego/der-build.js";

const AES256 = 18;
const RC4 = 23;

function salts(entries: readonly [salt: string, rounds: number | null][]): Uint8Array {
  return sequence(
    ...entries.map(([salt, rounds]) => {
      const parameters = Buffer.alloc(4);
      parameters.writeUInt32BE(rounds ?? 0);
      const reported = rounds === null ? [] : [context(2, octetString(parameters))];
      return sequence(context(0, integer(AES256)), context(1, text(salt)), ...reported);
    }),
  );
}

function preauthRequired(entries: readonly [salt: string, rounds: number | null][]): Uint8Array {
  const pa = sequence(sequence(context(1, integer(19)), context(2, octetString(salts(entries)))));
  return application(
    30,
    sequence(
      context(0, integer(5)),
      context(1, integer(30)),
      context(6, integer(25)),
      context(9, text("EXAMPLE.ORG")),
      context(10, principal(2, ["krbtgt", "EXAMPLE.ORG"])),
      context(12, octetString(pa)),
    ),
  );
}

function reply(cipher: number): Uint8Array {
  const sealed = new Uint8Array(60).fill(cipher);
  return kdcRep(
    "AS-REP",
    "EXAMPLE.ORG",
    ["alice"],
    ticket("EXAMPLE.ORG", ["krbtgt", "EXAMPLE.ORG"], AES256, 2, sealed),
    encrypted(AES256, null, sealed),
    null,
  );
}

/** The notes of a run with these keys, which learn the messages. */
function notesOf(ring: KeyRing, messages: readonly Uint8Array[]): NoteRecord[] {
  const analyzer = new Analyzer({ keys: ring });
  for (const message of messages) ring.learnKerberos(message);
  const frame = new Frame();
  frame.number = 1;
  const events = [...analyzer.push(frame), ...analyzer.finish()];
  return events.filter((event) => event.type === "note").filter(({ code }) => code === "keys-limit");
}

const named = (count: number): [string, null][] =>
  Array.from({ length: count }, (_, i) => [`SALT${i}`, null]);

test("salts: as many as are tried make no note, one more makes one, in whatever messages they come", () => {
  const ring = (): KeyRing => KeyRing.from({ passwords: ["secret"] });
  assert.deepEqual(
    notesOf(ring(), [preauthRequired(named(MAX_SALTS)), preauthRequired(named(MAX_SALTS))]),
    [],
  );
  for (const messages of [
    [preauthRequired(named(MAX_SALTS + 1))],
    named(MAX_SALTS + 3).map((salt) => preauthRequired([salt])),
    [preauthRequired([["x".repeat(MAX_SALT + 1), null]])],
  ]) {
    const notes = notesOf(ring(), messages);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!.message, /^more than 64 salts, or one of more than 1024 characters: /);
  }
  // Without a password no salt is of use.
  const keys = KeyRing.from({ ntHashes: ["00112233445566778899aabbccddeeff"] });
  assert.deepEqual(notesOf(keys, [preauthRequired(named(MAX_SALTS + 1))]), []);
});

test("rounds: of one key, and of all together", () => {
  const ring = (): KeyRing => KeyRing.from({ passwords: ["secret"] });
  assert.deepEqual(notesOf(ring(), [preauthRequired([["A", 1000]]), reply(1)]), []);
  for (const salt of [
    [["A", 200_001]],
    [["A", 0xffffffff]],
    Array.from({ length: 50 }, (_, i) => [`A${i}`, 190_000]),
  ] as [string, number][][]) {
    const some = salt.length === 1 ? salt : salt.slice(0, 22);
    const notes = notesOf(ring(), [preauthRequired(some), reply(1), reply(2)]);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!.message, /^deriving keys from passwords would take more rounds than allowed/);
  }
});

test("a name with more addresses than are remembered, and more names", () => {
  const names = new MachineNames();
  for (let i = 0; i < MAX_ADDRESSES; i++) names.learn("novice", `192.0.2.${i}`, 1);
  for (let i = 0; i < MAX_ADDRESSES; i++) names.learn("novice", `192.0.2.${i}`, 2);
  for (let i = 1; i < MAX_NAMES; i++) names.learn(`other${i}`, "192.0.2.1", 1);
  assert.equal(names.full, false);
  const more = new MachineNames();
  for (let i = 0; i <= MAX_ADDRESSES; i++) more.learn("novice", `192.0.2.${i}`, 1);
  assert.equal(more.full, true);
  names.learn("one-more", "192.0.2.1", 1);
  assert.equal(names.full, true);
});

test("an object with more interfaces, or an exporter with more bindings, than are remembered", () => {
  const learn = (objects: ObjectTable, count: number): void => {
    for (let i = 0; i < count; i++) objects.learn(`ipid${i}`, { iid: null, oid: "1", oxid: "2" }, i, 0);
  };
  const objects = new ObjectTable();
  learn(objects, MAX_OBJECT_INTERFACES);
  learn(objects, MAX_OBJECT_INTERFACES);
  assert.equal(objects.cut, false);
  learn(objects, MAX_OBJECT_INTERFACES + 1);
  assert.equal(objects.cut, true);
  for (const [count, cut] of [
    [MAX_OBJECT_STREAMS, false],
    [MAX_OBJECT_STREAMS + 1, true],
  ] as const) {
    const called = new ObjectTable();
    called.learn("ipid", { iid: null, oid: "1", oxid: "2" }, 1, 0);
    for (const again of [1, 2]) for (let i = 0; i < count; i++) called.used("ipid", again, i);
    assert.equal(called.cut, cut);
  }
  for (const [count, cut] of [
    [MAX_SECURITY_BINDINGS, false],
    [MAX_SECURITY_BINDINGS + 1, true],
  ] as const) {
    const exporters = new ObjectTable();
    const security = Array.from({ length: count }, () => ({ authn_service: 10, principal: "" }));
    exporters.exporter("2", { bindings: [{ tower: "ncacn_ip_tcp", address: "h" }], security } as never, 1);
    assert.equal(exporters.cut, cut);
  }
});

/** What is known of limits after `tickets` were opened, each with a session key of its own, and then one stayed encrypted. */
function afterShut(tickets: number, tickets2: number = 0): boolean {
  const service = new Uint8Array(16).fill(7);
  const limited = noneReached();
  const keys = new KerberosKeys(limited);
  const secret = new KeyReport().addSecret("kerberos_key", "secret #1");
  keys.addLongTerm({ etype: RC4, key: service, principal: null, realm: null, kvno: null, secret });
  const seal = (key: Uint8Array, i: number): Uint8Array => {
    const session = new Uint8Array(16);
    session[0] = i >> 8;
    session[1] = i;
    const part = encTicketPart(RC4, session, "EXAMPLE.ORG", ["bob"]);
    const cipher = encrypt(RC4, key, 2, part, new Uint8Array(8).fill(i));
    return ticket("EXAMPLE.ORG", ["host", "novice"], RC4, 3, cipher!);
  };
  const garbage = encrypted(RC4, null, new Uint8Array(60));
  for (let i = 0; i < tickets + tickets2; i++) {
    keys.learn(kdcRep("AS-REP", "EXAMPLE.ORG", ["bob"], seal(service, i % tickets), garbage, null));
  }
  assert.equal(keys.generation, tickets);
  const undecryptable = readKerberos(new Reader(apReq(0, seal(new Uint8Array(16).fill(8), 0), garbage)));
  assert.ok(undecryptable.msg === "AP-REQ");
  assert.equal(limited.guesses, false);
  assert.equal(keys.open({ mechanism: "kerberos", apReq: undecryptable, apRep: null, tgtRep: null }), null);
  return limited.guesses;
}

test("a ticket that stays encrypted although not all learned keys were tried", () => {
  assert.equal(afterShut(MAX_LEARNED_KEY_GUESSES, 5), false);
  assert.equal(afterShut(MAX_LEARNED_KEY_GUESSES + 1), true);
});
