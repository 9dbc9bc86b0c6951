/** PFC_FIRST_FRAG and PFC_LAST_FRAG left out by a sender are reported from fragments that the capture lacks. */
import assert from "node:assert/strict";
import test from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { PFC } from "../../lab/rpc.js";
import { bind, bindAck, fault, request, response, Wire } from "../../support/rpc/wire.js";
import { calls } from "../../support/run.js";

const UUID = "12345678-4321-abcd-ef00-0123456789ab";
const { FIRST_FRAG, LAST_FRAG } = PFC;

const stub = (size: number): Uint8Array => new Uint8Array(size).fill(0x41);

function bound(): Wire {
  return new Wire().handshake().say(0, bind(1, UUID)).say(1, bindAck(1));
}

/** `unknown`: the stub is whole, of an interface without a description. */
function reported(wire: Wire): unknown[] {
  return calls(wire.close().events()).map((c: CallRecord) => [
    c.call_id,
    c.stub.request,
    c.stub.response,
    ...c.notes.map((n) => n.code),
  ]);
}

for (const [flags, codes] of [
  [0, ["first-flag-missing", "last-flag-missing"]],
  [LAST_FRAG, ["first-flag-missing"]],
  [FIRST_FRAG, ["last-flag-missing"]],
] as const) {
  test(`a whole request with the flags ${flags} is read as one, and the flags are reported`, () => {
    const wire = bound()
      .say(0, request(2, stub(20), { flags }))
      .say(1, response(2, stub(24)));
    assert.deepEqual(reported(wire), [[2, "unknown", "unknown", ...codes]]);
  });

  test(`a whole response with the flags ${flags} is read as one, and the flags are reported`, () => {
    const wire = bound()
      .say(0, request(2, stub(20)))
      .say(1, response(2, stub(24), { flags }));
    wire.say(0, request(3, stub(20))).say(1, response(3, stub(24)));
    assert.deepEqual(reported(wire), [
      [2, "unknown", "unknown", ...codes],
      [3, "unknown", "unknown"],
    ]);
  });

  test(`a request with the flags ${flags} that nobody answers is whole by its alloc_hint`, () => {
    const wire = bound().say(0, request(2, stub(20), { flags }));
    assert.deepEqual(reported(wire), [[2, "unknown", null, ...codes]]);
  });
}

test("fragments of which more was announced stay incomplete, and nothing is said of flags", () => {
  const wire = bound()
    .say(0, request(2, stub(20), { flags: FIRST_FRAG, allocHint: 100 }))
    .say(1, fault(2, 5));
  assert.deepEqual(reported(wire), [[2, "incomplete", null]]);
});

test("where PDUs may be missing, a fragment is missing", () => {
  const midstream = new Wire()
    .say(0, request(2, stub(20), { flags: LAST_FRAG }))
    .say(1, response(2, stub(24)));
  assert.deepEqual(reported(midstream), [[2, "incomplete", "unknown", "first-fragment-missing"]]);
  const gap = bound()
    .lose(0, 44)
    .say(0, request(2, stub(20), { flags: LAST_FRAG }))
    .say(1, response(2, stub(24)));
  assert.deepEqual(reported(gap), [[2, "incomplete", "unknown", "first-fragment-missing"]]);
});

test("a request of several fragments with the middle ones flagged or not is one", () => {
  const wire = bound();
  wire.say(0, request(2, stub(20), { flags: FIRST_FRAG, allocHint: 60 }));
  wire.say(0, request(2, stub(20), { flags: 0, allocHint: 40 }));
  wire.say(0, request(2, stub(20), { flags: LAST_FRAG })).say(1, response(2, stub(24)));
  assert.deepEqual(reported(wire), [[2, "unknown", "unknown"]]);
});
