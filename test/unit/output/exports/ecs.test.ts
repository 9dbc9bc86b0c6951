/** Documents of ECS against its list of fields and Elastic's own documents, where they are at hand. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { EVENT_KINDS, type SecurityRecord } from "../../../../src/events.js";
import { ecsPrinter } from "../../../../src/output/ecs/printer.js";
import { endTime } from "../../../../src/output/later.js";
import type { Printer } from "../../../../src/output/printer.js";
import { allCaptures, at, linesOf, parsed, printed, schemaFile } from "../../../support/output/exports.js";
import { association, call, detection, note, offer } from "../../../support/output/samples.js";

const ecs = (input: string | null = null): Printer => ecsPrinter({ kinds: new Set(EVENT_KINDS), input });
const fieldsPath = schemaFile("ecs", "fields.csv");
const pairsPath = schemaFile("elastic-zeek", "zeek-to-ecs-pairs.json");
const without = (path: string | null): { skip: string | false } => ({
  skip: path === null ? "the oracles are not here" : false,
});

/** Type and whether it is an array, by field. */
function fields(): Map<string, { type: string; array: boolean }> {
  const rows = readFileSync(fieldsPath!, "utf8").split("\n").slice(1);
  return new Map(
    rows
      .map((row) => row.split(","))
      .filter((row) => row.length > 6)
      .map((row) => [row[3]!, { type: row[4]!, array: row[6] === "array" }]),
  );
}

/** [ECS] Categorization fields, with the types that go with each category. */
const KINDS = ["alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error", "signal"];
const OUTCOMES = ["failure", "success", "unknown"];
const TYPES: { readonly [category: string]: readonly string[] } = {
  network: ["access", "allowed", "connection", "denied", "end", "info", "protocol", "start"],
  authentication: ["start", "end", "info"],
  session: ["start", "end", "info"],
  intrusion_detection: ["allowed", "denied", "info"],
};

const MATCHES: { readonly [type: string]: (value: unknown) => boolean } = {
  keyword: (value) => typeof value === "string" && value !== "",
  wildcard: (value) => typeof value === "string",
  match_only_text: (value) => typeof value === "string",
  ip: (value) => typeof value === "string" && /^[0-9a-f.:]+$/.test(value),
  long: (value) => Number.isSafeInteger(value),
  date: (value) =>
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{6}|\d{9})Z$/.test(value),
};

/** What Elastic's integration with Zeek adds, and what is our own. */
const OTHER = /^(zeek\.(session_id|dce_rpc|ntlm)|raiscope)(\.|$)/;

function problems(document: unknown, known: ReturnType<typeof fields>): string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (OTHER.test(path)) return;
    const field = known.get(path);
    if (field === undefined || field.type === "object") {
      if (typeof value !== "object" || value === null || Array.isArray(value))
        found.push(`${path} is no field`);
      else if (Object.keys(value).length === 0) found.push(`${path} is empty`);
      else
        for (const [key, inner] of Object.entries(value)) walk(inner, path === "" ? key : `${path}.${key}`);
      return;
    }
    if (Array.isArray(value) !== field.array) found.push(`${path}: array or not`);
    for (const one of [value].flat()) {
      if (!MATCHES[field.type]!(one)) found.push(`${path}: ${JSON.stringify(one)} is no ${field.type}`);
    }
  };
  walk(document, "");
  const event = at(document, "event") as { [key: string]: unknown };
  if (!KINDS.includes(event.kind as string)) found.push(`event.kind ${event.kind}`);
  if (event.outcome !== undefined && !OUTCOMES.includes(event.outcome as string))
    found.push(`${event.outcome}`);
  const allowed = (event.category as string[]).flatMap((category) => TYPES[category] ?? []);
  for (const type of event.type as string[]) if (!allowed.includes(type)) found.push(`event.type ${type}`);
  return found;
}

