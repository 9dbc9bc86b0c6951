/** Rules over records: what a finding says, what it rests on, and what is asked of a run for it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { Detecting } from "../../../src/detect/detecting.js";
import { Detector, type DetectorOptions } from "../../../src/detect/detector.js";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import { bindRules } from "../../../src/detect/rules/rule-book.js";
import type { CallRecord, DetectionRecord, Event } from "../../../src/events.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { association, call, detection, NTLM, note, offer, summary } from "../../support/output/samples.js";
import { validateRecord } from "../../support/output/validate.js";

const SVCCTL = "367abb81-9844-35f1-ad32-98f038001003";

function rule(product: string, service: string, selection: string, more = ""): string {
  return `title: A rule
id: 0b1a1a3e-2f0c-4b7a-9a57-1d7f3d1f6f0a
status: test
tags: [attack.execution, attack.t1569.002, cve.2021-1]
logsource:
    product: ${product}
    service: ${service}
detection:
    selection:
${selection
  .split("\n")
  .map((line) => `        ${line}`)
  .join("\n")}
    condition: selection
falsepositives:
    - Installers of software
level: high
${more}`;
}

function detector(text: string, options: Partial<DetectorOptions> = {}): Detector {
  const rules = bindRules([readRules(text, "test.yml")]);
  assert.deepEqual(rules.problems, []);
  return new Detector({ rules, ...options });
}

function found(of: Detector, events: readonly Event[]): DetectionRecord[] {
  const all = events.flatMap((event) => of.take(event));
  all.push(...of.finish());
  for (const one of all) assert.deepEqual(validateRecord(one), []);
  return all;
}

function created(over: Partial<CallRecord> = {}): CallRecord {
  return call({
    id: "7537eaaef0f526611567ccd715a3fc67",
    community_id: "1:wCb3OG7yAFWelaUydu0D+125CLM=",
    interface: { uuid: SVCCTL, version: "2.0", name: "svcctl" },
    method: "RCreateServiceW",
    opnum: 12,
    auth: { ...NTLM, user: "EXUSER", domain: "EXDOMAIN", workstation: null },
    request: { lpServiceName: "updater", lpBinaryPathName: "cmd /c whoami" },
    status: "ok",
    hresult: null,
    ...over,
  });
}

const CREATED = rule(
  "raiscope",
  "call",
  "method: RCreateServiceW",
  'sentence: "{user} created {request.lpServiceName} on {server}, which runs {request.lpBinaryPathName}"\n',
);

test("a finding says what, by whom and where; its id is made of its rule and its calls", () => {
  const [one, ...more] = found(detector(CREATED), [created()]);
  assert.deepEqual(more, []);
  const of = created();
  assert.equal(
    one!.sentence,
    `EXDOMAIN\\EXUSER created updater on ${of.server.address}, which runs cmd /c whoami`,
  );
  assert.deepEqual(one!.rule, {
    id: "0b1a1a3e-2f0c-4b7a-9a57-1d7f3d1f6f0a",
    title: "A rule",
    level: "high",
    tags: ["attack.execution", "attack.t1569.002", "cve.2021-1"],
    techniques: ["T1569.002"],
  });
  assert.deepEqual([one!.calls, one!.ts, one!.stream], [[of.id], of.ts, of.stream]);
  assert.deepEqual(one!.frames, [...of.frames.request, ...of.frames.response]);
  assert.deepEqual([one!.client, one!.server], [of.client, of.server]);
  assert.deepEqual([one!.user, one!.domain, one!.basis], ["EXUSER", "EXDOMAIN", "decoded"]);
  assert.deepEqual(one!.fields, { method: "RCreateServiceW" });
  assert.deepEqual(one!.false_positives, ["Installers of software"]);
  const text = `detection\0${one!.rule.id}\0${of.id}`;
  assert.equal(one!.id, createHash("sha256").update(text).digest("hex").slice(0, 32));
  assert.equal(found(detector(CREATED), [created({ method: "ROpenServiceW" })]).length, 0);
});

test("what could not be read is inferred and says so; how a call ended is said", () => {
  const sealed = created({
    request: null,
    response: null,
    stub: { request: "encrypted", response: "encrypted" },
    status: "unknown",
  });
  const [one] = found(detector(CREATED), [sealed]);
  assert.equal(one!.basis, "inferred");
  assert.match(one!.sentence, /created \(unknown\) on .*\(sealed: known by interface and opnum alone\)$/);
  const refused = created({
    status: "error",
    returned: { type: "DWORD", value: 5, name: "ERROR_ACCESS_DENIED" },
  });
  assert.match(found(detector(CREATED), [refused])[0]!.sentence, /\(it failed: ERROR_ACCESS_DENIED \(5\)\)$/);
  const alone = created({
    status: "no_response",
    response: null,
    stub: { request: "decoded", response: null },
  });
  assert.match(found(detector(CREATED), [alone])[0]!.sentence, /\(no answer was captured\)$/);
});

test("hostile values are cut and made visible", () => {
  const request = { lpServiceName: "a\u001b[2J\u202eb\n", lpBinaryPathName: "x".repeat(10_000) };
  const [one] = found(detector(CREATED), [created({ request })]);
  assert.ok(one!.sentence.includes("a\\x1b[2J\\u202eb\\n"), one!.sentence);
  assert.ok(one!.sentence.length < 400);
  assert.ok(one!.sentence.endsWith(`${"x".repeat(200)}…`));
});

test("a rule without a sentence has a general one, and braces that name no field stay", () => {
  const plain = rule("raiscope", "call", "method: RCreateServiceW");
  const of = created();
  const [one] = found(detector(plain), [of]);
  assert.equal(
    one!.sentence,
    `EXDOMAIN\\EXUSER at ${of.client.address} called svcctl.RCreateServiceW "updater", "cmd /c whoami" on ${of.server.address}`,
  );
  const odd = rule("raiscope", "call", "method: RCreateServiceW", 'sentence: "{} {1,3} {user}{nothing}"\n');
  assert.equal(found(detector(odd), [of])[0]!.sentence, "{} {1,3} EXDOMAIN\\EXUSER");
});

describe("log sources", () => {
  test("offers, associations and notes", () => {
    const ofOffer = rule("raiscope", "offer", "expert.listed: false");
    assert.equal(found(detector(ofOffer), [offer()]).length, 0);
    const listed = offer();
    listed.expert = { ...listed.expert, listed: false };
    assert.equal(found(detector(ofOffer), [listed])[0]!.user, "EXUSER");
    assert.equal(found(detector(ofOffer), [{ ...listed, provisional: true }]).length, 0);
    const ofAssociation = rule("raiscope", "association", "contexts.name|exists: true");
    assert.equal(found(detector(ofAssociation), [association()]).length, 1);
    const ofNote = rule("raiscope", "note", "code: tcp-gap");
    assert.deepEqual(found(detector(ofNote), [note()])[0]!.frames, [25]);
  });

  test("rows of Zeek's logs, with Sigma's names of addresses", () => {
    const { client, server } = created();
    const text = rule(
      "zeek",
      "dce_rpc",
      `endpoint: svcctl\noperation: CreateServiceW\nid.orig_h: ${client.address}\ndst_ip: ${server.address}`,
    );
    const one = detector(text);
    assert.deepEqual([...one.needs.kinds].sort(), ["association", "call"]);
    assert.equal(one.needs.observations, false);
    assert.deepEqual(found(one, [created()])[0]!.calls, [created().id]);
    assert.equal(detector(rule("zeek", "dce_rpc", "named_pipe: x")).needs.observations, true);
    assert.equal(detector(rule("zeek", "kerberos", "cipher: rc4-hmac")).needs.observations, true);
  });

  test("events of the RPC Firewall", () => {
    const text = rule(
      "rpc_firewall",
      "x",
      `EventLog: RPCFW\nEventID: 3\nInterfaceUuid: ${SVCCTL}\nOpNum: [0, 12]`,
    ).replace("    service: x", "    category: application");
    assert.equal(found(detector(text), [created()]).length, 1);
    assert.equal(found(detector(text), [created({ opnum: 15 })]).length, 0);
    assert.equal(found(detector(text), [created({ status: "no_request" })]).length, 0);
  });

  test("rules for other logs are counted", () => {
    const other = detector(rule("windows", "security", "EventID: 4624"));
    assert.deepEqual(
      other.unused.map(({ reason }) => reason),
      ["it is for windows/security, which captures do not show"],
    );
    assert.equal(other.needs.kinds.size, 0);
  });
});

const BURST = `${rule("raiscope", "call", "method: RCreateServiceW", "name: created\n").replace("level: high", "level: informational")}
---
title: Many services
id: 6cf0f1b4-5dc4-4be4-9aef-2a0c9ab0a2d5
correlation:
    type: value_count
    rules: [created]
    group-by: [client.address]
    timespan: 5m
    condition:
        gte: 3
        field: request.lpServiceName
level: medium
sentence: "{user} created many services, {request.lpServiceName} the last"
`;

const burst = (count: number): CallRecord[] =>
  Array.from({ length: count }, (_, n) =>
    created({
      id: String(n).padStart(32, "0"),
      ts: `2024-05-01T10:00:0${n}.000000Z`,
      request: { lpServiceName: `s${n}`, lpBinaryPathName: "x" },
    }),
  );

test("a correlation rests on its records, and says how many there are", () => {
  assert.equal(found(detector(BURST), burst(2)).length, 0);
  const [one, ...more] = found(detector(BURST), burst(4));
  assert.deepEqual(more, []);
  assert.deepEqual(
    one!.calls,
    burst(4).map(({ id }) => id),
  );
  assert.match(one!.sentence, /^EXDOMAIN\\EXUSER created many services, s3 the last \(4 calls within 3\.0 s/);
  assert.deepEqual([one!.fields.count, one!.ts], [4, "2024-05-01T10:00:00.000000Z"]);
  // Where the input does not end it is told when it is known, and again with what came later.
  const live = detector(BURST, { live: true });
  assert.deepEqual(
    burst(4).map((event) => live.take(event).length),
    [0, 0, 1, 0],
  );
  assert.equal(live.finish().length, 1);
});

test("a correlation says how its calls ended", () => {
  const denied: Partial<CallRecord> = {
    status: "error",
    returned: { type: "DWORD", value: 5, name: "ERROR_ACCESS_DENIED" },
  };
  const said = (of: (n: number) => Partial<CallRecord>, count = 3): string =>
    found(
      detector(BURST),
      burst(count).map((one, n) => ({ ...one, ...of(n) })),
    )[0]!.sentence;
  assert.match(
    said(() => ({ status: "ok" })),
    /within 2\.0 s, request\.lpServiceName: s0, s1, s2\)$/,
  );
  assert.match(
    said(() => denied),
    /, all failed: ERROR_ACCESS_DENIED \(5\)\)$/,
  );
  assert.match(
    said((n) => (n === 1 ? denied : {})),
    /, 1 of 3 failed: ERROR_ACCESS_DENIED \(5\)\)$/,
  );
  assert.match(
    said(() => ({ status: "no_response" })),
    /, no answer was captured\)$/,
  );
  const once = BURST.replace("gte: 3", "gte: 1");
  assert.match(
    found(detector(once), [created(denied)])[0]!.sentence,
    /updater the last \(it failed: ERROR_ACCESS_DENIED \(5\)\)$/,
  );
});

test("over SMB nobody is called unauthenticated: its session may have been set up where it could not be read", () => {
  const nobody: CallRecord["auth"] = {
    ...NTLM,
    type: "none",
    mechanism: null,
    level: "none",
    user: null,
    domain: null,
  };
  const { transport } = created();
  const pipe = { ...transport, protseq: "ncacn_np", endpoint: "\\pipe\\svcctl" } as const;
  const [over] = found(detector(CREATED), [
    created({ auth: { ...nobody, workstation: null }, transport: pipe }),
  ]);
  assert.match(over!.sentence, /^someone created/);
  const tcp = { ...transport, protseq: "ncacn_ip_tcp" } as const;
  const [bare] = found(detector(CREATED), [created({ auth: nobody, transport: tcp })]);
  assert.match(bare!.sentence, /^an unauthenticated client created/);
});

test("conditions that count behind a pipe are read as the correlation that says the same", () => {
  const counting = rule("zeek", "dce_rpc", "endpoint: samr")
    .replace(
      "condition: selection",
      "timeframe: 30s\n    condition: selection | count(operation) by src_ip > 4",
    )
    .replace("status: test", "status: unsupported\ndate: 2020/05/03");
  const samr = { uuid: "12345778-1234-abcd-ef00-0123456789ac", version: "1.0", name: "samr" };
  const calls = (opnums: readonly number[]): CallRecord[] =>
    opnums.map((opnum, n) =>
      created({
        id: String(n).padStart(32, "0"),
        ts: `2024-05-01T10:00:0${n}.000000Z`,
        opnum,
        interface: samr,
      }),
    );
  const [one, ...more] = found(detector(counting), calls([3, 17, 18, 20, 39]));
  assert.deepEqual(more, []);
  assert.deepEqual([one!.rule.title, one!.rule.level, one!.fields.count], ["A rule", "high", 5]);
  assert.deepEqual(found(detector(counting), calls([3, 17, 18, 20, 3, 17])), []);
  const events = counting.replace("count(operation)", "count()");
  assert.equal(found(detector(events), calls([3, 3, 3, 3, 3])).length, 1);
});

test("a level leaves out what is below it, not what correlations watch", () => {
  assert.equal(found(detector(BURST, { level: "medium" }), burst(4)).length, 1);
  assert.equal(found(detector(BURST, { level: "high" }), burst(4)).length, 0);
  assert.equal(found(detector(CREATED, { level: "critical" }), [created()]).length, 0);
});

test("sentences and fields are made of what may be shown", () => {
  const redactor = new Redactor();
  const text = CREATED.replace(
    "method: RCreateServiceW",
    "method: RCreateServiceW\n        auth.user: EXUSER",
  );
  const [one] = found(detector(text, { shown: (event) => redactor.event(event) }), [created()]);
  assert.match(one!.sentence, /^EXDOMAIN\\<user-1> created/);
  assert.equal(one!.fields["auth.user"], "<user-1>");
});

test("as a stage: behind their record, before the summary, which counts them; a log's own are told once", () => {
  const known = { ...detection(), id: found(detector(CREATED), [created()])[0]!.id };
  const other = detection({ id: "f".repeat(32) });
  const stage = new Detecting({ detector: detector(CREATED), helpers: null });
  const events = [...stage.finish([note(), created(), known, other, summary()])];
  assert.deepEqual(
    events.map(({ type }) => type),
    ["note", "call", "detection", "detection", "summary"],
  );
  const last = events.at(-1)!;
  assert.deepEqual(last.type === "summary" && last.detections, { high: 2 });
  const high = new Detecting({ detector: detector(CREATED), helpers: null, level: "critical" });
  assert.equal([...high.finish([other])].length, 0);
});

test("time grows with the records, and memory does not", () => {
  const one = detector(BURST, { maxBytes: 200_000 });
  for (let n = 0; n < 20_000; n++) {
    const client = { address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 1 };
    one.take(created({ id: String(n).padStart(32, "0"), client, ts: "2024-05-01T10:00:00.000000Z" }));
  }
  assert.deepEqual(
    one.takeNotes().map(({ code }) => code),
    ["findings-limit"],
  );
  assert.equal(one.takeNotes().length, 0);
});
