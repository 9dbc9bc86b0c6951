/** --redact on trees: what is hidden is in no value, and in no byte of any source that holds it. */
import assert from "node:assert/strict";
import test from "node:test";
import { utf16Bytes } from "../../../dissectors/wire/text.js";
import type { Field, Range, Source, Tree } from "../../../dissectors/wire/trace.js";
import type { CallRecord } from "../../../src/events.js";
import { Redactor } from "../../../src/redact/redactor.js";

const field = (name: string, value: unknown, range: Range | null, children: Field[] = []): Field => ({
  name,
  show: null,
  value,
  range,
  children,
  note: null,
});
const at = (source: number, start: number, length: number): Range => ({ source, start, length });
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** A frame of 4 bytes of headers and a PDU, a part of which was decrypted. */
function tree(children: Field[], pdu: Uint8Array, opened: Uint8Array | null = null): Tree {
  const frame: Source = {
    name: "Frame 1",
    kind: "frame",
    bytes: joined(Uint8Array.of(1, 2, 3, 4), pdu),
    pieces: [{ start: 0, length: pdu.length + 4, from: { frame: 1 }, at: 0, sealed: false }],
  };
  const own: Source = {
    name: "PDU",
    kind: "pdu",
    bytes: pdu,
    pieces: [{ start: 0, length: pdu.length, from: 0, at: 4, sealed: false }],
  };
  const sources = [frame, own];
  if (opened !== null) {
    sources.push({
      name: "Opened stub",
      kind: "opened",
      bytes: opened,
      pieces: [{ start: 0, length: opened.length, from: 1, at: 0, sealed: true }],
    });
  }
  return { root: field("call", null, null, children), sources };
}

const redact = (of: Tree, redactor = new Redactor()) => redactor.tree(of, null);
const hidden = (mask: Uint8Array): number[] =>
  [...mask.entries()].filter(([, on]) => on === 1).map(([i]) => i);

test("a user name: the value, and its bytes in the PDU and in the frame", () => {
  const name = utf16Bytes("jmarek");
  const pdu = joined(Uint8Array.of(9, 9), name);
  const { root, sources, masks } = redact(
    tree([field("version", 2313, at(1, 0, 2)), field("bstrUserName", "jmarek", at(1, 2, 12))], pdu),
  );
  assert.equal(root.children[1]!.value, "<user-1>");
  assert.deepEqual(
    hidden(masks[1]!),
    [...Array(12).keys()].map((i) => i + 2),
  );
  // Of the frame what no field names is hidden as well.
  assert.deepEqual(hidden(masks[0]!), [0, 1, 2, 3, ...[...Array(12).keys()].map((i) => i + 6)]);
  assert.ok(!Buffer.from(sources[0]!.bytes).includes(Buffer.from(name)));
  assert.ok(!Buffer.from(sources[1]!.bytes).includes(Buffer.from(name)));
});

test("a name that another record revealed is found in texts, in runs of bytes and in arrays of them", () => {
  const redactor = new Redactor();
  redactor.tree(tree([field("user", "jmarek", at(1, 0, 12))], utf16Bytes("jmarek")), null);
  const bytes = new TextEncoder().encode("x jmarek");
  const numbers = [...bytes].map((value, i) => field(`[${i}]`, value, at(1, i, 1)));
  const texts = redactor.tree(tree([field("szPath", "C:\\jmarek\\a", at(1, 0, 8))], bytes), null);
  assert.equal(texts.root.children[0]!.value, "C:\\<user-1>\\a");
  const run = redactor.tree(tree([field("abData", bytes, at(1, 0, 8))], bytes), null);
  assert.equal(run.root.children[0]!.value, "<8 bytes>");
  const array = redactor.tree(tree([field("abData", null, at(1, 0, 8), numbers)], bytes), null);
  assert.deepEqual(array.root.children[0]!.children, []);
  for (const { masks } of [texts, run, array]) assert.equal(hidden(masks[1]!).length, 8);
});

