/**
 * The bodies of SMB 2 and 3 messages as tables: [MS-SMB2] 2.2.3 to 2.2.38, with the codes and flags of their fields. For trees
 * alone; what sessions and pipes need is read in smb2.ts.
 *
 * Not handled: what buffers hold, but for names, contexts and locks.
 */
import type { Layout } from "../wire/layout.js";
import { flagsOf } from "../wire/show.js";
import {
  showAccess,
  showAttributes,
  showCapabilities,
  showChannel,
  showCreateAction,
  showCreateOptions,
  showCtlCode,
  showDialect,
  showDisposition,
  showImpersonation,
  showInfoType,
  showOplock,
  showSecurityMode,
  showShareAccess,
  showShareCapabilities,
  showShareFlags,
  showShareType,
} from "./smb2-codes.js";

/** [MS-SMB2] 2.2.14.1. */
const FILE_ID: Layout = [
  [
    "FileId",
    [
      ["Persistent", 8],
      ["Volatile", 8],
    ],
  ],
];
const TIMES: Layout = [
  ["CreationTime", "time"],
  ["LastAccessTime", "time"],
  ["LastWriteTime", "time"],
  ["ChangeTime", "time"],
  ["AllocationSize", "u64"],
  ["EndofFile", "u64"],
  ["FileAttributes", "u32", showAttributes],
];
const EMPTY: Layout = [["Reserved", "h16"]];

/** What stands in a message's buffer: by the names of two fields its place, its name, and how it is read. */
export interface BufferPlace {
  offset: string;
  length: string;
  name: string;
  /** `data`: what a pipe or a file holds; `output`: of an information class. */
  kind: "text" | "token" | "contexts" | "data";
}

const PATH: BufferPlace = { offset: "PathOffset", length: "PathLength", name: "PathName", kind: "text" };
const TOKEN: BufferPlace = {
  offset: "SecurityBufferOffset",
  length: "SecurityBufferLength",
  name: "Buffer",
  kind: "token",
};
const NAME: BufferPlace = { offset: "NameOffset", length: "NameLength", name: "Name", kind: "text" };
const CONTEXTS: BufferPlace = {
  offset: "CreateContextsOffset",
  length: "CreateContextsLength",
  name: "CreateContexts",
  kind: "contexts",
};
const OUTPUT: BufferPlace = {
  offset: "OutputBufferOffset",
  length: "OutputBufferLength",
  name: "Buffer",
  kind: "data",
};

/** A body: its fixed part behind StructureSize, and what its buffer holds. */
export interface Body {
  fields: Layout;
  buffers: readonly BufferPlace[];
}

const OUTPUT_FIELDS: Layout = [
  ["OutputBufferOffset", "u16"],
  ["OutputBufferLength", "u32"],
];
const OUTPUT_BODY: Body = { fields: OUTPUT_FIELDS, buffers: [OUTPUT] };
const plain = (...fields: Layout): Body => ({ fields, buffers: [] });

