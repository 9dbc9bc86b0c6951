/** [C706] Appendix L towers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readTower } from "../../../dissectors/dcerpc/tower.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";

const IFACE = "19/2 0x0d/1 0x99fcfec4/4 0x5260/2 0x101b/2 #bbcb00aa0021347a 1/2 2/2 3/2";
const NDR = "19/2 0x0d/1 0x8a885d04/4 0x1ceb/2 0x11c9/2 #9fe808002b104860 2/2 2/2 0/2";
const CO = "1/2 0x0b/1 2/2 0/2";

const read = (text: string) => readTower(new Reader(parseBytes(text, true)));

test("ncacn_ip_tcp: port and address", () => {
  const t = read(`5/2 ${IFACE} ${NDR} ${CO} 1/2 7/1 2/2 #c0de 1/2 9/1 4/2 #0a000001`);
  assert.deepEqual(t.interface, { uuid: "99fcfec4-5260-101b-bbcb-00aa0021347a", major: 1, minor: 3 });
  assert.deepEqual(t.transferSyntax, { uuid: "8a885d04-1ceb-11c9-9fe8-08002b104860", major: 2, minor: 0 });
  assert.deepEqual([t.protocol, t.port, t.address, t.endpoint], ["ncacn_ip_tcp", 0xc0de, "10.0.0.1", null]);
  assert.deepEqual(
    t.floors.map((f) => f.name),
    ["uuid", "uuid", "ncacn", "tcp", "ip"],
  );
});

test("ncacn_np: pipe and host", () => {
  const t = read(`5/2 ${IFACE} ${NDR} ${CO} 1/2 0x0f/1 6/2 'pipe/x' 1/2 0x11/1 3/2 'HO' 0/1`);
  assert.deepEqual([t.protocol, t.port, t.address, t.endpoint], ["ncacn_np", null, "HO", "pipe/x"]);
});

test("ncacn_http and ncalrpc", () => {
  const http = read(`5/2 ${IFACE} ${NDR} ${CO} 1/2 0x1f/1 2/2 #0251 1/2 9/1 4/2 #00000000`);
  assert.deepEqual([http.protocol, http.port], ["ncacn_http", 593]);
  const lrpc = read(`4/2 ${IFACE} ${NDR} 1/2 0x0c/1 2/2 0/2 1/2 0x10/1 4/2 'LRPC'`);
  assert.deepEqual([lrpc.protocol, lrpc.endpoint], ["ncalrpc", "LRPC"]);
});

test("an unknown floor stays a number", () => {
  const t = read(`4/2 ${IFACE} ${NDR} ${CO} 1/2 0x77/1 2/2 #0102`);
  assert.equal(t.floors[3]?.name, "0x77");
  assert.equal(t.protocol, null);
});

test("towers that break off keep their floors", () => {
  const bytes = parseBytes(`5/2 ${IFACE} ${NDR} ${CO} 1/2 7/1 2/2 #c0de 1/2 9/1 4/2 #0a00`, true);
  const floors: never[] = [];
  assert.throws(
    () => readTower(new Reader(bytes, true, 0, bytes.length, "tower_length"), floors),
    /rhs_count|tower_length/,
  );
  assert.equal(floors.length, 4);
  assert.throws(() => read("500/2"), /500 floors/);
});
