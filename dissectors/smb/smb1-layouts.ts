/**
 * The parameters and data of SMB1 commands as tables: [MS-CIFS] 2.2.4, [MS-SMB] 2.2.4. For trees alone; what sessions and pipes
 * need is read in smb1-session.ts, smb1-file.ts and smb1-transaction.ts.
 *
 * Not handled: commands that are not here, whose words and bytes are shown as such; the levels of information of
 * SMB_COM_TRANSACTION2.
 */
import type { Layout } from "../wire/layout.js";
import { flagsOf, namesOf } from "../wire/show.js";
import {
  showAccess,
  showAttributes,
  showCreateAction,
  showCreateOptions,
  showDisposition,
  showImpersonation,
  showShareAccess,
} from "./smb2-codes.js";

/** [MS-CIFS] 2.2.2.1, without the common prefix. */
export const COMMANDS: ReadonlyMap<number, string> = new Map([
  [0x00, "CREATE_DIRECTORY"],
  [0x01, "DELETE_DIRECTORY"],
  [0x02, "OPEN"],
  [0x03, "CREATE"],
  [0x04, "CLOSE"],
  [0x05, "FLUSH"],
  [0x06, "DELETE"],
  [0x07, "RENAME"],
  [0x08, "QUERY_INFORMATION"],
  [0x09, "SET_INFORMATION"],
  [0x0a, "READ"],
  [0x0b, "WRITE"],
  [0x0c, "LOCK_BYTE_RANGE"],
  [0x0d, "UNLOCK_BYTE_RANGE"],
  [0x10, "CHECK_DIRECTORY"],
  [0x11, "PROCESS_EXIT"],
  [0x12, "SEEK"],
  [0x13, "LOCK_AND_READ"],
  [0x14, "WRITE_AND_UNLOCK"],
  [0x1a, "READ_RAW"],
  [0x1d, "WRITE_RAW"],
  [0x23, "QUERY_INFORMATION2"],
  [0x24, "LOCKING_ANDX"],
  [0x25, "TRANSACTION"],
  [0x26, "TRANSACTION_SECONDARY"],
  [0x2b, "ECHO"],
  [0x2c, "WRITE_AND_CLOSE"],
  [0x2d, "OPEN_ANDX"],
  [0x2e, "READ_ANDX"],
  [0x2f, "WRITE_ANDX"],
  [0x32, "TRANSACTION2"],
  [0x33, "TRANSACTION2_SECONDARY"],
  [0x34, "FIND_CLOSE2"],
  [0x70, "TREE_CONNECT"],
  [0x71, "TREE_DISCONNECT"],
  [0x72, "NEGOTIATE"],
  [0x73, "SESSION_SETUP_ANDX"],
  [0x74, "LOGOFF_ANDX"],
  [0x75, "TREE_CONNECT_ANDX"],
  [0x80, "QUERY_INFORMATION_DISK"],
  [0xa0, "NT_TRANSACT"],
  [0xa1, "NT_TRANSACT_SECONDARY"],
  [0xa2, "NT_CREATE_ANDX"],
  [0xa4, "NT_CANCEL"],
  [0xa5, "NT_RENAME"],
]);

export const showFlags = flagsOf([
  [0x01, "SMB_FLAGS_LOCK_AND_READ_OK"],
  [0x02, "SMB_FLAGS_BUF_AVAIL"],
  [0x08, "SMB_FLAGS_CASE_INSENSITIVE"],
  [0x10, "SMB_FLAGS_CANONICALIZED_PATHS"],
  [0x20, "SMB_FLAGS_OPLOCK"],
  [0x40, "SMB_FLAGS_OPBATCH"],
  [0x80, "SMB_FLAGS_REPLY"],
]);
export const showFlags2 = flagsOf([
  [0x0001, "SMB_FLAGS2_LONG_NAMES"],
  [0x0002, "SMB_FLAGS2_EAS"],
  [0x0004, "SMB_FLAGS2_SMB_SECURITY_SIGNATURE"],
  [0x0008, "SMB_FLAGS2_COMPRESSED"],
  [0x0010, "SMB_FLAGS2_SMB_SECURITY_SIGNATURE_REQUIRED"],
  [0x0040, "SMB_FLAGS2_IS_LONG_NAME"],
  [0x0400, "SMB_FLAGS2_REPARSE_PATH"],
  [0x0800, "SMB_FLAGS2_EXTENDED_SECURITY"],
  [0x1000, "SMB_FLAGS2_DFS"],
  [0x2000, "SMB_FLAGS2_PAGING_IO"],
  [0x4000, "SMB_FLAGS2_NT_STATUS"],
  [0x8000, "SMB_FLAGS2_UNICODE"],
]);
const showSecurityMode = flagsOf([
  [0x1, "NEGOTIATE_USER_SECURITY"],
  [0x2, "NEGOTIATE_ENCRYPT_PASSWORDS"],
  [0x4, "NEGOTIATE_SECURITY_SIGNATURES_ENABLED"],
  [0x8, "NEGOTIATE_SECURITY_SIGNATURES_REQUIRED"],
]);
const showCapabilities = flagsOf([
  [0x00000001, "CAP_RAW_MODE"],
  [0x00000002, "CAP_MPX_MODE"],
  [0x00000004, "CAP_UNICODE"],
  [0x00000008, "CAP_LARGE_FILES"],
  [0x00000010, "CAP_NT_SMBS"],
  [0x00000020, "CAP_RPC_REMOTE_APIS"],
  [0x00000040, "CAP_STATUS32"],
  [0x00000080, "CAP_LEVEL_II_OPLOCKS"],
  [0x00000100, "CAP_LOCK_AND_READ"],
  [0x00000200, "CAP_NT_FIND"],
  [0x00001000, "CAP_DFS"],
  [0x00002000, "CAP_INFOLEVEL_PASSTHRU"],
  [0x00004000, "CAP_LARGE_READX"],
  [0x00008000, "CAP_LARGE_WRITEX"],
  [0x00010000, "CAP_LWIO"],
  [0x00800000, "CAP_UNIX"],
  [0x02000000, "CAP_COMPRESSED_DATA"],
  [0x20000000, "CAP_DYNAMIC_REAUTH"],
  [0x80000000, "CAP_EXTENDED_SECURITY"],
]);
const showResource = namesOf({
  0: "FileTypeDisk",
  1: "FileTypeByteModePipe",
  2: "FileTypeMessageModePipe",
  3: "FileTypePrinter",
  4: "FileTypeCommDevice",
});
/** [MS-CIFS] 2.2.2.2. */
export const showPipeFunction = namesOf({
  1: "TRANS_SET_NMPIPE_STATE",
  17: "TRANS_RAW_READ_NMPIPE",
  33: "TRANS_QUERY_NMPIPE_STATE",
  34: "TRANS_QUERY_NMPIPE_INFO",
  35: "TRANS_PEEK_NMPIPE",
  38: "TRANS_TRANSACT_NMPIPE",
  49: "TRANS_RAW_WRITE_NMPIPE",
  54: "TRANS_READ_NMPIPE",
  55: "TRANS_WRITE_NMPIPE",
  83: "TRANS_WAIT_NMPIPE",
  84: "TRANS_CALL_NMPIPE",
});

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
