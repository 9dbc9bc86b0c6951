/** The return-code tables of [MS-RAI] 3.1.4 and 3.3.4, and the general names of status codes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { raiReturnCode } from "../../../dissectors/rai/return-codes.js";
import { sharedDir } from "../../support/shared.js";

test("a code means what the method's table says", () => {
  const running = raiReturnCode("IRASrv", "GetNoviceUserInfo", 0x80070052);
  assert.equal(running?.name, "ERROR_CANNOT_MAKE");
  assert.match(running.message, /already runs/);
  assert.match(raiReturnCode("IRASrv", "GetNoviceUserInfo", 0x80004003)!.message, /szName/);
  assert.match(raiReturnCode("IPCHService", "RemoteConnectionParms", 0x80070534)!.message, /account/);
  assert.match(raiReturnCode("IPCHService", "RemoteUserSessionInfo", 0x80070005)!.message, /Windows XP/);
  assert.equal(
    raiReturnCode("IPCHService", "RemoteConnectionParms", 0x800704ec)?.name,
    "ERROR_ACCESS_DISABLED_BY_POLICY",
  );
});

test("E_INVALIDARG as printed (0x80000003) and as servers send it", () => {
  for (const code of [0x80000003, 0x80070057]) {
    for (const method of ["SessionID (Get)", "SessionState (Get)", "SessionState (Set)"]) {
      assert.equal(raiReturnCode("ISAFSession", method, code)?.name, "E_INVALIDARG");
    }
  }
  assert.equal(raiReturnCode("ISAFSession", "SessionID (Set)", 0x80000003), null);
});

test("codes are taken signed and unsigned; what is not documented there is null", () => {
  assert.equal(raiReturnCode("IPCHCollection", "Item", 0x80004003 | 0)?.name, "E_POINTER");
  assert.equal(raiReturnCode("IPCHCollection", "Item", 0x80070005), null);
  assert.equal(raiReturnCode("IPCHCollection", "constructor", 0), null);
  assert.equal(raiReturnCode("toString", "Item", 0), null);
  assert.equal(raiReturnCode("IDispatch", "Invoke", 0), null);
});

const shared = sharedDir();
test("every row of every table of the specification", { skip: shared === null && "no ../shared" }, () => {
  const text = readFileSync(join(shared!, "spec/MS-RAI-latest.md"), "utf8");
  const interfaces = ["IPCHService", "IPCHCollection", "ISAFSession", "IRASrv"];
  let current = "";
  let method = "";
  let rows = 0;
  for (const line of text.slice(text.indexOf("# 3 Protocol Details")).split("\n")) {
    const heading = /^(?:#+ [\d.]+ )?(\w+)(?: \((Get|Set)\))?(?: \(Opnum \d+\))?$/.exec(line);
    if (heading !== null && interfaces.includes(heading[1]!)) current = heading[1]!;
    else if (/\(Opnum \d+\)$/.test(line) && heading !== null) {
      method = heading[2] === undefined ? heading[1]! : `${heading[1]} (${heading[2]})`;
    }
    const row = /^\| 0x([0-9A-F]{8}) (\w+) \|/.exec(line);
    if (row === null || method === "") continue;
    const found = raiReturnCode(current, method, Number.parseInt(row[1]!, 16));
    assert.equal(found?.name, row[2], `${current}::${method} ${row[1]}`);
    rows++;
  }
  assert.equal(rows, 37);
});
