/** A scripting client: everything through IDispatch, by the DISPIDs of [MS-RAI] Appendix B. */

import { scmActivation } from "../activation.js";
import { Association } from "../association.js";
import { type Cast, domainMachine, Exporter, helper } from "../cast.js";
import { Conversation } from "../conversation.js";
import { CLSID, hex32, IID, type InterfaceName, type ObjectRef, type Said } from "../dcom.js";
import {
  DISP_E_EXCEPTION,
  DISPATCH,
  getIDsOfNames,
  getTypeInfo,
  getTypeInfoCount,
  type Invocation,
  invoke,
} from "../dispatch.js";
import { LITTLE } from "../ndr.js";
import { WINDOWS_7 } from "../ntlm.js";
import { bstrVariant, dispatchVariant, EMPTY, i4, type SafeArray, saidArray, type Variant } from "../oaut.js";
import { connectionString2, DISPID, HRESULT, helpBlob, saidState, sessionNames } from "../rai.js";
import type { Recipe } from "../recipe.js";
import { connect, plan } from "../stories/vista.js";
import { AUTH } from "./vista.js";
import { STRING1 } from "./xp.js";

const METHOD_AND_GET = DISPATCH.METHOD | DISPATCH.PROPERTYGET;

interface Scene {
  talk: Conversation;
  who: Cast;
  association: Association;
  exporter: Exporter;
  cid: string;
}

type Meaning = { interface: string; member: string; kind: string; arguments: { [name: string]: Said } };

/** One Invoke, under IDispatch's own context or under that of a dual interface, which carries it as well. */
function report(
  scene: Scene,
  ref: ObjectRef,
  invocation: Invocation,
  meaning: Meaning | null,
  on: InterfaceName = "IDispatch",
): void {
  const spoken = invoke(LITTLE, scene.cid, on, invocation);
  const dispatch = meaning === null ? null : { dispid: hex32(invocation.dispid), ...meaning };
  scene.association.call(ref.ipid, spoken, dispatch === null ? {} : { dispatch });
}

/** RemoteCreateInstance of a class by its IDispatch, and a connection to its exporter. */
function create(talk: Conversation, who: Cast, clsid: string, port: number): Scene & { root: ObjectRef } {
  const cid = talk.random.guid();
  const security = plan(who, { provider: "ntlmssp", level: "pkt_integrity" });
  const resolver = new Association(talk, connect(talk, who, 135), cid, {});
  resolver.bind([{ interface: "IRemoteSCMActivator", propose: ["ndr"], accept: "ndr" }], security);
  const exporter = new Exporter(talk.random, who.novice, port, "CONTOSO\\helga.desk");
  const root = exporter.reference(IID.IDispatch);
  const request = {
    clsid,
    iids: [IID.IDispatch, "00000109-0000-0000-c000-000000000046"],
    session: null,
    serverName: who.novice.name,
    contextId: talk.random.guid(),
  };
  resolver.call(
    null,
    scmActivation(LITTLE, cid, "RemoteCreateInstance", request, {
      oxid: exporter.oxid,
      bindings: exporter.bindings,
      ipidRemUnknown: exporter.ipidRemUnknown,
      authnHint: 5,
      interfaces: [
        { iid: IID.IDispatch, hresult: 0, ref: root },
        { iid: request.iids[1]!, hresult: HRESULT.E_NOINTERFACE, ref: null },
      ],
    }),
  );
  talk.close(resolver.connection);
  const association = new Association(talk, connect(talk, who, port), cid, {});
  association.bind([{ interface: "IDispatch", propose: ["ndr"], accept: "ndr" }], security);
  return { talk, who, association, exporter, cid, root };
}

