/** Kerberos beside DCE/RPC: what credentials that are forwarded, and requests for new passwords, teach; and what they cost. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encrypt, stringToKey } from "../../../dissectors/kerberos/crypto.js";
import { readKerberos } from "../../../dissectors/kerberos/messages.js";
import { NEGOTIATE_KEY_EXCH, NEGOTIATE_SEAL, NEGOTIATE_SIGN } from "../../../dissectors/ntlmssp/flags.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { Analyzer } from "../../../src/analyzer.js";
import type { Event, NoteRecord } from "../../../src/events.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { SecurityContext } from "../../../src/rpc/security/context.js";
import { MAX_LEARNED_PASSWORDS } from "../../../src/rpc/security/key-limits.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import type { ContextLocation } from "../../../src/rpc/security/session.js";
import { shardHeader } from "../../../src/shard/header.js";
import { ShardFront } from "../../../src/shard/shard-front.js";
import {
  apReq,
  authenticator,
  changePasswdData,
  encKdcRepPart,
  encKrbCredPart,
  encKrbPrivPart,
  encrypted,
  encTicketPart,
  gssChecksum,
  type Key,
  kdcRep,
  kdcReq,
  krbCred,
  passwordChange,
  ticket,
} from "../../support/kerberos/build.js";
import { bind, bindAck, request, response, Wire } from "../../support/rpc/wire.js";
import { calls, ofKind } from "../../support/run.js";
import { handshake, introduce, Peer } from "../../support/security/peer.js";
import {
  application,
  context,
  der,
  integer,
  octetString,
  oid,
  sequence,
} from "../../support/spnego/der-build.js";

const REALM = "EXAMPLE.ORG";
const USER = ["alice"];
const ALICE = { user: "alice", domain: REALM };
const LOCATION: ContextLocation = {
  stream: null,
  contextId: 0,
  smbSession: null,
  type: "kerberos",
  level: "pkt_privacy",
};

const key = (fill: number, etype = 18): Key => ({
  etype,
  key: new Uint8Array(etype === 18 ? 32 : 16).fill(fill),
});
const SERVICE = key(1);
const SESSION = key(2);
const FORWARDED = key(3);
/** Of other servers: nobody gives them. */
const UNKNOWN = key(4);
const LATER = key(5);
const SUBKEY = key(6);

function cipher({ etype, key: bytes }: Key, usage: number, plain: Uint8Array): Uint8Array {
  return encrypt(etype, bytes, usage, plain, new Uint8Array(etype === 23 ? 8 : 16).fill(9))!;
}
const seal = (with_: Key, usage: number, plain: Uint8Array): Uint8Array =>
  encrypted(with_.etype, null, cipher(with_, usage, plain));

function ticketFor(service: string[], under: Key, session: Key): Uint8Array {
  const part = encTicketPart(session.etype, session.key, REALM, USER);
  return ticket(REALM, service, under.etype, 3, cipher(under, 2, part));
}

const WEB = ticketFor(["HTTP", "web"], SERVICE, SESSION);
const TGT = ticketFor(["krbtgt", REALM], UNKNOWN, FORWARDED);
const TARGET = ticketFor(["host", "target"], UNKNOWN, LATER);
const CREDENTIALS = encKrbCredPart([{ key: FORWARDED, realm: REALM, client: USER }]);

/** An AP-REQ to the service that forwards the ticket, in one of the ways that there are. */
function forwarding(how: "session" | "subkey" | "clear" | "no-flag" | "cut" = "session"): Uint8Array {
  const part =
    how === "clear"
      ? encrypted(0, null, CREDENTIALS)
      : seal(how === "subkey" ? SUBKEY : SESSION, 14, CREDENTIALS);
  const checksum = gssChecksum(krbCred([TGT], part), how === "no-flag" ? 2 : 1);
  const sent = how === "cut" ? checksum.subarray(0, 100) : checksum;
  return apReq(0x20000000, WEB, seal(SESSION, 11, authenticator(REALM, USER, SUBKEY, 1, sent)));
}

