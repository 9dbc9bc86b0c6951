import assert from "node:assert/strict";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../../dissectors/rai/help-blob.js";
import { parseSession } from "../../../dissectors/rai/sessions.js";
import type { Event } from "../../../src/events.js";
import { Redactor } from "../../../src/redact/redactor.js";
import {
  association,
  call,
  NTLM,
  note,
  noviceUserInfo,
  offer,
  RAW_STRING_1,
  RAW_STRING_2,
  remoteConnectionParms,
  run,
  sessionInfo,
  summary,
} from "../../support/output/samples.js";
import { validateRecord } from "../../support/output/validate.js";

const SECRETS = [
  "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=",
  "wKSAkAV3sBfa9WpuRFJcP9q1twJc6wOBuoJ9tsyXwpk=",
  "8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5tNpHQc2goLbw4uuBBJvLsU02YYLlBMg5",
  "Uj7RpOlU80SibpRwRZ9+z1vbh7nIgVn89X1AiKp15Vc=",
  "RcfwecK8dpcT1fjZ6iQ5M0+q7iU=",
  "EXUSER",
];

function redacted(events: readonly Event[]): Event[] {
  const redactor = new Redactor();
  return events.map((event) => redactor.event(event));
}

test("no secret of the run is left anywhere, and records stay valid", () => {
  const text = JSON.stringify(redacted(run()));
  for (const secret of SECRETS) assert.ok(!text.includes(secret), secret);
  assert.ok(!/\bnovice\b(?!":)/.test(text), "novice");
  for (const event of redacted(run())) assert.deepEqual(validateRecord(event), []);
});

test("the records given are left as they are", () => {
  const events = run();
  redacted(events);
  assert.deepEqual(events, run());
});

test("placeholders are the same in every record and in every run", () => {
  const [first, second] = [redacted(run()), redacted(run())];
  assert.deepEqual(first, second);
  const users = new Set(JSON.stringify(first).match(/<user-\d+>/g));
  assert.deepEqual(users, new Set(["<user-1>", "<user-2>"]));
});

test("connection strings keep what is not secret", () => {
  const [two, one] = redacted([noviceUserInfo(), remoteConnectionParms()]);
  assert.ok(two?.type === "call" && one?.type === "call");
  const form2 = two.rai?.connection_string;
  assert.equal(
    form2?.raw,
    RAW_STRING_2.replace(SECRETS[0]!, "<kh-1>")
      .replace(`sha256:${SECRETS[1]}`, "<kh2-1>")
      .replace(SECRETS[2]!, "<auth-id-1>"),
  );
  assert.equal(two.response?.szName, form2.raw);
  const form1 = one.rai?.connection_string;
  assert.equal(form1?.raw, "65538,1,172.31.243.138:3389;MIKE_HOME:3389,*,<session-id-1>,*,*,<parms-1>");
  assert.ok(form1.form === 1 && form1.assistant_account_pwd === "*");
  assert.equal(one.response?.pbstrConnectionString, form1.raw);
  assert.equal(one.request?.bstrUserName, "<user-2>");
  assert.equal(one.request?.bstrDomainName, "NOVDOM");
  assert.equal(one.rai?.help_blob?.raw, "13;UNSOLICITED=118;ID=EXDOMAIN\\<user-1>");
});

test("a string with broken lines, other quotes or a value spelt with references is redacted by its place", () => {
  const raw = `<E><A ID='8rYm&#52;QQQQQQ' KH="YiKw\r\nWUY8"/><C/></E>`;
  const sample = noviceUserInfo();
  const [event] = redacted([
    {
      ...sample,
      response: { szName: raw },
      rai: {
        help_blob: null,
        sessions: null,
        connection_string: {
          form: 2,
          raw,
          auth: { kh: "YiKwWUY8", kh2: null, id: "8rYm4QQQQQQ" },
          transports: [],
          violations: [],
        },
      },
    },
  ]);
  const text = JSON.stringify(event);
  assert.ok(!/YiKw|WUY8|QQQQ/.test(text), text);
});

test("a string of neither form is replaced as a whole", () => {
  const sample = noviceUserInfo();
  const [event] = redacted([
    {
      ...sample,
      response: { szName: "garbage secret" },
      rai: {
        help_blob: null,
        sessions: null,
        connection_string: { form: null, raw: "garbage secret", violations: ["it is of neither form"] },
      },
    },
  ]);
  assert.ok(event?.type === "call");
  assert.equal(event.rai?.connection_string?.raw, "<string-1: 14 characters>");
  assert.equal(event.response?.szName, "<string-1: 14 characters>");
});

/** Every text below holds its secrets as words that begin with `hush`. */
const LONG = `hush${"h".repeat(200)}`;
const ODD_STRINGS = [
  `<E><A X=">" KH="hush1" ID="hush2"/><C/></E>`,
  `<E ><A KH="hush\n3" ID="hush\r\n4"/><C><T ID="1" SID="5"><L P="1" N="host"/></T></C></E>`,
  `<!-- hush5 --><E><A KH="hush\t6" ID="hush7 "/><C/></E>`,
  `<E><A KH="hush8" ID="hush9"/><A KH="hush10" ID="hush11"/><C/></E>`,
  `<E><A\nKH\n=\n'hush12' PW='hush13' KH3='sha3:hush14' constructor='hush15'/><C/></E>`,
  `<E><A kh="hush16" id="hush17"/><C/></E>`,
  `<E><A KH="hush18"><![CDATA[hush19]]>hush20</A><C/></E>`,
  `<E><A KH="hushe" ID="a"/><C/></E>`,
  `<E><A KH="${LONG}" KH2="sha256:${LONG}" ID="b"/><C/></E>`,
  " 65538,1,10.0.0.1:3389,*,hush\n21,*,*,hush 22",
  "65538,1,host:1,hush,n",
  `65538,1,host:1,${LONG},n`,
];

test("no secret of an odd connection string is left, in the string, beside it or in what is said of it", () => {
  for (const raw of ODD_STRINGS) {
    const rai = { help_blob: null, sessions: null, connection_string: parseConnectionString(raw) };
    const [event] = redacted([{ ...noviceUserInfo(), response: { szName: raw }, rai }]);
    assert.ok(!/hush/.test(JSON.stringify(event)), JSON.stringify(event));
    assert.ok(event?.type === "call");
    assert.equal(event.response?.szName, event.rai?.connection_string?.raw);
  }
});

test("no user of an odd help blob is left, in the blob, beside it or in what is said of it", () => {
  const blobs = [
    "13;UNSOLICITED=118;ID=EXDOMAIN\\hush",
    "17;ID=EXDOMAIN\\hush113;UNSOLICITED=1",
    "ID=EX\\hush",
    "99;ID=EX\\hush13;UNSOLICITED=1",
    "13;UNSOLICITED=120;ID=EX\\\\hushxxx",
    "7;ID=hush",
    "hush",
    `13;UNSOLICITED=199;ID=EX\\${LONG}`,
    "6;X=hush",
  ];
  for (const raw of blobs) {
    const rai = { help_blob: parseHelpBlob(raw), sessions: null, connection_string: null };
    const [event] = redacted([{ ...remoteConnectionParms(), request: { bstrUserHelpBlob: raw }, rai }]);
    assert.ok(!/hush/.test(JSON.stringify(event)), JSON.stringify(event));
    assert.ok(event?.type === "call");
    assert.equal(event.request?.bstrUserHelpBlob, event.rai?.help_blob?.raw);
  }
});

test("no user of an odd session entry is left", () => {
  const entries = [
    "hush",
    "a\\hush\\hush:2",
    "X\\hush:hush",
    "X\\hush:12345678901",
    ":hush",
    " D\\hush : 7 ",
    "D\\hush:1\0",
  ];
  const sample = sessionInfo();
  const [event] = redacted([
    {
      ...sample,
      response: { UserNames: { vt: "VT_BSTR", bounds: [], values: entries } },
      rai: { connection_string: null, help_blob: null, sessions: entries.map(parseSession) },
    },
  ]);
  assert.ok(!/hush/.test(JSON.stringify(event)), JSON.stringify(event));
});

test("arguments of Invoke and results in VARIANTs are redacted without a word from rai", () => {
  const [event] = redacted([
    call({
      dispatch: {
        dispid: "0x14",
        interface: "IPCHService",
        member: "RemoteConnectionParms",
        kind: "method",
        arguments: {
          bstrUserName: { vt: "VT_BSTR", value: "novice" },
          bstrUserHelpBlob: { vt: "VT_BSTR", value: "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER" },
        },
      },
      request: { pDispParams: { rgvarg: [{ vt: "VT_BSTR", value: "novice" }] } },
      response: { pVarResult: { vt: "VT_BSTR", value: RAW_STRING_1 }, again: RAW_STRING_2 },
    }),
  ]);
  const text = JSON.stringify(event);
  for (const secret of SECRETS) assert.ok(!text.includes(secret), secret);
  assert.ok(!text.includes('"novice"'));
});

test("password material and account names of other interfaces", () => {
  const [event] = redacted([
    call({
      request: {
        UserName: { Length: 10, MaximumLength: 12, Buffer: "alice" },
        NewPasswordEncryptedWithOldNt: [1, 2, 3, 4, 5, 6, 7, 8, 9],
        OldNtOwfPasswordEncryptedWithNewNt: "00112233",
        MinPasswordLength: 7,
        lpszAccountName: "NOVDOM\\bob",
        wszUser: "carol@novdom.example",
      },
    }),
  ]);
  assert.ok(event?.type === "call");
  assert.deepEqual(event.request, {
    UserName: { Length: 10, MaximumLength: 12, Buffer: "<user-1>" },
    NewPasswordEncryptedWithOldNt: "<secret-1>",
    OldNtOwfPasswordEncryptedWithNewNt: "<secret-2>",
    MinPasswordLength: 7,
    lpszAccountName: "NOVDOM\\<user-2>",
    wszUser: "<user-3>@novdom.example",
  });
});

test("the property UserName of a session, got and put", () => {
  const events = redacted([
    call({ method: "UserName (Get)", opnum: 13, response: { pVal: "dave" } }),
    call({ method: "UserName (Set)", opnum: 14, request: { pVal: "dave" } }),
    call({
      method: "Invoke",
      dispatch: {
        dispid: "0x4",
        interface: "ISAFSession",
        member: "UserName",
        kind: "propget",
        arguments: {},
      },
      response: { pVal: { vt: "VT_BSTR", value: "dave" } },
    }),
  ]);
  assert.ok(!JSON.stringify(events).includes("dave"));
  events.pop();
  assert.deepEqual(
    events.map((event) => event.type === "call" && (event.response?.pVal ?? event.request?.pVal)),
    ["<user-1>", "<user-1>"],
  );
});

test("names are replaced as whole words, in any case, and not inside others", () => {
  const [, event] = redacted([
    call({ auth: { ...NTLM, user: "Sam" } }),
    call({ request: { text: "sam, SAM and Samson; DOM\\sam", other: "interesting" } }),
  ]);
  assert.ok(event?.type === "call");
  assert.equal(event.request?.text, "<user-1>, <user-1> and Samson; DOM\\<user-1>");
});

test("domains, authorities and enumerators are no accounts in a call that looks accounts up", () => {
  const shown = {
    ReferencedDomains: {
      Domains: [{ Name: { Buffer: "LAB" }, Sid: { IdentifierAuthority: { Value: "000000000005" } } }],
    },
    TranslatedSids: { Sids: [{ Use: { value: 1, name: "SidTypeUser" } }] },
  };
  const [event] = redacted([
    call({
      method: "LsarLookupNames",
      request: { Names: [{ Buffer: "LAB\\eve" }] },
      response: shown,
    }),
  ]);
  assert.ok(event?.type === "call");
  assert.deepEqual(event.request, { Names: [{ Buffer: "LAB\\<user-1>" }] });
  assert.deepEqual(event.response, shown);
});

test("messages, evidence and refusals hide what is known", () => {
  const events = redacted([
    association(),
    note({ message: "EXUSER did it" }),
    offer({
      refusal: "EXUSER is not in the group",
      evidence: [{ statement: "by EXUSER", basis: "decoded", frames: [] }],
    }),
  ]);
  assert.ok(!JSON.stringify(events).includes("EXUSER"));
});

test("sessions listed by GetSessionInfo, also those that could not be taken apart", () => {
  const sample = sessionInfo();
  const [event] = redacted([
    {
      ...sample,
      response: {
        pcount: 2,
        UserNames: { vt: "VT_BSTR", bounds: [], values: ["NOVDOM\\novice:1", "odd one", null] },
      },
      rai: {
        connection_string: null,
        help_blob: null,
        sessions: [
          { raw: "NOVDOM\\novice:1", domain: "NOVDOM", user: "novice", session_id: 1 },
          { raw: "odd one", domain: null, user: null, session_id: null },
        ],
      },
    },
  ]);
  const text = JSON.stringify(event);
  assert.ok(!/"odd one"|novice/.test(text), text);
  assert.ok(event?.type === "call");
  assert.equal(event.rai?.sessions?.[0]?.raw, "NOVDOM\\<user-2>:1");
});

test("connection strings inside any record, and the users that keys name", () => {
  const redactor = new Redactor();
  const string = noviceUserInfo().rai!.connection_string!;
  const record = redactor.any({
    type: "invitation",
    username: "novice",
    rcticket: string,
    pass_stub: "abcdef",
  });
  assert.ok(!/YiKwWUY8|8rYm30|"novice"|abcdef/.test(JSON.stringify(record)));
  const { keys } = redactor.event(
    summary({
      keys: {
        secrets: [{ secret: "password #1", kind: "password", user: "EXUSER", domain: "EXDOMAIN", opened: 1 }],
        contexts: [],
        contexts_not_listed: 0,
      },
    }),
  );
  assert.equal(keys?.secrets[0]?.secret, "password #1");
  assert.match(keys?.secrets[0]?.user ?? "", /^<user-\d+>$/);
});

test("what is remembered of secrets does not grow with their length", () => {
  const redactor = new Redactor();
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 120; i++) {
    const sample = noviceUserInfo();
    const raw = `${i}${"hush".repeat(250_000)}`;
    const rai = { help_blob: null, sessions: null, connection_string: parseConnectionString(raw) };
    const event = redactor.event({ ...sample, response: { szName: raw }, rai });
    assert.equal(
      event.type === "call" && event.response?.szName,
      `<string-${i + 1}: ${raw.length} characters>`,
    );
  }
  collect();
  assert.ok(process.memoryUsage().heapUsed - before < 40_000_000);
});

test("very long secrets, and very many, are replaced all the same", () => {
  const long = noviceUserInfo();
  const string = long.rai!.connection_string!;
  assert.ok(string.form === 2);
  string.auth.kh = "hush".repeat(500_000);
  const many = Array.from({ length: 5_000 }, (_, i) => call({ auth: { ...NTLM, user: `hush${i}` } }));
  const last = note({ message: "İhush, hush0, HUSH4999 and hush49990 met" });
  const events = redacted([long, ...many, call({ auth: { ...NTLM, user: "İhush" } }), last]);
  const text = JSON.stringify(events.at(-1));
  assert.match(text, /<user-5002>, <user-2>, <user-5001> and hush49990 met/);
  assert.ok(!/hush/.test(JSON.stringify(events.slice(0, -1))));
});
