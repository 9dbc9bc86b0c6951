/** Replication, Netlogon, coercion, printer drivers, keys, passwords. */
import type { Value } from "../../../../src/events.js";
import type { RuleCase } from "../case.js";
import { counted, handle, type Made, rpc } from "../made.js";

const DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";
const NETLOGON = "12345678-1234-abcd-ef00-01234567cffb";
const EFSRPC = "c681d488-d850-11d0-8c52-00c04fd90f7e";
const EFSRPC_PIPE = "df1941c5-fe89-4e79-bf10-463657acf44d";
const WINSPOOL = "12345678-1234-abcd-ef00-0123456789ab";
const WINSPOOL_ASYNC = "76f03f96-cdfd-44fc-a22c-64950a001209";
const NETDFS = "4fc742e0-4a10-11cf-8273-00aa004ae673";
const FSRVP = "a8e0653c-2744-4389-a61d-7373df8b2292";
const EVENTLOG = "82273fdc-e32a-18c3-3f78-827929dc23ea";
const LSARPC = "12345778-1234-abcd-ef00-0123456789ab";
const SAMR = "12345778-1234-abcd-ef00-0123456789ac";
const BACKUP_KEY = "3dde7c30-165d-11d1-ab8f-00805f14db40";
const ICERTPASSAGE = "91ae6020-9e3c-11cf-8d7c-00aa00c091be";
const MIMIKATZ = "17fc11e9-c258-4b8d-8d07-2f4125156244";

const changes = (over: Made = {}) => rpc(DRSUAPI, 3, over);
/** Of a domain controller that answers replication itself. */
const controller = (address: number) => rpc(DRSUAPI, 2, { from: 30, to: address, sealed: true, user: null });

const authenticate = (credential: string, over: Made = {}) =>
  rpc(NETLOGON, 26, {
    type: "none",
    level: "none",
    user: null,
    request: { AccountName: "DC01$", ClientCredential: { data: credential } },
    ...over,
  });
const ZEROS = "0000000000000000";
const passwordSet = (type: "none" | "netlogon") =>
  rpc(NETLOGON, 30, { type, level: type === "none" ? "none" : "pkt_privacy", user: null });

const driver = (flags: string, level2: { [name: string]: Value }, uuid = WINSPOOL, opnum = 89) =>
  rpc(uuid, opnum, {
    request: { pDriverContainer: { DriverInfo: { Level2: { pName: "1234", ...level2 } } } },
    readable: { dwFileCopyFlags: flags },
  });
const PLAIN_DRIVER = driver("APD_COPY_NEW_FILES", { pConfigFile: "C:\\Windows\\x\\config.dll" });

const setInformation = (level: number, over: Made = {}) =>
  rpc(SAMR, 58, {
    request: { UserHandle: handle(5), UserInformationClass: { value: level, name: null } },
    ...over,
  });
/** An account that is looked up and opened, and then changed. */
const resetOf = (account: string, level = 26) => [
  rpc(SAMR, 17, {
    request: { Names: [counted(account)] },
    readable: { "Names[0]": account },
    response: { RelativeIds: { Element: [1104] } },
  }),
  rpc(SAMR, 34, { request: { UserId: 1104 }, response: { UserHandle: handle(5) } }),
  setInformation(level),
];

const elsewhere = { request: { FileName: "\\\\10.0.0.66\\share\\x" } };

