/**
 * The rules of [MS-RAI], both revisions, one by one: which of them somebody on the wire can see broken, and what is then said.
 * Each row that names a code has a case below that breaks it, and one that keeps it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../../dissectors/rai/help-blob.js";
import { parseInvitation } from "../../../dissectors/rai/invitation.js";
import { Association } from "../../lab/association.js";
import { Conversation } from "../../lab/conversation.js";
import { IID, type Spoken } from "../../lab/dcom.js";
import { eptMap } from "../../lab/epm.js";
import { LITTLE } from "../../lab/ndr.js";
import { dispatchVariant, EMPTY } from "../../lab/oaut.js";
import {
  connectionString2,
  count,
  getNoviceUserInfo,
  getProperty,
  getSessionInfo,
  helpBlob,
  item,
  notUsed,
  remoteConnectionParms,
  remoteUserSessionInfo,
  sessionNames,
  setProperty,
} from "../../lab/rai.js";
import { AUTH } from "../../lab/recipes/vista.js";
import { STRING1 } from "../../lab/recipes/xp.js";
import { direct } from "../../lab/stories/direct.js";
import { connect, plan } from "../../lab/stories/vista.js";
import { reachIPCHService } from "../../lab/stories/xp.js";
import { invitationXml, TYPE_1 } from "../../support/invitation/novice.js";
import { modern, old, type Played, play } from "../../support/offers/played.js";

/** Section, the rule in other words, and the note code that says it is broken; or why nothing can say so. */
const RULES: [string, string, { code: string } | { violation: true } | { unseen: string }][] = [
  ["1.7", "IPCHService and IRASrv are of version 0.0", { code: "rai-version" }],
  ["2.1", "DCOM's authentication and encryption protect all messages", { code: "rai-clear" }],
  ["2.1", "… the connection string above all", { code: "connection-string-in-clear" }],
  [
    "2.1",
    "the UUIDs listed MUST be used",
    { unseen: "a call with another UUID is no call of this protocol" },
  ],
  ["2.2.1", "ProtocolVersion MUST be 65538", { violation: true }],
  ["2.2.1", "protocolType MUST be 1", { violation: true }],
  ["2.2.1", "assistantAccountPwd, RASessionName and RASessionPwd MUST be *", { violation: true }],
  ["2.2.1", "eight elements; addresses of type IPv4 or computer names, with ports", { violation: true }],
  ["2.2.2", "XML, with the nodes and attributes listed", { violation: true }],
  ["2.2.2", "KH is a SHA-1 hash in base64; KH2 names its algorithm", { violation: true }],
  ["2.2.2", "KH2 SHOULD be there", { unseen: "Windows XP and later do not send it (note 5)" }],
  [
    "2.2.3",
    "SessionState MUST be a value of SessionStateEnum, when it is read",
    { code: "rai-session-state" },
  ],
  ["3.1.3, 3.3.3", "the server MUST listen on its well-known endpoint", { unseen: "none is defined" }],
  ["3.1.4.1", "opnums 3 and 4 of IPCHService MUST NOT be used", { code: "rai-opnum-reserved" }],
  ["3.1.4.1", "opnums 7 to 18 and 21 of IPCHService are not used", { code: "rai-opnum-unused" }],
  ["3.1.4.1.1", "the help blob's format", { violation: true }],
  [
    "3.1.4.1.1 ff.",
    "every method MUST return zero for success, or an HRESULT error",
    { code: "rai-success-code" },
  ],
  [
    "3.1.4.1.1 ff.",
    "the error is one of those listed",
    { unseen: "any HRESULT error is allowed by the same sentence" },
  ],
  [
    "3.1.4.1.2.1",
    "opnums 3 and 4 of IPCHCollection are not used across the network",
    { code: "rai-opnum-reserved" },
  ],
  ["3.1.4.1.2.1.2", "elements of the collection are counted from 1", { code: "rai-collection-index" }],
  ["3.1.4.1.2.1.3", "Count is a number of elements", { code: "rai-count-negative" }],
  [
    "3.1.4.1.2.2",
    "opnums 3 and 4 of ISAFSession are not used across the network",
    { code: "rai-opnum-reserved" },
  ],
  [
    "3.1.4.1.2.2.6",
    "SessionState MUST be a value of SessionStateEnum, when it is set",
    { code: "rai-session-state" },
  ],
  ["3.2.1, 3.4.1", "the expert MUST give the novice's address", { unseen: "it does so at its own keyboard" }],
  ["3.2.4", "sessions with no DomainName or UserName MUST be ignored", { code: "rai-session-without-user" }],
  ["3.3.4.1", "opnums 3 and 4 of IRASrv are not used across the network", { code: "rai-opnum-reserved" }],
  ["3.3.4.1.1", "GetNoviceUserInfo returns connection string 2", { code: "rai-connection-string-form" }],
  [
    "2.2.1, 2.2.2",
    "Windows XP's interface gives form 1 only (notes 3 and 4)",
    { code: "rai-connection-string-form" },
  ],
  ["3.3.4.1.2", "entries are DomainName\\UserName:SessionID", { code: "rai-session-entry" }],
  ["3.3.4.1.2", "Count is the number of sessions", { code: "rai-session-count" }],
  ["3.3.4.1.2", "… and not negative", { code: "rai-count-negative" }],
  ["5.1", "IRASrv is called at packet privacy (note 14)", { code: "rai-clear" }],
  ["6", "the TYPE of UPLOADINFO MUST be Escalated", { violation: true }],
];