function throughIRASrv(talk: Conversation, who: Cast): void {
  const scene = create(talk, who, CLSID.RASrv, 49664);
  const { association, exporter, cid, root } = scene;
  association.call(root.ipid, getTypeInfoCount(LITTLE, cid, "IDispatch", 1));
  association.call(root.ipid, getTypeInfo(LITTLE, cid, "IDispatch", exporter.reference(IID.ITypeInfo)));
  const known = [{ name: "GetSessionInfo", dispid: DISPID.GETSESSIONINFO }];
  association.call(root.ipid, getIDsOfNames(LITTLE, cid, "IDispatch", known));
  association.call(
    root.ipid,
    getIDsOfNames(LITTLE, cid, "IDispatch", [{ name: "GetNoviceUserInfo", dispid: 1 }]),
  );
  association.call(root.ipid, getIDsOfNames(LITTLE, cid, "IDispatch", [{ name: "Schnurrbart", dispid: -1 }]));
  const empty: SafeArray = { vt: "VT_BSTR", bounds: [{ elements: 0, lower: 0 }], values: [] };
  const names = sessionNames(["CONTOSO\\jmarek:1", "CONTOSO\\bgreen:2"]);
  report(
    scene,
    root,
    {
      dispid: DISPID.GETSESSIONINFO,
      flags: DISPATCH.METHOD,
      // By-reference arguments are placeholders here; their values travel in rgVarRef.
      arguments: [EMPTY, EMPTY],
      references: [
        {
          index: 1,
          before: { vt: "VT_ARRAY", value: empty, byref: true },
          after: { vt: "VT_ARRAY", value: names, byref: true },
        },
        {
          index: 0,
          before: { vt: "VT_I4", value: 0, byref: true },
          after: { vt: "VT_I4", value: 2, byref: true },
        },
      ],
    },
    {
      interface: "IRASrv",
      member: "GetSessionInfo",
      kind: "method",
      arguments: { UserNames: saidArray(empty), Count: 0 },
    },
  );
  const listeners = [{ port: 49230, name: "10.20.4.17" }];
  const string = connectionString2(AUTH, [{ id: "1", sid: "7", listeners }]);
  report(
    scene,
    root,
    {
      dispid: DISPID.GETNOVICEUSERINFO,
      flags: DISPATCH.METHOD,
      arguments: [EMPTY],
      references: [
        {
          index: 0,
          before: { vt: "VT_BSTR", value: "", byref: true },
          after: { vt: "VT_BSTR", value: string, byref: true },
        },
      ],
    },
    { interface: "IRASrv", member: "GetNoviceUserInfo", kind: "method", arguments: { szName: "" } },
  );
  report(
    scene,
    root,
    {
      dispid: DISPID.GETNOVICEUSERINFO,
      flags: DISPATCH.METHOD,
      arguments: [i4(1)],
      argErr: 0,
      hresult: 0x80020005,
    },
    { interface: "IRASrv", member: "GetNoviceUserInfo", kind: "method", arguments: { szName: 1 } },
  );
  talk.close(association.connection);
}

