/** Unusual peers: a big-endian machine, NDR64, and offers with what follows or surrounds them. */

import { Association } from "../association.js";
import { type Cast, domainMachine, Exporter, helper } from "../cast.js";
import { Conversation, overlay } from "../conversation.js";
import { type Bindings, IID } from "../dcom.js";
import { eptMap } from "../epm.js";
import { remQueryInterface2, remReferences, resolveOxid, resolveOxid2, serverAlive } from "../exporter.js";
import { LITTLE } from "../ndr.js";
import { WINDOWS_7, WINDOWS_10, WINDOWS_VISTA, WINDOWS_XP } from "../ntlm.js";
import { connectionString1, connectionString2, HRESULT, helpBlob, type Listener } from "../rai.js";
import { connectionConfirm, connectionRequest, tlsRecord } from "../rdp.js";
import type { Recipe } from "../recipe.js";
import { connect, type VistaOffer, vistaOffer } from "../stories/vista.js";
import { xpOffer, xpPlan } from "../stories/xp.js";
import { AUTH, saidString2 } from "./vista.js";
import { saidBlob } from "./xp.js";

const PRIVATE = { provider: "spnego", level: "pkt_privacy" } as const;
const SIGNED = { provider: "spnego", level: "pkt_integrity" } as const;

function issued(listeners: Listener[], sid: string): Pick<VistaOffer, "connectionString" | "said"> {
  const transports = [{ id: "1", sid, listeners }];
  const connectionString = connectionString2(AUTH, transports);
  return { connectionString, said: saidString2(connectionString, AUTH, transports) };
}

const TWO_SESSIONS = [
  { domain: "CONTOSO", user: "jmarek", session_id: 1 },
  { domain: "CONTOSO", user: "bgreen", session_id: 2 },
];

/** An XP-style offer's connection string for a host. */
function xpString(host: string, name: string) {
  const addresses = [
    { host, port: 3389 },
    { host: name, port: 3389 },
  ];
  const id = "rb+v0oPmEISmi8N2zK/vuhgul/ABqlDt6wW0VxMyxK8=";
  const parms = "IuaRySSbPDNna4+2mKcsKsxbJFI=";
  const connectionString = connectionString1(addresses, id, parms);
  return {
    connectionString,
    said: {
      form: 1,
      raw: connectionString,
      protocol_version: 65538,
      protocol_type: 1,
      machine_addresses: addresses,
      assistant_account_pwd: "*",
      ra_session_id: id,
      ra_session_name: "*",
      ra_session_pwd: "*",
      protocol_specific_parms: parms,
      violations: [],
    },
  };
}

/** The expert's connection to a listener: RDP's first bytes, some data, a close. Answers how long it lasted. */
function followUp(
  talk: Conversation,
  cast: Cast,
  server: { address: string; port: number },
  exchanges: number,
) {
  const client = { address: cast.expert.address, port: cast.expert.nextPort++ };
  const connection = talk.connect(client, server);
  const begun = talk.now;
  talk.say(connection, "client", connectionRequest(cast.expert.account.user.slice(0, 9)));
  talk.say(connection, "server", connectionConfirm());
  for (let i = 0; i < exchanges; i++) {
    talk.wait(350);
    talk.say(connection, "client", tlsRecord(talk.random, 60 + 17 * i));
    talk.say(connection, "server", tlsRecord(talk.random, 300 + 41 * i));
  }
  talk.close(connection);
  return { server, protocol: "rdp", seconds: Number((talk.now - begun) / 1_000_000_000n) };
}

/** Reference counts, and interfaces asked for in the newer way, whose answer is whole object references. */
function referencesOf(talk: Conversation, cast: Cast, exporter: Exporter): void {
  const cid = talk.random.guid();
  const association = new Association(talk, connect(talk, cast, exporter.port), cid, {});
  association.bind([{ interface: "IRemUnknown2", propose: ["ndr"], accept: "ndr" }]);
  const held = exporter.reference(IID.IUnknown);
  const rem = exporter.ipidRemUnknown;
  const counted = [{ ipid: held.ipid, publicRefs: 3 }];
  association.call(rem, remReferences(LITTLE, cid, "IRemUnknown2", "RemAddRef", counted));
  association.call(
    rem,
    remQueryInterface2(LITTLE, cid, held.ipid, [
      { iid: IID.IRASrv, hresult: 0, ref: exporter.reference(IID.IRASrv, held) },
      { iid: IID.IPCHService, hresult: HRESULT.E_NOINTERFACE, ref: null },
    ]),
  );
  association.call(rem, remReferences(LITTLE, cid, "IRemUnknown2", "RemRelease", counted));
  talk.close(association.connection);
}