/** What the service does with it: asks for a ticket, and uses that. */
const ASKED = kdcReq(
  "TGS-REQ",
  apReq(0, TGT, seal(FORWARDED, 7, authenticator(REALM, USER, null, 1))),
  ["host", "target"],
  REALM,
  [],
);
const GIVEN = kdcRep(
  "TGS-REP",
  REALM,
  USER,
  TARGET,
  seal(FORWARDED, 8, encKdcRepPart(26, LATER.etype, LATER.key, REALM, ["host", "target"])),
  null,
);
const USED = apReq(0, TARGET, seal(LATER, 11, authenticator(REALM, USER, null, 1)));

const ring = (given: Key = SERVICE): KeyRing =>
  KeyRing.from({
    secrets: [
      { kind: "kerberos_key", principal: "HTTP/web", realm: REALM, etype: given.etype, key: given.key },
    ],
  });

/** Whom a bind with this AP-REQ names, if a key opens it. */
function opens(keys: KeyRing, der: Uint8Array): unknown {
  const message = readKerberos(new Reader(der));
  assert.ok(message.msg === "AP-REQ");
  const exchange = { mechanism: "kerberos", apReq: message, apRep: null, tgtRep: null } as const;
  const { session } = keys.session(exchange, { ...LOCATION }, null);
  // A key that may open it, and names nobody, is only tried.
  return session === null || session.identity.user === null ? null : session.identity;
}

/** The same, after the service has used what it learned. */
function chain(keys: KeyRing): unknown {
  keys.learnKerberos(ASKED);
  keys.learnKerberos(GIVEN);
  return opens(keys, USED);
}

const KRB = "1.2.840.113554.1.2.2";
const gss = (der: Uint8Array): Uint8Array => application(0, oid(KRB), Uint8Array.of(1, 0), der);
const spnego = (der: Uint8Array): Uint8Array =>
  application(
    0,
    oid("1.3.6.1.5.5.2"),
    context(0, sequence(context(0, sequence(oid(KRB))), context(2, octetString(gss(der))))),
  );

const ldapMessage = (id: number, operation: Uint8Array): Uint8Array => sequence(integer(id), operation);
function ldapBind(mechanism: string, credentials: Uint8Array): Uint8Array {
  const sasl = der(0xa3, octetString(Uint8Array.from(Buffer.from(mechanism))), octetString(credentials));
  return ldapMessage(2, application(0, integer(3), octetString(new Uint8Array(0)), sasl));
}
const SEARCH = ldapMessage(1, application(3, octetString(new Uint8Array(0)), new Uint8Array(300)));
/** The same bytes with a length in four, as Windows writes it. */
const longForm = (message: Uint8Array): Uint8Array => {
  const body = message.subarray(message[1]! < 0x80 ? 2 : 2 + (message[1]! & 0x7f));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Uint8Array.from(Buffer.concat([Uint8Array.of(0x30, 0x84), length, body]));
};

function http(method: string, header: string | null, body = ""): Buffer {
  const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
  const more = header === null ? "" : `${header}\r\n`;
  return Buffer.from(`${method} /x HTTP/1.1\r\nHost: web\r\n${length}${more}\r\n${body}`);
}
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const REFUSED = Buffer.from(
  "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
);

const limitNotes = (events: readonly Event[]): NoteRecord[] =>
  ofKind([...events], "note").filter(({ code }) => code === "keys-limit");

