/**
 * What bodies of SMB 2 and 3 hold beside their fixed part, as tables: errors, locks, breaks of leases, the heads of contexts, lists
 * of algorithms. [MS-SMB2] 2.2.
 */
import type { Layout } from "../wire/layout.js";
import type { Show } from "../wire/reader.js";
import { flagsOf } from "../wire/show.js";
import {
  showCipher,
  showCompression,
  showContextType,
  showHash,
  showLease,
  showRdmaTransform,
  showSigning,
} from "./smb2-codes.js";

/** [MS-SMB2] 2.2.2. */
export const ERROR_BODY: Layout = [
  ["ErrorContextCount", "u8"],
  ["Reserved", "u8"],
  ["ByteCount", "u32"],
];

/** [MS-SMB2] 2.2.26.1. */
export const LOCK_ELEMENT: Layout = [
  ["Offset", "u64"],
  ["Length", "u64"],
  [
    "Flags",
    "u32",
    flagsOf([
      [0x01, "SMB2_LOCKFLAG_SHARED_LOCK"],
      [0x02, "SMB2_LOCKFLAG_EXCLUSIVE_LOCK"],
      [0x04, "SMB2_LOCKFLAG_UNLOCK"],
      [0x10, "SMB2_LOCKFLAG_FAIL_IMMEDIATELY"],
    ]),
  ],
  ["Reserved", "h32"],
];

/** [MS-SMB2] 2.2.23.2, by its StructureSize: the notification of a lease break; 2.2.24.2 and 2.2.25.2, what answers it. */
export const LEASE_BREAKS: ReadonlyMap<number, Layout> = new Map<number, Layout>([
  [
    44,
    [
      ["NewEpoch", "u16"],
      ["Flags", "u32", flagsOf([[1, "SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED"]])],
      ["LeaseKey", 16],
      ["CurrentLeaseState", "u32", showLease],
      ["NewLeaseState", "u32", showLease],
      ["BreakReason", "u32"],
      ["AccessMaskHint", "u32"],
      ["ShareMaskHint", "u32"],
    ],
  ],
  [
    36,
    [
      ["Reserved", "h16"],
      ["Flags", "h32"],
      ["LeaseKey", 16],
      ["LeaseState", "u32", showLease],
      ["LeaseDuration", 8],
    ],
  ],
]);

/** [MS-SMB2] 2.2.13.2 and 2.2.14.2. */
export const CREATE_CONTEXT: Layout = [
  ["Next", "u32"],
  ["NameOffset", "u16"],
  ["NameLength", "u16"],
  ["Reserved", "h16"],
  ["DataOffset", "u16"],
  ["DataLength", "u32"],
];

/** [MS-SMB2] 2.2.3.1. */
export const NEGOTIATE_CONTEXT: Layout = [
  ["ContextType", "u16", showContextType],
  ["DataLength", "u16"],
  ["Reserved", "h32"],
];

/** Lists of algorithms in a negotiate context: what stands before them, and what they are called. */
interface AlgorithmList {
  count: string;
  before: Layout;
  item: string;
  show: Show<number>;
}

/** By ContextType. */
export const ALGORITHM_LISTS: ReadonlyMap<number, AlgorithmList> = new Map<number, AlgorithmList>([
  [
    1,
    { count: "HashAlgorithmCount", before: [["SaltLength", "u16"]], item: "HashAlgorithm", show: showHash },
  ],
  [2, { count: "CipherCount", before: [], item: "Cipher", show: showCipher }],
  [
    3,
    {
      count: "CompressionAlgorithmCount",
      before: [
        ["Padding", "h16"],
        ["Flags", "u32", flagsOf([[1, "SMB2_COMPRESSION_CAPABILITIES_FLAG_CHAINED"]])],
      ],
      item: "CompressionAlgorithm",
      show: showCompression,
    },
  ],
  [
    7,
    {
      count: "TransformCount",
      before: [
        ["Reserved1", "h16"],
        ["Reserved2", "h32"],
      ],
      item: "RDMATransformId",
      show: showRdmaTransform,
    },
  ],
  [8, { count: "SigningAlgorithmCount", before: [], item: "SigningAlgorithm", show: showSigning }],
]);