const lastOffer = (talk: Conversation) => talk.offers.at(-1)!;

export const PEERS: Recipe[] = [
  {
    name: "big-endian.pcap",
    about:
      "Both offers between big-endian machines: drep 0 in headers and stubs, OBJREF, BSTR, VARIANT and SAFEARRAY little-endian inside.",
    make: () => {
      const talk = new Conversation("big-endian", "2008-09-09T12:00:00.000Z");
      const cast: Cast = {
        expert: helper("EXUSER", "EXPERT-BE", "192.168.40.78", WINDOWS_VISTA),
        novice: { ...domainMachine("NOVICE-BE", "192.168.40.13", WINDOWS_VISTA), ports: [49155, 49156] },
        little: false,
      };
      vistaOffer(talk, cast, {
        ...issued([{ port: 49301, name: "192.168.40.13" }], "911"),
        security: { provider: "ntlmssp", level: "pkt_integrity" },
        sessions: TWO_SESSIONS,
        entries: ["CONTOSO\\jmarek:1", "CONTOSO\\bgreen:2", null],
        chosen: 1,
        outcome: "string_issued",
      });
      talk.wait(5000);
      xpOffer(talk, cast, {
        ...xpString("192.168.40.13", "novice-be.contoso.example"),
        sessions: [{ domain: "CONTOSO", user: "jmarek", session_id: 1, state: 0 }],
        chosen: 1,
        asked: { user: "jmarek", domain: "CONTOSO", session: 1, helpBlob: helpBlob("CONTOSO", "EXUSER") },
        saidBlob: saidBlob("CONTOSO", "EXUSER"),
        little: false,
        port: 49156,
        security: null,
        outcome: "string_issued",
      });
      return { talk, file: { format: "pcap", nanoseconds: true, little: false } };
    },
  },
  {
    name: "ndr64.pcapng",
    about:
      "IRASrv's context accepted for NDR64 after bind-time feature negotiation; IRemUnknown2 and activation stay NDR.",
    make: () => {
      const talk = new Conversation("ndr64", "2024-02-29T23:59:58.999Z");
      const cast: Cast = {
        expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
        novice: domainMachine("WS-2024", "10.20.4.24", WINDOWS_10),
      };
      vistaOffer(talk, cast, {
        ...issued([{ port: 49501, name: "10.20.4.24" }], "20240229"),
        security: SIGNED,
        sessions: TWO_SESSIONS,
        entries: ["CONTOSO\\jmarek:1", null, "CONTOSO\\bgreen:2"],
        chosen: 2,
        syntax: "ndr64",
        outcome: "string_issued",
      });
      return { talk, file: { format: "pcapng", resolution: 9 } };
    },
  },
  {
    name: "follow-up.pcapng",
    about:
      "A whole offer, with ept_map and OXID resolution before it and the Remote Desktop connection to a listener after it.",
    make: () => {
      const talk = new Conversation("follow-up", "2024-06-03T09:15:00.000Z");
      const cast: Cast = {
        expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
        novice: domainMachine("WS-2004", "10.20.4.17", WINDOWS_10),
      };
      const mapper = new Association(talk, connect(talk, cast, 135), "", {});
      mapper.bind([{ interface: "ept", propose: ["ndr"], accept: "ndr" }], null, null);
      mapper.call(null, eptMap(LITTLE, "IRASrv", 49664, "10.20.4.17"), { causality: null });
      talk.close(mapper.connection);
      const listeners = [
        { port: 49228, name: "2001:db8:17::2004" },
        { port: 49230, name: "10.20.4.17" },
      ];
      vistaOffer(talk, cast, {
        ...issued(listeners, "555"),
        security: SIGNED,
        sessions: TWO_SESSIONS,
        chosen: 1,
        outcome: "connected",
      });
      talk.wait(2300);
      const server = { address: "10.20.4.17", port: 49230 };
      lastOffer(talk).follow_up = followUp(talk, cast, server, 5);
      // Another client learns where the exporter listens from its OXID alone.
      const exporter = new Exporter(talk.random, cast.novice, 49664, "");
      const resolver = new Association(talk, connect(talk, cast, 135), "", {});
      resolver.bind([{ interface: "IObjectExporter", propose: ["ndr"], accept: "ndr" }]);
      const bindings: Bindings = exporter.bindings;
      const { oxid, ipidRemUnknown } = exporter;
      resolver.call(null, serverAlive(LITTLE), { causality: null });
      resolver.call(null, resolveOxid(LITTLE, oxid, bindings, ipidRemUnknown, 5), { causality: null });
      resolver.call(null, resolveOxid2(LITTLE, oxid, bindings, ipidRemUnknown, 6), { causality: null });
      talk.close(resolver.connection);
      referencesOf(talk, cast, exporter);
      return { talk, file: { format: "pcapng", resolution: 6 } };
    },
  },
  {
    name: "two-experts.pcapng",
    about:
      "Two experts at one novice at once: one gets through, the other is refused and comes back a minute later.",
    make: () => {
      const helga = helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10);
      const olaf = helper("olaf.desk", "HELPDESK-9", "10.20.4.91", WINDOWS_10);
      const front = domainMachine("WS-2004", "10.20.4.17", WINDOWS_7);
      const listeners = [{ port: 49230, name: "WS-2004" }];

      // Helga knows the session and gets through; the listener is named, not numbered.
      const first = new Conversation("helga", "2024-07-15T10:00:00.000Z");
      const one: Cast = { expert: helga, novice: front };
      vistaOffer(first, one, {
        ...issued(listeners, "71"),
        security: SIGNED,
        sessions: TWO_SESSIONS,
        chosen: 1,
        half: "ask",
        outcome: "connected",
      });
      first.wait(1200);
      lastOffer(first).follow_up = followUp(first, one, { address: "10.20.4.17", port: 49230 }, 3);

      // Olaf is half a second behind, is reported that an instance is running, and tries again a minute later.
      const second = new Conversation("olaf", "2024-07-15T10:00:00.500Z");
      const two: Cast = { expert: olaf, novice: { ...front, ports: [49680, 49681] } };
      const attempt = { security: SIGNED, sessions: TWO_SESSIONS, chosen: 2 };
      const refused = { ...issued([], "0"), result: 0x80070052, outcome: "failed" };
      vistaOffer(second, two, { ...attempt, ...refused });
      second.wait(61_000);
      const later: Cast = { expert: olaf, novice: { ...front, ports: [49682, 49683] } };
      const again = { ...issued(listeners, "72"), outcome: "string_issued" };
      vistaOffer(second, later, { ...attempt, ...again, half: "ask" });
      return { talk: overlay(first, second), file: { format: "pcapng", resolution: 9, little: false } };
    },
  },
  {
    name: "one-expert-three-novices.pcapng",
    about:
      "One expert at three novices at once: over IPv6 sealed, over IPv4 for the list alone, and at Windows XP; Ethernet, raw IP and Linux cooked v2.",
    make: () => {
      const helga = helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10);
      const first = new Conversation("helga-v6", "2024-07-15T10:20:01.000Z");
      const six: Cast = {
        expert: { ...helga, address: "2001:db8:17::90", nextPort: 51200 },
        novice: domainMachine("WS-3001", "2001:db8:17::3001", WINDOWS_10),
      };
      vistaOffer(first, six, {
        ...issued([{ port: 50001, name: "2001:db8:17::3001" }], "6"),
        security: PRIVATE,
        sessions: TWO_SESSIONS,
        chosen: 2,
        outcome: "string_issued",
      });

      const second = new Conversation("helga-list", "2024-07-15T10:20:01.300Z");
      vistaOffer(
        second,
        { expert: helga, novice: domainMachine("WS-2004", "10.20.4.17", WINDOWS_7) },
        {
          ...issued([], "0"),
          security: SIGNED,
          sessions: TWO_SESSIONS,
          chosen: 1,
          half: "list",
          outcome: "listed_only",
        },
      );

      const third = new Conversation("helga-xp", "2024-07-15T10:20:01.700Z");
      const old: Cast = {
        expert: { ...helga, nextPort: 50400 },
        novice: domainMachine("XP-FRONT", "192.168.40.12", WINDOWS_XP),
      };
      xpOffer(third, old, {
        ...xpString("192.168.40.12", "xp-front.contoso.example"),
        sessions: [{ domain: "CONTOSO", user: "bgreen", session_id: 0, state: 0 }],
        chosen: 0,
        asked: { user: "bgreen", domain: "CONTOSO", session: 0, helpBlob: helpBlob("CONTOSO", "helga.desk") },
        saidBlob: saidBlob("CONTOSO", "helga.desk"),
        port: 1040,
        security: xpPlan(old),
        outcome: "string_issued",
      });
      const talk = overlay(first, second, third);
      const link = (address: string) => (address.includes(":") ? 1 : address.startsWith("192.") ? 2 : 0);
      return {
        talk,
        links: {
          types: ["ethernet", "raw", "sll2"],
          of: (segment) => link(talk.connections[segment.connection]!.server.address),
        },
        file: { format: "pcapng", resolution: 9 },
      };
    },
  },
];