function throughIPCHService(talk: Conversation, who: Cast): void {
  const scene = create(talk, who, CLSID.PCHService, 49671);
  const { association, exporter, root } = scene;
  const none = {};
  const collection = exporter.reference(IID.IDispatch);
  report(
    scene,
    root,
    {
      dispid: DISPID.REMOTEUSERSESSIONINFO,
      flags: DISPATCH.METHOD,
      arguments: [],
      result: dispatchVariant(collection),
    },
    { interface: "IPCHService", member: "RemoteUserSessionInfo", kind: "method", arguments: none },
  );
  report(
    scene,
    collection,
    { dispid: DISPID.COUNT, flags: DISPATCH.PROPERTYGET, arguments: [], result: i4(1) },
    { interface: "IPCHCollection", member: "Count", kind: "propget", arguments: none },
  );
  const session = exporter.reference(IID.IDispatch);
  report(
    scene,
    collection,
    { dispid: DISPID.VALUE, flags: METHOD_AND_GET, arguments: [i4(1)], result: dispatchVariant(session) },
    { interface: "IPCHCollection", member: "Item", kind: "propget", arguments: { vIndex: 1 } },
  );
  association.alter([{ interface: "IPCHCollection", propose: ["ndr"], accept: "ndr" }]);
  report(
    scene,
    exporter.reference(IID.IPCHCollection, collection),
    {
      dispid: DISPID.NEWENUM,
      flags: METHOD_AND_GET,
      arguments: [],
      result: { vt: "VT_UNKNOWN", value: exporter.reference(IID.IUnknown) },
    },
    { interface: "IPCHCollection", member: "_NewEnum", kind: "propget", arguments: none },
    "IPCHCollection",
  );
  const gets: [number, string, Variant][] = [
    [DISPID.SESSIONID, "SessionID", { vt: "VT_UI4", value: 1 }],
    [DISPID.SESSIONSTATE, "SessionState", { vt: "VT_I4", value: 0 }],
    [DISPID.DOMAINNAME, "DomainName", bstrVariant("CONTOSO")],
    [DISPID.USERNAME, "UserName", bstrVariant("jmarek")],
  ];
  for (const [dispid, member, result] of gets) {
    report(
      scene,
      session,
      { dispid, flags: DISPATCH.PROPERTYGET, arguments: [], result },
      { interface: "ISAFSession", member, kind: "propget", arguments: none },
    );
  }
  const puts: [number, string, Variant, Said][] = [
    [DISPID.SESSIONSTATE, "SessionState", i4(4), saidState(4)],
    [DISPID.USERNAME, "UserName", bstrVariant("someone else"), "someone else"],
  ];
  for (const [dispid, member, value, said] of puts) {
    report(
      scene,
      session,
      { dispid, flags: DISPATCH.PROPERTYPUT, arguments: [value] },
      { interface: "ISAFSession", member, kind: "propput", arguments: { pVal: said } },
    );
  }
  const blob = helpBlob("CONTOSO", "helga.desk");
  report(
    scene,
    root,
    {
      dispid: DISPID.REMOTECONNECTIONPARMS,
      flags: DISPATCH.METHOD,
      arguments: [bstrVariant("jmarek"), bstrVariant("CONTOSO"), i4(1), bstrVariant(blob)],
      result: bstrVariant(STRING1),
    },
    {
      interface: "IPCHService",
      member: "RemoteConnectionParms",
      kind: "method",
      arguments: { bstrUserName: "jmarek", bstrDomainName: "CONTOSO", lSessionID: 1, bstrUserHelpBlob: blob },
    },
  );
  report(
    scene,
    root,
    {
      dispid: DISPID.REMOTECONNECTIONPARMS,
      flags: DISPATCH.METHOD,
      arguments: [bstrVariant("jmarek"), bstrVariant("CONTOSO"), i4(1), bstrVariant(null)],
      exception: {
        code: 0,
        source: "PCHSVC.PCHService.1",
        description: "Access is denied.",
        helpFile: null,
        helpContext: 17,
        scode: HRESULT.E_ACCESSDENIED,
      },
      hresult: DISP_E_EXCEPTION,
    },
    {
      interface: "IPCHService",
      member: "RemoteConnectionParms",
      kind: "method",
      arguments: { bstrUserName: "jmarek", bstrDomainName: "CONTOSO", lSessionID: 1, bstrUserHelpBlob: null },
    },
  );
  association.alter([{ interface: "IPCHService", propose: ["ndr"], accept: "ndr" }]);
  const direct = exporter.reference(IID.IPCHService, root);
  everyVariant(scene, direct);
  report(
    scene,
    direct,
    {
      dispid: DISPID.REMOTEUSERSESSIONINFO,
      flags: DISPATCH.METHOD,
      arguments: [],
      result: dispatchVariant(null),
    },
    { interface: "IPCHService", member: "RemoteUserSessionInfo", kind: "method", arguments: none },
    "IPCHService",
  );
  talk.close(association.connection);
}

