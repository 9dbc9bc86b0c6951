/**
 * The memory of one security context of a connection: the tokens of its handshake, who it belongs to, and the session
 * that opens its PDUs where keys are given. Tokens are read by the dissectors; without keys nothing is computed.
 */
import {
  type ApReq,
  type KerberosMessage,
  principalText,
  readKerberos,
  type Ticket,
} from "../../../dissectors/kerberos/messages.js";
import { etypeName, kerberosErrorName } from "../../../dissectors/kerberos/names.js";
import { readNlAuthMessage } from "../../../dissectors/netlogon/messages.js";
import type { AvPair } from "../../../dissectors/ntlmssp/av_pairs.js";
import { flagNames } from "../../../dissectors/ntlmssp/flags.js";
import {
  isNtlm,
  type NtlmMessage,
  readNtlmMessage,
  versionText,
} from "../../../dissectors/ntlmssp/messages.js";
import {
  isSpnego,
  mechanismName,
  OID_KERBEROS,
  OID_KERBEROS_U2U,
  OID_MS_KERBEROS,
  OID_NTLMSSP,
  OID_SPNEGO,
  readGssFrame,
  readSpnego,
  type SpnegoToken,
} from "../../../dissectors/spnego/tokens.js";
import { verifierMechanism } from "../../../dissectors/spnego/verifier.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { hex } from "../../../dissectors/wire/guid.js";
import type {
  AuthLevel,
  AuthRecord,
  AuthType,
  KerberosRecord,
  Note,
  NtlmRecord,
  Severity,
  Value,
} from "../../events.js";
import type {
  ContextPlace,
  KerberosExchange,
  Keys,
  NtlmExchange,
  Opened,
  ProtectedPdu,
  Session,
  ShutReason,
} from "./session.js";

export type { Opened, ProtectedPdu } from "./session.js";

/** What `token` is told of the PDU that carried it. */
export interface TokenPlace {
  /** PTYPE of the PDU. */
  pduType: number;
  /** Its PFC_SUPPORT_HEADER_SIGN flag. */
  headerSigning: boolean;
  frame: number;
  /** The capture ends before the PDU does: what is missing was sent. */
  cut?: boolean;
}

export type SecurityRecord = AuthRecord & { ntlm: NtlmRecord | null; kerberos: KerberosRecord | null };

const SPNEGO = 9;
const NTLMSSP = 10;
const SCHANNEL = 14;
const KERBEROS = 16;
const NETLOGON = 68;
const LEVEL_CALL = 3;
const LEVEL_PRIVACY = 6;
/** Faults of one message that are told. */
const MAX_FAULTS = 8;

const TYPES: { readonly [type: number]: AuthType } = {
  0: "none",
  [SPNEGO]: "spnego",
  [NTLMSSP]: "ntlmssp",
  [SCHANNEL]: "schannel",
  [KERBEROS]: "kerberos",
  [NETLOGON]: "netlogon",
};
const LEVELS: readonly AuthLevel[] = [
  "none",
  "none",
  "connect",
  "call",
  "pkt",
  "pkt_integrity",
  "pkt_privacy",
];

/** [MS-RPCE] 2.2.1.1.7 security providers by name, others as `0x..`. */
export function authTypeName(type: number): AuthType {
  return TYPES[type] ?? `0x${type.toString(16).padStart(2, "0")}`;
}

/** [MS-RPCE] 2.2.1.1.8 authentication levels by name (0, the default, counts as none), others as `0x..`. */
export function authLevelName(level: number): AuthLevel {
  return LEVELS[level] ?? `0x${level.toString(16).padStart(2, "0")}`;
}

export class SecurityContext {
  readonly authType: number;
  readonly authLevel: number;
  readonly contextId: number;
  readonly #keys: Keys | null;
  readonly #place: ContextPlace;
  #headerSigning = false;
  /** The token at hand was cut by the capture. */
  #cut = false;
  #notes: Note[] = [];
  #record: SecurityRecord | null = null;

  #ntlm: NtlmExchange | null = null;
  #kerberos: KerberosExchange | null = null;
  #serverName: string | null = null;
  #mechanism: string | null;
  #settled = false;
  #negotiate: NtlmMessage | null = null;
  #user: string | null = null;
  #domain: string | null = null;
  #workstation: string | null = null;

