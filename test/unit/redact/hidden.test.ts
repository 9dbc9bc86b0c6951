/** What is hidden, and where: sentences, bytes, short and odd names, too many of them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import type { AssociationRecord, CallRecord, Event, Value } from "../../../src/events.js";
import { NAMING } from "../../../src/redact/fields.js";
import { Redactor } from "../../../src/redact/redactor.js";
import {
  association,
  call,
  detection,
  NTLM,
  note,
  noviceUserInfo,
  summary,
} from "../../support/output/samples.js";

function knowing(...users: string[]): Redactor {
  const redactor = new Redactor();
  for (const user of users) redactor.event(call({ auth: { ...NTLM, user } }));
  return redactor;
}

function shown(redactor: Redactor, request: { [name: string]: Value }): CallRecord["request"] {
  return redactor.event(call({ request })).request;
}

const ODD_USERS = [
  "jo",
  'a "b", and c',
  "on at is has",
  "x, or the session key, opens it",
  "ßĀ 名",
  "$",
  "WIN10$",
];

test("sentences that name a user hide it before any record has named it", () => {
  for (const { before, after, principal } of NAMING) {
    for (const user of ODD_USERS) {
      for (const domain of principal ? [""] : ["", "DOM\\"]) {
        const realm = principal ? "@REALM (rc4-hmac, kvno 3)" : "";
        const message = `sealed: ${before}${domain}${user}${realm}${after}: it goes on`;
        // What follows a name at the end of a sentence goes with it.
        const end = after === "" && !principal ? "" : `${realm}${after}: it goes on`;
        const begin = before === "" ? "" : `sealed: ${before}${domain}`;
        const said = new Redactor().event(note({ message })).message;
        assert.ok(said.startsWith(`${begin}<user-1>`) || said.includes(`${domain}<user-1>`), said);
        assert.ok(said.endsWith(end), said);
        if (user.length > 2)
          assert.ok(!said.replaceAll(before, "").replaceAll(after, "").includes(user), said);
      }
    }
  }
});

test("a finding hides whom it names: in its sentence, its user and the fields that matched", () => {
  const redactor = knowing("EXUSER");
  const fields = { "auth.user": "EXUSER", "request.pName.AccountName": "bob", "request.Password": "hunter2" };
  const said = redactor.event(detection({ fields, sentence: "EXDOMAIN\\EXUSER reset the password of bob" }));
  assert.equal(said.sentence, "EXDOMAIN\\<user-1> reset the password of <user-2>");
  assert.equal(said.user, "<user-1>");
  assert.equal(said.fields["auth.user"], "<user-1>");
  assert.equal(said.fields["request.pName.AccountName"], "<user-2>");
  assert.match(String(said.fields["request.Password"]), /^<secret-1/);
  assert.equal(said.rule.title, detection().rule.title);
});

test("the sentences are those that the program says", () => {
  const files = ["src/rpc/security/handshake.ts", "src/rpc/security/ntlm-keys.ts"];
  files.push("src/rpc/security/keyring.ts", "src/offers/report/parties.ts");
  files.push("src/protocols/smb/sessions.ts", "src/protocols/smb/smb1-files.ts");
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const source = files.map((file) => readFileSync(root + file, "utf8")).join("\n");
  for (const { before, after } of NAMING) {
    assert.ok(source.includes(`${before}\${`), before);
    assert.ok(source.includes(`}${after}`), after);
  }
});

test("services in sentences are no users", () => {
  const message = "none of the keys opens the ticket for host/ws.example@REALM (rc4-hmac)";
  assert.equal(new Redactor().event(note({ message })).message, message);
});

test("the text of a KDC is hidden whole: what it says is not known", () => {
  const message = "KRB-ERROR KDC_ERR_C_PRINCIPAL_UNKNOWN (Client (hush@R) unknown)";
  const said = new Redactor().event(note({ message })).message;
  assert.equal(said, "KRB-ERROR KDC_ERR_C_PRINCIPAL_UNKNOWN (<unread-1: 23 characters>)");
});

test("names behind a hyphen, a less-than sign, a backslash; those of one letter behind a backslash alone", () => {
  const redactor = knowing("hush", "q", "..");
  const request = shown(redactor, { a: "X-hush <hush> hush-1 D\\q q .. D\\.. hushed", b: "<user-1> user-1" });
  assert.deepEqual(request, {
    a: "X-<user-1> <<user-1>> <user-1>-1 D\\<user-2> q .. D\\<user-3> hushed",
    b: "<user-1> user-1",
  });
});

test("texts that overlap, and secrets that begin alike, are hidden to the end of the longer one", () => {
  const redactor = knowing("bar.abc");
  const secret = "abc+efgh";
  const long = "k".repeat(300);
  redactor.any({ password: secret });
  redactor.any([{ password: `${long}1` }, { password: `${long}22${"j".repeat(100)}` }]);
  const request = shown(redactor, { a: `x bar.${secret} y`, b: `x ${long}22${"j".repeat(100)}` });
  assert.deepEqual(request, { a: "x <user-1> y", b: "x <secret-2>" });
});

test("names in bytes: hex digits and numbers, UTF-16 and one byte a character, among other text", () => {
  const redactor = knowing("HUSHED");
  const hex = (text: string, encoding: BufferEncoding): string => Buffer.from(text, encoding).toString("hex");
  const wide = hex("DOMhushedWS", "utf16le");
  const request = shown(redactor, {
    wide,
    odd: `00${wide}`,
    narrow: hex("xhushedx", "latin1"),
    numbers: [...Buffer.from("hushed", "utf16le")],
    units: [..."a hushed ā"].map((c) => c.charCodeAt(0)),
    other: "00112233445566",
    counts: [1, 2, 3, 4],
  });
  assert.deepEqual(request, {
    wide: `${hex("DOM", "utf16le")}<user-1>${hex("WS", "utf16le")}`,
    odd: `00${hex("DOM", "utf16le")}<user-1>${hex("WS", "utf16le")}`,
    narrow: "78<user-1>78",
    numbers: "<secret-1>",
    units: "<secret-2>",
    other: "00112233445566",
    counts: [1, 2, 3, 4],
  });
});

test("a name that is made of hex digits, and an NTLM response in bytes", () => {
  const redactor = knowing("deadbeef");
  const token = `4e544c4d5353500003000000${"ab".repeat(40)}`;
  assert.deepEqual(shown(redactor, { a: "deadbeef", token }), { a: "<user-1>", token: "<secret-1>" });
});

test("accounts and names of other interfaces", () => {
  const redactor = new Redactor();
  const names = { Count: 1, Element: [{ Length: 8, MaximumLength: 8, Buffer: "carl" }] };
  const event = redactor.event(
    call({
      method: "SamrLookupNamesInDomain",
      request: { Names: names, Comment: "of carl" },
      response: { lpServiceStartName: "DOM\\dora", wkui1_username: "emil", lpDisplayName: "Spooler" },
    }),
  );
  assert.deepEqual(event.request, {
    Names: { Count: 1, Element: [{ Length: 8, MaximumLength: 8, Buffer: "<user-1>" }] },
    Comment: "of <user-1>",
  });
  assert.deepEqual(event.response, {
    lpServiceStartName: "DOM\\<user-2>",
    wkui1_username: "<user-3>",
    lpDisplayName: "Spooler",
  });
});

test("what proves a name late in a record is hidden early in it", () => {
  const event = new Redactor().event(call({ request: { Comment: "hush!" }, response: { UserName: "hush" } }));
  assert.deepEqual(event.request, { Comment: "<user-1>!" });
});

test("an interface pointer and a VARIANT keep what they are under a parameter that names users", () => {
  const pointer = { iid: "x", interface: "IUsers", bindings: [{ tower: "ncacn_ip_tcp", address: "WS-1" }] };
  const event = new Redactor().event(
    call({ request: { pUser: pointer, bstrUserName: { vt: "VT_BSTR", value: "hush" } } }),
  );
  assert.deepEqual(event.request, { pUser: pointer, bstrUserName: { vt: "VT_BSTR", value: "<user-1>" } });
});

test("associations: target names, services and principals that are accounts", () => {
  const sample = association();
  const auth: AssociationRecord["auth"] = {
    ...sample.auth,
    user: "hush1",
    domain: "hush1",
    ntlm: {
      negotiate_flags: [],
      target_name: "hush1",
      server_challenge: null,
      av_pairs: {
        MsvAvTargetName: "DOM\\hush2",
        MsvAvNbDomainName: "DOM",
        MsvAvDnsComputerName: "hush1.example",
      },
      client_version: null,
      server_version: null,
      nt_response_kind: null,
      mic_present: null,
    },
    kerberos: {
      realm: "REALM",
      service: "hush3",
      ticket_etype: null,
      authenticator_etype: null,
      user_to_user: true,
    },
  };
  const event = new Redactor().event({ ...sample, auth, security_contexts: [auth] });
  assert.ok(!JSON.stringify(event).includes("hush"), JSON.stringify(event));
  assert.equal(event.auth.ntlm?.av_pairs.MsvAvTargetName, "DOM\\<user-2>");
  assert.equal(event.auth.ntlm?.av_pairs.MsvAvDnsComputerName, "<user-1>.example");
});

test("whatever members records come to have: users by their names, known names everywhere", () => {
  const smb = {
    dialect: null,
    share: "\\\\ws\\hush1",
    session_user: "hush1",
    session_domain: "D",
    encrypted: null,
  };
  const transport = { protseq: "ncacn_np" as const, endpoint: "\\pipe\\x", smb };
  const readable = {
    request: { "pInfo.Level1[0].UserName": "hush2", "pInfo.Path": "C:\\hush1" },
    response: {},
  };
  const detection = { user: "hush3", fields: { UserName: "hush4" }, sentence: "hush3 did it to hush4" };
  const event = new Redactor().event({ ...call({ transport, readable }), ...detection } as CallRecord);
  assert.ok(!JSON.stringify(event).includes("hush"), JSON.stringify(event));
  assert.match(String(event.readable?.request["pInfo.Path"]), /^C:\\<user-\d>$/);
});

test("a cut connection string in a value that nothing describes is hidden whole", () => {
  const request = shown(new Redactor(), {
    form2: '<E><A KH="hush1" ID="hu',
    form1: "65538,1,host:3389,*,hush2",
    invitation:
      '<?xml version="1.0"?><UPLOADINFO><UPLOADDATA RCTICKET="65538,1,h:1,*,hush3,*,*,hush4"/></UPLOADINFO>',
    numbers: "1,2,3",
  });
  assert.ok(!JSON.stringify(request).includes("hush"), JSON.stringify(request));
  assert.equal(request?.numbers, "1,2,3");
  assert.match(String(request?.form1), /^65538,1,host:3389,\*,</);
});

/** Pieces of connection strings; `hush…` stand where secrets do. */
const TOKENS = [
  ...'<E> </E> <A_KH="hush1" KH2="sha256:hush2" ID="hush3" ID=\'hush4\' /> > <C> </C> <T_SID="1"> </T> <L_P="1"_N="h"/> &amp; <!--hush5-->'
    .split(" ")
    .map((text) => text.replaceAll("_", " ")),
  "65538,1,h:1,*,hush6,*,*,hush7",
  ",",
  '"',
  "hush8",
  "<A KH='hush9' ID='hush10'/>",
];

