/** Everything that goes wrong with an offer, each in an attempt of its own, minutes apart. */

import { scmActivation } from "../activation.js";
import { Association } from "../association.js";
import { type Cast, domainMachine, Exporter, helper } from "../cast.js";
import { Conversation } from "../conversation.js";
import { CLSID, IID, type Said } from "../dcom.js";
import { remQueryInterface } from "../exporter.js";
import { LITTLE } from "../ndr.js";
import { WINDOWS_7, WINDOWS_10, WINDOWS_XP } from "../ntlm.js";
import {
  getNoviceUserInfo,
  getProperty,
  getSessionInfo,
  HRESULT,
  helpBlob,
  item,
  notUsed,
  remoteConnectionParms,
  remoteUserSessionInfo,
  sessionNames,
  setProperty,
} from "../rai.js";
import type { Recipe } from "../recipe.js";
import {
  alive,
  connect,
  getClassObject,
  plan,
  reachIRASrv,
  type Security,
  saidSessions,
} from "../stories/vista.js";
import { reachIPCHService, xpPlan } from "../stories/xp.js";
import { SAID1, STRING1, saidBlob } from "./xp.js";

const SIGNED: Security = { provider: "spnego", level: "pkt_integrity" };
const RANGE_ERROR = 0x1c010002;
const UNKNOWN_INTERFACE = 0x1c010003;
const ACCESS_DENIED = 5;
const E_NOTIMPL = 0x80004001;

function cast(): Cast {
  return {
    expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
    novice: { ...domainMachine("WS-2011", "10.20.4.21", WINDOWS_7), ports: [49153, 49154] },
  };
}

function offer(who: Cast, facts: { [name: string]: Said }): { [name: string]: Said } {
  const { account } = who.expert;
  return {
    expert: {
      address: who.expert.address,
      user: account.user,
      domain: account.domain,
      workstation: account.workstation,
    },
    novice: { address: who.novice.address, name: who.novice.name },
    ...facts,
  };
}

/** Activation refused, once by an HRESULT and once by a fault. */
function refusedAtActivation(talk: Conversation, who: Cast): void {
  for (const how of ["hresult", "fault"] as const) {
    const cid = talk.random.guid();
    const asked = alive(talk, who);
    const resolver = new Association(talk, connect(talk, who, 135), cid, { firstCallId: 3 });
    resolver.bind([{ interface: "IRemoteSCMActivator", propose: ["ndr"], accept: "ndr" }], plan(who, SIGNED));
    const request = {
      clsid: CLSID.RASrv,
      iids: [IID.IClassFactory],
      session: null,
      serverName: who.novice.name,
      contextId: talk.random.guid(),
    };
    const spoken = scmActivation(LITTLE, cid, "RemoteGetClassObject", request, HRESULT.E_ACCESSDENIED);
    resolver.call(null, spoken, how === "fault" ? { fault: ACCESS_DENIED } : {});
    talk.close(asked.connection);
    talk.close(resolver.connection);
    talk.offers.push(
      offer(who, {
        interface: "IRASrv",
        outcome: "denied",
        refusal: how === "fault" ? "0x00000005" : "0x80070005",
        connection_string: null,
      }),
    );
    talk.wait(45_000);
  }
}

/** The class factory's port is closed by a firewall: a SYN, and a reset. */
function portUnreachable(talk: Conversation, who: Cast): void {
  const activation = getClassObject(talk, who, talk.random.guid(), null, 49155, SIGNED);
  const client = { address: who.expert.address, port: who.expert.nextPort++ };
  talk.knockInVain(client, { address: who.novice.address, port: 49155 });
  talk.close(activation.association.connection);
  talk.offers.push(offer(who, { interface: "IRASrv", outcome: "failed", connection_string: null }));
  talk.wait(30_000);
}

