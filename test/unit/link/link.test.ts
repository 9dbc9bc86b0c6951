/** Link layers: where the packet begins, whatever lies around it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeLink } from "../../../dissectors/link/link.js";
import { newLinkResult } from "../../../dissectors/link/result.js";

/** `network@offset`, or `-`. */
function find(linkType: number, hex: string): string {
  const data = Buffer.concat([Buffer.from([0xee, 0xee]), Buffer.from(hex.replaceAll(" ", ""), "hex")]);
  const out = newLinkResult();
  decodeLink(data, 2, data.length, linkType, out);
  return out.network === 0 ? "-" : `${out.network}@${out.offset - 2}`;
}

const MACS = "0102030405060a0b0c0d0e0f";

test("Ethernet", () => {
  assert.equal(find(1, `${MACS} 0800 45`), "4@14");
  assert.equal(find(1, `${MACS} 86dd 60`), "6@14");
  assert.equal(find(1, `${MACS} 0806 00`), "-");
  assert.equal(find(1, MACS), "-");
});

test("VLAN tags, one over another, of every kind", () => {
  assert.equal(find(1, `${MACS} 8100 0001 0800 45`), "4@18");
  assert.equal(find(1, `${MACS} 88a8 0001 8100 2002 86dd 60`), "6@22");
  assert.equal(find(1, `${MACS} 9100 0001 9200 0002 8100 0003 0800 45`), "4@26");
  assert.equal(find(1, `${MACS} 8100 00`), "-");
});

test("IEEE 802.3 with SNAP, and without", () => {
  assert.equal(find(1, `${MACS} 0030 aaaa03 000000 0800 45`), "4@22");
  assert.equal(find(1, `${MACS} 0030 4242 03 0000000000`), "-");
});

test("PPPoE sessions", () => {
  assert.equal(find(1, `${MACS} 8864 1100 0001 0010 0021 45`), "4@22");
  assert.equal(find(1, `${MACS} 8100 0002 8864 1100 0001 0010 0057 60`), "6@26");
  assert.equal(find(1, `${MACS} 8863 1109 0000 0010 0101 00`), "-");
});

test("Linux cooked", () => {
  assert.equal(find(113, "0000 0001 0006 0102030405060000 0800 45"), "4@16");
  assert.equal(find(113, "0000 0001 0006 0102030405060000 8100 0005 86dd 60"), "6@20");
  assert.equal(find(113, "0000 0001 0006 0102030405060000 08"), "-");
  assert.equal(find(276, "0800 0000 00000002 0001 00 06 0102030405060000 45"), "4@20");
  assert.equal(find(276, "86dd 0000 00000002 0001 00 06 0102030405060000 60"), "6@20");
});

test("raw IP, by all its numbers", () => {
  for (const linkType of [12, 14, 101, 228, 229]) {
    assert.equal(find(linkType, "45"), "4@0");
    assert.equal(find(linkType, "60"), "6@0");
    assert.equal(find(linkType, "30"), "-");
    assert.equal(find(linkType, ""), "-");
  }
});

test("BSD loopback in either byte order, with everybody's AF_INET6", () => {
  for (const linkType of [0, 108]) {
    assert.equal(find(linkType, "02000000 45"), "4@4");
    assert.equal(find(linkType, "00000002 45"), "4@4");
    for (const family of ["0a", "17", "18", "1c", "1e"]) {
      assert.equal(find(linkType, `${family}000000 60`), "6@4");
      assert.equal(find(linkType, `000000${family} 60`), "6@4");
    }
    assert.equal(find(linkType, "07000000 60"), "-");
    assert.equal(find(linkType, "0200"), "-");
    assert.equal(find(linkType, "ff030021 45"), "4@4");
  }
});

test("PPP, with and without framing, protocol field short or long", () => {
  for (const linkType of [9, 50]) {
    assert.equal(find(linkType, "ff03 0021 45"), "4@4");
    assert.equal(find(linkType, "ff03 0057 60"), "6@4");
    assert.equal(find(linkType, "0021 45"), "4@2");
    assert.equal(find(linkType, "21 45"), "4@1");
    assert.equal(find(linkType, "ff03 57 60"), "6@3");
    assert.equal(find(linkType, "ff03 c021 01"), "-");
    assert.equal(find(linkType, "ff"), "-");
  }
});

test("any bytes under any link type", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 300 }), (data, linkType) => {
      const out = newLinkResult();
      decodeLink(data, 0, data.length, linkType, out);
      assert.ok(out.network === 0 || out.offset <= data.length);
    }),
  );
});