describe("credentials that are forwarded", () => {
  it("open what the service does with them, whichever key they are sealed with", () => {
    for (const how of ["session", "subkey", "clear"] as const) {
      const keys = ring();
      const before = keys.generation;
      new SecurityContext(16, 6, 0, keys).token(true, forwarding(how), { headerSigning: false, frame: 1 });
      assert.equal(keys.generation, before + 2, how);
      assert.deepEqual(chain(keys), ALICE, how);
      assert.equal(keys.report().contexts[0]!.secret, "secret #1");
    }
  });

  it("teach nothing where there are none, they are cut, or the key is another's", () => {
    for (const [how, given] of [
      ["no-flag", SERVICE],
      ["cut", SERVICE],
      ["session", key(77)],
    ] as const) {
      const keys = ring(given);
      keys.learnToken(gss(forwarding(how)));
      assert.equal(chain(keys), null, how);
    }
    assert.equal(chain(ring()), null);
  });

  it("are found with the session key of the ticket, given as it is", () => {
    const keys = KeyRing.from({ sessionKeys: [Buffer.from(SESSION.key).toString("hex")] });
    keys.learnToken(spnego(forwarding()));
    assert.deepEqual(chain(keys), ALICE);
  });

  it("are found in binds of LDAP, on its ports and others, in segments of any size", () => {
    for (const message of [
      ldapBind("GSSAPI", gss(forwarding())),
      ldapBind("GSS-SPNEGO", spnego(forwarding())),
    ]) {
      for (const [port, size, form] of [
        [389, 1460, longForm],
        [3268, 1, longForm],
        [20_000, 100, (m: Uint8Array) => m],
      ] as const) {
        const wire = new Wire(port).handshake();
        if (size > 1) wire.say(0, form(SEARCH)).say(1, new Uint8Array(50));
        else wire.say(0, form(SEARCH).subarray(0, 20)).say(0, form(SEARCH).subarray(20));
        wire.say(0, form(message), size).say(1, new Uint8Array(20)).say(0, new Uint8Array(5000));
        const keys = ring();
        const events = wire.close().events({ keys });
        assert.deepEqual(
          events.map(({ type }) => type),
          ["summary"],
        );
        assert.deepEqual(chain(keys), ALICE, `${port} ${size}`);
      }
    }
  });

  it("are found in requests of HTTP, after bodies and refusals, in segments of any size", () => {
    for (const header of [
      `Authorization: Negotiate ${base64(spnego(forwarding()))}`,
      `authorization:  negotiate ${base64(gss(forwarding()))}`,
      `Authorization: Kerberos ${base64(gss(forwarding()))}`,
      `Proxy-Authorization: Negotiate ${base64(spnego(forwarding()))}`,
    ]) {
      for (const size of [1, 100, 1460]) {
        const wire = new Wire(8080)
          .handshake()
          .say(
            0,
            http("POST", null, `Authorization: Negotiate ${"A".repeat(3000)}\r\n\r\n`),
            size === 1 ? 1460 : size,
          )
          .say(1, REFUSED)
          .say(0, http("GET", header), size)
          .say(1, REFUSED)
          .say(0, http("GET", null))
          .say(0, new Uint8Array(5000));
        const keys = ring();
        const events = wire.close().events({ keys });
        assert.deepEqual(
          events.map(({ type }) => type),
          ["summary"],
        );
        assert.deepEqual(chain(keys), ALICE, `${header.slice(0, 30)} ${size}`);
      }
    }
  });

  it("are learned by every part of a run, whoever has the conversation", () => {
    const header = `Authorization: Negotiate ${base64(spnego(forwarding()))}`;
    const wire = new Wire(8080).handshake().say(0, http("GET", header)).say(0, http("GET", null)).close();
    const bound = new Wire(389)
      .handshake()
      .say(0, ldapBind("GSSAPI", gss(forwarding())))
      .close();
    for (const talk of [wire, bound]) {
      const owners: number[] = [];
      for (const index of [0, 1, 2]) {
        const keys = ring();
        const lines: string[] = [];
        const run = { version: "0", count: 3, inputs: [{ name: "a", bytes: 0, begins: "" }], options: {} };
        const front = new ShardFront({
          header: shardHeader(index, run),
          interfaces: shippedInterfaces(),
          keys,
          maxMemory: undefined,
          files: ["a"],
          observe: false,
          write: (line) => lines.push(line),
        });
        for (const frame of talk.frames()) front.push(frame);
        for (const _ of front.finish({ complete: true, ended: null }));
        assert.deepEqual(chain(keys), ALICE, `part ${index}`);
        if (lines.some((line) => line.includes('"kind":"connection"'))) owners.push(index);
      }
      assert.equal(owners.length, 1, "one part tells of the connection");
    }
  });

  it("teach nothing from behind a gap", () => {
    const keys = ring();
    const wire = new Wire(389)
      .handshake()
      .say(0, SEARCH)
      .lose(0, 100)
      .say(0, ldapBind("GSSAPI", gss(forwarding())));
    wire.close().events({ keys });
    assert.equal(chain(keys), null);
  });
});

