/**
 * The parameters and data of SMB1 commands as tables: [MS-CIFS] 2.2.4, [MS-SMB] 2.2.4. For trees alone; what sessions and pipes
 * need is read in smb1-session.ts, smb1-file.ts and smb1-transaction.ts.
 *
 * Not handled: commands that are not here, whose words and bytes are shown as such; the levels of information of
 * SMB_COM_TRANSACTION2.
 */
import type { Layout } from "../wire/layout.js";
import { flagsOf } from "../wire/show.js";
import { showCapabilities, showResource, showSecurityMode } from "./smb1-codes.js";
import {
  showAccess,
  showAttributes,
  showCreateAction,
  showCreateOptions,
  showDisposition,
  showImpersonation,
  showShareAccess,
} from "./smb2-codes.js";

/**
 * What stands in the bytes of a command: texts in the encoding of the message or in OEM characters, runs whose length is one of the
 * words, a token, dialects; `at` is a run that a word gives the place of, from the header on.
 */
export type DataItem =
  | { kind: "text" | "oem" | "unaligned" | "formatted"; name: string }
  | { kind: "bytes" | "token"; name: string; length: string }
  | { kind: "at"; name: string; offset: string; length: string }
  | { kind: "dialects" | "guid" | "rest"; name: string };

/** Parameters, of which those at the end may be missing, and data of one form of a command. */
export interface Form {
  words: Layout;
  data: readonly DataItem[];
}

const TEXT = (name: string): DataItem => ({ kind: "text", name });
const NATIVE: readonly DataItem[] = [TEXT("NativeOS"), TEXT("NativeLanMan")];
const BLOB: DataItem = { kind: "token", name: "SecurityBlob", length: "SecurityBlobLength" };
const PARAMETERS: DataItem = {
  kind: "at",
  name: "Trans_Parameters",
  offset: "ParameterOffset",
  length: "ParameterCount",
};
const DATA: DataItem = { kind: "at", name: "Trans_Data", offset: "DataOffset", length: "DataCount" };
const FILE_DATA: DataItem = { kind: "at", name: "Data", offset: "DataOffset", length: "DataLength" };

const TRANSACTION_WORDS: Layout = [
  ["TotalParameterCount", "u16"],
  ["TotalDataCount", "u16"],
  ["MaxParameterCount", "u16"],
  ["MaxDataCount", "u16"],
  ["MaxSetupCount", "u8"],
  ["Reserved1", "u8"],
  [
    "Flags",
    "u16",
    flagsOf([
      [1, "DISCONNECT_TID"],
      [2, "NO_RESPONSE"],
    ]),
  ],
  ["Timeout", "u32"],
  ["Reserved2", "h16"],
  ["ParameterCount", "u16"],
  ["ParameterOffset", "u16"],
  ["DataCount", "u16"],
  ["DataOffset", "u16"],
  ["SetupCount", "u8"],
  ["Reserved3", "u8"],
];
const TRANSACTION_RESPONSE: Form = {
  words: [
    ["TotalParameterCount", "u16"],
    ["TotalDataCount", "u16"],
    ["Reserved1", "h16"],
    ["ParameterCount", "u16"],
    ["ParameterOffset", "u16"],
    ["ParameterDisplacement", "u16"],
    ["DataCount", "u16"],
    ["DataOffset", "u16"],
    ["DataDisplacement", "u16"],
    ["SetupCount", "u8"],
    ["Reserved2", "u8"],
  ],
  data: [PARAMETERS, DATA],
};
const SECONDARY: Form = {
  words: [
    ["TotalParameterCount", "u16"],
    ["TotalDataCount", "u16"],
    ["ParameterCount", "u16"],
    ["ParameterOffset", "u16"],
    ["ParameterDisplacement", "u16"],
    ["DataCount", "u16"],
    ["DataOffset", "u16"],
    ["DataDisplacement", "u16"],
  ],
  data: [PARAMETERS, DATA],
};
const FID: Layout = [["FID", "h16"]];
const SESSION_START: Layout = [
  ["MaxBufferSize", "u16"],
  ["MaxMpxCount", "u16"],
  ["VcNumber", "u16"],
  ["SessionKey", "h32"],
];
const SESSION_END: Layout = [
  ["Reserved", "h32"],
  ["Capabilities", "u32", showCapabilities],
];

/** Without extended security. */
export const SESSION_SETUP_PASSWORDS: Form = {
  words: [...SESSION_START, ["OEMPasswordLen", "u16"], ["UnicodePasswordLen", "u16"], ...SESSION_END],
  data: [
    { kind: "bytes", name: "OEMPassword", length: "OEMPasswordLen" },
    { kind: "bytes", name: "UnicodePassword", length: "UnicodePasswordLen" },
    TEXT("AccountName"),
    TEXT("PrimaryDomain"),
    ...NATIVE,
  ],
};
export const SESSION_SETUP_ANSWER: Form = {
  words: [["Action", "u16", flagsOf([[1, "SMB_SETUP_GUEST"]])]],
  data: [...NATIVE, TEXT("PrimaryDomain")],
};
export const NEGOTIATE_CHALLENGE: readonly DataItem[] = [
  { kind: "bytes", name: "Challenge", length: "ChallengeLength" },
  { kind: "unaligned", name: "DomainName" },
  { kind: "unaligned", name: "ServerName" },
];