test("longer runs that nothing describes may hold anything; signatures and padding are shown", () => {
  const pdu = new Uint8Array(37).fill(7);
  const { root, masks } = redact(
    tree(
      [
        field("undecoded", pdu.subarray(0, 17), at(1, 0, 17)),
        field("auth_value", pdu.subarray(17, 33), at(1, 17, 16)),
        field("padding", pdu.subarray(33), at(1, 33, 4)),
      ],
      pdu,
    ),
  );
  assert.equal(root.children[0]!.value, "<17 bytes>");
  assert.deepEqual(hidden(masks[1]!), [...Array(17).keys()]);
});

test("what a run holds is shown by its parts, but for those that are secret", () => {
  const pdu = new Uint8Array(32).fill(7);
  const { root, masks } = redact(
    tree(
      [
        field("auth_value", pdu, at(1, 0, 32), [
          field("NtChallengeResponseLen", 24, at(1, 0, 8)),
          field("NtChallengeResponse", pdu.subarray(8), at(1, 8, 24), [field("AvId", 2, at(1, 8, 2))]),
        ]),
      ],
      pdu,
    ),
  );
  const [, response] = root.children[0]!.children;
  assert.equal(root.children[0]!.children[0]!.value, 24);
  assert.match(String(response!.value), /^<secret/);
  assert.deepEqual(response!.children, []);
  assert.deepEqual(
    hidden(masks[1]!),
    [...Array(24).keys()].map((i) => i + 8),
  );
});

test("what was decrypted is hidden where it stands, and with it the ciphertext of the same place", () => {
  const opened = joined(utf16Bytes("jmarek"), Uint8Array.of(5, 5));
  const sealed = new Uint8Array(14).fill(0xee);
  const { masks } = redact(
    tree([field("pszUserName", "jmarek", at(2, 0, 12)), field("level", 1285, at(2, 12, 2))], sealed, opened),
  );
  assert.deepEqual(hidden(masks[2]!), [...Array(12).keys()]);
  assert.deepEqual(hidden(masks[1]!), [...Array(12).keys()]);
});

test("the parts of a text do not teach names that are none", () => {
  const text = utf16Bytes("13;UNSOLICITED=117;ID=CONTOSO\\EXUSER");
  const blob = field("bstrUserHelpBlob", "13;UNSOLICITED=117;ID=CONTOSO\\EXUSER", at(1, 0, 72), [
    { ...field("cBytes", 72, at(1, 0, 4)), show: "72" },
    field("text", ";UNSOLICITED=", at(1, 4, 26)),
    field("UserName", "EXUSER", at(1, 60, 12)),
  ]);
  const redactor = new Redactor();
  const { root } = redactor.tree(tree([blob], text), null);
  const [bytes, between, user] = root.children[0]!.children;
  assert.equal(root.children[0]!.value, "13;UNSOLICITED=117;ID=CONTOSO\\<user-1>");
  assert.equal(bytes!.show, "72");
  assert.equal(between!.value, ";UNSOLICITED=");
  assert.equal(user!.value, "<user-1>");
  assert.equal(redactor.text("frame 72 of 117"), "frame 72 of 117");
});

test("what the IDL marks secret is hidden by its name", () => {
  const method = {
    name: "Set",
    idlName: "Set",
    opnum: 3,
    params: [{ name: "pKey", secret: true, type: { kind: "base" } }],
  };
  const described = { find: () => ({ uuid: "u", methods: [method], callbacks: [] }), named: () => null };
  const redactor = new Redactor(undefined, described as never);
  const call = {
    type: "call",
    interface: { uuid: "u" },
    method: "Set",
    dispatch: null,
  } as unknown as CallRecord;
  const { root, masks } = redactor.tree(tree([field("pKey", 77, at(1, 0, 4))], new Uint8Array(4)), call);
  assert.equal(root.children[0]!.value, "<secret>");
  assert.equal(hidden(masks[1]!).length, 4);
});
