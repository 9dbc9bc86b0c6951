/** SIDs, times and registry data by what they mean, against published values. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Value } from "../../../dissectors/ndr/decoded.js";
import { opened } from "../../../dissectors/readable/opened.js";
import type { Around } from "../../../dissectors/readable/place.js";
import { registryValue } from "../../../dissectors/readable/registry.js";
import { configuration, serviceList, serviceStatus } from "../../../dissectors/readable/service-buffers.js";
import { namedSid, readSid, ridName, sidOf } from "../../../dissectors/readable/sid.js";
import { flags, oneOf, rights } from "../../../dissectors/readable/tables.js";
import {
  DS_TIME,
  FILE_TIME,
  fileTime,
  INTERVAL,
  MILLISECONDS,
  SECONDS,
  SYSTEM_TIME,
  UNIX_TIME,
} from "../../../dissectors/readable/times.js";
import { fromHex } from "../../../dissectors/wire/bytes.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { Reader } from "../../../dissectors/wire/reader.js";

const around: Around = {
  path: "",
  members: {},
  side: {},
  request: null,
  nameOf: () => null,
  bytes: (digits, bound) => opened(digits, bound, ""),
};

test("SIDs in both forms, by the names that Windows shows", () => {
  // [MS-DTYP] 2.4.2.1: an authority of more than 32 bits is written in hex.
  const read = (hex: string): string => readSid(new Reader(fromHex(hex)));
  assert.equal(read("010100000000000512000000"), "S-1-5-18");
  assert.equal(read("01020000000000052000000020020000"), "S-1-5-32-544");
  assert.equal(
    read("010500000000000515000000e967bb98d6b7d7bf82051e6c28060000"),
    "S-1-5-21-2562418665-3218585558-1813906818-1576",
  );
  assert.equal(read("0101123456789abc01000000"), "S-1-0x123456789abc-1");
  assert.throws(() => read("011000000000000512000000"));
  assert.throws(() => read("020100000000000512000000"));
  assert.throws(() => read("01020000000000052000000020"));
  const named: [string, string][] = [
    ["S-1-5-18", "S-1-5-18 (NT AUTHORITY\\SYSTEM)"],
    ["S-1-5-32-544", "S-1-5-32-544 (BUILTIN\\Administrators)"],
    ["S-1-5-21-1-2-3-512", "S-1-5-21-1-2-3-512 (Domain Admins)"],
    ["S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1104"],
    // A RID alone says nothing of other authorities.
    ["S-1-5-80-1-2-3-512", "S-1-5-80-1-2-3-512"],
    ["S-1-5-32-512", "S-1-5-32-512"],
    ["S-1-1-0", "S-1-1-0 (Everyone)"],
  ];
  for (const [sid, text] of named) assert.equal(namedSid(sid), text);
  assert.equal(ridName(502), "krbtgt");
  assert.equal(ridName(551), "Backup Operators");
  assert.equal(ridName(1000), null);
});

test("RPC_SID as decoding gives it, whole or not at all", () => {
  const whole = {
    Revision: 1,
    SubAuthorityCount: 2,
    IdentifierAuthority: { Value: "000000000005" },
    SubAuthority: [32, 544],
  };
  assert.equal(sidOf(whole), "S-1-5-32-544");
  assert.equal(sidOf({ ...whole, SubAuthority: [32] }), null);
  assert.equal(sidOf({ ...whole, IdentifierAuthority: {} }), null);
  assert.equal(sidOf({ ...whole, SubAuthority: "2000" }), null);
  assert.equal(sidOf(null), null);
});

test("FILETIMEs to the digit, and the values that are none", () => {
  // [MS-DTYP] 2.3.3; the first second of 1970 is 116444736000000000, as Microsoft's documentation has it.
  assert.equal(fileTime(116_444_736_000_000_000n), "1970-01-01T00:00:00Z");
  assert.equal(fileTime(132_415_340_000_000_001n), "2020-08-10T11:53:20.0000001Z");
  assert.equal(fileTime(1n), "1601-01-01T00:00:00.0000001Z");
  assert.equal(fileTime(0x7fff_ffff_ffff_ffffn), "never");
  assert.equal(fileTime(0n), null);
  assert.equal(fileTime(-1n), null);
  // Beyond the year 9999.
  assert.equal(fileTime(2_650_467_743_990_000_000n), "9999-12-31T23:59:59Z");
  assert.equal(fileTime(2_650_467_744_000_000_000n), null);
  const shapes: Value[] = [
    { dwLowDateTime: 0xd53e8000, dwHighDateTime: 0x019db1de },
    { LowPart: 0xd53e8000, HighPart: 0x019db1de },
    { LowPart: 0xd53e8000 | 0, HighPart: 0x019db1de },
    { QuadPart: "116444736000000000" },
    "116444736000000000",
  ];
  for (const shape of shapes) assert.equal(FILE_TIME(shape, around), "1970-01-01T00:00:00Z");
  assert.equal(FILE_TIME({ LowPart: 0xffffffff, HighPart: 0x7fffffff }, around), "never");
  assert.equal(FILE_TIME({ LowPart: 1 }, around), null);
  assert.equal(FILE_TIME("soon", around), null);
});

test("other times and intervals", () => {
  // 42 days, the default of a domain's maximum password age.
  assert.equal(INTERVAL({ LowPart: 0x0aa68000, HighPart: -8_449 }, around), "42 days");
  assert.equal(INTERVAL("-36288000000000", around), "42 days");
  assert.equal(INTERVAL("-18000000000", around), "30 minutes");
  assert.equal(INTERVAL("-900010000000", around), "1 day 1 hour 1 second");
  assert.equal(INTERVAL("15000000", around), "1.5 seconds");
  assert.equal(INTERVAL("-9223372036854775808", around), "never");
  assert.equal(INTERVAL("0", around), null);
  assert.equal(SECONDS(3_661, around), "1 hour 1 minute 1 second");
  assert.equal(SECONDS(0xffffffff, around), "never");
  assert.equal(SECONDS(-1, around), "never");
  assert.equal(MILLISECONDS(60_500, around), "1 minute 0.5 seconds");
  assert.equal(UNIX_TIME(1_234_567_890, around), "2009-02-13T23:31:30Z");
  assert.equal(UNIX_TIME(0, around), null);
  assert.equal(DS_TIME("13000000000", around), "2012-12-14T23:06:40Z");
  const system = {
    wYear: 2020,
    wMonth: 9,
    wDayOfWeek: 1,
    wDay: 21,
    wHour: 0,
    wMinute: 14,
    wSecond: 37,
    wMilliseconds: 5,
  };
  assert.equal(SYSTEM_TIME(system, around), "2020-09-21T00:14:37.005");
  assert.equal(SYSTEM_TIME({ ...system, wYear: "2020" }, around), null);
});

test("registry data by its type", () => {
  const wide = (text: string): string =>
    [...text]
      .map(
        (c) =>
          `${(c.charCodeAt(0) & 0xff).toString(16).padStart(2, "0")}${(c.charCodeAt(0) >> 8).toString(16).padStart(2, "0")}`,
      )
      .join("");
  assert.equal(registryValue(1, wide("C:\\Windows\0")), "C:\\Windows");
  assert.equal(registryValue(2, wide("%SystemRoot%\\x")), "%SystemRoot%\\x");
  assert.deepEqual(registryValue(7, wide("a\0b\0\0")), ["a", "b"]);
  assert.deepEqual(registryValue(7, wide("\0")), []);
  assert.equal(registryValue(4, "01000000"), "0x00000001 (1)");
  assert.equal(registryValue(5, "00000001"), "0x00000001 (1)");
  assert.equal(registryValue(11, "ffffffffffffffff"), "0xffffffffffffffff (18446744073709551615)");
  // Bytes have no other form; what is not of the form of its type has none either.
  assert.equal(registryValue(3, "0102"), null);
  assert.equal(registryValue(4, "0100"), null);
  assert.equal(registryValue(1, "414243"), null);
  // What hides behind the end of a text is left in the bytes.
  assert.equal(registryValue(1, wide("calc\0evil")), null);
});

test("numbers and flags by name, the rest as a number", () => {
  const kinds = oneOf("A=0 B=1 LAST=0xffffffff");
  assert.deepEqual(
    [0, 1, 2, -1, 0xffffffff, "1", "0x00000001", true].map((n) => kinds(n, around)),
    ["A", "B", null, "LAST", "LAST", "B", "B", "B"],
  );
  const some = flags("NONE=0 ONE=1 TWO=2 BOTH=3 KIND_1=0x10/0x70 KIND_2=0x20/0x70 KIND_0=0/0x700");
  assert.equal(some(0, around), "KIND_0");
  assert.equal(some(3, around), "KIND_0|BOTH");
  assert.equal(some(0x122, around), "TWO|KIND_2|0x00000100");
  assert.equal(some(0x130, around), null);
  assert.equal(some(-1, around), "BOTH|0xfffffffc");
  assert.equal(some("x", around), null);
  assert.equal(flags("NONE=0 ONE=1")(0, around), "NONE");
  assert.equal(rights("")(0x02000000, around), "MAXIMUM_ALLOWED");
});

test("what the Service Control Manager packs into bytes, as Samba does", () => {
  const names = {
    dwServiceType: flags("OWN=0x10 INTERACTIVE=0x100"),
    dwCurrentState: oneOf("STOPPED=1 RUNNING=4"),
  };
  const status = "100100000400000001000000000000000000000000000000000000007d00000000000000";
  assert.deepEqual(serviceStatus(names)(status, around), {
    dwServiceType: "OWN|INTERACTIVE",
    dwCurrentState: "RUNNING",
    dwProcessId: 125,
  });
  assert.equal(serviceStatus(names)("00".repeat(36), around), null);
  const described = { ...around, request: { dwInfoLevel: 1 } };
  assert.deepEqual(configuration("0400000049006e007400650072006e0061006c000000", described), {
    lpDescription: "Internal",
  });
  assert.equal(configuration("0400000049000000", { ...around, request: { dwInfoLevel: 3 } }), null);
  const one = `24000000 26000000 ${status.slice(0, 56)} 0000 61000000`.replaceAll(" ", "");
  const listed = { ...around, members: { lpServicesReturned: 1 } };
  assert.deepEqual(serviceList(names, false)(one, listed), [
    { lpServiceName: "", lpDisplayName: "a", dwServiceType: "OWN|INTERACTIVE", dwCurrentState: "RUNNING" },
  ]);
  // Counts, offsets and texts that lie over each other are no list.
  const more = { ...around, members: { lpServicesReturned: 2 } };
  assert.throws(() => serviceList(names, false)(one, more), WireError);
  assert.throws(() => serviceList(names, false)(one.replace("24000000", "ff000000"), listed), WireError);
  const same = `00000000 00000000 ${status.slice(0, 56)}`.replaceAll(" ", "").repeat(400);
  const long = `${same.replaceAll(/^0{16}/g, "40380000".repeat(2))}${"6100".repeat(20_000)}0000`;
  assert.throws(
    () => serviceList(names, false)(long, { ...around, members: { lpServicesReturned: 400 } }),
    WireError,
  );
});