/** By command, behind the link of AndX commands. */
export const REQUESTS: ReadonlyMap<number, Form> = new Map<number, Form>([
  [
    0x02,
    {
      words: [
        ["AccessMode", "h16"],
        ["SearchAttributes", "h16"],
      ],
      data: [{ kind: "formatted", name: "FileName" }],
    },
  ],
  [0x04, { words: [...FID, ["LastTimeModified", "h32"]], data: [] }],
  [
    0x0a,
    {
      words: [
        ...FID,
        ["CountOfBytesToRead", "u16"],
        ["ReadOffsetInBytes", "u32"],
        ["EstimateOfRemainingBytesToBeRead", "u16"],
      ],
      data: [],
    },
  ],
  [0x25, { words: TRANSACTION_WORDS, data: [TEXT("Name"), PARAMETERS, DATA] }],
  [0x26, SECONDARY],
  [0x2b, { words: [["EchoCount", "u16"]], data: [{ kind: "rest", name: "Data" }] }],
  [
    0x2d,
    {
      words: [
        ["Flags", "h16"],
        ["AccessMode", "h16"],
        ["SearchAttrs", "h16"],
        ["FileAttrs", "h16"],
        ["CreationTime", "h32"],
        ["OpenMode", "h16"],
        ["AllocationSize", "u32"],
        ["Timeout", "u32"],
        ["Reserved", "h32"],
      ],
      data: [TEXT("FileName")],
    },
  ],
  [
    0x2e,
    {
      words: [
        ...FID,
        ["Offset", "u32"],
        ["MaxCountOfBytesToReturn", "u16"],
        ["MinCountOfBytesToReturn", "u16"],
        ["Timeout", "h32"],
        ["Remaining", "u16"],
        ["OffsetHigh", "u32"],
      ],
      data: [],
    },
  ],
  [
    0x2f,
    {
      words: [
        ...FID,
        ["Offset", "u32"],
        ["Timeout", "h32"],
        [
          "WriteMode",
          "u16",
          flagsOf([
            [1, "WritethroughMode"],
            [2, "ReadBytesAvailable"],
            [4, "RAW_MODE"],
            [8, "MSG_START"],
          ]),
        ],
        ["Remaining", "u16"],
        ["DataLengthHigh", "u16"],
        ["DataLength", "u16"],
        ["DataOffset", "u16"],
        ["OffsetHigh", "u32"],
      ],
      data: [FILE_DATA],
    },
  ],
  [0x32, { words: TRANSACTION_WORDS, data: [PARAMETERS, DATA] }],
  [0x33, { words: [...SECONDARY.words, ["FID", "h16"]], data: SECONDARY.data }],
  [0x72, { words: [], data: [{ kind: "dialects", name: "DialectString" }] }],
  [
    0x73,
    {
      words: [...SESSION_START, ["SecurityBlobLength", "u16"], ...SESSION_END],
      data: [BLOB, ...NATIVE],
    },
  ],
  [
    0x75,
    {
      words: [
        [
          "Flags",
          "u16",
          flagsOf([
            [1, "TREE_CONNECT_ANDX_DISCONNECT_TID"],
            [4, "TREE_CONNECT_ANDX_EXTENDED_SIGNATURES"],
            [8, "TREE_CONNECT_ANDX_EXTENDED_RESPONSE"],
          ]),
        ],
        ["PasswordLength", "u16"],
      ],
      data: [
        { kind: "bytes", name: "Password", length: "PasswordLength" },
        TEXT("Path"),
        { kind: "oem", name: "Service" },
      ],
    },
  ],
  [
    0xa0,
    {
      words: [
        ["MaxSetupCount", "u8"],
        ["Reserved1", "h16"],
        ["TotalParameterCount", "u32"],
        ["TotalDataCount", "u32"],
        ["MaxParameterCount", "u32"],
        ["MaxDataCount", "u32"],
        ["ParameterCount", "u32"],
        ["ParameterOffset", "u32"],
        ["DataCount", "u32"],
        ["DataOffset", "u32"],
        ["SetupCount", "u8"],
        ["Function", "u16"],
      ],
      data: [PARAMETERS, DATA],
    },
  ],
  [
    0xa2,
    {
      words: [
        ["Reserved", "u8"],
        ["NameLength", "u16"],
        [
          "Flags",
          "u32",
          flagsOf([
            [0x02, "NT_CREATE_REQUEST_OPLOCK"],
            [0x04, "NT_CREATE_REQUEST_OPBATCH"],
            [0x08, "NT_CREATE_OPEN_TARGET_DIR"],
            [0x10, "NT_CREATE_REQUEST_EXTENDED_RESPONSE"],
          ]),
        ],
        ["RootDirectoryFID", "h32"],
        ["DesiredAccess", "u32", showAccess],
        ["AllocationSize", "u64"],
        ["ExtFileAttributes", "u32", showAttributes],
        ["ShareAccess", "u32", showShareAccess],
        ["CreateDisposition", "u32", showDisposition],
        ["CreateOptions", "u32", showCreateOptions],
        ["ImpersonationLevel", "u32", showImpersonation],
        ["SecurityFlags", "u8"],
      ],
      data: [TEXT("FileName")],
    },
  ],
]);

