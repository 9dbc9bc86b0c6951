/** Who looks around, and how those who come authenticate. */
import { note } from "../../output/samples.js";
import type { RuleCase } from "../case.js";
import { counted, type Made, madeAssociation, rpc } from "../made.js";

const SAMR = "12345778-1234-abcd-ef00-0123456789ac";
const LSARPC = "12345778-1234-abcd-ef00-0123456789ab";
const SRVSVC = "4b324fc8-1670-01d3-1278-5a47bf6ee188";
const WKSSVC = "6bffd098-a112-3610-9833-46c3f87e345a";
const EPT = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
const NIL = "00000000-0000-0000-0000-000000000000";

const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const lookup = (over: Made = {}) =>
  rpc(EPT, 2, { request: { inquiry_type: 0, entry_handle: { attributes: 0, uuid: NIL } }, ...over });

const named = (group: string) => rpc(SAMR, 17, { request: { Names: [counted(group)] } });
const sids = (entries: number) => rpc(LSARPC, 57, { request: { SidEnumBuffer: { Entries: entries } } });

const TIMED = { MsvAvTimestamp: "2024-05-01T10:00:00.0000000Z" };

export const LOOKING: readonly RuleCase[] = [
  {
    rule: "samr-enumeration",
    fires: [[13, 11, 15].map((opnum, at) => rpc(SAMR, opnum, { at }))],
    quiet: [
      [13, 11].map((opnum, at) => rpc(SAMR, opnum, { at })),
      times(20).map((at) => rpc(SAMR, 13, { at })),
      [13, 11, 15].map((opnum, at) => rpc(SAMR, opnum, { at, to: 9 + at })),
      "pipes.pcapng",
      "shared/pipes/smb1_20-fids.pcap",
    ],
  },
  {
    rule: "samr-members-read",
    fires: [times(5).map((at) => rpc(SAMR, 33, { at }))],
    quiet: [times(4).map((at) => rpc(SAMR, 25, { at })), "pipes.pcapng"],
  },
  {
    rule: "samr-members-sweep",
    fires: [[9, 10, 11].map((to, at) => rpc(SAMR, 33, { to, at }))],
    quiet: [[9, 10].map((to, at) => rpc(SAMR, 33, { to, at })), times(9).map((at) => rpc(SAMR, 33, { at }))],
  },
  {
    rule: "samr-accounts-read",
    fires: ["shared/pipes/samrdump.pcap.gz", times(6).map((at) => rpc(SAMR, 36, { at }))],
    quiet: [times(5).map((at) => rpc(SAMR, 47, { at })), "pipes.pcapng"],
  },
  {
    rule: "samr-users-listed",
    fires: ["pipes.pcapng", "shared/pipes/samrdump.pcap.gz", [rpc(SAMR, 40)]],
    quiet: [[rpc(SAMR, 17)]],
  },
  {
    rule: "samr-privileged-group",
    fires: [[named("Domain Admins")], [named("domain admins")]],
    quiet: [[named("Domain Users")], "pipes.pcapng"],
  },
  { rule: "lsa-sids-guessed", fires: [[sids(1_000)]], quiet: [[sids(3)], "pipes.pcapng"] },
  {
    rule: "lsa-lookup-burst",
    fires: [times(40).map((at) => rpc(LSARPC, 76, { at, sealed: true }))],
    quiet: [
      times(39).map((at) => rpc(LSARPC, 76, { at })),
      times(80).map((at) => rpc(LSARPC, 14, { at: at * 5 })),
      "pipes.pcapng",
    ],
  },
  {
    rule: "lsa-policy-enumeration",
    fires: [[11, 13, 35, 50].map((opnum, at) => rpc(LSARPC, opnum, { at }))],
    quiet: [[11, 13, 35].map((opnum, at) => rpc(LSARPC, opnum, { at })), "pipes.pcapng"],
  },
  {
    rule: "session-enumeration",
    fires: [[rpc(SRVSVC, 12)], [rpc(WKSSVC, 2, { sealed: true })]],
    quiet: [[rpc(SRVSVC, 15)], [rpc(WKSSVC, 0)], "pipes.pcapng"],
  },
  {
    rule: "session-enumeration-sweep",
    fires: [[9, 10, 11].map((to, at) => rpc(SRVSVC, 12, { to, at }))],
    quiet: [
      [9, 10].map((to, at) => rpc(SRVSVC, 12, { to, at })),
      times(9).map((at) => rpc(SRVSVC, 12, { at })),
      [9, 10, 11].map((to, at) => rpc(SRVSVC, 12, { to, at: at * 500 })),
    ],
  },
  {
    rule: "share-enumeration",
    fires: ["pipes.pcapng", "shared/pipes/Discovery_dcerp_srvsvc_NetShareEnum.pcapng", [rpc(SRVSVC, 36)]],
    quiet: [[rpc(SRVSVC, 16)]],
  },
  {
    rule: "share-enumeration-sweep",
    fires: [[9, 10, 11, 12].map((to, at) => rpc(SRVSVC, 15, { to, at }))],
    quiet: [[9, 10, 11].map((to, at) => rpc(SRVSVC, 15, { to, at })), "pipes.pcapng"],
  },
  {
    rule: "endpoint-map-dumped",
    fires: ["shared/Discovery_impacket_rpcdump.pcapng", [lookup()]],
    quiet: [[rpc(EPT, 3)], "follow-up.pcapng"],
  },
  {
    rule: "endpoint-map-sweep",
    fires: [[9, 10, 11].map((to, at) => lookup({ to, at }))],
    quiet: [
      [9, 10].map((to, at) => lookup({ to, at })),
      [9, 10, 11].map((to, at) => rpc(EPT, 3, { to, at })),
    ],
  },
  {
    rule: "endpoint-mapper-sweep",
    fires: [times(10).map((at) => rpc(EPT, 3, { to: 20 + at, at }))],
    quiet: [
      times(9).map((at) => rpc(EPT, 3, { to: 20 + at, at })),
      times(40).map((at) => rpc(EPT, 3, { at })),
    ],
  },
  {
    rule: "ntlmv1",
    fires: [[madeAssociation({ kind: "ntlmv1" })], "shared/covenant_dcom_registerxll_2020-09-18145959.cap"],
    quiet: [[madeAssociation()], "vista-offer-integrity.pcapng"],
  },
  {
    rule: "ntlm-mic-absent",
    fires: [[madeAssociation({ mic: false, avPairs: TIMED })], "shared/pipes/samrdump.pcap.gz"],
    quiet: [
      [madeAssociation({ avPairs: TIMED })],
      [madeAssociation({ mic: false })],
      [madeAssociation({ mic: false, kind: "ntlmv1", avPairs: TIMED })],
      [madeAssociation({ mic: false, avPairs: { ...TIMED, MsvAvFlags: 2 } })],
      "vista-offer-integrity.pcapng",
    ],
  },
  {
    rule: "ntlm-mic-stripped",
    fires: [[madeAssociation({ mic: false, avPairs: { ...TIMED, MsvAvFlags: 2 } })]],
    quiet: [
      [madeAssociation({ mic: false, avPairs: TIMED })],
      [madeAssociation({ avPairs: { MsvAvFlags: 2 } })],
      "shared/pipes/samrdump.pcap.gz",
    ],
  },
  {
    rule: "ntlm-mic-wrong",
    fires: [[note({ code: "mic-wrong", message: "the MIC does not fit" })]],
    quiet: [[note()], "vista-offer-integrity.pcapng"],
  },
  {
    rule: "ntlm-challenge-reused",
    fires: [
      [madeAssociation(), madeAssociation({ from: 6, at: 1 })],
      [madeAssociation({ from: 5, to: 66 }), madeAssociation({ from: 66, to: 9, at: 1 })],
      "shared/victim_server.pcapng",
    ],
    quiet: [
      [madeAssociation(), madeAssociation({ at: 1 })],
      [madeAssociation(), madeAssociation({ from: 6, to: 10, at: 1 })],
      [madeAssociation(), madeAssociation({ from: 6, at: 1, challenge: "fedcba9876543210" })],
      "pipes.pcapng",
      "two-experts.pcapng",
    ],
  },
];
