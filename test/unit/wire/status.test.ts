/** Names of HRESULT, Win32, NTSTATUS and fault statuses. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  faultName,
  hresultMessage,
  hresultName,
  ntstatusName,
  win32Name,
} from "../../../dissectors/wire/status.js";
import { MESSAGES } from "../../../dissectors/wire/status-messages.js";
import { wbemStatusName } from "../../../dissectors/wire/wbem-status.js";
import { sharedDir } from "../../support/shared.js";

test("HRESULTs, those made of Win32 codes and of NTSTATUS values included", () => {
  assert.equal(hresultName(0), "S_OK");
  assert.equal(hresultName(1), "S_FALSE");
  assert.equal(hresultName(0x80070005), "E_ACCESSDENIED");
  assert.equal(hresultName(0x80070005 | 0), "E_ACCESSDENIED");
  assert.equal(hresultName(0x80010105), "RPC_E_SERVERFAULT");
  assert.equal(hresultName(0x80020009), "DISP_E_EXCEPTION");
  assert.equal(hresultName(0x80040154), "REGDB_E_CLASSNOTREG");
  assert.equal(hresultName(0x800706ba), "RPC_S_SERVER_UNAVAILABLE");
  assert.equal(hresultName(0x80070534), "ERROR_NONE_MAPPED");
  assert.equal(hresultName(0xd0000022), "STATUS_ACCESS_DENIED");
  assert.equal(hresultName(0x81234567), null);
});

test("an HRESULT below 0x10000 is a success code, and no Win32 code", () => {
  assert.match(hresultMessage(1)!, /negative or partial/);
  for (const code of [2, 5, 0x490, 0x776, 0xffff]) {
    assert.deepEqual([hresultName(code), hresultMessage(code)], [null, null]);
  }
  // Success codes with a facility, and an NTSTATUS of each severity mapped into an HRESULT.
  assert.equal(hresultName(0x00040200), "EVENT_S_SOME_SUBSCRIBERS_FAILED");
  assert.equal(hresultName(0x00080012), "CO_S_NOTALLINTERFACES");
  assert.equal(hresultName(0x10000103), "STATUS_PENDING");
  assert.equal(hresultName(0x50000000), "STATUS_OBJECT_NAME_EXISTS");
  assert.equal(hresultName(0x90000005), "STATUS_BUFFER_OVERFLOW");
});

test("codes of management instrumentation are named on its interfaces only", () => {
  const services = "9556dc99-828c-11cf-a37e-00aa003240c7";
  assert.equal(wbemStatusName(services, 0x80041002), "WBEM_E_NOT_FOUND");
  assert.equal(wbemStatusName(services, 0x80041002 | 0), "WBEM_E_NOT_FOUND");
  assert.equal(wbemStatusName(services, 0x00040004), "WBEM_S_TIMEDOUT");
  assert.deepEqual([wbemStatusName(services, 0), wbemStatusName(services, 1)], [null, null]);
  assert.equal(wbemStatusName("00020400-0000-0000-c000-000000000046", 0x80041002), null);
});

test("Win32, NTSTATUS", () => {
  assert.equal(win32Name(5), "ERROR_ACCESS_DENIED");
  assert.equal(win32Name(0x4ec), "ERROR_ACCESS_DISABLED_BY_POLICY");
  assert.equal(ntstatusName(0xc000006d), "STATUS_LOGON_FAILURE");
  assert.equal(win32Name(0xffffffff), null);
  // Success, information, warning, and a Win32 code mapped into an NTSTATUS.
  assert.equal(ntstatusName(0x105), "STATUS_MORE_ENTRIES");
  assert.equal(ntstatusName(0x40000000), "STATUS_OBJECT_NAME_EXISTS");
  assert.equal(ntstatusName(0x80000005 | 0), "STATUS_BUFFER_OVERFLOW");
  assert.equal(ntstatusName(0xc0070005), "ERROR_ACCESS_DENIED");
  assert.equal(ntstatusName(0x80070005), null);
});

test("fault statuses by the names of C706, else by where they lie", () => {
  assert.equal(faultName(0x1c010002), "nca_op_rng_error");
  assert.equal(faultName(0x1c010003), "nca_unk_if");
  assert.equal(faultName(0x1c00001a), "nca_s_fault_context_mismatch");
  assert.equal(faultName(5), "nca_s_fault_access_denied");
  assert.equal(faultName(0x6f7), "RPC_X_BAD_STUB_DATA");
  assert.equal(faultName(0x721), "RPC_S_SEC_PKG_ERROR");
  assert.equal(faultName(0x80010108), "RPC_E_DISCONNECTED");
  assert.equal(faultName(0xc0000022), "STATUS_ACCESS_DENIED");
  assert.equal(faultName(0x1c00ffff), null);
  assert.equal(faultName(0), null);
});

test("every message belongs to a code that exists", () => {
  const text = readFileSync(
    new URL("../../../dissectors/wire/generated/status-data.ts", import.meta.url),
    "utf8",
  );
  const names = new Set(text.match(/\b[A-Z][A-Za-z]*_\w+$/gm));
  assert.deepEqual(
    Object.keys(MESSAGES).filter((name) => !names.has(name)),
    [],
  );
  assert.match(hresultMessage(0x80070005)!, /denied/);
  assert.equal(hresultMessage(0x81234567), null);
});

const shared = sharedDir();
test("every HRESULT, Win32 code and NTSTATUS of [MS-ERREF]", {
  skip: shared === null && "no ../shared",
}, () => {
  const text = readFileSync(join(shared!, "spec/MS-ERREF.md"), "utf8");
  const section = (from: string, to: string): string =>
    text.slice(text.indexOf(`\n${from}`), text.indexOf(`\n${to}`));
  const tables: [string, (code: number) => string | null, RegExp][] = [
    [section("### 2.1.1", "### 2.1.2"), hresultName, /^ERROR_INVALID_HANDLE$/],
    [section("## 2.2 ", "## 2.3 "), win32Name, /^NERR_Success$/],
    [
      section("### 2.3.1", "## 2.4 "),
      ntstatusName,
      /^STATUS_(WAIT_0|ABANDONED_WAIT_0|FWP_TOO_MANY_CALLOUTS)$/,
    ],
  ];
  for (const [table, name, otherwise] of tables) {
    const rows = [...table.matchAll(/^\| 0x([0-9A-Fa-f]{8}) (\w+) \|/gm)];
    assert.ok(rows.length > 1700);
    for (const [, code, symbol] of rows) {
      if (!otherwise.test(symbol!)) assert.equal(name(Number.parseInt(code!, 16)), symbol);
    }
  }
});

const tshark = spawnSync("tshark", ["-G", "values"], { encoding: "utf8", maxBuffer: 1 << 28 });
test("fault names agree with tshark's", { skip: tshark.status !== 0 && "no tshark" }, () => {
  /** Where tshark misspells a name, or names a Win32 code as a fault. */
  const otherwise = new Set(["Stub-defined exception", "ncs_s_fault_user_defined"]);
  const win32 = new Set([0x6f7, 0x6d8, 0x721]);
  const rows = [...tshark.stdout.matchAll(/^V\tdcerpc\.cn_status\t0x([0-9a-f]+)\t(.+)$/gm)];
  assert.ok(rows.length > 50);
  for (const [, code, name] of rows) {
    const status = Number.parseInt(code!, 16);
    if (otherwise.has(name!) || win32.has(status) || name!.startsWith("CBA_")) continue;
    assert.equal(faultName(status), name);
  }
});