describe("flows that are read for their tokens only", () => {
  /** Whether the flow is dismissed at its end. */
  function dismissed(wire: Wire, keys: KeyRing | null): boolean {
    const analyzer = new Analyzer({ keys, wanted: new Set(["call"]) });
    for (const frame of wire.frames()) analyzer.push(frame);
    return analyzer.flows.lastFlow!.flow.dismissed;
  }

  it("are dismissed at their first bytes where no keys were given", () => {
    for (const [port, first] of [
      [389, SEARCH],
      [8080, http("GET", null)],
      [464, Uint8Array.of(0, 0, 4, 0, 4, 0, 0, 1, 0, 0)],
    ] as const) {
      const wire = new Wire(port).handshake().say(0, first);
      assert.equal(dismissed(wire, null), true, String(port));
      assert.equal(dismissed(wire, ring()), false, String(port));
    }
  });

  it("are dismissed when their authentication is over, and when nothing more can come", () => {
    const token = `Authorization: Negotiate ${base64(spnego(forwarding()))}`;
    for (const wire of [
      new Wire(389)
        .handshake()
        .say(0, ldapBind("GSSAPI", gss(forwarding())))
        .say(0, SEARCH),
      new Wire(389)
        .handshake()
        .say(0, SEARCH)
        .say(0, Uint8Array.of(0x16, 3, 1, 0, 50, 1)),
      new Wire(389)
        .handshake()
        .say(0, SEARCH)
        .say(0, ldapMessage(2, Uint8Array.of(0x42, 0))),
      new Wire(8080).handshake().say(0, http("GET", token)).say(0, http("GET", null)),
      new Wire(8080)
        .handshake()
        .say(0, http("CONNECT", null))
        .say(0, Uint8Array.of(0x16, 3, 1, 0, 50, 1)),
      new Wire(8080).handshake().say(0, http("POST", "Transfer-Encoding: chunked")),
    ]) {
      assert.equal(dismissed(wire, ring()), true);
    }
  });

  it("say so where not all of their requests are looked at", () => {
    const many = new Wire(8080).handshake();
    for (let i = 0; i < 64; i++) many.say(0, http("GET", null));
    const long = new Wire(8080).handshake().say(0, Buffer.from(`GET /${"x".repeat(300_000)}`));
    const large = new Wire(389).handshake().say(0, SEARCH);
    for (let i = 0; i < 70; i++) large.say(1, new Uint8Array(64_000), 64_000);
    for (const wire of [many, long, large]) {
      const notes = limitNotes(wire.close().events({ keys: ring() }));
      assert.equal(notes.length, 1);
      assert.match(notes[0]!.message, /^not all requests of an LDAP or HTTP connection/);
    }
    assert.deepEqual(limitNotes(many.events()), []);
  });

  it("leave DCE/RPC on their ports what it is", () => {
    const uuid = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
    for (const port of [389, 3268, 8080]) {
      const whole = new Wire(port).handshake().say(0, bind(1, uuid)).say(1, bindAck(1));
      const middle = new Wire(port);
      for (const wire of [whole, middle]) {
        wire.say(0, request(2)).say(1, response(2)).close();
        const [with_, without] = [ring(), null].map((keys) => calls(wire.events({ keys })));
        assert.equal(with_!.length, 1);
        assert.deepEqual(with_, without);
      }
    }
  });
});

