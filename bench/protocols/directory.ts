/** What members of a domain say to its controllers: LDAP searches, pings in datagrams, Kerberos tickets. */
import { Writer } from "../../test/lab/bytes.js";
import * as kerberos from "../../test/support/kerberos/build.js";
import {
  application,
  context,
  der,
  enumerated,
  integer,
  octetString,
  sequence,
} from "../../test/support/spnego/der-build.js";
import type { Message } from "../conversation.js";
import type { Source } from "./source.js";

const REALM = "EXAMPLE.ORG";
const BASE = "DC=example,DC=org";
const DOMAIN = Uint8Array.of(0x15, 0x2a, 0x3f, 0x50, 0x61, 0x72, 0x0b, 0x1c, 0x2d, 0x3e, 0x4f, 0x01);
const text = (value: string): Uint8Array => octetString(Buffer.from(value));

function message(id: number, tag: number, ...content: Uint8Array[]): Buffer {
  return Buffer.from(sequence(integer(id), der(tag, ...content)));
}

/** [RFC 4511] 4.5.1: who is in a group, or has a name. */
function search(source: Source, id: number, base: string, attributes: readonly string[]): Buffer {
  const equals = (name: string, value: string) => context(3, text(name), text(value));
  const filter = context(0, equals("objectClass", "user"), equals(source.word(), source.name()));
  return message(
    id,
    0x63,
    text(base),
    enumerated(2),
    enumerated(0),
    integer(1000),
    integer(0),
    der(0x01, Uint8Array.of(0)),
    filter,
    sequence(...attributes.map(text)),
  );
}

const NAMES = [
  "cn",
  "sn",
  "givenName",
  "displayName",
  "sAMAccountName",
  "userPrincipalName",
  "mail",
  "telephoneNumber",
  "department",
  "title",
  "company",
  "description",
  "physicalDeliveryOfficeName",
  "streetAddress",
  "postalCode",
  "whenCreated",
  "homeDirectory",
] as const;

/** Of the domain; the last part says who. */
const sid = (rid: number): Writer => new Writer().u8(1).u8(5).fill(5).u8(5).u32(21).bytes(DOMAIN).u32(rid);

/** [MS-DTYP] 2.4.6: who may do what to the entry, most of it for single attributes ([MS-DTYP] 2.4.4.3). */
function securityDescriptor(source: Source): Uint8Array {
  const owner = sid(512);
  const aces = new Writer();
  const count = source.number(15, 50);
  for (let i = 0; i < count; i++) {
    const who = sid(source.number(500, 5_000));
    const ace = new Writer()
      .u32(source.pick([0x10, 0x20, 0x30, 0x100]))
      .u32(1)
      .bytes(source.bytes(16))
      .bytes(who.done());
    aces
      .u8(5)
      .u8(0x12)
      .u16(4 + ace.length)
      .bytes(ace.done());
  }
  const acl = new Writer()
    .u8(4)
    .u8(0)
    .u16(8 + aces.length)
    .u16(count)
    .u16(0)
    .bytes(aces.done());
  const w = new Writer()
    .u8(1)
    .u8(0)
    .u16(0x8c04)
    .u32(20 + acl.length)
    .u32(20 + acl.length + owner.length)
    .u32(0)
    .u32(20);
  return w.bytes(acl.done()).bytes(owner.done()).bytes(owner.done()).done();
}

function entry(source: Source, id: number): Buffer {
  const attribute = (name: string, ...values: Uint8Array[]) =>
    sequence(text(name), der(0x31, ...values.map((value) => octetString(value))));
  const groups = Array.from({ length: source.number(1, 12) }, () =>
    Buffer.from(`CN=${source.name()},OU=${source.word()},OU=Groups,${BASE}`),
  );
  return message(
    id,
    0x64,
    text(`CN=${source.name()},OU=${source.word()},OU=People,${BASE}`),
    sequence(
      attribute(
        "objectClass",
        ...["top", "person", "organizationalPerson", "user"].map((value) => Buffer.from(value)),
      ),
      ...NAMES.map((name) => attribute(name, Buffer.from(source.words(2)))),
      attribute("memberOf", ...groups),
      attribute("objectGUID", source.bytes(16)),
      attribute("objectSid", sid(source.number(1_000, 100_000)).done()),
      attribute("nTSecurityDescriptor", securityDescriptor(source)),
      attribute("pwdLastSet", Buffer.from(`13${source.number(1e15, 9e15)}`)),
    ),
  );
}

