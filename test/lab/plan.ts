/** How an association is to be secured: provider, level, who authenticates to whom. */

import type { Account, NtlmServer, Version } from "./ntlm.js";

/** [C706] 13.1.2.1 and [MS-RPCE] 2.2.1.1.8 authentication levels. */
export const LEVELS = { connect: 2, call: 3, pkt: 4, pkt_integrity: 5, pkt_privacy: 6 } as const;
export type Level = keyof typeof LEVELS;

/** [MS-RPCE] 2.2.1.1.7. */
export const AUTH_TYPES = { spnego: 9, ntlmssp: 10 } as const;

export interface SecurityPlan {
  provider: keyof typeof AUTH_TYPES;
  level: Level;
  account: Account;
  server: NtlmServer;
  clientVersion: Version;
  serverVersion: Version;
  headerSigning: boolean;
  spn?: string;
  contextId?: number;
  /** False for old servers: no timestamp in the challenge, so no MIC in the answer. */
  timestamp?: boolean;
}
