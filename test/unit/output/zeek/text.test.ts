/** Zeek's text and JSON forms of logs, by what its own writers do with the same values. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { asciiFooter, asciiHeader, asciiRow, escaped } from "../../../../src/output/zeek/ascii.js";
import { jsonRow } from "../../../../src/output/zeek/json.js";
import { DCE_RPC, SMB_MAPPING, type ZeekLog } from "../../../../src/output/zeek/logs.js";
import { ZeekNames } from "../../../../src/output/zeek/names.js";
import { microsOf, seconds } from "../../../../src/output/zeek/times.js";
import { uidOf } from "../../../../src/output/zeek/uid.js";

const WHEN = new Date(2026, 0, 2, 3, 4, 5);
const SETS: ZeekLog = {
  path: "sets",
  fields: ["ts", "s", "v"],
  types: ["time", "set[string]", "vector[string]"],
};

test("a header says separators, fields and types, and a footer when the log was closed", () => {
  assert.equal(
    asciiHeader(SMB_MAPPING, WHEN),
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tsmb_mapping\n" +
      "#open\t2026-01-02-03-04-05\n" +
      "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tpath\tservice\tnative_file_system\tshare_type\n" +
      "#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\n",
  );
  assert.equal(asciiFooter(WHEN), "#close\t2026-01-02-03-04-05\n");
});

test("a row: unset, empty, and texts that look like these", () => {
  const row = (path: string, service: string | null): string =>
    asciiRow(SMB_MAPPING, [
      1_616_663_658_377_661,
      "C1",
      "10.0.0.1",
      1,
      "10.0.0.2",
      445,
      path,
      service,
      "-",
      "(empty)",
    ]);
  assert.equal(
    row("\\\\10.0.0.2\\IPC$", null),
    "1616663658.377661\tC1\t10.0.0.1\t1\t10.0.0.2\t445\t\\\\\\\\10.0.0.2\\\\IPC$\t-\t\\x2d\t\\x28empty)\n",
  );
  assert.match(row("a\tb\nc", ""), /\ta\\x09b\\x0ac\t\(empty\)\t/);
});

test("sets and vectors are parted by commas, which are escaped within", () => {
  assert.equal(asciiRow(SETS, [0, [], ["a,b", "", "-"]]), "0.000000\t(empty)\ta\\x2cb,(empty),\\x2d\n");
  assert.equal(jsonRow(SETS, [0, [], ["a,b"]], false), '{"ts":0.0,"s":[],"v":["a,b"]}\n');
});

// The vectors of Zeek's own tests of escape_utf8, for what a text can hold here.
test("what Zeek does not write as UTF-8 makes its whole piece bytes", () => {
  assert.equal(escaped("ñ ₡ 𐌼", true), "ñ ₡ 𐌼");
  assert.equal(escaped("\x07Էo", false), "\\x07\\xd4\\xb7o");
  assert.equal(escaped("\f\n\r\t\x00\x15", false), "\f\n\r\t\\x00\\x15");
  assert.equal(escaped("\ue2e0", false), "\\xee\\x8b\\xa0");
  assert.equal(escaped("é\x01\\é", true), "\\xc3\\xa9\\x01\\\\é");
  assert.equal(escaped("\u0085\ufffd", true), "\\xc2\\x85\\xef\\xbf\\xbd");
});

test("JSON leaves unset columns out, and an interval is what two doubles differ by", () => {
  const row = [1_347_446_180_330_312, "C1", "::1", 1, "::2", 135, 5_544, null, "drsuapi", "DRSBind"];
  assert.equal(
    jsonRow(DCE_RPC, row, true),
    '{"_path":"dce_rpc","ts":1347446180.330312,"uid":"C1","id.orig_h":"::1","id.orig_p":1,"id.resp_h":"::2",' +
      '"id.resp_p":135,"rtt":0.005543947219848633,"endpoint":"drsuapi","operation":"DRSBind"}\n',
  );
});

test("times keep microseconds, whatever is finer", () => {
  assert.equal(seconds(microsOf("2021-03-25T09:14:18.377661999Z")), "1616663658.377661");
  assert.equal(seconds(microsOf("1969-12-31T23:59:59.250000Z")), "-0.750000");
});

test("a connection has one name, and another one another", () => {
  const uid = uidOf(1, "tcp", "10.0.0.1", 1, "10.0.0.2", 135);
  assert.match(uid, /^C[0-9A-Za-z]{18}$/);
  assert.equal(uid, uidOf(1, "tcp", "10.0.0.1", 1, "10.0.0.2", 135));
  const many = new Set<string>();
  for (let i = 0; i < 20_000; i++) many.add(uidOf(i % 100, "tcp", "10.0.0.1", i, "10.0.0.2", 135));
  assert.equal(many.size, 20_000);
});

test("names are Zeek's own", () => {
  const names = new ZeekNames();
  const spoolss = "12345678-1234-abcd-ef00-0123456789ab";
  assert.equal(names.endpoint(spoolss), "spoolss");
  assert.equal(names.operation("e3514235-4b06-11d1-ab04-00c04fc2dcd2", 3), "DRSGetNCChanges");
  assert.equal(names.operation("00000131-0000-0000-c000-000000000046", 0), null);
  assert.equal(names.operation("00000131-0000-0000-c000-000000000046", 3), "RemQueryInterface");
  assert.equal(names.endpoint("541679ab-2e5f-11d3-b34e-00104bcc4b4a"), null);
});