/** E_POINTER for a null szName, an instance that is running already, and a call that nobody answers. */
function refusedByIRASrv(talk: Conversation, who: Cast): void {
  const cid = talk.random.guid();
  const activation = getClassObject(talk, who, cid, 2, 49153, SIGNED);
  const { association, service } = reachIRASrv(talk, who, cid, activation, SIGNED);
  association.call(service.ipid, getNoviceUserInfo(LITTLE, cid, null, null, HRESULT.E_POINTER));
  association.call(service.ipid, getNoviceUserInfo(LITTLE, cid, "", null, HRESULT.ERROR_CANNOT_MAKE));
  association.call(
    service.ipid,
    getSessionInfo(
      LITTLE,
      cid,
      { names: null, count: 0 },
      { names: null, count: 0 },
      "two-referents",
      HRESULT.E_OUTOFMEMORY,
    ),
  );
  // Nothing but the listing succeeded, and an opnum beyond the interface's last faults.
  const entries = ["CONTOSO\\bgreen:2"];
  const sessions = [{ domain: "CONTOSO", user: "bgreen", session_id: 2 }];
  association.call(
    service.ipid,
    getSessionInfo(LITTLE, cid, { names: null, count: 0 }, { names: sessionNames(entries), count: 1 }),
    { rai: { sessions: saidSessions(entries, sessions), connection_string: null } },
  );
  const beyond = { ...getNoviceUserInfo(LITTLE, cid, "", null), requestValues: null };
  association.call(service.ipid, { ...beyond, method: "" }, { opnum: 9, fault: RANGE_ERROR });
  const last = association.ask(service.ipid, getNoviceUserInfo(LITTLE, cid, "", null), { silent: true });
  talk.wait(20_000);
  association.bare("client", "co_cancel", last.callId);
  talk.wait(2_000);
  association.bare("client", "orphaned", last.callId);
  talk.close(association.connection, "client", "reset");
  talk.close(activation.association.connection);
  talk.offers.push(
    offer(who, {
      interface: "IRASrv",
      outcome: "failed",
      refusal: "0x80070052",
      connection_string: null,
      sessions,
    }),
  );
  talk.wait(60_000);
}

/** Binds that come to nothing: refused whole, and an interface the server does not know. */
function refusedBinds(talk: Conversation, who: Cast): void {
  const refused = new Association(talk, connect(talk, who, 49153), "", {});
  // 8: authentication type not recognized.
  refused.bindRefused([{ interface: "IRASrv", propose: ["ndr"], accept: null }], 8);
  talk.close(refused.connection);
  const cid = talk.random.guid();
  const unknown = new Association(talk, connect(talk, who, 49153), cid, {});
  unknown.bind([{ interface: "IPCHService", propose: ["ndr"], accept: null, id: 0 }], null, null);
  unknown.assume("IPCHService", 0);
  const ipid = talk.random.guid();
  unknown.call(ipid, remoteUserSessionInfo(LITTLE, cid, null), { fault: UNKNOWN_INTERFACE });
  unknown.bare("server", "shutdown", 0);
  talk.close(unknown.connection, "server");
  talk.wait(15_000);
}

/** The novice runs Windows XP: RASrv is not registered, and the expert falls back to IPCHService. */
function fallback(talk: Conversation, who: Cast): void {
  const cid = talk.random.guid();
  const asked = alive(talk, who);
  const resolver = new Association(talk, connect(talk, who, 135), cid, { firstCallId: 3 });
  const security = plan(who, { provider: "ntlmssp", level: "pkt_integrity" });
  resolver.bind([{ interface: "IRemoteSCMActivator", propose: ["ndr"], accept: "ndr" }], security);
  const wanted = {
    iids: [IID.IClassFactory],
    session: null,
    serverName: who.novice.name,
    contextId: cid,
    minor: 6,
  };
  resolver.call(
    null,
    scmActivation(
      LITTLE,
      cid,
      "RemoteGetClassObject",
      { ...wanted, clsid: CLSID.RASrv },
      HRESULT.REGDB_E_CLASSNOTREG,
    ),
  );
  const exporter = new Exporter(talk.random, who.novice, 1041, "");
  const unknown = exporter.reference(IID.IUnknown);
  resolver.call(
    null,
    scmActivation(
      LITTLE,
      cid,
      "RemoteCreateInstance",
      { ...wanted, clsid: CLSID.PCHService, iids: [IID.IUnknown] },
      {
        oxid: exporter.oxid,
        bindings: exporter.bindings,
        ipidRemUnknown: exporter.ipidRemUnknown,
        authnHint: 5,
        interfaces: [{ iid: IID.IUnknown, hresult: 0, ref: unknown }],
      },
    ),
  );
  const association = new Association(talk, connect(talk, who, 1041), cid, {});
  association.bind([{ interface: "IRemUnknown2", propose: ["ndr"], accept: "ndr" }], security, null);
  const service = exporter.reference(IID.IPCHService, unknown);
  association.call(
    exporter.ipidRemUnknown,
    remQueryInterface(LITTLE, cid, "IRemUnknown2", unknown.ipid, [
      { iid: IID.IRASrv, hresult: HRESULT.E_NOINTERFACE, ref: null },
      { iid: IID.IPCHService, hresult: 0, ref: service },
    ]),
  );
  association.alter([{ interface: "IPCHService", propose: ["ndr"], accept: "ndr" }]);
  const blob = helpBlob("CONTOSO", "helga.desk");
  association.call(
    service.ipid,
    remoteConnectionParms(
      LITTLE,
      cid,
      { user: "bgreen", domain: "CONTOSO", session: 0, helpBlob: blob },
      STRING1,
    ),
    { rai: { connection_string: SAID1, help_blob: saidBlob("CONTOSO", "helga.desk"), sessions: null } },
  );
  for (const done of [asked, resolver, association]) talk.close(done.connection);
  talk.offers.push(
    offer(who, {
      interface: "IPCHService",
      outcome: "string_issued",
      fallback: true,
      connection_string: STRING1,
      selected: { domain: "CONTOSO", user: "bgreen", session_id: 0, source: "parameters" },
    }),
  );
  talk.wait(90_000);
}

