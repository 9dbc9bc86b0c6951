/** From records and observations to rows: what Zeek's scripts do with the same events. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { CallRecord, DetectionRecord, Event } from "../../../../src/events.js";
import { type Observed, observation } from "../../../../src/observations.js";
import type { ZeekValue } from "../../../../src/output/zeek/logs.js";
import { noticeRow } from "../../../../src/output/zeek/notices.js";
import { ZeekLogs, type ZeekOptions } from "../../../../src/output/zeek/zeek-logs.js";
import { raiscope } from "../../../support/cli/spawn.js";
import { call, detection } from "../../../support/output/samples.js";

const PLACE = {
  stream: 3,
  file: null,
  community_id: "1:x=",
  over: "tcp",
  client: { address: "10.0.0.1", port: 1025 },
  server: { address: "192.0.3.2", port: 445 },
} as const;
const OPTIONS: ZeekOptions = { rows: "response", communityId: false };

/** The rows of events, each as the log's path and what stands behind the columns of the connection. */
function rowsOf(events: readonly Event[], options: ZeekOptions = OPTIONS): [string, ...ZeekValue[]][] {
  const rows: [string, ...ZeekValue[]][] = [];
  const logs = new ZeekLogs(options, (log, row) => {
    assert.equal(row.length, log.fields.length);
    assert.deepEqual(row.slice(2, 6), ["10.0.0.1", 1025, "192.0.3.2", 445]);
    rows.push([log.path, ...row.slice(6)]);
  });
  for (const event of events) logs.push(event);
  logs.finish();
  return rows;
}

let seconds = 0;
const seen = (observed: Observed): Event =>
  observation(PLACE, { seconds: seconds++, nanos: 0, digits: 6 }, observed);

const SPOKEN: Observed = { what: "conversation", protocol: "dce_rpc" };

const NOBODY = { user: null, domain: null, workstation: null };
const NO_SERVER = { nb_computer_name: null, dns_computer_name: null, dns_tree_name: null };
const LOGON: readonly Observed[] = [
  { what: "ntlm", message: "negotiate", ...NOBODY, ...NO_SERVER },
  { what: "ntlm", message: "challenge", ...NOBODY, ...NO_SERVER, nb_computer_name: "SRV" },
  { what: "ntlm", message: "authenticate", ...NO_SERVER, user: "alice", domain: "CORP", workstation: "" },
];

test("a logon is a row once its negotiation is over, and the connection has no other", () => {
  const over = { what: "negotiation", state: "accept-completed" } as const;
  const more = { what: "negotiation", state: "accept-incomplete" } as const;
  const row = ["ntlm", "alice", null, "CORP", "SRV", null, null];
  assert.deepEqual(rowsOf([...LOGON, more, over, ...LOGON, over].map(seen)), [[...row, true]]);
  assert.deepEqual(rowsOf([...LOGON, { ...over, state: "reject" }].map(seen)), [[...row, false]]);
  assert.deepEqual(rowsOf(LOGON.map(seen)), [[...row, null]]);
});

test("findings are notices of their conversation; without other logs of theirs alone", () => {
  const finding = detection({ ...PLACE, id: "f1" });
  const row = [
    "notice",
    ...[null, null, null],
    "tcp",
    "Raiscope::Service_Created_Over_The_Network",
    finding.sentence,
    `level high, decoded, rule ${finding.rule.id}, finding f1`,
    "10.0.0.1",
    "192.0.3.2",
    445,
    ...[null, null],
    ["Notice::ACTION_LOG", "T1569.002"],
    [],
    0,
    ...[null, null, null, null, null],
  ];
  assert.deepEqual(rowsOf([seen(SPOKEN), finding]), [row]);
  assert.deepEqual(rowsOf([...LOGON.map(seen), call(PLACE), finding], { ...OPTIONS, findingsOnly: true }), [
    row,
  ]);
});

test("a finding is of the conversation between its machines; where that may be two, of none", () => {
  const udp = observation({ ...PLACE, over: "udp" }, { seconds: 9, nanos: 0, digits: 6 }, SPOKEN);
  const { client, server } = PLACE;
  const ofWhom = (events: Event[], over: Partial<DetectionRecord>): ZeekValue[] => {
    let found: readonly ZeekValue[] = [];
    const logs = new ZeekLogs(OPTIONS, (log, row) => {
      if (log.path === "notice") found = row;
    });
    for (const event of [...events, detection({ ...PLACE, ...over })]) logs.push(event);
    return [found[1] !== null, found[9]!];
  };
  const elsewhere = { address: "10.9.9.9", port: null };
  assert.deepEqual(ofWhom([seen(SPOKEN)], {}), [true, "tcp"]);
  assert.deepEqual(ofWhom([udp], {}), [true, "udp"]);
  assert.deepEqual(ofWhom([seen(SPOKEN)], { client: null }), [true, "tcp"]);
  assert.deepEqual(ofWhom([seen(SPOKEN)], { client: server, server: client }), [true, "tcp"]);
  assert.deepEqual(ofWhom([seen(SPOKEN)], { client: elsewhere }), [false, null]);
  assert.deepEqual(ofWhom([seen(SPOKEN), udp], {}), [false, null]);
});

