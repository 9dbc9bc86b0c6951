/** Absent is null: every record has all keys that the contract of the call log lists for its kind. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { GOLDEN } from "../../support/golden.js";
import { detection } from "../../support/output/samples.js";
import { validateRecord } from "../../support/output/validate.js";

const COMMON = "type schema id revision provisional ts stream file community_id";
const KEYS: { readonly [type: string]: string } = {
  call: `${COMMON} duration_us client server frames acknowledged places transport call_id context_id interface method opnum activity
    transfer_syntax object target causality_id dispatch auth status hresult fault stub request response readable wire
    orpc returned rai notes`,
  association: `${COMMON} client server transport secondary_address traffic assoc_group_id max_xmit_frag max_recv_frag
    features contexts binds announced security_contexts calls notes auth`,
  offer: `${COMMON} expert novice interface sessions selected connection_string follow_up outcome calls call_ids refusal
    basis evidence outcome_basis notes`,
  detection: `${COMMON} rule sentence basis calls frames client server user domain false_positives fields`,
  note: `${COMMON} severity code message frame`,
  summary: `${COMMON} frames bytes streams pdus calls offers duration_s first_ts last_ts notes keys capture traffic complete`,
};
/** Keys within keys. */
const INNER: { readonly [type: string]: { readonly [key: string]: string } } = {
  call: {
    client: "address port",
    frames: "request response",
    transport: "protseq endpoint smb",
    interface: "uuid version name",
    target: "clsid class iid oxid oid from_frame",
    dispatch: "dispid interface member kind arguments",
    auth: "type mechanism level context_id user domain workstation source decrypted verified",
    stub: "request response",
    wire: "request response",
    rai: "connection_string help_blob sessions",
    hresult: "value name message",
    fault: "status name",
    returned: "type value name",
  },
  association: { traffic: "client server duration_s history" },
  offer: {
    expert: "address user domain workstation",
    novice: "address name",
    selected: "domain user session_id source",
    follow_up: "stream ts server protocol",
  },
  detection: { rule: "id title level tags techniques" },
};

type Record = { [key: string]: unknown };

function missing(record: Record, keys: string): string[] {
  return keys.split(/\s+/).filter((key) => !(key in record) || record[key] === undefined);
}

/** Each line of every golden call log, and a finding. */
function* records(): IterableIterator<{ name: string; record: Record }> {
  for (const name of readdirSync(GOLDEN).filter((file) => file.endsWith(".ndjson"))) {
    for (const line of readFileSync(join(GOLDEN, name), "utf8").trimEnd().split("\n")) {
      yield { name, record: JSON.parse(line) as Record };
    }
  }
  yield { name: "a sample", record: detection() as unknown as Record };
}

test("every record of every capture has all keys of its kind, and is valid", () => {
  const seen = new Set<string>();
  for (const { name, record } of records()) {
    const type = String(record.type);
    seen.add(type);
    assert.deepEqual(validateRecord(record), [], name);
    assert.deepEqual(missing(record, KEYS[type]!), [], `${name}: ${type}`);
    for (const [key, keys] of Object.entries(INNER[type] ?? {})) {
      const inner = record[key];
      if (inner !== null) assert.deepEqual(missing(inner as Record, keys), [], `${name}: ${type}.${key}`);
    }
  }
  assert.deepEqual([...seen].sort(), Object.keys(KEYS).sort());
});