test(
  "every field of every document exists, with its type, single or as an array",
  without(fieldsPath),
  async () => {
    const known = fields();
    let count = 0;
    const datasets = new Set<unknown>();
    for (const path of allCaptures()) {
      for (const document of await linesOf(ecs(path), [path])) {
        assert.deepEqual(problems(document, known), [], `${path}: ${JSON.stringify(document)}`);
        datasets.add(at(document, "event.dataset"));
        count++;
      }
    }
    assert.ok(count > 1000, `${count} documents`);
    const kinds = ["call", "association", "ntlm", "offer", "note"].map((kind) => `raiscope.${kind}`);
    assert.deepEqual([...datasets].sort(), kinds.sort());
    for (const document of parsed(printed(ecs("a"), [call(), association(), offer(), note(), detection()]))) {
      assert.deepEqual(problems(document, known), []);
    }
  },
);

test("a finding is an alert with its rule, ATT&CK, sentence and whom it is about", () => {
  const { rule } = detection();
  const ends = { client: { address: "10.0.0.5", port: 1025 }, server: { address: "10.0.0.9", port: 135 } };
  const several = { client: { address: "10.0.0.5", port: null }, server: null };
  const tags = ["attack.lateral_movement", "attack.command-and-control", "attack.t1021.003", "attack.t1047"];
  const techniques = ["T1021.003", "T1047"];
  const finding = detection({ stream: 1, ...several, rule: { ...rule, tags, techniques } });
  const [first, alert] = parsed(printed(ecs(), [call({ stream: 1, ...ends }), finding]));
  assert.deepEqual(
    ["kind", "category", "type", "severity", "dataset", "id"].map((key) => at(alert, `event.${key}`)),
    ["alert", ["network", "intrusion_detection"], ["info"], 73, "raiscope.finding", at(first, "event.id")],
  );
  assert.deepEqual(alert!.rule, { id: rule.id, name: rule.title, uuid: rule.id });
  assert.deepEqual(alert!.threat, {
    framework: "MITRE ATT&CK",
    tactic: { id: ["TA0008", "TA0011"], name: ["Lateral Movement", "Command and Control"] },
    technique: { id: ["T1021", "T1047"], subtechnique: { id: ["T1021.003"] } },
  });
  assert.equal(alert!.message, finding.sentence);
  assert.deepEqual(alert!.related, { ip: ["10.0.0.5", "10.0.0.9"], user: ["EXUSER"] });
  assert.deepEqual(at(alert, "source.port"), 1025);
  assert.equal(at(alert, "network.transport"), "tcp");
});

test("a finding says no more than it knows", { ...without(fieldsPath) }, () => {
  const { rule } = detection();
  const bare = { ...rule, id: "my rule", tags: ["cve.2021-26414"], techniques: [] };
  const nothing = { stream: null, client: null, user: null, domain: null, calls: [], frames: [], fields: {} };
  const [line] = parsed(printed(ecs(), [detection({ ...nothing, rule: bare })]));
  assert.deepEqual(problems(line, fields()), []);
  for (const field of ["threat", "user", "source", "client", "zeek"])
    assert.equal(at(line, field), undefined);
  assert.deepEqual(line!.related, { ip: ["10.0.0.9"] });
  const [none] = parsed(printed(ecs(), [detection({ ...nothing, server: null })]));
  assert.equal(at(none, "related"), undefined);
  assert.equal(printed(ecs(), [detection({ ts: null })]), "");
});

interface Pair {
  log: "dce_rpc" | "ntlm";
  input: string;
  expected: { [key: string]: unknown };
}