test("the note of a finding is a name as Zeek has them, whatever the rule is called", () => {
  const noteOf = (title: string): unknown =>
    noticeRow(detection({ rule: { ...detection().rule, id: "a1-b2", title } }), null)![10];
  assert.equal(noteOf("another session than the console's"), "Raiscope::Another_Session_Than_The_Consoles");
  assert.equal(noteOf("7 calls, \t<x>"), "Raiscope::Rule_7_Calls_X");
  assert.equal(noteOf("服务"), "Raiscope::Rule_A1_B2");
  assert.equal(noticeRow(detection({ ts: null }), null), null);
});

const NOTHING = {
  what: "kerberos",
  cname: null,
  realm: null,
  service: null,
  ticket_etype: null,
  from: null,
  till: null,
  forwardable: null,
  renewable: null,
  error_code: null,
  e_text: null,
} as const;

test("tickets: what is asked and what comes of it, the first exchange of a connection", () => {
  const asked: Observed = {
    ...NOTHING,
    message: "AS-REQ",
    cname: "alice",
    realm: "CORP.EXAMPLE",
    service: "krbtgt/CORP.EXAMPLE",
    till: 2_136_422_885,
    forwardable: true,
    renewable: false,
  };
  const given: Observed = {
    ...NOTHING,
    message: "AS-REP",
    cname: "Alice",
    service: "krbtgt/X",
    ticket_etype: 18,
  };
  const head = ["kerberos", "AS", "alice/CORP.EXAMPLE"];
  const rest = [null, null, null, null];
  assert.deepEqual(rowsOf([asked, given, asked].map(seen)), [
    [...head, "krbtgt/X", true, null, null, 2_136_422_885e6, "aes256-cts-hmac-sha1-96", true, false, ...rest],
  ]);
  const refused: Observed = { ...NOTHING, message: "KRB-ERROR", error_code: 25 };
  const row = [
    "krbtgt/CORP.EXAMPLE",
    false,
    "KDC_ERR_PREAUTH_REQUIRED",
    null,
    2_136_422_885e6,
    null,
    true,
    false,
  ];
  assert.deepEqual(rowsOf([asked, refused].map(seen)), [[...head, ...row, ...rest]]);
  // Zeek does not list that a client is to prove itself where it is said in words.
  assert.deepEqual(rowsOf([asked, { ...refused, e_text: "NEEDED_PREAUTH" }].map(seen)), []);
});

test("a ticket that is shown: only its realm is in the clear", () => {
  const shown: Observed = {
    ...NOTHING,
    message: "AP-REQ",
    realm: "R",
    service: "cifs/srv",
    ticket_etype: 99,
  };
  const row = (success: boolean | null): ZeekValue[] => [
    ...["kerberos", "AP", "/R", "cifs/srv", success, null, null, null, "unknown-99"],
    ...[null, null, null, null, null, null],
  ];
  assert.deepEqual(rowsOf([seen(shown)]), [row(null)]);
  assert.deepEqual(rowsOf([shown, { ...NOTHING, message: "AP-REP" } as const].map(seen)), [row(true)]);
});

test("files: what was told a short while ago is not told again, whenever it was read", () => {
  const times = { modified: 1.5, accessed: 2, created: 3, changed: 4 };
  const file: Observed = {
    ...{ what: "file", action: "open", path: "\\\\srv\\c$", name: "a.txt", prev_name: null },
    ...{ size: 7, times },
  } as const;
  const again: Observed = { ...file, times: { ...times, accessed: 9 } };
  const gone: Observed = { ...file, action: "delete" };
  const rows = rowsOf([file, again, gone].map(seen));
  assert.deepEqual(
    rows.map(([, fuid, action]) => [fuid, action]),
    [
      [null, "SMB::FILE_OPEN"],
      [null, "SMB::FILE_DELETE"],
    ],
  );
  seconds += 200;
  assert.equal(rowsOf([seen({ ...file, times: null }), seen({ ...file, times: null })]).length, 2);
});

test("shares, by the type of SMB 2 or the service of SMB 1", () => {
  const tree = { what: "tree", path: "\\\\srv\\x", native_file_system: null } as const;
  const rows = rowsOf([
    seen({ ...tree, share_type: 2, share_service: null }),
    seen({ ...tree, share_type: null, share_service: "IPC", native_file_system: "" }),
    seen({ ...tree, share_type: null, share_service: "A:", native_file_system: "NTFS" }),
  ]);
  assert.deepEqual(rows, [
    ["smb_mapping", "\\\\srv\\x", null, null, "PIPE"],
    ["smb_mapping", "\\\\srv\\x", "IPC", null, "PIPE"],
    ["smb_mapping", "\\\\srv\\x", "A:", "NTFS", "DISK"],
  ]);
});