const STRING2 = connectionString2(AUTH, [
  { id: "1", sid: "7", listeners: [{ port: 49230, name: "10.20.4.17" }] },
]);
const S_FALSE = 1;

type Call = (cid: string) => Spoken;
type Name = "IRASrv" | "IPCHService" | "IPCHCollection" | "ISAFSession";

/** One call on one interface, everything else as it should be. */
function said(
  on: Name,
  call: Call,
  o: { version?: number; level?: "pkt_integrity" | "pkt_privacy" } = {},
): Played {
  if (on === "IRASrv") {
    const talk = new Conversation("rules", "2024-05-14T09:02:41.101Z");
    const cast = modern();
    const security = o.level === undefined ? null : plan(cast, { provider: "ntlmssp", level: o.level });
    const scene = direct(talk, cast, {}, security);
    if (o.version !== undefined) {
      scene.association.alter([{ interface: on, propose: ["ndr"], accept: "ndr", version: o.version }]);
    }
    scene.association.call(scene.service.ipid, call(scene.cid));
    return play(talk);
  }
  const talk = new Conversation("rules", "2008-02-19T10:15:30.000Z");
  const cid = talk.random.guid();
  const { association, service, exporter } = reachIPCHService(talk, old(), cid, 1041, null);
  let object = service.ipid;
  if (on !== "IPCHService" || o.version !== undefined) {
    association.alter([{ interface: on, propose: ["ndr"], accept: "ndr", ...o }]);
    if (on !== "IPCHService") object = exporter.reference(IID[on]).ipid;
  }
  association.call(object, call(cid));
  return play(talk);
}

const RAI_CODES = new Set(RULES.flatMap(([, , how]) => ("code" in how ? [how.code] : [])));

/** The codes of rules that were broken, the clear text of the lab's simplest conversations aside. */
function codes({ events }: Played): string[] {
  const found = events.flatMap((e) =>
    e.type === "note"
      ? [e]
      : "notes" in e && Array.isArray(e.notes) && e.type !== "association"
        ? e.notes
        : [],
  );
  return [...new Set(found.map((n) => n.code))]
    .filter((c) => RAI_CODES.has(c) && c !== "rai-clear" && c !== "connection-string-in-clear")
    .sort();
}

const asked = (user: string | null, domain: string | null) => (cid: string) =>
  remoteConnectionParms(LITTLE, cid, { user, domain, session: 2, helpBlob: helpBlob("D", "U") }, STRING1);
const listOf = (entries: (string | null)[], number: number) => (cid: string) =>
  getSessionInfo(LITTLE, cid, { names: null, count: 0 }, { names: sessionNames(entries), count: number });
const bare = (on: Name, opnum: number) => (cid: string) => ({
  ...notUsed(LITTLE, cid, opnum, 0),
  interface: on,
  method: "",
});

const KEPT: [string, Name, Call][] = [
  ["a string of form 2 from IRASrv", "IRASrv", (cid) => getNoviceUserInfo(LITTLE, cid, "", STRING2)],
  ["a refusal", "IRASrv", (cid) => getNoviceUserInfo(LITTLE, cid, "", null, 0x80070052)],
  ["a list", "IRASrv", listOf(["D\\a:1", "D\\b:2"], 2)],
  ["a list with null elements that are counted", "IRASrv", listOf(["D\\a:1", null], 2)],
  ["a list with null elements that are not", "IRASrv", listOf(["D\\a:1", null, null], 1)],
  ["a list with an empty element", "IRASrv", listOf(["D\\a:1", ""], 2)],
  ["an empty list", "IRASrv", listOf([], 0)],
  [
    "names with blanks, colons and other scripts",
    "IRASrv",
    listOf(["WS-2004\\local admin:4", "D\\Ž:x:65537"], 2),
  ],
  ["a string of form 1 from IPCHService", "IPCHService", asked("bgreen", "CONTOSO")],
  ["a list's collection", "IPCHService", (cid) => remoteUserSessionInfo(LITTLE, cid, null)],
  ["Item(1)", "IPCHCollection", (cid) => item(LITTLE, cid, 1, dispatchVariant(null))],
  ["Item past the end", "IPCHCollection", (cid) => item(LITTLE, cid, 9, EMPTY, 0x80070057)],
  ["Count", "IPCHCollection", (cid) => count(LITTLE, cid, 3)],
  ...[0, 4, 10].flatMap((state): [string, Name, Call][] => [
    [`state ${state}`, "ISAFSession", (cid) => getProperty(LITTLE, cid, "SessionState", state)],
    [`state ${state} set`, "ISAFSession", (cid) => setProperty(LITTLE, cid, "SessionState", state)],
  ]),
  ["a session without a user, read", "ISAFSession", (cid) => getProperty(LITTLE, cid, "UserName", "")],
  ["an error with a state", "ISAFSession", (cid) => getProperty(LITTLE, cid, "SessionState", 77, 0x80070057)],
];