test("whatever a connection string looks like, no secret of it is shown", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 14 }), (tokens) => {
      const raw = `<E><A KH="k" ID="i"/>${tokens.join(" ")}</E>`;
      for (const text of [raw, tokens.join(" "), tokens.join("")]) {
        const string = parseConnectionString(text);
        const event = new Redactor().event({
          ...noviceUserInfo(),
          response: { szName: text },
          rai: { help_blob: null, sessions: null, connection_string: string },
        });
        assert.ok(!JSON.stringify(event).includes("hush"), `${text}\n${JSON.stringify(event.rai)}`);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("more names than are remembered: all texts are hidden from then on, and that is said once", () => {
  const redactor = new Redactor(3);
  const user = (name: string): Event => redactor.event(call({ auth: { ...NTLM, user: name, domain: "D" } }));
  for (const name of ["hush1", "hush2", "hush3"]) user(name);
  assert.deepEqual(redactor.takeNotes(), []);
  assert.equal(shown(redactor, { text: "free" })?.text, "free");
  assert.ok(!JSON.stringify(user("hush4")).includes("hush"));
  const [reported, ...more] = redactor.takeNotes();
  assert.equal(reported?.code, "redaction-limit");
  assert.deepEqual([more, redactor.takeNotes()], [[], []]);
  assert.deepEqual(
    shown(redactor, { text: "hush5 and", hex: "6800750073006800", n: 1, bytes: [104, 117, 115, 104] }),
    {
      text: "<text: 9 characters>",
      hex: "<text: 16 characters>",
      n: 1,
      bytes: "<secret>",
    },
  );
  const said = redactor.event(
    note({ message: "the help blob names hush6 as the expert; nothing authenticates it" }),
  );
  assert.ok(!said.message.includes("hush"), said.message);
  assert.equal(user("hush1").type === "call" && (user("hush1") as CallRecord).auth.user, "<user-1>");
  assert.ok(redactor.event(summary()).type === "summary");
});