test("RDP and the connection that it is on", () => {
  const side = { bytes: 5, packets: 2, ip_bytes: 90 };
  const events = [
    seen({ what: "conversation", protocol: "rdp" }),
    seen({ what: "rdp", message: "request", cookie_user: "ALICE", value: 3 }),
    seen({ what: "rdp", message: "response", cookie_user: null, value: 2 }),
    seen({
      ...{ what: "conversation_end", duration_us: 5, state: "SF", history: "ShADadFf", missed_bytes: 0 },
      traffic: { client: side, server: side },
    } as const),
  ];
  const unknown = new Array<null>(9).fill(null);
  const conn = ["tcp", "rdp", 5, 5, 5, "SF", true, false, 0, "ShADadFf", 2, 90, 2, 90, null, 6];
  assert.deepEqual(rowsOf(events, { ...OPTIONS, communityId: true }), [
    ["rdp", "ALICE", "encrypted", "HYBRID", ...unknown, 0, null, null, null],
    ["conn", ...conn, "1:x="],
  ]);
});

describe("the command", { concurrency: 2 }, () => {
  const capture = (name: string): string =>
    fileURLToPath(new URL(`../../../../captures/${name}`, import.meta.url));
  const lines = async (...args: string[]): Promise<{ [name: string]: unknown }[]> => {
    const { status, stdout, stderr } = await raiscope(["-q", "-T", "zeek-json", ...args]);
    assert.equal(status, 0, stderr);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };

  test("rows are of responses, or of requests", async () => {
    const calls = await raiscope(["-q", "-T", "ndjson", capture("failures-and-faults.pcap")]);
    const records = calls.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as CallRecord);
    const count = async (...args: string[]): Promise<number> =>
      (await lines(capture("failures-and-faults.pcap"), ...args)).filter(({ _path }) => _path === "dce_rpc")
        .length;
    const asked = records.filter(({ status }) => status !== "no_request").length;
    const answered = records.filter(({ status, fault }) => status !== "no_response" && fault === null).length;
    assert.ok(answered < asked);
    assert.equal(await count(), answered);
    assert.equal(await count("--zeek-rows", "request"), asked);
  });

  test("one connection has one name in every log, and its own in a second run", async () => {
    const rows = await lines(capture("pipes.pcapng"));
    const paths = new Set(rows.map(({ _path }) => _path));
    for (const path of ["dce_rpc", "conn", "smb_mapping", "raiscope_calls"]) assert.ok(paths.has(path), path);
    const conns = rows.filter(({ _path }) => _path === "conn").map(({ uid }) => uid);
    assert.deepEqual(new Set(rows.map(({ uid }) => uid)), new Set(conns));
    assert.deepEqual(await lines(capture("pipes.pcapng")), rows);
  });

  test("what filters hold back still tells the names of what they let through", async () => {
    const all = await lines(capture("pipes.pcapng"));
    const some = await lines(capture("pipes.pcapng"), "-Y", 'kind == "call"');
    assert.ok(
      some.length > 0 && some.every(({ _path }) => _path === "dce_rpc" || _path === "raiscope_calls"),
    );
    const known = new Set(all.map((row) => JSON.stringify(row)));
    assert.ok(some.every((row) => known.has(JSON.stringify(row))));
  });

  test("a call log gives the same calls", async () => {
    const log = (await raiscope(["-q", "-T", "ndjson", "--events", "all", capture("pipes.pcapng")])).stdout;
    const { stdout } = await raiscope(["-q", "-T", "zeek-json", "-"], log);
    const calls = (rows: { [name: string]: unknown }[]): unknown[] =>
      rows
        .filter(({ _path }) => _path === "dce_rpc")
        .map(({ endpoint, operation, ts, rtt }) => [endpoint, operation, ts, rtt]);
    const rows = stdout.trimEnd().split("\n");
    assert.deepEqual(
      calls(rows.map((line) => JSON.parse(line))),
      calls(await lines(capture("pipes.pcapng"))),
    );
  });

  test("--redact hides users in every log", async () => {
    const rows = await lines(capture("pipes.pcapng"));
    const users = rows.filter(({ _path }) => _path === "ntlm").map(({ username }) => username as string);
    assert.ok(users.length > 0);
    const { stdout } = await raiscope(["-q", "-T", "zeek-json", "--redact", capture("pipes.pcapng")]);
    for (const user of users) assert.ok(!stdout.includes(user), user);
  });
});