  #session: Session | null = null;
  /** What was known when the keys were last asked: no use in asking again before that changes. */
  #askedAt = "";
  #tokens = 0;
  #shut: ShutReason | null = null;
  #decrypted: boolean | null = null;
  #verified: boolean | null = null;

  /** `stream` only names the context in the report on keys. */
  constructor(
    authType: number,
    authLevel: number,
    contextId: number,
    keys: Keys | null,
    stream: number | null = null,
  ) {
    this.authType = authType;
    this.authLevel = authLevel;
    this.contextId = contextId;
    this.#keys = keys;
    this.#place = { stream, contextId, type: authTypeName(authType), level: authLevelName(authLevel) };
    this.#mechanism = authType === SPNEGO || authType === 0 ? null : authTypeName(authType);
  }

  /** A token of the handshake, from a bind, bind_ack, alter_context, alter_context_resp or auth3. Never throws for bad content. */
  token(fromClient: boolean, token: Uint8Array, at: TokenPlace): void {
    if (token.length === 0) return;
    this.#tokens++;
    this.#record = null;
    this.#cut = at.cut ?? false;
    if (!fromClient) this.#headerSigning ||= at.headerSigning;
    // The handshake outlives the frame it came in.
    const kept = Uint8Array.from(token);
    try {
      this.#read(fromClient, kept);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      const from = fromClient ? "client" : "server";
      this.#faults(`${authTypeName(this.authType)} token of ${token.length} octets from the ${from}`, [
        fault.message,
      ]);
    }
  }

  /** Whether the connection agreed to sign headers; where the PDUs say otherwise, they are believed. */
  setHeaderSigning(on: boolean): void {
    this.#headerSigning = on;
  }

  /** A gap: PDUs of this direction may be missing before the next one. */
  lost(fromClient: boolean): void {
    this.#session?.lost(fromClient);
  }

  /** Opens one PDU with a verifier. To be called for every one of them, in the order in which they were sent. */
  open(pdu: ProtectedPdu): Opened {
    const sealed = this.authLevel === LEVEL_PRIVACY;
    const shut: Opened = {
      stub: sealed ? null : pdu.bytes.subarray(pdu.stubStart, pdu.stubEnd),
      verified: null,
      decrypted: sealed && this.#keys !== null ? false : null,
    };
    if (this.authLevel < LEVEL_CALL) return shut;
    if (this.#mechanism === null) this.#guessMechanism(pdu);
    const opened = this.#openWithSession(pdu, sealed) ?? shut;
    this.#decrypted = this.#merge(this.#decrypted, opened.decrypted);
    this.#verified = this.#merge(this.#verified, opened.verified);
    return opened;
  }

  #openWithSession(pdu: ProtectedPdu, sealed: boolean): Opened | null {
    // A session whose guessed keys all prove wrong makes way, once, for the reason.
    for (let session = this.#sessionFor(sealed); session !== null; session = this.#sessionFor(sealed)) {
      const opened = session.open(pdu, sealed, this.#headerSigning);
      this.#notes.push(...session.takeNotes());
      if (opened !== null) return opened;
      if (!session.refuted) return null;
    }
    return null;
  }

  /** One PDU that failed is told for the whole context. */
  #merge(before: boolean | null, now: boolean | null): boolean | null {
    const merged = now === null || before === false ? before : now;
    if (merged !== before) this.#record = null;
    return merged;
  }

  /** The negotiation was not captured: the verifier says what it settled on. */
  #guessMechanism(pdu: ProtectedPdu): void {
    if (this.authType !== SPNEGO) return;
    this.#mechanism = verifierMechanism(pdu.bytes.subarray(pdu.tokenStart));
    this.#record = null;
  }

  /** What is known of the context: who, how, and whether its PDUs were opened so far. */
  record(): SecurityRecord {
    this.#record ??= this.#makeRecord();
    return this.#record;
  }

  /** Notes since the last call of this method. */
  takeNotes(): Note[] {
    const taken = this.#notes;
    if (taken.length > 0) this.#notes = [];
    return taken;
  }

  #note(severity: Severity, code: string, message: string): void {
    this.#notes.push({ severity, code, message });
  }

  /** One note for all that is wrong with a message; where the capture cut it, the sender is not to blame. */
  #faults(what: string, faults: readonly string[]): void {
    if (faults.length === 0) return;
    const told = faults.slice(0, MAX_FAULTS).join("; ");
    if (this.#cut) this.#note("info", "security-token-incomplete", `${what}: ${told}`);
    else this.#note("warning", "security-token-malformed", `${what}: ${told}`);
  }

  #read(fromClient: boolean, token: Uint8Array): void {
    if (isNtlm(token)) this.#readNtlm(token);
    else if (this.authType === NETLOGON) this.#readNetlogon(token);
    else if (this.authType === SPNEGO || this.authType === KERBEROS) {
      const frame = readGssFrame(token);
      const spnego = frame === null ? isSpnego(token) : frame.mechanism === OID_SPNEGO;
      if (spnego) this.#readSpnego(fromClient, token);
      else this.#readMechanism(token);
    }
    // Anything else is named, not read: Schannel's tokens are TLS records.
  }

  #readSpnego(fromClient: boolean, bytes: Uint8Array): void {
    const token = readSpnego(bytes);
    this.#faults("SPNEGO", token.faults);
    const inner = token.kind === "negTokenResp" ? token.responseToken : token.mechToken;
    if (token.kind === "negTokenResp") {
      if (token.supportedMech !== null && !fromClient) this.#settle(token.supportedMech);
      if (token.state === "reject") {
        this.#note("warning", "spnego-rejected", "the negotiation of the security mechanism was rejected");
      }
    } else if (fromClient && token.mechTypes.length > 0 && !this.#settled) {
      this.#prefer(token.mechTypes[0]!);
    }
    if (inner !== null && inner.length > 0) this.#readMechanism(inner);
    this.#rememberMic(fromClient, token);
  }

  /** The mechListMIC and what it signs; they come before or after the messages of NTLMSSP. */
  #rememberMic(fromClient: boolean, token: SpnegoToken): void {
    this.#ntlm ??= emptyNtlm();
    if (token.kind !== "negTokenResp" && fromClient) this.#ntlm.mechTypes = token.mechTypesDer;
    if (token.mechListMIC === null) return;
    if (fromClient) this.#ntlm.clientMechListMic = token.mechListMIC;
    else this.#ntlm.serverMechListMic = token.mechListMIC;
  }

  /** The client's first choice, until the server has answered. */
  #prefer(oid: string): void {
    this.#mechanism = mechanismKey(oid);
  }

  #settle(oid: string): void {
    const mechanism = mechanismKey(oid);
    // Kerberos stays user-to-user where its tokens said so: the object identifier is often the plain one.
    if (!(mechanism === "kerberos" && this.#mechanism === "kerberos_u2u")) this.#mechanism = mechanism;
    this.#settled = true;
  }

  #readMechanism(token: Uint8Array): void {
    const frame = readGssFrame(token);
    const inner = frame?.inner ?? token;
    if (isNtlm(inner)) {
      this.#readNtlm(inner);
      return;
    }
    if (frame !== null && !mechanismKey(frame.mechanism).startsWith("kerberos")) {
      this.#note(
        "info",
        "security-token-unknown",
        `a token of the mechanism ${mechanismName(frame.mechanism)}`,
      );
      return;
    }
    this.#readKerberos(readKerberos(inner));
  }

  #readNtlm(bytes: Uint8Array): void {
    const message = readNtlmMessage(bytes, this.#ntlm?.challenge?.message.NegotiateFlags ?? null);
    this.#mechanism = "ntlmssp";
    this.#faults("NTLMSSP", message.faults);
    if (message.MessageType === 1) {
      // A second handshake under the same id starts anew.
      if (this.#ntlm?.authenticate) this.#ntlm = emptyNtlm();
      this.#session = null;
      this.#negotiate = message;
    }
    this.#ntlm ??= emptyNtlm();
    if (message.MessageType === 1) this.#ntlm.negotiate = bytes;
    else if (message.MessageType === 2) this.#ntlm.challenge = { message, bytes };
    else {
      this.#ntlm.authenticate = { message, bytes };
      this.#user = message.UserName;
      this.#domain = message.DomainName;
      this.#workstation = message.Workstation;
    }
  }

  #readKerberos(message: KerberosMessage): void {
    if (message.msg === "KRB-ERROR") {
      const code = message.error_code;
      const name = code === null ? "without a code" : kerberosErrorName(code);
      this.#note(
        "warning",
        "kerberos-error",
        `KRB-ERROR ${name}${message.e_text ? ` (${message.e_text})` : ""}`,
      );
      return;
    }
    if (this.#mechanism === null || !this.#mechanism.startsWith("kerberos")) this.#mechanism = "kerberos";
    if (message.msg === "AP-REQ" && this.#kerberos?.apReq) {
      this.#kerberos = { mechanism: "kerberos", apReq: null, apRep: null, tgtRep: this.#kerberos.tgtRep };
      this.#session = null;
    }
    this.#kerberos ??= { mechanism: "kerberos", apReq: null, apRep: null, tgtRep: null };
    if (message.msg === "AP-REQ") {
      this.#kerberos.apReq = message;
      if (message.use_session_key) this.#mechanism = "kerberos_u2u";
    } else if (message.msg === "AP-REP") {
      // The client's own AP-REP, the third leg of DCE style, adds no key.
      this.#kerberos.apRep ??= message;
    } else if (message.msg === "TGT-REP") {
      this.#kerberos.tgtRep = message;
      this.#mechanism = "kerberos_u2u";
    } else if (message.msg === "TGT-REQ") {
      this.#mechanism = "kerberos_u2u";
      this.#serverName = principalText(message.server_name);
    }
  }

  #readNetlogon(bytes: Uint8Array): void {
    const message = readNlAuthMessage(bytes);
    this.#faults("Netlogon", message.faults);
    this.#domain ??= message.NetbiosDomain ?? message.DnsDomain;
    this.#workstation ??= message.NetbiosHost ?? message.NetbiosHostUtf8 ?? message.DnsHost;
  }

  /** The session that opens PDUs, or null and a note (once for each reason). */
  #sessionFor(sealed: boolean): Session | null {
    if (this.#session !== null && !this.#session.refuted) return this.#session;
    if (this.#keys === null) {
      if (sealed) this.#tellShut("no-key", this.#wanted());
      return null;
    }
    const refuted = this.#session;
    const asked = `${this.#tokens}/${this.#keys.generation}/${refuted !== null}`;
    if (asked === this.#askedAt) return null;
    this.#askedAt = asked;
    const answer = this.#keys.session(this.#exchange(), this.#place, refuted);
    this.#session = answer.session;
    if (this.#session?.identity.user) this.#record = null;
    if (answer.session === null && this.authLevel >= LEVEL_CALL)
      this.#tellShut(answer.reason, answer.message);
    return this.#session;
  }

  #exchange(): NtlmExchange | KerberosExchange | null {
    if (this.#mechanism?.startsWith("kerberos")) {
      return this.#kerberos ?? { mechanism: "kerberos", apReq: null, apRep: null, tgtRep: null };
    }
    if (this.#mechanism === "ntlmssp") return this.#ntlm ?? emptyNtlm();
    return null;
  }

  #tellShut(reason: ShutReason, message: string): void {
    if (this.#shut === reason) return;
    this.#shut = reason;
    this.#note("info", reason, message);
  }

  /** What key would open this context, said without any having been given. */
  #wanted(): string {
    const level = authLevelName(this.authLevel);
    if (this.#mechanism === "ntlmssp" && this.#user !== null) {
      const who = this.#domain ? `${this.#domain}\\${this.#user}` : this.#user;
      if (this.#user === "") return `sealed at ${level} with NTLMSSP, anonymously: any key option opens it`;
      return `sealed at ${level} with NTLMSSP: the password or NT hash of ${who}, or the session key, opens it`;
    }
    const ticket = this.#kerberos?.apReq?.ticket;
    if (ticket) {
      return `sealed at ${level} with Kerberos: the key of ${ticketText(ticket)}, or the session key, opens it`;
    }
    if (this.#mechanism === "ntlmssp" || this.#mechanism?.startsWith("kerberos")) {
      return `sealed at ${level} with ${this.#mechanism}: the handshake was not captured, only the session key could open it`;
    }
    return `sealed at ${level} with ${this.#mechanism ?? authTypeName(this.authType)}`;
  }

  #makeRecord(): SecurityRecord {
    // Nothing is opened at connect level, but a key may tell who it is that a ticket names.
    if (this.authLevel < LEVEL_CALL && this.#keys !== null && this.#kerberos?.apReq) this.#sessionFor(false);
    const identity = this.#session?.identity;
    return {
      type: authTypeName(this.authType),
      mechanism: this.#mechanism,
      level: authLevelName(this.authLevel),
      context_id: this.contextId,
      user: this.#user ?? identity?.user ?? null,
      domain: this.#domain ?? identity?.domain ?? null,
      workstation: this.#workstation,
      decrypted: this.#decrypted,
      verified: this.#verified,
      ntlm: this.#mechanism === "ntlmssp" ? this.#ntlmRecord() : null,
      kerberos: this.#mechanism?.startsWith("kerberos") ? this.#kerberosRecord() : null,
    };
  }

  #ntlmRecord(): NtlmRecord | null {
    const challenge = this.#ntlm?.challenge?.message ?? null;
    const authenticate = this.#ntlm?.authenticate?.message ?? null;
    if (challenge === null && authenticate === null && this.#negotiate === null) return null;
    const flags =
      authenticate?.NegotiateFlags || challenge?.NegotiateFlags || this.#negotiate?.NegotiateFlags;
    const clientVersion = authenticate?.Version ?? this.#negotiate?.Version ?? null;
    return {
      negotiate_flags: flagNames(flags ?? 0),
      target_name: challenge?.TargetName ?? null,
      server_challenge: challenge?.ServerChallenge ? hex(challenge.ServerChallenge) : null,
      av_pairs: avRecord(
        challenge?.TargetInfo ?? [],
        authenticate?.ntlmv2?.NTLMv2_CLIENT_CHALLENGE.AvPairs ?? [],
      ),
      client_version: clientVersion === null ? null : versionText(clientVersion),
      server_version: challenge?.Version ? versionText(challenge.Version) : null,
      nt_response_kind: authenticate === null ? null : RESPONSE_KINDS[authenticate.kind],
      mic_present: authenticate === null ? null : authenticate.micOffset !== null,
    };
  }

  #kerberosRecord(): KerberosRecord | null {
    const kerberos = this.#kerberos;
    if (kerberos === null) return null;
    const apReq: ApReq | null = kerberos.apReq;
    const ticket = apReq?.ticket ?? null;
    return {
      realm: ticket?.realm ?? kerberos.tgtRep?.ticket?.realm ?? null,
      service: principalText(ticket?.sname ?? null) ?? this.#serverName,
      ticket_etype: ticket?.enc_part ? etypeName(ticket.enc_part.etype) : null,
      authenticator_etype: apReq?.authenticator ? etypeName(apReq.authenticator.etype) : null,
      user_to_user: this.#mechanism === "kerberos_u2u",
    };
  }
}

