import assert from "node:assert/strict";
import test from "node:test";
import { type ContextElement, NDR_SYNTAX, NDR64_SYNTAX } from "../../../dissectors/dcerpc/bind.js";
import type { SyntaxId } from "../../../dissectors/dcerpc/syntax-id.js";
import { PresentationContexts } from "../../../src/rpc/presentation.js";

const NDR: SyntaxId = { uuid: NDR_SYNTAX, major: 2, minor: 0 };
const NDR64: SyntaxId = { uuid: NDR64_SYNTAX, major: 1, minor: 0 };
const BTFN: SyntaxId = { uuid: "6cb71c2c-9812-4540-0300-000000000000", major: 1, minor: 0 };
const NIL: SyntaxId = { uuid: "00000000-0000-0000-0000-000000000000", major: 0, minor: 0 };
const A = "aaaaaaaa-0000-0000-0000-000000000000";
const B = "bbbbbbbb-0000-0000-0000-000000000000";

function element(contextId: number, uuid: string, transfer: SyntaxId): ContextElement {
  return { contextId, abstractSyntax: { uuid, major: 1, minor: 0 }, transferSyntaxes: [transfer] };
}

const accept = (transferSyntax: SyntaxId) => ({ result: 0, reason: 0, transferSyntax });
const reject = { result: 2, reason: 2, transferSyntax: NIL };
const contexts = () => new PresentationContexts();

test("results pair with elements by position; NDR64 accepted, NDR refused, features granted", () => {
  const c = contexts();
  c.propose(1, [element(0, A, NDR), element(1, A, NDR64), element(2, A, BTFN)], 7);
  c.answer(1, [reject, accept(NDR64), { result: 3, reason: 3, transferSyntax: NIL }]);
  assert.equal(c.get(0)?.refused, true);
  assert.equal(c.get(1)?.transfer, "ndr64");
  assert.deepEqual(c.features, ["security_context_multiplexing", "keep_connection_on_orphan"]);
  assert.deepEqual(
    c.records.map((r) => [r.result, r.reason, r.accepted_syntax]),
    [
      ["provider_rejection", "proposed_transfer_syntaxes_not_supported", null],
      ["acceptance", null, "ndr64"],
      ["negotiate_ack", "security_context_multiplexing keep_connection_on_orphan", null],
    ],
  );
});

test("a rejection is not for ever: the same id proposed again and accepted counts", () => {
  const c = contexts();
  c.propose(1, [element(0, A, NDR)], 1);
  c.answer(1, [reject]);
  c.propose(2, [element(0, A, NDR)], 3);
  c.answer(2, [accept(NDR)]);
  assert.deepEqual([c.get(0)?.transfer, c.get(0)?.refused], ["ndr", false]);
});

test("an id used for feature negotiation is reused for another interface by alter_context", () => {
  const c = contexts();
  c.propose(1, [element(0, A, NDR), element(1, A, BTFN)], 1);
  c.answer(1, [accept(NDR), { result: 3, reason: 3, transferSyntax: NIL }]);
  assert.equal(c.get(1), null);
  c.propose(2, [element(1, B, NDR)], 3);
  c.answer(2, [accept(NDR)]);
  assert.equal(c.get(1)?.uuid, B);
});

test("a context counts once it is acknowledged; the refused proposal does not displace the accepted one", () => {
  const c = contexts();
  c.propose(1, [element(5, A, NDR)], 1);
  assert.equal(c.get(5)?.acknowledged, false);
  c.answer(1, [accept(NDR)]);
  c.propose(2, [element(5, B, NDR)], 2);
  assert.equal(c.get(5)?.uuid, A);
  c.answer(2, [reject]);
  assert.equal(c.get(5)?.uuid, A);
});

test("a bind refused by bind_nak", () => {
  const c = contexts();
  c.propose(1, [element(0, A, NDR)], 1);
  c.refuse(1, "protocol_version_not_supported");
  assert.equal(c.get(0)?.refused, true);
  assert.equal(c.records[0]?.reason, "protocol_version_not_supported");
});