describe("requests for new passwords", () => {
  const password = "New!Pass2";
  const KADMIN = ["kadmin", "changepw"];
  const changed = (version: number, data: Uint8Array, under: Key = SUBKEY): Uint8Array =>
    passwordChange(
      version,
      apReq(
        0,
        ticketFor(KADMIN, SERVICE, SESSION),
        seal(SESSION, 11, authenticator(REALM, version === 1 ? USER : ["admin"], SUBKEY, 1)),
      ),
      seal(under, 13, encKrbPrivPart(data)),
    );
  const own = changed(1, Uint8Array.from(Buffer.from(password)));
  const framed = (m: Uint8Array): Buffer =>
    Buffer.concat([Uint8Array.of(0, 0, m.length >> 8, m.length & 255), m]);

  /** A logon with the new password, and what uses its ticket. */
  const secret = { etype: 18, key: stringToKey(18, password, `${REALM}alice`)! };
  const logon = kdcRep(
    "AS-REP",
    REALM,
    USER,
    TARGET,
    seal(secret, 3, encKdcRepPart(25, LATER.etype, LATER.key, REALM, ["host", "target"])),
    null,
  );

  it("open later logons of their user", () => {
    const data = changePasswdData(password, { user: USER, realm: REALM });
    for (const message of [
      own,
      changed(0xff80, data),
      changed(1, Uint8Array.from(Buffer.from(password)), SESSION),
    ]) {
      for (const size of [1, 1460]) {
        const keys = ring();
        const events = new Wire(464).handshake().say(0, framed(message), size).close().events({ keys });
        keys.learnKerberos(logon);
        assert.deepEqual(opens(keys, USED), ALICE);
        const report = keys.report();
        assert.equal(report.contexts[0]!.secret, "secret #1");
        assert.doesNotMatch(JSON.stringify([events, report]), /New!Pass2/);
      }
    }
    const keys = ring(key(77));
    keys.learnPasswordChange(own);
    keys.learnKerberos(logon);
    assert.equal(opens(keys, USED), null);
  });

  it("open later logons with NTLM", () => {
    const flags = NEGOTIATE_SEAL | NEGOTIATE_SIGN | NEGOTIATE_KEY_EXCH | 0x20080201;
    const h = handshake({ user: "alice", domain: "EXAMPLE", password, flags, response: "v2" });
    const keys = ring();
    const opened = (): unknown => {
      const context = new SecurityContext(10, 6, 0, keys);
      introduce(context, h);
      return context.open(new Peer(h).pdu(true, new Uint8Array(16), true)).decrypted;
    };
    assert.equal(opened(), false);
    keys.learnPasswordChange(own);
    assert.equal(opened(), true);
  });

  it("are bounded", () => {
    const many = ring();
    const notesOf = (keys: KeyRing): NoteRecord[] =>
      limitNotes(new Wire().handshake().close().events({ keys }));
    const numbered = (i: number): Uint8Array => changed(1, Uint8Array.from(Buffer.from(`New!Pass${i}`)));
    for (let i = 0; i < 2 * MAX_LEARNED_PASSWORDS; i++)
      many.learnPasswordChange(numbered(i % MAX_LEARNED_PASSWORDS));
    assert.deepEqual(notesOf(many), []);
    many.learnPasswordChange(numbered(MAX_LEARNED_PASSWORDS));
    const long = ring();
    long.learnPasswordChange(changed(1, new Uint8Array(1025).fill(0x61)));
    for (const keys of [many, long]) {
      const notes = notesOf(keys);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!.message, /^more than 64 new passwords/);
    }
  });

  it("pass over what is none", () => {
    const keys = ring();
    for (const bytes of [
      new Uint8Array(0),
      own.subarray(0, 50),
      new Uint8Array(300),
      changed(7, new Uint8Array(3)),
    ])
      keys.learnPasswordChange(bytes);
    keys.learnPasswordChange(changed(0xff80, Uint8Array.of(0x30)));
    keys.learnPasswordChange(changed(0xff80, Uint8Array.of(0x04, 1, 1)));
    keys.learnKerberos(logon);
    assert.equal(opens(keys, USED), null);
  });
});

describe("messages of a KDC", () => {
  const notes = (first: Uint8Array, size = 1460): NoteRecord[] =>
    ofKind(new Wire(88).handshake().say(0, first, size).close().events({ keys: ring() }), "note");

  it("that are too long are told of, and what is none is not", () => {
    for (const size of [4, 1460]) {
      const [note, ...more] = notes(Uint8Array.of(0, 3, 0, 0, 0x6c, 0x83, 0, 0), size);
      assert.deepEqual(more, []);
      assert.deepEqual([note?.code, note?.stream], ["kerberos-too-long", 0]);
    }
    assert.deepEqual(notes(http("GET", null)), []);
    assert.deepEqual(notes(Uint8Array.of(0, 3, 0, 0, 0x16, 3)), []);
  });
});
