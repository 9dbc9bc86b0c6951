/** Identifiers in texts: IPIDs where the field or the calls say so, OXIDs and OIDs where the field says so. */
import assert from "node:assert/strict";
import test from "node:test";
import { idsIn, idsOfNode, KnownIpids } from "../../../src/page/story/object-ids.js";
import type { TreeNode } from "../../../src/view/model.js";
import { call } from "../../support/output/samples.js";
import { rowsOf } from "../../support/page-rows.js";

const IPID = "00008400-f730-739a-a9ef-a81b63e258e2";
const ids = (text: string, name: string, known?: (ipid: string) => boolean) =>
  idsIn(text, name, known).flatMap(({ id, kind }) => (id === null ? [] : [`${kind} ${id}`]));

test("fields of IPIDs, by the specification's names", () => {
  for (const name of [
    "ipid",
    "ripid",
    "pipidRemUnknown",
    "ipidRemUnknown",
    "object",
    "std.ipid",
    "ppInterfaceRefs[0].ipid",
  ]) {
    assert.deepEqual(ids(IPID, name), [`ipid ${IPID}`], name);
  }
  for (const name of ["iid", "clsid", "cid", "riid", "if_uuid", "ContextId", ""])
    assert.deepEqual(ids(IPID, name), [], name);
});

test("an IPID that calls were made on is known anywhere; IIDs are not", () => {
  const known = new KnownIpids();
  known.take(rowsOf([call({ object: IPID }), call({ object: null })]));
  assert.deepEqual(ids(`first the one with IPID ${IPID.toUpperCase()}!`, "", known.has), [`ipid ${IPID}`]);
  assert.deepEqual(ids("00000143-0000-0000-c000-000000000046 (IRemUnknown2)", "", known.has), []);
});

test("OXIDs and OIDs, quoted as trees have them; nulls and other numbers are text", () => {
  assert.deepEqual(ids('"7c7379fe4fa0f2b4"', "oxid"), ["oxid 7c7379fe4fa0f2b4"]);
  assert.deepEqual(ids("0x7C7379FE4FA0F2B4", "pOxid"), ["oxid 7c7379fe4fa0f2b4"]);
  assert.deepEqual(ids('"478b7a1ff296da7d"', "oid"), ["oid 478b7a1ff296da7d"]);
  assert.deepEqual(ids('"0000000000000000"', "oid"), []);
  assert.deepEqual(ids("00000000-0000-0000-0000-000000000000", "ipid"), []);
  assert.deepEqual(ids("d3f491dd778ed571", "Checksum"), []);
  assert.deepEqual(ids("7c7379fe4fa0f2b4aa", "oxid"), []);
});

test("what is around an identifier stays, and the parts are the text again", () => {
  const text = `a ${IPID}, b ${IPID}.`;
  const parts = idsIn(text, "ipid");
  assert.equal(parts.length, 5);
  assert.equal(parts.map((part) => part.text).join(""), text);
});

test("elements of an array have the array's name", () => {
  const node = (depth: number, name: string, text = ""): TreeNode => ({
    ...{ depth, name, text, note: null, source: -1, start: 0, length: 0, prefix: false },
    kind: "value",
  });
  const nodes = [
    node(0, "request"),
    node(1, "AddToSet"),
    node(2, "[0]", '"478b7a1ff296da7d"'),
    node(2, "[1]", '"478b7a1ff296da7e"'),
  ];
  assert.equal(idsOfNode(nodes, 3).find(({ id }) => id !== null)?.kind, "oid");
  assert.deepEqual(idsOfNode(nodes, 9), [{ text: "", id: null, kind: null }]);
});

test("hostile and long texts cost little, and are text", () => {
  const began = performance.now();
  for (const text of [
    "0".repeat(4_000),
    `${"a".repeat(15)}-`.repeat(250),
    "f".repeat(1_000_000),
    `${IPID}`.repeat(100),
  ]) {
    assert.equal(
      idsIn(text, "ipid")
        .map((part) => part.text)
        .join(""),
      text,
    );
  }
  assert.ok(performance.now() - began < 200);
});