const BROKEN: [string, string, Name, Call][] = [
  ["rai-session-state", "read", "ISAFSession", (cid) => getProperty(LITTLE, cid, "SessionState", 11)],
  ["rai-session-state", "read", "ISAFSession", (cid) => getProperty(LITTLE, cid, "SessionState", 0xffff)],
  ["rai-session-state", "set", "ISAFSession", (cid) => setProperty(LITTLE, cid, "SessionState", 11)],
  ["rai-success-code", "string", "IRASrv", (cid) => getNoviceUserInfo(LITTLE, cid, "", STRING2, S_FALSE)],
  ["rai-success-code", "Item", "IPCHCollection", (cid) => item(LITTLE, cid, 1, EMPTY, S_FALSE)],
  [
    "rai-success-code",
    "setter",
    "ISAFSession",
    (cid) => setProperty(LITTLE, cid, "SessionID", 1, 0x00040002),
  ],
  ["rai-opnum-reserved", "3", "IPCHService", bare("IPCHService", 3)],
  ["rai-opnum-reserved", "4", "IPCHService", bare("IPCHService", 4)],
  ["rai-opnum-reserved", "3", "IRASrv", bare("IRASrv", 3)],
  ["rai-opnum-reserved", "4", "IPCHCollection", bare("IPCHCollection", 4)],
  ["rai-opnum-reserved", "3", "ISAFSession", bare("ISAFSession", 3)],
  ...[7, 12, 18, 21].map((opnum): [string, string, Name, Call] => [
    "rai-opnum-unused",
    String(opnum),
    "IPCHService",
    (cid) => notUsed(LITTLE, cid, opnum, 0x80004001),
  ]),
  [
    "rai-connection-string-form",
    "1 from IRASrv",
    "IRASrv",
    (cid) => getNoviceUserInfo(LITTLE, cid, "", STRING1),
  ],
  [
    "rai-connection-string-form",
    "2 from IPCHService",
    "IPCHService",
    (cid) =>
      remoteConnectionParms(
        LITTLE,
        cid,
        { user: "a", domain: "D", session: 1, helpBlob: helpBlob("D", "U") },
        STRING2,
      ),
  ],
  ["rai-session-without-user", "no user", "IPCHService", asked("", "CONTOSO")],
  ["rai-session-without-user", "null user", "IPCHService", asked(null, "CONTOSO")],
  ["rai-session-without-user", "no domain", "IPCHService", asked("bgreen", "")],
  ["rai-session-without-user", "neither", "IPCHService", asked(null, null)],
  ["rai-session-entry", "no domain", "IRASrv", listOf(["a:1"], 1)],
  ["rai-session-entry", "no session", "IRASrv", listOf(["D\\a:1", "D\\b"], 2)],
  ["rai-session-entry", "no user", "IRASrv", listOf(["D\\:1"], 1)],
  ["rai-session-entry", "no number", "IRASrv", listOf(["D\\a:one"], 1)],
  ["rai-session-count", "too many", "IRASrv", listOf(["D\\a:1"], 3)],
  ["rai-session-count", "too few", "IRASrv", listOf(["D\\a:1", "D\\b:2", null], 1)],
  ["rai-count-negative", "IRASrv", "IRASrv", listOf(["D\\a:1"], -1)],
  ["rai-count-negative", "collection", "IPCHCollection", (cid) => count(LITTLE, cid, -5)],
  ["rai-collection-index", "0", "IPCHCollection", (cid) => item(LITTLE, cid, 0, EMPTY, 0x80070057)],
  ["rai-collection-index", "-1", "IPCHCollection", (cid) => item(LITTLE, cid, -1, EMPTY, 0x80070057)],
];