export const DOMAIN: readonly RuleCase[] = [
  {
    rule: "dcsync-by-user",
    fires: [[changes()], [changes({ sealed: true })]],
    quiet: [[changes({ user: "DC01$" })], [changes({ user: null, sealed: true })], [rpc(DRSUAPI, 12)]],
  },
  {
    rule: "dcsync-single-object",
    fires: [[changes({ request: { pmsgIn: { V8: { ulExtendedOp: 6 } } } })]],
    quiet: [[changes({ request: { pmsgIn: { V8: { ulExtendedOp: 0 } } } })], [changes({ sealed: true })]],
  },
  {
    rule: "dcsync-tool-sequence",
    fires: [[16, 12, 3].map((opnum, at) => rpc(DRSUAPI, opnum, { sealed: true, user: null, at }))],
    quiet: [
      [12, 3].map((opnum, at) => rpc(DRSUAPI, opnum, { sealed: true, at })),
      [3, 12, 16].map((opnum, at) => rpc(DRSUAPI, opnum, { sealed: true, at })),
      "shared/PatchedDCAuthenticatedTryWithRpcEncryptFileSrv.pcapng",
    ],
  },
  {
    rule: "dcsync-unbound-sequence",
    fires: [[0, 16, 12, 0, 3, 1].map((opnum, at) => rpc(null, opnum, { sealed: true, at }))],
    quiet: [
      [16, 12].map((opnum, at) => rpc(null, opnum, { sealed: true, at })),
      [16, 12, 3].map((opnum, at) => rpc(null, opnum, { sealed: true, at, stream: at })),
      [16, 12, 3].map((opnum, at) => rpc(null, opnum, { sealed: true, at: at * 100 })),
      "mid-stream.pcap",
    ],
  },
  {
    rule: "dcsync-account-unknown",
    fires: [[changes({ sealed: true, user: null })]],
    quiet: [[changes()], [controller(5), changes({ sealed: true, user: null, at: 1 })]],
  },
  {
    rule: "directory-replication",
    fires: [
      [changes({ user: "DC01$" })],
      [controller(5), changes({ sealed: true, user: null, at: 1 })],
      "shared/PatchedDCAuthenticatedTryWithRpcEncryptFileSrv.pcapng",
    ],
    quiet: [[changes()], [changes({ sealed: true, user: null })]],
  },
  {
    rule: "dcshadow-replica-added",
    fires: [[rpc(DRSUAPI, 5, { sealed: true })]],
    quiet: [[rpc(DRSUAPI, 2)]],
  },
  {
    rule: "dcshadow-replica-added-and-removed",
    fires: [[5, 6].map((opnum, at) => rpc(DRSUAPI, opnum, { sealed: true, at }))],
    quiet: [
      [rpc(DRSUAPI, 5)],
      [6, 5].map((opnum, at) => rpc(DRSUAPI, opnum, { at })),
      [5, 6].map((opnum, at) => rpc(DRSUAPI, opnum, { at: at * 3_600 })),
    ],
  },
  { rule: "dcshadow-entry-added", fires: [[rpc(DRSUAPI, 17)]], quiet: [[rpc(DRSUAPI, 5)]] },
  {
    rule: "zerologon-attempts",
    fires: [[authenticate(ZEROS, { status: "error" })], [authenticate(ZEROS)]],
    quiet: [[authenticate("5e280300fcaed44a")], "shared/macgyver.pcap.gz"],
  },
  {
    rule: "zerologon-accepted",
    fires: [[authenticate(ZEROS)]],
    quiet: [
      [authenticate(ZEROS, { status: "error" })],
      [authenticate("5e280300fcaed44a")],
      "shared/macgyver.pcap.gz",
    ],
  },
  {
    rule: "zerologon-burst-sealed",
    fires: [Array.from({ length: 20 }, (_, at) => rpc(NETLOGON, 15, { sealed: true, at }))],
    quiet: [
      Array.from({ length: 19 }, (_, at) => rpc(NETLOGON, 15, { sealed: true, at })),
      Array.from({ length: 40 }, (_, at) => rpc(NETLOGON, 26, { sealed: true, at, from: 5 + at })),
      "shared/macgyver.pcap.gz",
    ],
  },
  {
    rule: "netlogon-password-without-channel",
    fires: [[passwordSet("none")]],
    quiet: [[passwordSet("netlogon")], [authenticate(ZEROS)]],
  },
  {
    rule: "coercion-efsrpc",
    fires: [[rpc(EFSRPC, 0, elsewhere)], [rpc(EFSRPC_PIPE, 4, elsewhere)]],
    quiet: [
      [rpc(EFSRPC, 0, { request: { FileName: "C:\\x" } })],
      [rpc(EFSRPC, 0, { request: { FileName: "\\\\10.0.0.9\\share\\x" } })],
      [rpc(EFSRPC, 3, { request: {} })],
    ],
  },
  {
    rule: "coercion-efsrpc-sealed",
    fires: [[rpc(EFSRPC_PIPE, 4, { sealed: true })]],
    quiet: [[rpc(EFSRPC, 4, elsewhere)], [rpc(EFSRPC, 3, { sealed: true })]],
  },
  {
    rule: "coercion-printer-bug",
    fires: [
      [rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\ATTACKER" } })],
      [controller(9), rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\EXPERT-PC" }, at: 1 })],
    ],
    quiet: [
      [rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\expert-pc.exdomain.example" } })],
      [rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\10.0.0.66" } })],
      [rpc(WINSPOOL, 62, { sealed: true })],
      [rpc(WINSPOOL, 1)],
    ],
  },
  {
    rule: "printer-notifications",
    fires: [
      [rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\EXPERT-PC" } })],
      [rpc(WINSPOOL, 62, { sealed: true })],
      [rpc(WINSPOOL, 65, { type: "none", level: "none", request: { pszLocalMachine: "\\\\WS-2004" } })],
    ],
    quiet: [[rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\ATTACKER" } })], [rpc(WINSPOOL, 1)]],
  },
  {
    rule: "coercion-printer-bug-address",
    fires: [
      "shared/pipes/CA_LM_SpoolSample_SMB_BiAuth.pcapng",
      [rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\attacker@80/x" } })],
    ],
    quiet: [
      [rpc(WINSPOOL, 65, { request: { pszLocalMachine: "\\\\CLIENT" } })],
      [rpc(WINSPOOL, 65, { sealed: true })],
    ],
  },
  {
    rule: "coercion-dfsnm",
    fires: [
      [rpc(NETDFS, 13, { request: { ServerName: "10.0.0.66", RootShare: "x" } })],
      [rpc(NETDFS, 12, { sealed: true })],
    ],
    quiet: [[rpc(NETDFS, 4)]],
  },
  {
    rule: "coercion-fsrvp",
    fires: [[rpc(FSRVP, 8, { request: { ShareName: "\\\\10.0.0.66\\NETLOGON" } })], [rpc(FSRVP, 9)]],
    quiet: [[rpc(FSRVP, 0)]],
  },
  {
    rule: "coercion-eventlog",
    fires: [
      [rpc(EVENTLOG, 9, { request: { BackupFileName: counted("\\??\\UNC\\10.0.0.66\\x\\aa") } })],
      [rpc(EVENTLOG, 9, { sealed: true })],
    ],
    quiet: [
      [rpc(EVENTLOG, 9, { request: { BackupFileName: counted("\\??\\C:\\saved.evt") } })],
      [rpc(EVENTLOG, 7, { sealed: true })],
      "shared/pipes/pwshell-cmdlet-clear-eventlog-application.pcap",
    ],
  },
  {
    rule: "printnightmare-driver-from-share",
    fires: [
      [driver("APD_COPY_ALL_FILES|APD_INSTALL_WARNED_DRIVER", {})],
      [driver("APD_COPY_NEW_FILES", { pDataFile: "\\\\10.0.0.66\\smb\\x.dll" })],
      [driver("APD_COPY_NEW_FILES", { pConfigFile: "\\??\\UNC\\10.0.0.66\\x.dll" }, WINSPOOL_ASYNC, 39)],
    ],
    quiet: [[PLAIN_DRIVER], [rpc(WINSPOOL, 89, { sealed: true })]],
  },
  {
    rule: "printer-driver-added",
    fires: [[rpc(WINSPOOL, 89, { sealed: true })], "shared/pipes/PrintNightmare.pcap"],
    quiet: [[PLAIN_DRIVER], [rpc(WINSPOOL, 1, { sealed: true })]],
  },
  {
    rule: "dpapi-domain-backup-key",
    fires: [
      [rpc(LSARPC, 43, { request: { KeyName: counted("G$BCKUPKEY_PREFERRED") } })],
      [rpc(LSARPC, 28, { request: { SecretName: counted("G$BCKUPKEY_P") } })],
    ],
    quiet: [
      [rpc(LSARPC, 43, { request: { KeyName: counted("_SC_MSSQL") } })],
      [rpc(LSARPC, 43, { sealed: true })],
    ],
  },
  {
    rule: "lsa-secret-read",
    fires: [
      [rpc(LSARPC, 43, { request: { KeyName: counted("_SC_MSSQL") } })],
      [rpc(LSARPC, 30, { sealed: true })],
    ],
    quiet: [
      [rpc(LSARPC, 43, { request: { KeyName: counted("G$BCKUPKEY_P") } })],
      [rpc(LSARPC, 44)],
      "pipes.pcapng",
    ],
  },
  {
    rule: "lsa-machine-secret-set",
    fires: [
      [rpc(LSARPC, 28, { request: { SecretName: counted("$MACHINE.ACC") } })],
      [rpc(LSARPC, 42, { request: { KeyName: counted("$MACHINE.ACC") } })],
    ],
    quiet: [[rpc(LSARPC, 28, { request: { SecretName: counted("_SC_MSSQL") } })]],
  },
  {
    rule: "dpapi-masterkey-restored",
    fires: [
      [rpc(BACKUP_KEY, 0, { sealed: true, bytes: [452, 100] })],
      [rpc(BACKUP_KEY, 0, { request: { pguidActionAgent: "47270c64-2fc7-499b-ac5b-0e37cdce899a" } })],
    ],
    quiet: [[rpc(BACKUP_KEY, 0, { sealed: true, bytes: [80, 900] })]],
  },
  {
    rule: "dpapi-public-key-retrieved",
    fires: [
      [rpc(BACKUP_KEY, 0, { sealed: true, bytes: [80, 900] })],
      [rpc(BACKUP_KEY, 0, { request: { pguidActionAgent: "018ff48a-eaba-40c6-8f6d-72370240e967" } })],
    ],
    quiet: [[rpc(BACKUP_KEY, 0, { sealed: true, bytes: [452, 100] })]],
  },
  {
    rule: "password-reset",
    fires: [[setInformation(26)], resetOf("jmarek"), [setInformation(18)]],
    quiet: [[setInformation(16)], [setInformation(26, { sealed: true })], "pipes.pcapng"],
  },
  {
    rule: "password-reset-machine-account",
    fires: [resetOf("WS-2004$")],
    quiet: [resetOf("jmarek"), resetOf("WS-2004$", 16)],
  },
  {
    rule: "account-changed-sealed",
    fires: [[setInformation(26, { sealed: true })]],
    quiet: [[setInformation(26)], "pipes.pcapng"],
  },
  { rule: "password-changed-by-hash", fires: [[rpc(SAMR, 38)]], quiet: [[rpc(SAMR, 55)], "pipes.pcapng"] },
  {
    rule: "password-changed",
    fires: [
      [rpc(SAMR, 55, { readable: { UserName: "jmarek" } })],
      [rpc(SAMR, 54)],
      [rpc(SAMR, 63)],
      [rpc(SAMR, 73)],
    ],
    quiet: [[rpc(SAMR, 38)], [setInformation(26)], "pipes.pcapng"],
  },
  {
    rule: "passwords-changed-many",
    fires: [[0, 1, 2].map((at) => rpc(SAMR, 55, { at })), [0, 1, 2].map((at) => setInformation(26, { at }))],
    quiet: [
      [0, 1].map((at) => rpc(SAMR, 55, { at })),
      [0, 1, 2].map((at) => rpc(SAMR, 55, { at: at * 900 })),
      [0, 1, 2].map((at) => setInformation(16, { at })),
      [0, 1, 2].map((at) => rpc(SAMR, 55, { at, status: "error" })),
    ],
  },
  {
    rule: "passwords-guessed",
    fires: [Array.from({ length: 10 }, (_, at) => rpc(SAMR, 55, { at, status: "error" }))],
    quiet: [
      Array.from({ length: 9 }, (_, at) => rpc(SAMR, 55, { at, status: "error" })),
      Array.from({ length: 10 }, (_, at) => rpc(SAMR, 55, { at })),
      Array.from({ length: 10 }, (_, at) => rpc(SAMR, 55, { at: at * 60, status: "error" })),
    ],
  },
  {
    rule: "account-created",
    fires: [[rpc(SAMR, 50, { request: { Name: counted("EVIL$") } })], [rpc(SAMR, 12, { sealed: true })]],
    quiet: [[rpc(SAMR, 34)], "pipes.pcapng"],
  },
  {
    rule: "group-member-added",
    fires: [[rpc(SAMR, 22)], [rpc(SAMR, 31)]],
    quiet: [[rpc(SAMR, 25)], "pipes.pcapng"],
  },
  { rule: "sid-history-added", fires: [[rpc(DRSUAPI, 20, { sealed: true })]], quiet: [[rpc(DRSUAPI, 21)]] },
  {
    rule: "certificate-request-unprotected",
    fires: [[rpc(ICERTPASSAGE, 0)], [rpc(ICERTPASSAGE, 0, { level: "connect" })]],
    quiet: [[rpc(ICERTPASSAGE, 0, { sealed: true })], [rpc(ICERTPASSAGE, 0, { level: "pkt_privacy" })]],
  },
  { rule: "dsrm-password-set", fires: [[rpc(SAMR, 66)]], quiet: [[rpc(SAMR, 65)]] },
  { rule: "mimikatz-rpc", fires: [[rpc(MIMIKATZ, 2, { sealed: true })]], quiet: ["pipes.pcapng"] },
];
