/**
 * The offer as Windows XP makes it: IPCHService on PCHService, activated by IActivation, the collection of sessions
 * walked by Count and Item and once more by its enumerator. [MS-RAI] 3.2.4.
 */

import { remoteActivation } from "../activation.js";
import { Association } from "../association.js";
import { type Cast, Exporter } from "../cast.js";
import type { Conversation } from "../conversation.js";
import { CLSID, IID, type ObjectRef, type Said } from "../dcom.js";
import { enumNext, enumStep } from "../dispatch.js";
import { complexPing, remQueryInterface, remReferences, simplePing } from "../exporter.js";
import type { Encoding } from "../ndr.js";
import { dispatchVariant, EMPTY } from "../oaut.js";
import type { SecurityPlan } from "../plan.js";
import {
  type ConnectionParms,
  count,
  getProperty,
  HRESULT,
  item,
  newEnum,
  remoteConnectionParms,
  remoteUserSessionInfo,
} from "../rai.js";
import { connect } from "./vista.js";

export interface XpSession {
  domain: string | null;
  user: string | null;
  session_id: number;
  state: number;
}

export interface XpOffer {
  sessions: XpSession[];
  chosen: number;
  asked: ConnectionParms;
  connectionString: string;
  said: { [name: string]: Said };
  saidBlob: { [name: string]: Said };
  little?: boolean;
  port: number;
  /** RemoteConnectionParms' HRESULT. */
  result?: number;
  security: SecurityPlan | null;
  outcome: string;
}

export function xpPlan(cast: Cast): SecurityPlan {
  return {
    provider: "ntlmssp",
    level: "connect",
    account: cast.expert.account,
    server: cast.novice.server,
    clientVersion: cast.expert.version,
    serverVersion: cast.novice.version,
    headerSigning: false,
    timestamp: false,
    // Windows chooses a number of its own here.
    contextId: 0x000a3f60,
  };
}

const STATES = [
  "pchActive",
  "pchConnected",
  "pchConnectQuery",
  "pchShadow",
  "pchDisconnected",
  "pchIdle",
  "pchListen",
];

export interface XpReached {
  association: Association;
  exporter: Exporter;
  service: ObjectRef;
  unknown: ObjectRef;
  resolver: Association;
}

/** RemoteActivation of PCHService, then IPCHService by RemQueryInterface on the exporter's port. */
export function reachIPCHService(
  talk: Conversation,
  cast: Cast,
  cid: string,
  port: number,
  security: SecurityPlan | null,
  little = true,
): XpReached {
  const e: Encoding = { little, ndr64: false };
  const { novice } = cast;
  const resolver = new Association(talk, connect(talk, cast, novice.mapperPort), cid, {
    little,
    firstCallId: 1,
  });
  resolver.bind([{ interface: "IActivation", propose: ["ndr"], accept: "ndr" }], security, null);
  const exporter = new Exporter(talk.random, novice, port, "");
  const unknown = exporter.reference(IID.IUnknown);
  const request = {
    clsid: CLSID.PCHService,
    iids: [IID.IUnknown],
    session: null,
    serverName: novice.name,
    contextId: cid,
    minor: 6,
  };
  resolver.call(
    null,
    remoteActivation(e, cid, request, {
      oxid: exporter.oxid,
      bindings: exporter.bindings,
      ipidRemUnknown: exporter.ipidRemUnknown,
      authnHint: 2,
      interfaces: [{ iid: IID.IUnknown, hresult: 0, ref: unknown }],
    }),
  );
  talk.wait(31);
  const association = new Association(talk, connect(talk, cast, port), cid, { little, firstCallId: 1 });
  association.bind([{ interface: "IRemUnknown", propose: ["ndr"], accept: "ndr" }], security, null);
  const service = exporter.reference(IID.IPCHService, unknown);
  association.call(
    exporter.ipidRemUnknown,
    remQueryInterface(e, cid, "IRemUnknown", unknown.ipid, [
      { iid: IID.IPCHService, hresult: 0, ref: service },
    ]),
  );
  association.alter([{ interface: "IPCHService", propose: ["ndr"], accept: "ndr" }]);
  return { association, exporter, service, unknown, resolver };
}

