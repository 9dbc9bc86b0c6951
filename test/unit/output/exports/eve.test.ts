/** EVE against Suricata's own schema and checks, where they are at hand, and what differs on purpose. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import test from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { DETECTION_LEVELS, EVENT_KINDS } from "../../../../src/events.js";
import { signatureId } from "../../../../src/output/eve/alert.js";
import { evePrinter } from "../../../../src/output/eve/printer.js";
import type { Printer } from "../../../../src/output/printer.js";
import { CAPTURES } from "../../../support/golden.js";
import { allCaptures, at, linesOf, parsed, printed, schemaFile } from "../../../support/output/exports.js";
import { association, call, detection, note, offer } from "../../../support/output/samples.js";

const eve = (input: string | null = null): Printer => evePrinter({ kinds: new Set(EVENT_KINDS), input });
const ASKED = { acknowledged: true, observe: true };

const schemaPath = schemaFile("suricata", "eve.schema.json");
const checksPath = schemaFile("suricata", "eve-checks.json");
const without = (path: string | null): { skip: string | false } => ({
  skip: path === null ? "the oracles are not here" : false,
});

test("every line of every capture is valid by Suricata's schema", without(schemaPath), async () => {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  ajv.addKeyword("suricata");
  const validate = ajv.compile(JSON.parse(readFileSync(schemaPath!, "utf8")) as object);
  let count = 0;
  const types = new Set<unknown>();
  for (const path of allCaptures()) {
    for (const line of await linesOf(eve(path), [path], ASKED)) {
      assert.ok(validate(line), `${path}: ${JSON.stringify(validate.errors)} ${JSON.stringify(line)}`);
      types.add(line.event_type);
      count++;
    }
  }
  assert.ok(count > 1000, `${count} lines`);
  for (const type of ["dcerpc", "smb", "krb5", "anomaly", "flow"]) assert.ok(types.has(type), type);
});

test("the invented records are valid as well", without(schemaPath), () => {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  ajv.addKeyword("suricata");
  const validate = ajv.compile(JSON.parse(readFileSync(schemaPath!, "utf8")) as object);
  const lines = parsed(printed(eve("a.pcap"), [call(), association(), offer(), note(), detection()]));
  assert.ok(lines.length >= 4);
  for (const line of lines) assert.ok(validate(line), JSON.stringify(validate.errors));
});

interface Check {
  count: number;
  match: { [path: string]: unknown };
}

/** What Suricata loses for its own limit of reassembly is not lost here. */
const DEPTH_LIMIT = "suricata_truncate-applayer-test-01.pcap";