/** By command; those that NEGOTIATE, LOCK and OPLOCK_BREAK have more than is here. */
export const REQUESTS: readonly Body[] = [
  plain(
    ["DialectCount", "u16"],
    ["SecurityMode", "u16", showSecurityMode],
    ["Reserved", "u16"],
    ["Capabilities", "u32", showCapabilities],
    ["ClientGuid", "guid"],
  ),
  {
    fields: [
      ["Flags", "u8", flagsOf([[1, "SMB2_SESSION_FLAG_BINDING"]])],
      ["SecurityMode", "u8", showSecurityMode],
      ["Capabilities", "u32", showCapabilities],
      ["Channel", "u32"],
      ["SecurityBufferOffset", "u16"],
      ["SecurityBufferLength", "u16"],
      ["PreviousSessionId", 8],
    ],
    buffers: [TOKEN],
  },
  plain(...EMPTY),
  {
    fields: [
      ["Flags", "h16"],
      ["PathOffset", "u16"],
      ["PathLength", "u16"],
    ],
    buffers: [PATH],
  },
  plain(...EMPTY),
  {
    fields: [
      ["SecurityFlags", "u8"],
      ["RequestedOplockLevel", "u8", showOplock],
      ["ImpersonationLevel", "u32", showImpersonation],
      ["SmbCreateFlags", 8],
      ["Reserved", 8],
      ["DesiredAccess", "u32", showAccess],
      ["FileAttributes", "u32", showAttributes],
      ["ShareAccess", "u32", showShareAccess],
      ["CreateDisposition", "u32", showDisposition],
      ["CreateOptions", "u32", showCreateOptions],
      ["NameOffset", "u16"],
      ["NameLength", "u16"],
      ["CreateContextsOffset", "u32"],
      ["CreateContextsLength", "u32"],
    ],
    buffers: [NAME, CONTEXTS],
  },
  plain(
    ["Flags", "u16", flagsOf([[1, "SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB"]])],
    ["Reserved", "h32"],
    ...FILE_ID,
  ),
  plain(["Reserved1", "h16"], ["Reserved2", "h32"], ...FILE_ID),
  plain(
    ["Padding", "u8"],
    [
      "Flags",
      "u8",
      flagsOf([
        [1, "SMB2_READFLAG_READ_UNBUFFERED"],
        [2, "SMB2_READFLAG_REQUEST_COMPRESSED"],
      ]),
    ],
    ["Length", "u32"],
    ["Offset", "u64"],
    ...FILE_ID,
    ["MinimumCount", "u32"],
    ["Channel", "u32", showChannel],
    ["RemainingBytes", "u32"],
    ["ReadChannelInfoOffset", "u16"],
    ["ReadChannelInfoLength", "u16"],
  ),
  {
    fields: [
      ["DataOffset", "u16"],
      ["Length", "u32"],
      ["Offset", "u64"],
      ...FILE_ID,
      ["Channel", "u32", showChannel],
      ["RemainingBytes", "u32"],
      ["WriteChannelInfoOffset", "u16"],
      ["WriteChannelInfoLength", "u16"],
      [
        "Flags",
        "u32",
        flagsOf([
          [1, "SMB2_WRITEFLAG_WRITE_THROUGH"],
          [2, "SMB2_WRITEFLAG_WRITE_UNBUFFERED"],
        ]),
      ],
    ],
    buffers: [{ offset: "DataOffset", length: "Length", name: "Buffer", kind: "data" }],
  },
  plain(["LockCount", "u16"], ["LockSequence", "h32"], ...FILE_ID),
  {
    fields: [
      ["Reserved", "h16"],
      ["CtlCode", "u32", showCtlCode],
      ...FILE_ID,
      ["InputOffset", "u32"],
      ["InputCount", "u32"],
      ["MaxInputResponse", "u32"],
      ["OutputOffset", "u32"],
      ["OutputCount", "u32"],
      ["MaxOutputResponse", "u32"],
      ["Flags", "u32", flagsOf([[1, "SMB2_0_IOCTL_IS_FSCTL"]])],
      ["Reserved2", "h32"],
    ],
    buffers: [
      { offset: "InputOffset", length: "InputCount", name: "Input", kind: "data" },
      { offset: "OutputOffset", length: "OutputCount", name: "Output", kind: "data" },
    ],
  },
  plain(...EMPTY),
  plain(...EMPTY),
  {
    fields: [
      ["FileInformationClass", "u8"],
      [
        "Flags",
        "u8",
        flagsOf([
          [0x01, "SMB2_RESTART_SCANS"],
          [0x02, "SMB2_RETURN_SINGLE_ENTRY"],
          [0x04, "SMB2_INDEX_SPECIFIED"],
          [0x10, "SMB2_REOPEN"],
        ]),
      ],
      ["FileIndex", "u32"],
      ...FILE_ID,
      ["FileNameOffset", "u16"],
      ["FileNameLength", "u16"],
      ["OutputBufferLength", "u32"],
    ],
    buffers: [{ offset: "FileNameOffset", length: "FileNameLength", name: "FileName", kind: "text" }],
  },
  plain(
    ["Flags", "u16", flagsOf([[1, "SMB2_WATCH_TREE"]])],
    ["OutputBufferLength", "u32"],
    ...FILE_ID,
    ["CompletionFilter", "h32"],
    ["Reserved", "h32"],
  ),
  {
    fields: [
      ["InfoType", "u8", showInfoType],
      ["FileInfoClass", "u8"],
      ["OutputBufferLength", "u32"],
      ["InputBufferOffset", "u16"],
      ["Reserved", "h16"],
      ["InputBufferLength", "u32"],
      ["AdditionalInformation", "h32"],
      ["Flags", "h32"],
      ...FILE_ID,
    ],
    buffers: [{ offset: "InputBufferOffset", length: "InputBufferLength", name: "Buffer", kind: "data" }],
  },
  {
    fields: [
      ["InfoType", "u8", showInfoType],
      ["FileInfoClass", "u8"],
      ["BufferLength", "u32"],
      ["BufferOffset", "u16"],
      ["Reserved", "h16"],
      ["AdditionalInformation", "h32"],
      ...FILE_ID,
    ],
    buffers: [{ offset: "BufferOffset", length: "BufferLength", name: "Buffer", kind: "data" }],
  },
  plain(["OplockLevel", "u8", showOplock], ["Reserved", "u8"], ["Reserved2", "h32"], ...FILE_ID),
];

