/** The lab's stubs and keys judged by impacket, which decodes them with classes of its own. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { remoteActivation, scmActivation } from "../lab/activation.js";
import { Seeded, toHex } from "../lab/bytes.js";
import { domainMachine, Exporter } from "../lab/cast.js";
import { CLSID, IID } from "../lab/dcom.js";
import { getIDsOfNames, invoke, NO_EXCEPTION } from "../lab/dispatch.js";
import { remQueryInterface } from "../lab/exporter.js";
import { LITTLE } from "../lab/ndr.js";
import { md5, WINDOWS_7 } from "../lab/ntlm.js";
import { bstrVariant, dispatchVariant, i4 } from "../lab/oaut.js";
import {
  getNoviceUserInfo,
  getProperty,
  getSessionInfo,
  item,
  remoteConnectionParms,
  remoteUserSessionInfo,
  sessionNames,
} from "../lab/rai.js";

const PYTHON = "/usr/bin/python3";
const installed = spawnSync(PYTHON, ["-c", "import impacket"]).status === 0;
const skip = installed ? false : "impacket is not installed";
const JUDGE = join(dirname(fileURLToPath(import.meta.url)), "judge.py");

const e = LITTLE;
const random = new Seeded("impacket");
const cid = random.guid();
const novice = domainMachine("WS-2004", "10.20.4.17", WINDOWS_7);
const exporter = new Exporter(random, novice, 49664, "CONTOSO\\helga.desk");
const ref = exporter.reference(IID.IClassFactory);
const dispatch = exporter.reference(IID.IDispatch);
const saidDispatch = {
  iid: dispatch.iid,
  oxid: dispatch.oxid.toString(16).padStart(16, "0"),
  oid: dispatch.oid.toString(16).padStart(16, "0"),
  ipid: dispatch.ipid,
  public_refs: 5,
};
const activation = {
  clsid: CLSID.RASrv,
  iids: [IID.IClassFactory],
  session: 3,
  serverName: "WS-2004",
  contextId: random.guid(),
};
const activated = {
  oxid: exporter.oxid,
  bindings: exporter.bindings,
  ipidRemUnknown: exporter.ipidRemUnknown,
  authnHint: 5,
  interfaces: [{ iid: IID.IClassFactory, hresult: 0, ref }],
};
const oxid = exporter.oxid.toString(16).padStart(16, "0");
const names = ["CONTOSO\\jmarek:1", null, "CONTOSO\\Žofie:3"];
const empty = { names: null, count: 0 };
const parms = { user: "bgreen", domain: "CONTOSO", session: 7, helpBlob: null };
const scm = scmActivation(e, cid, "RemoteGetClassObject", activation, activated);
const invocation = invoke(e, cid, "IDispatch", {
  dispid: 0x08000040,
  flags: 1,
  arguments: [bstrVariant("first"), i4(-2), bstrVariant(null)],
  exception: { ...NO_EXCEPTION, description: "Access is denied.", scode: 0x80070005 },
  hresult: 0x80020009,
});
const sessionKey = random.bytes(16);
const key = (from: string, what: string) =>
  toHex(md5(sessionKey, new TextEncoder().encode(`session key to ${from} ${what} key magic constant\0`)));

const tasks: { what: string; stub: Uint8Array; means: unknown }[] = [
  {
    what: "remote_connection_parms",
    stub: remoteConnectionParms(e, cid, parms, "string").request,
    means: [5, cid, "bgreen", "CONTOSO", 7, null],
  },
  { what: "bstr_answer", stub: remoteConnectionParms(e, cid, parms, "65538,1").response!, means: "65538,1" },
  {
    what: "session_info",
    stub: getSessionInfo(e, cid, empty, { names: sessionNames(names, 1), count: 3 }, "one-referent")
      .response!,
    means: [1, 0x180, [[3, 1]], names, 3, 0],
  },
  {
    what: "novice",
    stub: getNoviceUserInfo(e, cid, null, "<E/>").response!,
    means: "<E/>\0",
  },
  { what: "state", stub: getProperty(e, cid, "SessionState", 4, 0, 0x4141).response!, means: 4 },
  { what: "interface", stub: remoteUserSessionInfo(e, cid, dispatch).response!, means: saidDispatch },
  {
    what: "variant",
    stub: item(e, cid, 1, dispatchVariant(dispatch)).response!,
    means: [9, saidDispatch, 0],
  },
  {
    what: "activation_in",
    stub: scm.request,
    means: [
      ["a4", "a5", "a6", "aa", "ab", "b9"].map((n) => `000001${n}-0000-0000-c000-000000000046`),
      3,
      1,
      CLSID.RASrv,
      1,
      88,
    ],
  },
  {
    what: "activation_out",
    stub: scm.response!,
    means: [
      oxid,
      exporter.ipidRemUnknown,
      5,
      "WS-2004[49664]",
      { ...saidDispatch, iid: ref.iid, oid: ref.oid.toString(16).padStart(16, "0"), ipid: ref.ipid },
      0,
    ],
  },
  {
    what: "remote_activation",
    stub: remoteActivation(e, cid, activation, activated).response!,
    means: [oxid, exporter.ipidRemUnknown, 5, 0],
  },
  {
    what: "query",
    stub: remQueryInterface(e, cid, "IRemUnknown2", ref.ipid, [
      { iid: dispatch.iid, hresult: 0, ref: dispatch },
    ]).response!,
    means: [oxid, saidDispatch.oid, dispatch.ipid, 0],
  },
  {
    what: "ids_of_names",
    stub: getIDsOfNames(e, cid, "IDispatch", [{ name: "GetSessionInfo", dispid: 2 }]).request,
    means: [["GetSessionInfo\0"], 1],
  },
  { what: "invoke", stub: invocation.request, means: [0x08000040, 1, [null, -2, "first"]] },
  { what: "invoke_answer", stub: invocation.response!, means: [0, "Access is denied.", 0x80070005] },
  {
    what: "ntlm_keys",
    stub: sessionKey,
    means: [
      key("client-to-server", "signing"),
      key("client-to-server", "sealing"),
      key("server-to-client", "signing"),
      key("server-to-client", "sealing"),
    ],
  },
];

test("impacket reads the lab's stubs as they were said", { skip }, async (t) => {
  const input = JSON.stringify(tasks.map(({ what, stub }) => ({ what, hex: toHex(stub) })));
  const run = spawnSync(PYTHON, [JUDGE], { input, encoding: "utf8", maxBuffer: 1 << 24 });
  assert.equal(run.status, 0, run.stderr);
  const values = JSON.parse(run.stdout) as unknown[];
  for (const [i, { what, means }] of tasks.entries()) {
    await t.test(what, () => assert.deepEqual(values[i], means));
  }
});