/** One call whose arguments are of every type that travels; the member does not exist. */
function everyVariant(scene: Scene, ref: ObjectRef): void {
  const { exporter } = scene;
  const table: SafeArray = {
    vt: "VT_I4",
    bounds: [
      { elements: 2, lower: 0 },
      { elements: 3, lower: -1 },
    ],
    values: [1, 2, 3, 4, 5, 6],
  };
  const mixed: SafeArray = {
    vt: "VT_VARIANT",
    bounds: [{ elements: 3, lower: 1 }],
    values: [bstrVariant("in"), { vt: "VT_R8", value: -0.5 }, { vt: "VT_NULL" }],
  };
  const bytes: SafeArray = {
    vt: "VT_UI1",
    bounds: [{ elements: 5, lower: 0 }],
    values: [1, 2, 3, 254, 255],
  };
  const unknowns: SafeArray = {
    vt: "VT_UNKNOWN",
    bounds: [{ elements: 2, lower: 0 }],
    values: [exporter.reference(IID.ISAFSession), null],
    iid: IID.ISAFSession,
  };
  const longs: SafeArray = { vt: "VT_I8", bounds: [{ elements: 2, lower: 0 }], values: [-1n, 1n << 40n] };
  const args: Variant[] = [
    { vt: "VT_EMPTY" },
    { vt: "VT_NULL" },
    { vt: "VT_I2", value: -2 },
    { vt: "VT_I4", value: -4 },
    { vt: "VT_R4", value: 1.5 },
    { vt: "VT_R8", value: -1234.0625 },
    { vt: "VT_CY", value: 123456789n },
    { vt: "VT_DATE", value: 45426.25 },
    bstrVariant("Grüße, 世界"),
    dispatchVariant(null),
    { vt: "VT_ERROR", value: 0x80020004 },
    { vt: "VT_BOOL", value: 0xffff },
    { vt: "VT_UNKNOWN", value: exporter.reference(IID.IUnknown) },
    { vt: "VT_DECIMAL", value: { negative: true, scale: 3, hi: 0, lo: 12345n } },
    { vt: "VT_I1", value: -1 },
    { vt: "VT_UI1", value: 200 },
    { vt: "VT_UI2", value: 65535 },
    { vt: "VT_UI4", value: 4294967295 },
    { vt: "VT_I8", value: -9007199254740993n },
    { vt: "VT_UI8", value: 18446744073709551615n },
    { vt: "VT_INT", value: -7 },
    { vt: "VT_UINT", value: 7 },
    { vt: "VT_ARRAY", value: table },
    { vt: "VT_ARRAY", value: mixed },
    { vt: "VT_ARRAY", value: bytes },
    { vt: "VT_ARRAY", value: unknowns },
    { vt: "VT_ARRAY", value: longs },
    { vt: "VT_VARIANT", value: bstrVariant("nested") },
    { vt: "VT_I2", value: 5, byref: true },
    { vt: "VT_BSTR", value: "by reference", byref: true },
    { vt: "VT_R8", value: 2.5, byref: true },
    { vt: "VT_DECIMAL", value: { negative: false, scale: 0, hi: 1, lo: 0n }, byref: true },
  ];
  report(
    scene,
    ref,
    { dispid: 0x7777, flags: DISPATCH.METHOD, arguments: args, hresult: HRESULT.DISP_E_MEMBERNOTFOUND },
    null,
    "IPCHService",
  );
}

export const INVOKE: Recipe[] = [
  {
    name: "invoke.pcapng",
    about:
      "IDispatch on RASrv and PCHService: names, methods, property get and put, by-reference arguments, EXCEPINFO, every VARIANT type.",
    make: () => {
      const talk = new Conversation("invoke", "2009-10-22T07:00:12.000Z");
      const who: Cast = {
        expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_7),
        novice: domainMachine("WS-2004", "10.20.4.17", WINDOWS_7),
      };
      throughIRASrv(talk, who);
      talk.wait(800);
      throughIPCHService(talk, who);
      return { talk, file: { format: "pcapng", resolution: 6 } };
    },
  },
];