export const RESPONSES: ReadonlyMap<number, Form> = new Map<number, Form>([
  [0x25, TRANSACTION_RESPONSE],
  [0x2b, { words: [["SequenceNumber", "u16"]], data: [{ kind: "rest", name: "Data" }] }],
  [
    0x2d,
    {
      words: [
        ...FID,
        ["FileAttrs", "h16"],
        ["LastWriteTime", "h32"],
        ["FileDataSize", "u32"],
        ["AccessRights", "h16"],
        ["ResourceType", "u16", showResource],
        ["NMPipeStatus", "h16"],
        ["OpenResults", "h16"],
        ["Reserved", 6],
      ],
      data: [],
    },
  ],
  [
    0x2e,
    {
      words: [
        ["Available", "u16"],
        ["DataCompactionMode", "u16"],
        ["Reserved1", "h16"],
        ["DataLength", "u16"],
        ["DataOffset", "u16"],
        ["DataLengthHigh", "u16"],
        ["Reserved2", 8],
      ],
      data: [FILE_DATA],
    },
  ],
  [
    0x2f,
    {
      words: [
        ["Count", "u16"],
        ["Available", "u16"],
        ["CountHigh", "u16"],
        ["Reserved", "h16"],
      ],
      data: [],
    },
  ],
  [0x32, TRANSACTION_RESPONSE],
  [
    0x72,
    {
      words: [
        ["DialectIndex", "u16"],
        ["SecurityMode", "u8", showSecurityMode],
        ["MaxMpxCount", "u16"],
        ["MaxNumberVcs", "u16"],
        ["MaxBufferSize", "u32"],
        ["MaxRawSize", "u32"],
        ["SessionKey", "h32"],
        ["Capabilities", "u32", showCapabilities],
        ["SystemTime", "time"],
        ["ServerTimeZone", "u16"],
        ["ChallengeLength", "u8"],
      ],
      data: [
        { kind: "guid", name: "ServerGUID" },
        { kind: "rest", name: "SecurityBlob" },
      ],
    },
  ],
  [
    0x73,
    {
      words: [...SESSION_SETUP_ANSWER.words, ["SecurityBlobLength", "u16"]],
      data: [BLOB, ...NATIVE, TEXT("PrimaryDomain")],
    },
  ],
  [
    0x75,
    {
      words: [
        ["OptionalSupport", "h16"],
        ["MaximalShareAccessRights", "u32", showAccess],
        ["GuestMaximalShareAccessRights", "u32", showAccess],
      ],
      data: [{ kind: "oem", name: "Service" }, TEXT("NativeFileSystem")],
    },
  ],
  [
    0xa0,
    {
      words: [
        ["Reserved1", 3],
        ["TotalParameterCount", "u32"],
        ["TotalDataCount", "u32"],
        ["ParameterCount", "u32"],
        ["ParameterOffset", "u32"],
        ["ParameterDisplacement", "u32"],
        ["DataCount", "u32"],
        ["DataOffset", "u32"],
        ["DataDisplacement", "u32"],
        ["SetupCount", "u8"],
      ],
      data: [PARAMETERS, DATA],
    },
  ],
  [
    0xa2,
    {
      words: [
        ["OpLockLevel", "u8"],
        ...FID,
        ["CreateDisposition", "u32", showCreateAction],
        ["CreateTime", "time"],
        ["LastAccessTime", "time"],
        ["LastWriteTime", "time"],
        ["LastChangeTime", "time"],
        ["ExtFileAttributes", "u32", showAttributes],
        ["AllocationSize", "u64"],
        ["EndOfFile", "u64"],
        ["ResourceType", "u16", showResource],
        ["NMPipeStatus", "h16"],
        ["Directory", "u8"],
        ["VolumeGUID", 16],
        ["FileId", 8],
        ["MaximalAccessRights", "u32", showAccess],
        ["GuestMaximalAccessRights", "u32", showAccess],
      ],
      data: [],
    },
  ],
]);