/** An XP expert and the refusals of IPCHService, IPCHCollection and ISAFSession. */
function refusedByIPCHService(talk: Conversation, who: Cast): void {
  const cid = talk.random.guid();
  const { association, exporter, service } = reachIPCHService(talk, who, cid, 1041, xpPlan(who));
  association.call(service.ipid, remoteUserSessionInfo(LITTLE, cid, null, HRESULT.E_ACCESSDENIED));
  association.call(
    service.ipid,
    remoteUserSessionInfo(LITTLE, cid, null, HRESULT.ERROR_ACCESS_DISABLED_BY_POLICY),
  );
  association.call(service.ipid, notUsed(LITTLE, cid, 10, E_NOTIMPL));
  const asked = { user: "bgreen", domain: "CONTOSO", session: 0, helpBlob: "13;UNSOLICITED=1" };
  const refusals = [HRESULT.E_ACCESSDENIED, HRESULT.E_OUTOFMEMORY, HRESULT.ERROR_ACCESS_DISABLED_BY_POLICY];
  for (const result of refusals) {
    association.call(service.ipid, remoteConnectionParms(LITTLE, cid, asked, null, result));
  }
  const nobody = { user: null, domain: null, session: -1, helpBlob: null };
  association.call(service.ipid, remoteConnectionParms(LITTLE, cid, nobody, null, HRESULT.ERROR_NONE_MAPPED));
  const collection = exporter.reference(IID.IPCHCollection);
  association.alter([{ interface: "IPCHCollection", propose: ["ndr"], accept: "ndr" }]);
  association.call(collection.ipid, item(LITTLE, cid, 0, { vt: "VT_EMPTY" }, HRESULT.E_POINTER));
  const session = exporter.reference(IID.ISAFSession);
  association.alter([{ interface: "ISAFSession", propose: ["ndr"], accept: "ndr" }]);
  const odd = HRESULT.E_INVALIDARG_AS_PRINTED;
  association.call(session.ipid, getProperty(LITTLE, cid, "SessionID", 0, odd));
  association.call(session.ipid, getProperty(LITTLE, cid, "SessionState", 42, 0, 0x4141));
  association.call(session.ipid, setProperty(LITTLE, cid, "SessionState", 4, odd));
  association.call(session.ipid, setProperty(LITTLE, cid, "SessionID", 3));
  association.call(session.ipid, setProperty(LITTLE, cid, "DomainName", ""));
  association.call(session.ipid, setProperty(LITTLE, cid, "UserName", null));
  association.call(session.ipid, getProperty(LITTLE, cid, "UserName", null, HRESULT.E_POINTER));
  const beyond = { ...notUsed(LITTLE, cid, 22, 0), method: "" };
  association.call(service.ipid, beyond, { fault: RANGE_ERROR });
  talk.close(association.connection);
  talk.offers.push(
    offer(who, {
      interface: "IPCHService",
      outcome: "denied",
      connection_string: null,
      selected: { domain: "CONTOSO", user: "bgreen", session_id: 0, source: "parameters" },
    }),
  );
}

export const FAILURES: Recipe[] = [
  {
    name: "failures-and-faults.pcap",
    about:
      "Refusals by HRESULT and by fault, at activation and after it; bind_nak, a closed port, an unanswered call; the fallback to IPCHService.",
    make: () => {
      const talk = new Conversation("failures", "2011-11-07T16:20:00.500Z");
      const modern = cast();
      refusedAtActivation(talk, modern);
      portUnreachable(talk, modern);
      refusedByIRASrv(talk, modern);
      refusedBinds(talk, modern);
      const old: Cast = { ...modern, novice: domainMachine("XP-FRONT", "192.168.40.12", WINDOWS_XP) };
      fallback(talk, old);
      refusedByIPCHService(talk, {
        ...old,
        expert: { ...helper("EXUSER", "EXPERT-XP", "192.168.40.77", WINDOWS_XP), nextPort: 1309 },
      });
      return { talk, file: { format: "pcap", nanoseconds: false } };
    },
  },
];