/** The whole offer, up to the connection string. */
export function xpOffer(talk: Conversation, cast: Cast, offer: XpOffer): void {
  const little = offer.little ?? true;
  const e: Encoding = { little, ndr64: false };
  const from = talk.calls.length;
  const cid = talk.random.guid();
  const reached = reachIPCHService(talk, cast, cid, offer.port, offer.security, little);
  const { association, exporter, service, unknown } = reached;
  const rem = exporter.ipidRemUnknown;
  const query = (ref: ObjectRef, got: ObjectRef) =>
    association.call(
      rem,
      remQueryInterface(e, cid, "IRemUnknown", ref.ipid, [{ iid: got.iid, hresult: 0, ref: got }]),
    );

  const collection = exporter.reference(IID.IPCHCollection);
  association.call(service.ipid, remoteUserSessionInfo(e, cid, collection));
  association.alter([{ interface: "IPCHCollection", propose: ["ndr"], accept: "ndr" }]);
  association.call(collection.ipid, count(e, cid, offer.sessions.length));
  const held: ObjectRef[] = [];
  let altered = false;
  offer.sessions.forEach((session, i) => {
    const dispatch = exporter.reference(IID.IDispatch);
    association.call(collection.ipid, item(e, cid, i + 1, dispatchVariant(dispatch)));
    const safe = exporter.reference(IID.ISAFSession, dispatch);
    query(dispatch, safe);
    if (!altered) association.alter([{ interface: "ISAFSession", propose: ["ndr"], accept: "ndr" }]);
    altered = true;
    association.call(safe.ipid, getProperty(e, cid, "DomainName", session.domain));
    association.call(safe.ipid, getProperty(e, cid, "UserName", session.user));
    association.call(safe.ipid, getProperty(e, cid, "SessionID", session.session_id));
    // The two bytes behind the enumeration are whatever the server's buffer held.
    association.call(safe.ipid, getProperty(e, cid, "SessionState", session.state, 0, 0xbaad));
    held.push(safe, dispatch);
  });
  // Past the end there is nothing.
  association.call(collection.ipid, item(e, cid, offer.sessions.length + 1, EMPTY, HRESULT.E_INVALIDARG));

  const copy = exporter.reference(IID.IUnknown);
  association.call(collection.ipid, newEnum(e, cid, copy));
  const enumerator = exporter.reference(IID.IEnumVARIANT, copy);
  query(copy, enumerator);
  association.alter([{ interface: "IEnumVARIANT", propose: ["ndr"], accept: "ndr" }]);
  association.call(enumerator.ipid, enumStep(e, cid, null));
  const all = offer.sessions.map(() => dispatchVariant(exporter.reference(IID.IDispatch)));
  association.call(enumerator.ipid, enumNext(e, cid, 2, all.slice(0, 2)));
  association.call(enumerator.ipid, enumStep(e, cid, 0));
  association.call(enumerator.ipid, enumNext(e, cid, 2, all.slice(2, 4)));
  association.call(enumerator.ipid, enumNext(e, cid, 1, []));
  const given = all.flatMap((v) => (v.vt === "VT_DISPATCH" && v.value !== null ? [v.value] : []));

  talk.wait(6100);
  const result = offer.result ?? 0;
  const failed = result !== 0;
  association.call(
    service.ipid,
    remoteConnectionParms(e, cid, offer.asked, failed ? null : offer.connectionString, result),
    { rai: { connection_string: failed ? null : offer.said, help_blob: offer.saidBlob, sessions: null } },
  );
  association.call(
    rem,
    remReferences(
      e,
      cid,
      "IRemUnknown",
      "RemRelease",
      [...held, ...given, enumerator, copy, collection].map((ref) => ({ ipid: ref.ipid, publicRefs: 5 })),
    ),
  );
  // The client's resolver keeps the service alive with pings every two minutes.
  talk.wait(118_000);
  const { resolver } = reached;
  resolver.alter([{ interface: "IObjectExporter", propose: ["ndr"], accept: "ndr" }]);
  const set = talk.random.u64();
  resolver.call(null, complexPing(e, 0n, set, 1, [unknown.oid], []), { causality: null });
  talk.wait(120_000);
  resolver.call(null, simplePing(e, set), { causality: null });
  association.call(
    rem,
    remReferences(e, cid, "IRemUnknown", "RemRelease", [
      { ipid: service.ipid, publicRefs: 5 },
      { ipid: unknown.ipid, publicRefs: 5 },
    ]),
  );
  talk.close(association.connection);
  talk.close(resolver.connection);

  const { expert, novice } = cast;
  const who = offer.security === null ? null : expert.account;
  const chosen = offer.sessions.find((s) => s.session_id === offer.chosen);
  talk.offers.push({
    expert: {
      address: expert.address,
      user: who?.user ?? null,
      domain: who?.domain ?? null,
      workstation: who?.workstation ?? null,
    },
    novice: { address: novice.address, name: novice.name },
    interface: "IPCHService",
    sessions: offer.sessions.map((s) => ({ ...s, state: STATES[s.state] ?? null })),
    selected: {
      domain: chosen?.domain ?? null,
      user: chosen?.user ?? null,
      session_id: offer.chosen,
      source: "parameters",
    },
    connection_string: failed ? null : offer.connectionString,
    outcome: offer.outcome,
    follow_up: null,
    calls: talk.calls.length - from,
  });
}