test("the checks of suricata-verify on dcerpc hold", without(checksPath), async () => {
  const suites = JSON.parse(readFileSync(checksPath!, "utf8")) as { capture: string; checks: Check[] }[];
  let held = 0;
  for (const { capture, checks } of suites) {
    const path = join(
      dirname(checksPath!),
      "../..",
      capture.replace(/^suricata\//, "schemas/suricata/").replace(/^shared\//, ""),
    );
    const lines = await linesOf(eve(path), [path], ASKED);
    for (const { count, match } of checks) {
      if (match.event_type !== "dcerpc" && !Object.keys(match).some((key) => key.startsWith("dcerpc.")))
        continue;
      const wanted = { ...match };
      if (basename(capture) === DEPTH_LIMIT) wanted["dcerpc.request"] = "REQUEST";
      const found = lines.filter((line) =>
        Object.entries(wanted).every(([key, value]) => at(line, key) === value),
      );
      assert.equal(found.length, count, `${capture}: ${JSON.stringify(wanted)}`);
      held++;
    }
  }
  assert.ok(held >= 12, `${held} checks`);
});

test("events of one conversation have one flow_id below 2^53, the same in every run and whatever is left out", async () => {
  const path = join(CAPTURES, "one-expert-three-novices.pcapng");
  const lines = await linesOf(eve(), [path], ASKED);
  const flows = new Map<unknown, Set<unknown>>();
  for (const { flow_id: id, community_id: community } of lines) {
    if (id === undefined) continue;
    assert.ok(Number.isSafeInteger(id) && (id as number) > 0);
    flows.set(community, (flows.get(community) ?? new Set()).add(id));
  }
  assert.ok(flows.size > 3);
  for (const ids of flows.values()) assert.equal(ids.size, 1);
  const calls = await linesOf(evePrinter({ kinds: new Set(["call"]), input: null }), [path], ASKED);
  for (const { flow_id: id, community_id: community } of calls) assert.ok(flows.get(community)?.has(id));
  assert.equal(new Set([...flows.values()].flatMap((ids) => [...ids])).size, flows.size);
});

test("keys come in Suricata's order, and none is null", () => {
  const [line] = parsed(printed(eve("a.pcap"), [call({ community_id: "1:x", acknowledged: 14 })]));
  assert.deepEqual(Object.keys(line!), [
    "timestamp",
    "flow_id",
    "pcap_cnt",
    "event_type",
    "src_ip",
    "src_port",
    "dest_ip",
    "dest_port",
    "proto",
    "ip_v",
    "pkt_src",
    "community_id",
    "dcerpc",
    "pcap_filename",
  ]);
  assert.equal(line!.pcap_cnt, 14);
  assert.equal(line!.timestamp, "2024-05-01T10:00:00.000000+0000");
  assert.ok(!JSON.stringify(line).includes("null"));
});

test("a finding is an alert with the ends of its conversation, its severity and ATT&CK", () => {
  const at_ = { stream: 1, community_id: "1:x" };
  const ends = { client: { address: "10.0.0.5", port: 1025 }, server: { address: "10.0.0.9", port: 135 } };
  const several = {
    client: { address: "10.0.0.5", port: null },
    server: { address: "10.0.0.9", port: null },
  };
  const [, alert] = parsed(
    printed(eve("a.pcap"), [call({ ...at_, ...ends }), detection({ ...at_, ...several, id: "f1" })]),
  );
  const { alert: body, ...head } = alert!;
  assert.deepEqual(head, {
    timestamp: "2024-05-01T10:00:01.000000+0000",
    flow_id: head.flow_id,
    pcap_cnt: 14,
    event_type: "alert",
    src_ip: "10.0.0.5",
    src_port: 1025,
    dest_ip: "10.0.0.9",
    dest_port: 135,
    proto: "TCP",
    ip_v: 4,
    pkt_src: "wire/pcap",
    community_id: "1:x",
    pcap_filename: "a.pcap",
  });
  assert.deepEqual(body, {
    action: "allowed",
    gid: 1,
    signature_id: signatureId("3a5f4c5e-8d53-4d9a-9d86-5e2a0b3a7c11"),
    rev: 1,
    signature: "Service Created Over The Network",
    category: "Execution",
    severity: 2,
    source: { ip: "10.0.0.5" },
    target: { ip: "10.0.0.9" },
    metadata: {
      signature_severity: ["Major"],
      mitre_tactic_id: ["TA0002"],
      mitre_tactic_name: ["Execution"],
      mitre_technique_id: ["T1569.002"],
      raiscope_rule: ["3a5f4c5e-8d53-4d9a-9d86-5e2a0b3a7c11"],
      raiscope_level: ["high"],
      raiscope_basis: ["decoded"],
      raiscope_sentence: [
        "EXDOMAIN\\EXUSER created the service updater on 10.0.0.20 that runs cmd /c whoami",
      ],
      raiscope_finding: ["f1"],
      raiscope_calls: ["7537eaaef0f526611567ccd715a3fc67"],
      raiscope_user: ["EXDOMAIN\\EXUSER"],
    },
  });
});

test("signature ids are the same in every run, and no published rule has them", () => {
  assert.equal(signatureId("3a5f4c5e-8d53-4d9a-9d86-5e2a0b3a7c11"), 1_349_716_313);
  const ids = Array.from({ length: 1000 }, (_, i) => signatureId(`rule ${i}`));
  assert.ok(ids.every((id) => Number.isInteger(id) && id >= 2 ** 30 && id < 2 ** 31));
  assert.equal(new Set(ids).size, ids.length);
});

test("levels are severities from 1 to 4", () => {
  const { rule } = detection();
  assert.deepEqual(
    DETECTION_LEVELS.map((level) => {
      const [line] = parsed(printed(eve(), [detection({ rule: { ...rule, level } })]));
      return at(line, "alert.severity");
    }),
    [4, 4, 3, 2, 1],
  );
});

test("a finding whose conversation is not known says no more than it knows, and one without a time is none", () => {
  const nothing = { stream: null, client: null, server: null, user: null, calls: [], frames: [0] };
  const { rule } = detection();
  const bare = { ...rule, tags: [], techniques: [] };
  const [line] = parsed(printed(eve(), [detection({ ...nothing, rule: bare })]));
  const { alert, ...head } = line!;
  assert.deepEqual(head, { timestamp: "2024-05-01T10:00:01.000000+0000", event_type: "alert" });
  assert.equal(at(alert, "category"), "");
  assert.ok(!JSON.stringify(line).includes("null"));
  assert.equal(printed(eve(), [detection({ ts: null })]), "");
});

test("nanoseconds are cut, and the last frame stands in where nothing was acknowledged", () => {
  const of = call({ ts: "2024-05-01T10:00:00.123456789Z", frames: { request: [3], response: [5, 7] } });
  const [line] = parsed(printed(eve(), [of]));
  assert.equal(line!.timestamp, "2024-05-01T10:00:00.123456+0000");
  assert.equal(line!.pcap_cnt, 7);
  assert.equal("pcap_filename" in line!, false);
});

test("faults are answers, and what has none is said to have none", () => {
  const words = (over: Parameters<typeof call>[0]): unknown[] => {
    const [line] = parsed(printed(eve(), [call(over)]));
    return ["request", "response"].map((key) => at(line, `dcerpc.${key}`));
  };
  assert.deepEqual(words({ status: "fault", fault: { status: "0x1c010003", name: null } }), [
    "REQUEST",
    "FAULT",
  ]);
  assert.deepEqual(words({ status: "no_response" }), ["REQUEST", "UNREPLIED"]);
  assert.deepEqual(words({ status: "no_request", opnum: null }), ["REQUEST_LOST", "RESPONSE"]);
  assert.deepEqual(words({ status: "error" }), ["REQUEST", "RESPONSE"]);
});

test("sizes of stub data are counted as Suricata does: over TCP, in a pipe, in a datagram", () => {
  const side = {
    version: "5.0",
    byte_order: "little",
    characters: "ascii",
    floats: "ieee",
    last_ts: "2024-05-01T10:00:00.000000Z",
    fragments: 2,
    bytes: 100,
    pdu_bytes: 180,
    alloc_hint: 100,
    cancel_count: null,
  } as const;
  const wire = { request: side, response: side };
  const pipe = { protseq: "ncacn_np", endpoint: "\\pipe\\lsarpc", smb: null } as const;
  const udp = { protseq: "ncadg_ip_udp", endpoint: "1024", smb: null } as const;
  const lines = parsed(
    printed(eve(), [call({ wire }), call({ wire, transport: pipe }), call({ wire, transport: udp })]),
  );
  const sizes = (line: unknown, path: string): unknown => at(line, path);
  assert.deepEqual(
    [sizes(lines[0], "dcerpc.req.stub_data_size"), sizes(lines[0], "dcerpc.res.stub_data_size")],
    [132, 148],
  );
  assert.deepEqual(
    [sizes(lines[1], "smb.dcerpc.req.stub_data_size"), sizes(lines[1], "smb.dcerpc.res.stub_data_size")],
    [132, 132],
  );
  assert.deepEqual(
    [sizes(lines[2], "dcerpc.req.stub_data_size"), sizes(lines[2], "dcerpc.res.stub_data_size")],
    [100, 100],
  );
});

test("an activity is written as Suricata reads it, which takes every datagram for little-endian", () => {
  const udp = { protseq: "ncadg_ip_udp", endpoint: "1024", smb: null } as const;
  const activity = "4e32dcdd-d803-4eaf-86ee-7650df599e40";
  const written = (byteOrder: "little" | "big"): unknown => {
    const side = {
      version: "4.0",
      byte_order: byteOrder,
      characters: "ascii",
      floats: "ieee",
      fragments: 1,
      bytes: 0,
      pdu_bytes: 80,
      alloc_hint: 0,
      cancel_count: null,
      last_ts: "2024-05-01T10:00:00.000000Z",
    } as const;
    const of = call({ transport: udp, activity, wire: { request: side, response: null } });
    const [line] = parsed(printed(eve(), [of]));
    assert.equal(at(line, "dcerpc.rpc_version"), "4.0");
    assert.equal(line!.proto, "UDP");
    return at(line, "dcerpc.activityuuid");
  };
  assert.equal(written("little"), activity);
  // As suricata-verify's dcerpc-udp-scapy has it.
  assert.equal(written("big"), "dddc324e-03d8-af4e-86ee-7650df599e40");
});

test("interfaces and methods are in Zeek's words, which Suricata shares, and in ours where it has none", () => {
  const named = (uuid: string, opnum: number, name: string, method: string): unknown =>
    at(
      parsed(printed(eve(), [call({ opnum, method, interface: { uuid, version: "1.0", name } })]))[0],
      "dcerpc.interfaces[0]",
    );
  assert.deepEqual(named("12345678-1234-abcd-ef00-0123456789ab", 1, "winspool", "RpcOpenPrinter"), {
    uuid: "12345678-1234-abcd-ef00-0123456789ab",
    version: "1.0",
    ack_result: 0,
    service: "spoolss",
    procedure: "RpcOpenPrinter",
  });
  assert.deepEqual(named("12345678-9999-abcd-ef00-0123456789ab", 1, "mine", "Own"), {
    uuid: "12345678-9999-abcd-ef00-0123456789ab",
    version: "1.0",
    ack_result: 0,
    service: "mine",
    procedure: "Own",
  });
});

test("what was inferred says so, and claims no answer to a bind", () => {
  const [line] = parsed(
    printed(eve(), [
      call({
        interface: {
          uuid: "f120a684-b926-447f-9df4-c966cb785648",
          version: "0.0",
          name: "IRASrv",
          inferred: true,
        },
      }),
    ]),
  );
  assert.deepEqual(at(line, "metadata.flowbits"), ["raiscope.interface.inferred"]);
  assert.equal(at(line, "dcerpc.interfaces[0].ack_result"), undefined);
});

test("a conversation that is over is a flow, in Suricata's words", () => {
  const conversation = {
    type: "observation",
    schema: 2,
    id: null,
    revision: 1,
    provisional: false,
    ts: "2024-05-01T10:00:00.900000Z",
    stream: 0,
    file: null,
    community_id: "1:x",
    over: "tcp",
    client: { address: "10.0.0.5", port: 49712 },
    server: { address: "10.0.0.9", port: 135 },
  } as const;
  const end = {
    ...conversation,
    what: "conversation_end",
    duration_us: 200_000,
    state: "SF",
    history: "ShADadFf",
    missed_bytes: 0,
    traffic: {
      client: { bytes: 10, packets: 3, ip_bytes: 130 },
      server: { bytes: 20, packets: 2, ip_bytes: 100 },
    },
  } as const;
  const [flow] = parsed(
    printed(eve(), [{ ...conversation, what: "conversation", protocol: "dce_rpc" } as const, end]),
  );
  assert.equal(flow!.event_type, "flow");
  assert.equal(flow!.app_proto, "dcerpc");
  assert.deepEqual(flow!.flow, {
    pkts_toserver: 3,
    pkts_toclient: 2,
    bytes_toserver: 130,
    bytes_toclient: 100,
    start: "2024-05-01T10:00:00.900000+0000",
    end: "2024-05-01T10:00:01.100000+0000",
    age: 1,
    state: "closed",
    alerted: false,
  });
  assert.deepEqual(flow!.tcp, { state: "closed" });
});