test("what Elastic makes of a line of Zeek's, ours says as well", without(pairsPath), () => {
  const pairs = JSON.parse(readFileSync(pairsPath!, "utf8")) as Pair[];
  assert.equal(pairs.length, 2);
  for (const { log, input, expected } of pairs) {
    const line = JSON.parse(input) as { [key: string]: string & number };
    const common = {
      ts: `${new Date(line.ts! * 1000).toISOString().slice(0, 19)}.${String(line.ts).split(".")[1]!.padEnd(6, "0")}Z`,
      client: { address: line["id.orig_h"]!, port: line["id.orig_p"]! },
      server: { address: line["id.resp_h"]!, port: line["id.resp_p"]! },
      community_id: at(expected, "network.community_id") as string,
    };
    const none = { type: "none", mechanism: null, level: "none", context_id: null, decrypted: null } as const;
    const nobody = {
      ...none,
      user: null,
      domain: null,
      workstation: null,
      source: null,
      verified: null,
    } as const;
    const context: SecurityRecord = {
      ...nobody,
      type: "ntlmssp",
      user: line.username ?? null,
      domain: line.domainname ?? null,
      workstation: line.hostname ?? null,
      kerberos: null,
      ntlm: {
        negotiate_flags: [],
        target_name: null,
        server_challenge: null,
        av_pairs: {
          MsvAvNbComputerName: line.server_nb_computer_name ?? null,
          MsvAvDnsComputerName: line.server_dns_computer_name ?? null,
          MsvAvDnsTreeName: line.server_tree_name ?? null,
        },
        client_version: null,
        server_version: null,
        nt_response_kind: null,
        mic_present: null,
      },
    };
    const uuid = "6bffd098-a112-3610-9833-012892020162";
    const record =
      log === "dce_rpc"
        ? call({
            ...common,
            auth: nobody,
            duration_us: 92_110,
            opnum: 2,
            method: line.operation!,
            interface: { uuid, version: "0.0", name: line.endpoint! },
          })
        : association({ ...common, auth: context, security_contexts: [context], contexts: [] });
    const documents = parsed(printed(ecs(), [record]));
    const document = documents.find(
      (one) => at(one, "network.protocol") === at(expected, "network.protocol"),
    )!;
    const uid = at(document, "zeek.session_id");
    assert.match(String(uid), /^C[0-9A-Za-z]{10,}$/);
    const wanted = structuredClone(expected) as { [key: string]: unknown };
    // Elastic's pipeline keeps milliseconds; uids are each program's own; a pipe's name is what only its association knows.
    assert.equal(
      (document["@timestamp"] as string).slice(0, 23),
      (wanted["@timestamp"] as string).slice(0, 23),
    );
    delete wanted["@timestamp"];
    (wanted.event as { id: unknown }).id = uid;
    (wanted.zeek as { session_id: unknown }).session_id = uid;
    if (log === "dce_rpc") delete (at(wanted, "zeek.dce_rpc") as { named_pipe?: string }).named_pipe;
    assert.deepEqual(lacking(wanted, document, ""), []);
  }
});

/** What `wanted` says and `found` does not. */
function lacking(wanted: unknown, found: unknown, path: string): string[] {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) {
    return JSON.stringify(wanted) === JSON.stringify(found) ? [] : [`${path}: ${JSON.stringify(found)}`];
  }
  return Object.entries(wanted).flatMap(([key, value]) =>
    lacking(value, (found as { [key: string]: unknown } | undefined)?.[key], `${path}.${key}`),
  );
}

test("a time that is added to keeps its digits", () => {
  assert.equal(endTime("2024-05-01T10:00:00.123456Z", 10), "2024-05-01T10:00:00.123466Z");
  assert.equal(endTime("2024-05-01T10:00:00.123456789Z", 10), "2024-05-01T10:00:00.123466789Z");
  assert.equal(endTime("2024-12-31T23:59:59.999999Z", 2), "2025-01-01T00:00:00.000001Z");
  assert.equal(endTime("1969-12-31T23:59:59.500000Z", 500_000), "1970-01-01T00:00:00.000000Z");
});

test("a call that failed has its code, and one that was not answered no outcome", () => {
  const [fault, error, silent] = parsed(
    printed(ecs(), [
      call({ status: "fault", fault: { status: "0x1c010003", name: "nca_s_unk_if" } }),
      call({ status: "error", hresult: { value: "0x80070005", name: "E_ACCESSDENIED", message: "denied" } }),
      call({ status: "no_response", duration_us: null }),
    ]),
  );
  assert.deepEqual(fault!.error, { code: "0x1c010003", message: "nca_s_unk_if" });
  assert.equal(at(fault, "event.outcome"), "failure");
  assert.deepEqual(error!.error, { code: "0x80070005", message: "denied" });
  assert.equal(at(error, "event.reason"), "E_ACCESSDENIED");
  assert.equal(at(silent, "event.outcome"), "unknown");
  assert.equal(at(silent, "event.duration"), undefined);
});

test("arguments are one text of JSON each, whatever their types", () => {
  const of = call({ request: { a: { b: [1, "x"] } }, response: { c: null } });
  const [document] = parsed(printed(ecs(), [of]));
  assert.deepEqual(JSON.parse(at(document, "raiscope.request") as string), of.request);
  assert.deepEqual(JSON.parse(at(document, "raiscope.response") as string), of.response);
});