const done = (id: number): Buffer => message(id, 0x65, enumerated(0), text(""), text(""));

export function* ldap(source: Source): Generator<Message> {
  const bind = [
    integer(3),
    text(`CN=${source.name()},OU=People,${BASE}`),
    der(0x80, Buffer.from(source.hex(8))),
  ];
  yield { from: 0, bytes: message(1, 0x60, ...bind) };
  yield { from: 1, bytes: message(1, 0x61, enumerated(0), text(""), text("")) };
  const searches = source.number(1, 3);
  for (let id = 2; id < 2 + searches; id++) {
    yield { from: 0, bytes: search(source, id, `OU=People,${BASE}`, NAMES) };
    const entries = Array.from({ length: source.mostlySmall(1, 50) }, () => entry(source, id));
    yield { from: 1, bytes: Buffer.concat([...entries, done(id)]) };
  }
  yield { from: 0, bytes: message(2 + searches, 0x42) };
}

/** [MS-ADTS] 6.3.3: which controller answers. */
export function* ping(source: Source): Generator<Message> {
  yield { from: 0, bytes: search(source, 1, "", ["NetLogon"]) };
  const answer = Buffer.concat([Buffer.from([23, 0, 0, 0]), source.bytes(120)]);
  const attribute = sequence(text("Netlogon"), der(0x31, octetString(answer)));
  yield { from: 1, bytes: Buffer.concat([message(1, 0x64, text(""), sequence(attribute)), done(1)]) };
}

const TIME = der(0x18, Buffer.from("20231114221320Z"));

function request(
  source: Source,
  kind: "AS-REQ" | "TGS-REQ",
  user: string,
  service: readonly string[],
): Uint8Array {
  const number = kind === "AS-REQ" ? 10 : 12;
  const authenticated = kerberos.apReq(
    0,
    ticket(source, ["krbtgt", REALM]),
    kerberos.encrypted(18, null, source.bytes(220)),
  );
  const proof = kerberos.encrypted(18, null, source.bytes(56));
  const padata =
    kind === "AS-REQ" ? [integer(2), octetString(proof)] : [integer(1), octetString(authenticated)];
  const who = kind === "AS-REQ" ? [context(1, kerberos.principal(1, [user]))] : [];
  const body = sequence(
    context(0, der(0x03, Uint8Array.of(0, 0x40, 0x81, 0, 0x10))),
    ...who,
    context(2, der(0x1b, Buffer.from(REALM))),
    context(3, kerberos.principal(2, service)),
    context(5, TIME),
    context(7, integer(source.number(1, 2e9))),
    context(8, sequence(...[18, 17, 23, 24].map(integer))),
  );
  return application(
    number,
    sequence(
      context(1, integer(5)),
      context(2, integer(number)),
      context(3, sequence(sequence(context(1, padata[0]!), context(2, padata[1]!)))),
      context(4, body),
    ),
  );
}

const ticket = (source: Source, service: readonly string[]): Uint8Array =>
  kerberos.ticket(REALM, service, 18, 2, source.bytes(source.number(900, 1_100)));

function* exchange(source: Source): Generator<Message> {
  const user = source.name();
  const kind = source.chance(0.4) ? "AS" : "TGS";
  const service =
    kind === "AS" ? ["krbtgt", REALM] : [source.pick(["cifs", "ldap", "host", "http"]), source.host()];
  yield { from: 0, bytes: request(source, `${kind}-REQ`, user, service) };
  const part = kerberos.encrypted(18, 2, source.bytes(source.number(180, 280)));
  yield {
    from: 1,
    bytes: kerberos.kdcRep(`${kind}-REP`, REALM, [user], ticket(source, service), part, null),
  };
}

/** Tickets over TCP, as Windows asks for them; those over UDP stay below what a frame holds. */
export function* tickets(source: Source): Generator<Message> {
  for (const { from, bytes } of exchange(source)) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    yield { from, bytes: Buffer.concat([length, bytes]) };
  }
}

export function* ticketDatagrams(source: Source): Generator<Message> {
  for (const message of exchange(source)) if (message.bytes.length < 1_420) yield message;
}