const RESPONSE_KINDS = {
  ntlmv2: "ntlmv2",
  ntlmv1: "ntlmv1",
  ntlmv1_ess: "ntlmv1",
  lm: null,
  anonymous: "anonymous",
  malformed: null,
} as const;

function emptyNtlm(): NtlmExchange {
  return {
    mechanism: "ntlmssp",
    negotiate: null,
    challenge: null,
    authenticate: null,
    mechTypes: null,
    clientMechListMic: null,
    serverMechListMic: null,
  };
}

/** How the call log names a mechanism. */
function mechanismKey(oid: string): string {
  if (oid === OID_NTLMSSP) return "ntlmssp";
  if (oid === OID_KERBEROS || oid === OID_MS_KERBEROS) return "kerberos";
  if (oid === OID_KERBEROS_U2U) return "kerberos_u2u";
  return mechanismName(oid).toLowerCase();
}

/** `cifs/server.example@REALM (aes256-cts-hmac-sha1-96, kvno 3)`. */
function ticketText(ticket: Ticket): string {
  const part = ticket.enc_part;
  const kvno = part?.kvno ? `, kvno ${part.kvno}` : "";
  return `${principalText(ticket.sname) ?? "?"}@${ticket.realm ?? "?"} (${part ? etypeName(part.etype) : "?"}${kvno})`;
}

/** What the server said of itself, and what only the client's response holds. The first of a name counts. */
function avRecord(server: readonly AvPair[], client: readonly AvPair[]): { [name: string]: Value } {
  const record: { [name: string]: Value } = {};
  for (const pair of [...server, ...client]) {
    if (Object.hasOwn(record, pair.name)) continue;
    record[pair.name] = typeof pair.value === "object" ? { ...pair.value } : pair.value;
  }
  return record;
}
