/** [C706] 12.5, [MS-RPCE] 2.2.3: what a connectionless PDU is, and what it says, in both byte orders. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isConnectionless, readDatagram } from "../../../dissectors/dcerpc/connectionless.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { concat } from "../../lab/bytes.js";
import {
  cancelBody,
  type DatagramFields,
  type DatagramKind,
  DG,
  DG_PTYPE,
  datagramPdu,
  fackBody,
  statusBody,
} from "../../lab/datagram.js";

const FIELDS: DatagramFields = {
  type: "request",
  activity: "5a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3",
  sequence: 0x01020304,
  interfaceId: "dea00001-6c97-11d1-8271-00a02442df7d",
  version: 0x0005_0003,
  opnum: 258,
  object: "dea00000-6c97-11d1-8271-00010101feca",
  flags1: DG.FRAG | DG.IDEMPOTENT,
  fragment: 772,
  boot: 0xa1b2c3d4,
};

const NOTHING = new Uint8Array(0);
const is = (pdu: Uint8Array, captured = pdu.length): boolean =>
  isConnectionless(concat(NOTHING, pdu), 0, captured, pdu.length);

/** With one byte changed. */
function changed(pdu: Uint8Array, at: number, value: number): Uint8Array {
  const other = pdu.slice();
  other[at] = value;
  return other;
}

test("every field of the header, in both byte orders", () => {
  for (const little of [true, false]) {
    const pdu = datagramPdu({ ...FIELDS, little }, Uint8Array.of(1, 2, 3));
    assert.equal(is(pdu), true);
    const { header, body, complete, error, verifier } = readDatagram(new Reader(pdu), pdu.length);
    assert.deepEqual(header, {
      type: "request",
      flags1: 0x24,
      flags2: 0,
      drep: little ? 0x10 : 0,
      littleEndian: little,
      characters: "ascii",
      floats: "ieee",
      object: FIELDS.object,
      interfaceId: FIELDS.interfaceId,
      activity: FIELDS.activity,
      serverBoot: 0xa1b2c3d4,
      major: 3,
      minor: 5,
      sequence: 0x01020304,
      opnum: 258,
      bodyLength: 3,
      fragment: 772,
      authProto: 0,
    });
    assert.deepEqual(body, { type: "request", stubStart: 80, stubEnd: 83 });
    assert.deepEqual([complete, error, verifier], [true, null, null]);
  }
  const nil = datagramPdu({ ...FIELDS, object: "00000000-0000-0000-0000-000000000000" }, NOTHING);
  assert.equal(readDatagram(new Reader(nil), nil.length).header.object, null);
});

test("every type of PDU, and its body", () => {
  const bodyOf = (type: DatagramKind, body: Uint8Array, little = true): unknown => {
    const pdu = datagramPdu({ ...FIELDS, type, little }, body);
    assert.equal(is(pdu), true, type);
    const read = readDatagram(new Reader(pdu), pdu.length);
    assert.equal(read.header.type, type);
    return read.error?.kind ?? read.body;
  };
  for (const type of Object.keys(DG_PTYPE) as DatagramKind[]) {
    const plain = ["ping", "working", "nocall", "ack"].includes(type);
    if (plain) assert.deepEqual(bodyOf(type, NOTHING), { type });
  }
  assert.deepEqual(bodyOf("fack", fackBody(7, 3)), { type: "fack" });
  for (const little of [true, false]) {
    const status = { type: "reject", status: 0x1c010003, stubStart: 84, stubEnd: 84 };
    assert.deepEqual(bodyOf("reject", statusBody(0x1c010003, little), little), status);
    assert.deepEqual(bodyOf("fault", statusBody(0x1c010003, little), little), { ...status, type: "fault" });
    assert.deepEqual(bodyOf("cl_cancel", cancelBody(9, null, little), little), {
      type: "cl_cancel",
      id: 9,
      accepting: null,
    });
    assert.deepEqual(bodyOf("cancel_ack", cancelBody(9, true, little), little), {
      type: "cancel_ack",
      id: 9,
      accepting: true,
    });
  }
  assert.equal(bodyOf("fault", Uint8Array.of(1, 2)), "malformed");
  assert.equal(bodyOf("cancel_ack", cancelBody(9)), "malformed");
});

test("a verifier stands at a multiple of eight behind the body", () => {
  for (const size of [0, 1, 7, 8]) {
    const auth = { protocol: 10, level: 6, key: 3, token: new Uint8Array(16) };
    const pdu = datagramPdu({ ...FIELDS, auth }, new Uint8Array(size));
    assert.equal(is(pdu), true, String(size));
    const { verifier, body } = readDatagram(new Reader(pdu), pdu.length);
    assert.deepEqual(verifier, { authType: 10, authLevel: 6, key: 3 });
    assert.deepEqual(body, { type: "request", stubStart: 80, stubEnd: 80 + size });
    const level = 80 + ((size + 7) & ~7);
    assert.equal(is(changed(pdu, level, 7)), false);
    // What says so need not have been captured.
    assert.equal(is(pdu, level), true);
    assert.equal(readDatagram(new Reader(pdu.subarray(0, level)), pdu.length).verifier, null);
    assert.equal(is(pdu.subarray(0, level + 3)), false);
  }
});

test("what contradicts the header is no PDU", () => {
  const pdu = datagramPdu(FIELDS, Uint8Array.of(1, 2, 3));
  const wrong: [at: number, value: number][] = [
    [0, 5],
    [1, 11],
    [3, 0x08],
    [4, 0x20],
    [4, 0x12],
    [5, 4],
    [6, 1],
    [74, 2],
    [75, 1],
    [78, 10],
  ];
  for (const [at, value] of wrong) assert.equal(is(changed(pdu, at, value)), false, `${at}: ${value}`);
  // Flags that implementations use, and the one of [MS-RPCE] 2.2.3.3.
  for (const [at, value] of [
    [2, 0xff],
    [3, 0x07],
  ] as const)
    assert.equal(is(changed(pdu, at, value)), true);
  assert.equal(is(pdu, 79), false);
  assert.equal(is(pdu, 80), true);
  for (const nil of ["activity", "interfaceId"]) {
    const none = { ...FIELDS, [nil]: "00000000-0000-0000-0000-000000000000" };
    assert.equal(is(datagramPdu(none, NOTHING)), false);
  }
  assert.equal(is(changed(new Uint8Array(80), 0, 4)), false);
});

test("a PDU that is cut is decoded as far as it goes", () => {
  const pdu = datagramPdu({ ...FIELDS, type: "response" }, new Uint8Array(100));
  const read = readDatagram(new Reader(pdu.subarray(0, 90)), pdu.length);
  assert.deepEqual([read.complete, read.error], [false, null]);
  assert.deepEqual(read.body, { type: "response", stubStart: 80, stubEnd: 90 });
  const fault = datagramPdu({ ...FIELDS, type: "fault" }, statusBody(1));
  assert.equal(readDatagram(new Reader(fault.subarray(0, 82)), fault.length).error?.kind, "incomplete");
});

test("any bytes behind any header are read without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 80, maxLength: 140 }), fc.nat(70000), (bytes, more) => {
      const data = changed(changed(bytes, 0, 4), 1, bytes[1]! % 11);
      const size = data.length + (more % 3 === 0 ? more : 0);
      isConnectionless(data, 0, data.length, size);
      const { body, header } = readDatagram(new Reader(data), size);
      if (body !== null && "stubEnd" in body) assert.ok(body.stubEnd <= data.length);
      assert.ok(header.bodyLength <= 0xffff);
    }),
  );
});
