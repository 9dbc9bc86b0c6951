/**
 * The return codes that [MS-RAI] 3.1.4 and 3.3.4 document for each method, with what they mean there.
 *
 * Not handled here: codes that the text does not list for a method (the general table has them), and RPC faults.
 */

export interface ReturnCode {
  name: string;
  message: string;
}

const OK: [number, string, string] = [0x00000000, "S_OK", "The call succeeded."];
const POINTER: [number, string, string] = [
  0x80004003,
  "E_POINTER",
  "A pointer given to the method is invalid.",
];
const MEMORY: [number, string, string] = [
  0x8007000e,
  "E_OUTOFMEMORY",
  "The novice could not allocate the memory it needs.",
];
const DENIED: [number, string, string] = [
  0x80070005,
  "E_ACCESSDENIED",
  "The novice denies access (this answer comes from Windows XP SP1 and the first release of Server 2003).",
];
const POLICY: [number, string, string] = [
  0x800704ec,
  "ERROR_ACCESS_DISABLED_BY_POLICY",
  "A software restriction policy on the novice keeps Remote Assistance from starting.",
];
/** The text prints E_INVALIDARG as 0x80000003, its value in 16-bit COM; servers answer 0x80070057. */
const ARGUMENT: [number, string, string][] = [
  [0x80000003, "E_INVALIDARG", "An argument is invalid (E_INVALIDARG as [MS-RAI] prints it)."],
  [0x80070057, "E_INVALIDARG", "An argument is invalid ([MS-RAI] prints this code as 0x80000003)."],
];

/** Interface, method, and its codes. Names as in the call log. */
const METHODS: { [interfaceName: string]: { [method: string]: [number, string, string][] } } = {
  IPCHService: {
    RemoteConnectionParms: [
      OK,
      DENIED,
      MEMORY,
      POLICY,
      [
        0x80070534,
        "ERROR_NONE_MAPPED",
        "The user and domain names given name no account: they are not valid for the session asked for.",
      ],
    ],
    RemoteUserSessionInfo: [OK, DENIED, MEMORY, POLICY],
  },
  IPCHCollection: {
    _NewEnum: [OK, POINTER, MEMORY],
    Item: [OK, POINTER, MEMORY],
    Count: [OK, POINTER, MEMORY],
  },
  ISAFSession: {
    "SessionID (Get)": [OK, ...ARGUMENT],
    "SessionID (Set)": [OK],
    "SessionState (Get)": [OK, ...ARGUMENT],
    "SessionState (Set)": [OK, ...ARGUMENT],
    "DomainName (Get)": [OK, POINTER],
    "DomainName (Set)": [OK],
    "UserName (Get)": [OK, POINTER],
    "UserName (Set)": [OK],
  },
  IRASrv: {
    GetNoviceUserInfo: [
      OK,
      [0x80004003, "E_POINTER", "The szName pointer is invalid."],
      MEMORY,
      [0x80070052, "ERROR_CANNOT_MAKE", "Remote Assistance already runs on the novice's machine."],
    ],
    GetSessionInfo: [OK, POINTER, MEMORY],
  },
};

/**
 * What `code` (unsigned or signed 32 bits) means as the result of that method, or null where the specification
 * does not list it there. `methodName` as in the call log, e.g. `SessionID (Get)`.
 */
export function raiReturnCode(interfaceName: string, methodName: string, code: number): ReturnCode | null {
  if (!Object.hasOwn(METHODS, interfaceName)) return null;
  const methods = METHODS[interfaceName]!;
  if (!Object.hasOwn(methods, methodName)) return null;
  const found = methods[methodName]!.find(([value]) => value === code >>> 0);
  return found === undefined ? null : { name: found[1], message: found[2] };
}
