/**
 * What passes between a security context and the keys that may open it. Types only: the code that computes is
 * loaded where keys are given, and nowhere else.
 */
import type { ApRep, ApReq, TgtRep } from "../../../dissectors/kerberos/messages.js";
import type { AuthenticateMessage, ChallengeMessage } from "../../../dissectors/ntlmssp/messages.js";
import type { Agreement } from "../../../dissectors/smb/negotiate.js";
import type { AuthLevel, AuthType, Note } from "../../events.js";

/** One request or response PDU (or any other with a verifier), as the association found it. Offsets are into `bytes`. */
export interface ProtectedPdu {
  fromClient: boolean;
  /** The whole PDU from its common header to the end of its verifier. Not changed here. */
  bytes: Uint8Array;
  littleEndian: boolean;
  stubStart: number;
  /** Including authentication padding. */
  stubEnd: number;
  /** Start of sec_trailer. */
  trailerStart: number;
  /** Start of the verifier (auth_value). */
  tokenStart: number;
  frame: number;
}

export interface Unsealed {
  /** The clear stub with its padding, or null where it stays sealed. */
  stub: Uint8Array | null;
  /** Whether the signature holds; null where there is none, or no key to check it with. */
  verified: boolean | null;
  /** Whether the stub was unsealed; null where it was never sealed, or no key was given at all. */
  decrypted: boolean | null;
}

/** The handshake of NTLMSSP as far as it was seen; the messages' own bytes are needed for the MIC. */
export interface NtlmExchange {
  mechanism: "ntlmssp";
  negotiate: Uint8Array | null;
  challenge: { message: ChallengeMessage; bytes: Uint8Array } | null;
  authenticate: { message: AuthenticateMessage; bytes: Uint8Array } | null;
  /** DER of the mechTypes the client offered, which the mechListMIC signs; null outside SPNEGO. */
  mechTypes: Uint8Array | null;
  clientMechListMic: Uint8Array | null;
  serverMechListMic: Uint8Array | null;
}

/** The handshake of Kerberos as far as it was seen. */
export interface KerberosExchange {
  mechanism: "kerberos";
  apReq: ApReq | null;
  apRep: ApRep | null;
  /** The server's own ticket-granting ticket, which a user-to-user exchange sends first. */
  tgtRep: TgtRep | null;
}

export type Exchange = NtlmExchange | KerberosExchange;

/** Who a context belongs to, as far as the handshake or an opened ticket says. */
export interface AccountIdentity {
  user: string | null;
  domain: string | null;
}

/** A security context whose keys are known (or guessed, until the first signature holds). */
export interface Session {
  /** Null where it turns out that none of the guessed keys fits. */
  open(pdu: ProtectedPdu, sealed: boolean, headerSigning: boolean): Unsealed | null;
  /** PDUs of this direction may be missing before the next one. */
  lost(fromClient: boolean): void;
  takeNotes(): Note[];
  /** Every guess proved wrong: the keys have to be asked again. */
  readonly refuted: boolean;
  /** Known from an opened ticket only; null fields otherwise. */
  readonly identity: AccountIdentity;
}

/** Why a context stayed encrypted; stable codes. */
export type UndecryptableReason =
  | "no-key"
  | "no-matching-user"
  | "wrong-password"
  | "wrong-key"
  | "bind-not-captured"
  | "unsupported-mechanism";

/** Where a context is, for the report of what each secret opened. */
export interface ContextLocation {
  stream: number | null;
  contextId: number;
  /** Where it is an SMB session: its number, in decimal. */
  smbSession: string | null;
  type: AuthType;
  /** Of an SMB session, what its messages were found to be protected with. */
  level: AuthLevel;
}

/** The setup of an SMB session, as far as it was seen. */
export interface SmbSetup {
  sessionId: bigint;
  /** What the connection agreed on; null where that was not captured. */
  agreement: Agreement | null;
  /** SMB 3.1.1: the hash of the messages up to the one that ended the setup; null where not all of them were captured. */
  preauth: Uint8Array | null;
  exchange: Exchange | null;
  /** It joins another connection to the session: what it proves signs here, and the session's own keys encrypt. */
  binding: boolean;
}

/** What protects the messages of an SMB session: keys that are known, or guessed until the first message proves one. */
export interface SmbProtection {
  /** The messages in an encrypted one; null where no key opens it. */
  open(fromClient: boolean, message: Uint8Array): Uint8Array | null;
  /** Whether the signature of one message holds; null where nobody knows. */
  verify(message: Uint8Array): boolean | null;
  /** The keys that encrypt are known to be right, by the setup or by a message: what they do not open was altered. */
  readonly certain: boolean;
  /** Every guess proved wrong: the keys have to be asked again. */
  readonly refuted: boolean;
}

/** What a security context asks of the key ring. */
export interface Keys {
  /** Grows when something new was learned, so that a context that stayed encrypted may ask again. */
  readonly generation: number;
  /** A client's token of Kerberos: learned from at once, since it may forward credentials that others then use. */
  learn(exchange: KerberosExchange): void;
  /**
   * A session for the exchange (null: no mechanism that is known here), or the reason why there is none.
   * `refuted` is the session given before whose keys all proved wrong.
   */
  session(
    exchange: Exchange | null,
    location: ContextLocation,
    refuted: Session | null,
  ):
    | { session: Session; note?: Note | null }
    | { session: null; reason: UndecryptableReason; message: string };
}

/** What an SMB connection asks of the key ring. */
export interface SmbKeys {
  readonly generation: number;
  /** Keys for a session, or the reason why there are none; `refuted`: those given before all proved wrong. */
  smbSession(
    setup: SmbSetup,
    location: ContextLocation,
    refuted: boolean,
  ):
    | { session: SmbProtection; note?: Note | null }
    | { session: null; reason: UndecryptableReason; message: string };
  /** [MS-SMB2] 3.2.5.2: the preauthentication integrity hash after one more message; null for none before. */
  smbPreauth(before: Uint8Array | null, message: Uint8Array): Uint8Array;
}