test("what keeps the rules is reported of none", () => {
  for (const [what, on, call] of KEPT) assert.deepEqual(codes(said(on, call)), [], what);
});

test("what breaks a rule is reported of that rule", () => {
  for (const [code, what, on, call] of BROKEN)
    assert.deepEqual(codes(said(on, call)), [code], `${code}: ${what}`);
});

test("severities: what MUST not be is a warning, what is only odd is information", () => {
  for (const [code, what, on, call] of BROKEN) {
    const notes = said(on, call).calls.flatMap((c) => c.notes.filter((n) => n.code === code));
    assert.equal(notes.length, 1, `${code}: ${what}`);
    const info = code === "rai-opnum-unused" || code === "rai-session-count";
    assert.equal(notes[0]!.severity, info ? "info" : "warning", `${code}: ${what}`);
  }
});

test("an interface in another version, on each of the four", () => {
  const calls: [Name, Call][] = [
    ["IRASrv", (cid) => getNoviceUserInfo(LITTLE, cid, "", STRING2)],
    ["IPCHService", asked("bgreen", "CONTOSO")],
    ["IPCHCollection", (cid) => count(LITTLE, cid, 3)],
    ["ISAFSession", (cid) => getProperty(LITTLE, cid, "SessionState", 4)],
  ];
  for (const [on, call] of calls) {
    for (const version of [1, 0x0001_0000]) {
      const played = said(on, call, { version });
      const notes = played.events.filter((e) => e.type === "note" && e.code === "rai-version");
      assert.equal(notes.length, 1, `${on} ${version}`);
      const association = played.events.find(
        (e) => e.type === "association" && e.notes.some((n) => n.code === "rai-version"),
      );
      assert.ok(association !== undefined);
      // What it holds is read all the same.
      assert.equal(played.calls.at(-1)!.interface.name, on);
    }
  }
});

test("another version in a question to the endpoint mapper", () => {
  for (const version of [0, 1]) {
    const talk = new Conversation("rules", "2024-05-14T09:02:41.101Z");
    const mapper = new Association(talk, connect(talk, modern(), 135), "", {});
    mapper.bind([{ interface: "ept", propose: ["ndr"], accept: "ndr" }], null, null);
    mapper.call(null, eptMap(LITTLE, "IRASrv", 49664, "10.20.4.17", version), { causality: null });
    const notes = play(talk).calls.flatMap((c) => c.notes.map((n) => n.code));
    assert.deepEqual(notes, version === 0 ? [] : ["rai-version"]);
  }
});

test("the level: IRASrv below packet privacy is information once, a string in the clear a warning of the offer", () => {
  const ask: Call = (cid) => getNoviceUserInfo(LITTLE, cid, "", STRING2);
  for (const level of [undefined, "pkt_integrity"] as const) {
    const { events, offers } = said("IRASrv", ask, { level });
    const notes = events.flatMap((e) => (e.type === "note" && e.code === "rai-clear" ? [e] : []));
    assert.equal(notes.length, 1);
    assert.equal(notes[0]!.severity, "info");
    assert.match(notes[0]!.message, /IRASrv is called at packet privacy/);
    const warning = offers[0]!.notes.find((n) => n.code === "connection-string-in-clear");
    assert.equal(warning?.severity, "warning");
  }
  const sealed = said("IRASrv", ask, { level: "pkt_privacy" });
  const all = sealed.events.flatMap((e) =>
    "notes" in e && Array.isArray(e.notes) ? e.notes : e.type === "note" ? [e] : [],
  );
  assert.ok(!all.some((n) => n.code === "rai-clear" || n.code === "connection-string-in-clear"));
});

test("rules of strings and files are violations, as sentences", () => {
  const broken = [
    parseConnectionString(STRING1.replace("65538", "65539")),
    parseConnectionString(STRING1.replace(",1,", ",2,")),
    parseConnectionString(STRING1.replace(",*,", ",secret,")),
    parseConnectionString(STRING1.replace(":3389;", ";")),
    parseConnectionString(STRING2.replace("KH=", "XH=")),
    parseConnectionString(STRING2.replace("sha256:", "md5:")),
    parseHelpBlob("12;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER"),
    parseInvitation(Buffer.from(invitationXml(TYPE_1).replace("Escalated", "Other"))),
  ];
  for (const { violations } of broken) assert.equal(violations.length, 1, violations.join(" "));
});

test("every rule has its case", () => {
  const covered = new Set(BROKEN.map(([code]) => code));
  for (const code of ["rai-version", "rai-clear", "connection-string-in-clear"]) covered.add(code);
  assert.deepEqual(
    [...RAI_CODES].filter((c) => !covered.has(c)),
    [],
  );
  assert.deepEqual(
    [...covered].filter((c) => !RAI_CODES.has(c)),
    [],
  );
});
