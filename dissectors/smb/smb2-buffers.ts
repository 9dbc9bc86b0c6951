/**
 * What buffers of SMB 2 and 3 messages hold that their message says, for trees: create contexts by their names, [MS-SMB2] 2.2.13.2
 * and 2.2.14.2, and the buffers of some controls, 2.2.31.4, 2.2.32.5, 2.2.32.6.
 *
 * Not handled: information about files and directories, whose class only the request of an answer says; security descriptors.
 */
import { type Layout, readLayout } from "../wire/layout.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, namesOf } from "../wire/show.js";
import { ntstatusName } from "../wire/status.js";
import { latin1 } from "../wire/text.js";
import { showAccess, showCapabilities, showDialect, showLease, showSecurityMode } from "./smb2-codes.js";

const LEASE: Layout = [
  ["LeaseKey", 16],
  ["LeaseState", "u32", showLease],
  [
    "LeaseFlags",
    "u32",
    flagsOf([
      [0x2, "SMB2_LEASE_FLAG_BREAK_IN_PROGRESS"],
      [0x4, "SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET"],
    ]),
  ],
  ["LeaseDuration", 8],
];
const HANDLE_FLAGS = flagsOf([[0x2, "SMB2_DHANDLE_FLAG_PERSISTENT"]]);

/** By name and size of the data. */
const CONTEXTS: ReadonlyMap<string, Layout> = new Map<string, Layout>([
  ["DHnQ 16", [["DurableRequest", 16]]],
  ["DHnQ 8", [["Reserved", 8]]],
  [
    "DHnC 16",
    [
      [
        "Data",
        [
          ["Persistent", 8],
          ["Volatile", 8],
        ],
      ],
    ],
  ],
  ["AlSi 8", [["AllocationSize", "u64"]]],
  [
    "MxAc 8",
    [
      ["QueryStatus", "u32", (status) => ntstatusName(status) ?? ""],
      ["MaximalAccess", "u32", showAccess],
    ],
  ],
  ["TWrp 8", [["Timestamp", "time"]]],
  [
    "QFid 32",
    [
      ["DiskFileId", 8],
      ["VolumeId", 8],
      ["Reserved", 16],
    ],
  ],
  ["RqLs 32", LEASE],
  ["RqLs 52", [...LEASE, ["ParentLeaseKey", 16], ["Epoch", "u16"], ["Reserved", "h16"]]],
  [
    "DH2Q 32",
    [
      ["Timeout", "u32"],
      ["Flags", "u32", HANDLE_FLAGS],
      ["Reserved", 8],
      ["CreateGuid", "guid"],
    ],
  ],
  [
    "DH2Q 8",
    [
      ["Timeout", "u32"],
      ["Flags", "u32", HANDLE_FLAGS],
    ],
  ],
  [
    "DH2C 36",
    [
      ["FileId", 16],
      ["CreateGuid", "guid"],
      ["Flags", "u32", HANDLE_FLAGS],
    ],
  ],
]);

/** The data of a create context, all of `r`; `name`: what stands as its name. */
export function readContextData(r: Reader, name: Uint8Array): void {
  const layout = CONTEXTS.get(`${latin1(name)} ${r.left}`);
  if (layout === undefined) r.rest("Data");
  else r.part("Data", readLayout, layout);
}

const FSCTL_VALIDATE_NEGOTIATE_INFO = 0x00140204;
const FSCTL_QUERY_NETWORK_INTERFACE_INFO = 0x001401fc;
const MAX_LIST = 256;

/** Whether the buffer of a control is read here. */
export function readsControl(code: number, response: boolean): boolean {
  return code === FSCTL_VALIDATE_NEGOTIATE_INFO || (response && code === FSCTL_QUERY_NETWORK_INTERFACE_INFO);
}

/** The input of a request, or the output of its answer, all of `r`. */
export function readControl(r: Reader, { code, response }: { code: number; response: boolean }): void {
  if (code === FSCTL_QUERY_NETWORK_INTERFACE_INFO) readInterfaces(r);
  else {
    readLayout(r, VALIDATE);
    if (response) r.u16("Dialect", showDialect);
    else {
      const count = r.u16("DialectCount");
      for (let i = 0; i < count && i < MAX_LIST; i++) r.u16("Dialect", showDialect);
    }
  }
}

const VALIDATE: Layout = [
  ["Capabilities", "u32", showCapabilities],
  ["Guid", "guid"],
  ["SecurityMode", "u16", showSecurityMode],
];

/** Each says where the next one is. */
function readInterfaces(r: Reader): void {
  for (let count = 0; r.left > 0 && count < MAX_LIST; count++) {
    const next = r.ahead().u32();
    const size = next > 0 && next < r.left ? next : r.left;
    r.window(size, "Next").part("NETWORK_INTERFACE_INFO", readInterface, undefined);
  }
}

function readInterface(r: Reader): void {
  readLayout(r, INTERFACE);
  const address = r.windowAtMost(128, "SockAddr_Storage");
  address.part("SockAddr_Storage", readAddress, undefined);
  if (r.left > 0) r.rest("padding");
}

const INTERFACE: Layout = [
  ["Next", "u32"],
  ["IfIndex", "u32"],
  [
    "Capability",
    "u32",
    flagsOf([
      [1, "RSS_CAPABLE"],
      [2, "RDMA_CAPABLE"],
    ]),
  ],
  ["Reserved", "h32"],
  ["LinkSpeed", "u64"],
];

const INTER_NETWORK = 2;
const showFamily = namesOf({ [INTER_NETWORK]: "InterNetwork", 23: "InterNetworkV6" });

function readAddress(r: Reader): void {
  const family = r.u16("Family", showFamily);
  r.u16("Port");
  if (family === INTER_NETWORK) r.bytes(4, "IPv4Address", (b) => b.join("."));
  else {
    r.u32("FlowInfo");
    r.bytes(16, "IPv6Address");
    r.u32("ScopeId");
  }
  if (r.left > 0) r.rest("Reserved");
}