export const RESPONSES: readonly Body[] = [
  {
    fields: [
      ["SecurityMode", "u16", showSecurityMode],
      ["DialectRevision", "u16", showDialect],
      ["NegotiateContextCount", "u16"],
      ["ServerGuid", "guid"],
      ["Capabilities", "u32", showCapabilities],
      ["MaxTransactSize", "u32"],
      ["MaxReadSize", "u32"],
      ["MaxWriteSize", "u32"],
      ["SystemTime", "time"],
      ["ServerStartTime", "time"],
      ["SecurityBufferOffset", "u16"],
      ["SecurityBufferLength", "u16"],
      ["NegotiateContextOffset", "u32"],
    ],
    buffers: [TOKEN],
  },
  {
    fields: [
      [
        "SessionFlags",
        "u16",
        flagsOf([
          [1, "SMB2_SESSION_FLAG_IS_GUEST"],
          [2, "SMB2_SESSION_FLAG_IS_NULL"],
          [4, "SMB2_SESSION_FLAG_ENCRYPT_DATA"],
        ]),
      ],
      ["SecurityBufferOffset", "u16"],
      ["SecurityBufferLength", "u16"],
    ],
    buffers: [TOKEN],
  },
  plain(...EMPTY),
  plain(
    ["ShareType", "u8", showShareType],
    ["Reserved", "u8"],
    ["ShareFlags", "u32", showShareFlags],
    ["Capabilities", "u32", showShareCapabilities],
    ["MaximalAccess", "u32", showAccess],
  ),
  plain(...EMPTY),
  {
    fields: [
      ["OplockLevel", "u8", showOplock],
      ["Flags", "u8"],
      ["CreateAction", "u32", showCreateAction],
      ...TIMES,
      ["Reserved2", "h32"],
      ...FILE_ID,
      ["CreateContextsOffset", "u32"],
      ["CreateContextsLength", "u32"],
    ],
    buffers: [CONTEXTS],
  },
  plain(["Flags", "u16", flagsOf([[1, "SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB"]])], ["Reserved", "h32"], ...TIMES),
  plain(...EMPTY),
  {
    fields: [
      ["DataOffset", "u8"],
      ["Reserved", "u8"],
      ["DataLength", "u32"],
      ["DataRemaining", "u32"],
      ["Reserved2", "h32"],
    ],
    buffers: [{ offset: "DataOffset", length: "DataLength", name: "Buffer", kind: "data" }],
  },
  plain(
    ["Reserved", "h16"],
    ["Count", "u32"],
    ["Remaining", "u32"],
    ["WriteChannelInfoOffset", "u16"],
    ["WriteChannelInfoLength", "u16"],
  ),
  plain(...EMPTY),
  {
    fields: [
      ["Reserved", "h16"],
      ["CtlCode", "u32", showCtlCode],
      ...FILE_ID,
      ["InputOffset", "u32"],
      ["InputCount", "u32"],
      ["OutputOffset", "u32"],
      ["OutputCount", "u32"],
      ["Flags", "h32"],
      ["Reserved2", "h32"],
    ],
    buffers: [
      { offset: "InputOffset", length: "InputCount", name: "Input", kind: "data" },
      { offset: "OutputOffset", length: "OutputCount", name: "Output", kind: "data" },
    ],
  },
  plain(...EMPTY),
  plain(...EMPTY),
  OUTPUT_BODY,
  OUTPUT_BODY,
  OUTPUT_BODY,
  plain(),
  plain(["OplockLevel", "u8", showOplock], ["Reserved", "u8"], ["Reserved2", "h32"], ...FILE_ID),
];
