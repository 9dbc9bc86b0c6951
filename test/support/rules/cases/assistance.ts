/** Remote Assistance. */
import type { RuleCase } from "../case.js";
import { madeOffer, rpc } from "../made.js";

const IRASRV = "f120a684-b926-447f-9df4-c966cb785648";
const IPCH_SERVICE = "833e4200-aff7-4ac3-aac2-9f24c1457bce";
const SRVSVC = "4b324fc8-1670-01d3-1278-5a47bf6ee188";
const LOGON = "12345678-1234-abcd-ef00-01234567cffb";
const DSSETUP = "3919286a-b10c-11d0-9ba8-00c04fd92ef5";
const DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";

const SELECTED = { domain: null, user: null, source: "activation" } as const;
const LISTED = { address: "10.0.0.5", user: "EXUSER", domain: "EXDOMAIN", workstation: null };

/** What NetrServerGetInfo says of the novice's machine: a server, or a workstation. */
const told = (type: number) =>
  rpc(SRVSVC, 21, { response: { InfoStruct: { ServerInfo101: { sv101_type: type } } } });

/** What DsRolerGetPrimaryDomainInformation says. */
const saidToBe = (role: number) =>
  rpc(DSSETUP, 0, {
    response: { DomainInfo: { DomainInfoBasic: { MachineRole: { value: role, name: null } } } },
  });

const followUp = (fromExpert: boolean | null) =>
  madeOffer({ follow_up: { ...madeOffer().follow_up!, from_expert: fromExpert } });

export const ASSISTANCE: readonly RuleCase[] = [
  {
    rule: "rai-session-sweep",
    fires: [
      [9, 10, 11].map((to, at) => rpc(IRASRV, 8, { to, at, sealed: true })),
      [9, 10, 11].map((to, at) => rpc(at === 0 ? IPCH_SERVICE : IRASRV, at === 0 ? 20 : 8, { to, at })),
    ],
    quiet: [
      [9, 10].map((to, at) => rpc(IRASRV, 8, { to, at })),
      [9, 9, 9].map((to, at) => rpc(IRASRV, 8, { to, at })),
      [9, 10, 11].map((to, at) => rpc(IRASRV, 7, { to, at })),
      [9, 10, 11].map((to, at) => rpc(IRASRV, 8, { to, at, from: 20 + at })),
      [9, 10, 11].map((to, at) => rpc(IRASRV, 8, { to, at: at * 900 })),
      "one-expert-three-novices.pcapng",
    ],
  },
  {
    rule: "rai-listed-only",
    fires: ["one-expert-three-novices.pcapng", [madeOffer({ outcome: "listed_only" })]],
    quiet: ["vista-offer-integrity.pcapng", [madeOffer()]],
  },
  {
    rule: "rai-offer-to-server",
    fires: [
      [told(0x8000), madeOffer({}, 5)],
      [told(0x10), madeOffer({}, 5)],
      [rpc(DRSUAPI, 0, { from: 7 }), madeOffer({}, 5)],
      [rpc(LOGON, 26, { from: 7 }), madeOffer({}, 5)],
      [saidToBe(3), madeOffer({}, 5)],
      [saidToBe(5), madeOffer({}, 5)],
    ],
    quiet: [
      [madeOffer()],
      [told(1), madeOffer({}, 5)],
      [saidToBe(1), madeOffer({}, 5)],
      [rpc(LOGON, 26, { from: 7, status: "error" }), madeOffer({}, 5)],
      "vista-offer-integrity.pcapng",
    ],
  },
  {
    rule: "rai-other-session",
    fires: [
      "vista-offer-integrity.pcapng",
      "ndr64.pcapng",
      [madeOffer({ selected: { ...SELECTED, session_id: 3 } })],
    ],
    quiet: ["follow-up.pcapng", "xp-collection-walk.pcap", [madeOffer()]],
  },
  {
    rule: "rai-public-listener",
    fires: ["follow-up.pcapng", "vista-offer-integrity.pcapng", [madeOffer()]],
    quiet: ["xp-collection-walk.pcap", "ndr64.pcapng", [madeOffer({ connection_string: null })]],
  },
  {
    rule: "rai-follow-up-elsewhere",
    fires: [[followUp(false)]],
    quiet: ["follow-up.pcapng", [followUp(true)], [followUp(null)], [madeOffer({ follow_up: null })]],
  },
  {
    rule: "rai-ticket-in-clear",
    fires: ["vista-offer-integrity.pcapng", "xp-collection-walk.pcap"],
    quiet: ["vista-offer-privacy.pcapng", [madeOffer()]],
  },
  {
    rule: "rai-below-privacy",
    fires: ["vista-offer-integrity.pcapng", "invoke.pcapng", [rpc(IRASRV, 8)]],
    quiet: ["vista-offer-privacy.pcapng", "xp-collection-walk.pcap", [rpc(IRASRV, 8, { sealed: true })]],
  },
  {
    rule: "rai-expert-not-listed",
    fires: [[madeOffer({ expert: { ...LISTED, listed: false } })]],
    quiet: ["vista-offer-integrity.pcapng", [madeOffer({ expert: { ...LISTED, listed: true } })]],
  },
];
