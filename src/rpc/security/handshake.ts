/**
 * The memory of a security context's handshake: what each token added, what mechanism was settled on, and whom it
 * names. Tokens are read by the dissectors; nothing is computed here.
 */
import {
  AUTH_TYPE_KERBEROS,
  AUTH_TYPE_NETLOGON,
  AUTH_TYPE_SPNEGO,
  authTypeName,
} from "../../../dissectors/dcerpc/security.js";
import { principalText } from "../../../dissectors/kerberos/basic.js";
import { type KerberosMessage, readKerberos } from "../../../dissectors/kerberos/messages.js";
import { kerberosErrorName } from "../../../dissectors/kerberos/names.js";
import { readNlAuthMessage } from "../../../dissectors/netlogon/messages.js";
import {
  isNtlm,
  type NegotiateMessage,
  type NtlmMessage,
  readNtlmMessage,
} from "../../../dissectors/ntlmssp/messages.js";
import {
  isNegoEx,
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
import { Reader } from "../../../dissectors/wire/reader.js";
import { loneText, wellFormed } from "../../../dissectors/wire/text.js";
import type { KerberosRecord, Note, NtlmRecord, Severity } from "../../events.js";
import { nextState } from "../../life-cycle.js";
import type { Observed } from "../../observations.js";
import { SeenBytes } from "../../seen-bytes.js";
import {
  KERBEROS_AP,
  type KerberosState,
  NEGOTIATION,
  type NegotiationState,
  NTLM,
  type NtlmState,
} from "./handshake-life.js";
import { accountText, kerberosRecord, ntlmRecord, ntlmTexts, ticketText } from "./records.js";
import { kerberosSeen, ntlmSeen } from "./seen.js";
import type { Exchange, KerberosExchange, NtlmExchange } from "./session.js";

const NTLM_EVENTS = { 1: "negotiate", 2: "challenge", 3: "authenticate" } as const;

/** Estimated bytes of memory that are kept of tokens that come again, and the cost of what one says beside its bytes. */
const SEEN_BYTES = 2 * 1024 * 1024;
const TOKEN_COST = 1500;
/** What tokens said, which changes no answer: servers and clients say much of it in each connection. */
const seenSpnego = new SeenBytes<SpnegoToken | null>(SEEN_BYTES / 2, () => TOKEN_COST);
const seenNtlm = new SeenBytes<NtlmMessage>(SEEN_BYTES / 2, () => TOKEN_COST);

/** Faults of one message that are reported one by one; further ones are counted. */
const MAX_FAULTS = 8;

export class Handshake {
  /** Mechanism negotiated by SPNEGO (until then the client's preferred one), or the type itself. */
  mechanism: string | null;
  user: string | null = null;
  domain: string | null = null;
  workstation: string | null = null;
  /** Grows when keys made from what was seen before no longer hold. */
  round = 0;

  readonly #authType: number;
  #ntlm = emptyNtlm();
  #kerberos = emptyKerberos();
  #negotiate: NegotiateMessage | null = null;
  #serverName: string | null = null;
  #negotiation: NegotiationState = "open";
  #ntlmState: NtlmState = "start";
  #kerberosState: KerberosState = "start";
  /** The token at hand was cut by the capture. */
  #cut = false;
  #notes: Note[] = [];
  /** What the tokens said, where an export asks for it. */
  readonly #seen: Observed[] | null;

  constructor(authType: number, observed = false) {
    this.#authType = authType;
    this.#seen = observed ? [] : null;
    this.mechanism = authType === AUTH_TYPE_SPNEGO || authType === 0 ? null : authTypeName(authType);
  }

  /** One token; kept, so it must be the caller's own. Bad content becomes notes. */
  take(fromClient: boolean, token: Uint8Array, cut: boolean): void {
    this.#cut = cut;
    try {
      this.#read(fromClient, token);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      const what = `${authTypeName(this.#authType)} token of ${token.length} bytes from the ${fromClient ? "client" : "server"}`;
      this.#faults(what, [fault.message]);
    }
  }

  /** A PDU's verifier, where the negotiation was not captured: it says what that settled on. */
  guess(verifier: Uint8Array): void {
    if (this.mechanism === null && this.#authType === AUTH_TYPE_SPNEGO)
      this.mechanism = verifierMechanism(verifier);
  }

  /** What keys are made of; null where the mechanism has none that are known here. */
  exchange(): Exchange | null {
    if (this.isKerberos) return this.#kerberos;
    return this.mechanism === "ntlmssp" ? this.#ntlm : null;
  }

  get isKerberos(): boolean {
    return this.mechanism?.startsWith("kerberos") ?? false;
  }

  ntlmRecord(): NtlmRecord | null {
    return this.mechanism === "ntlmssp" ? ntlmRecord(this.#ntlm, this.#negotiate) : null;
  }

  kerberosRecord(): KerberosRecord | null {
    const { apReq, apRep, tgtRep } = this.#kerberos;
    const seen = apReq !== null || apRep !== null || tgtRep !== null || this.#serverName !== null;
    if (!this.isKerberos || !seen) return null;
    return kerberosRecord(this.#kerberos, this.#serverName, this.mechanism === "kerberos_u2u");
  }

  /** What would open the context, said where no key was given at all. */
  wanted(): string {
    if (this.mechanism === "ntlmssp" && this.user === "") {
      return "with NTLMSSP, anonymously: to decrypt, give any password or key";
    }
    if (this.mechanism === "ntlmssp" && this.user !== null) {
      const who = accountText(this.user, this.domain);
      return `with NTLMSSP: to decrypt, give the password or NT hash of ${who}, or the session key`;
    }
    const ticket = this.#kerberos.apReq?.ticket;
    if (this.isKerberos && ticket) {
      return `with Kerberos: to decrypt, give the key of ${ticketText(ticket)}, or the session key`;
    }
    if (this.mechanism === "ntlmssp" || this.isKerberos) {
      return `with ${this.mechanism}: the handshake was not captured, so only the session key can decrypt it`;
    }
    return `with ${this.mechanism ?? authTypeName(this.#authType)}`;
  }

  takeNotes(): Note[] {
    const taken = this.#notes;
    if (taken.length > 0) this.#notes = [];
    return taken;
  }

  /** What tokens said since the last call of this method. */
  takeSeen(): readonly Observed[] {
    return this.#seen?.splice(0) ?? NOTHING_SEEN;
  }

  #note(severity: Severity, code: string, message: string): void {
    this.#notes.push({ severity, code, message });
  }

  /** One note for all that is wrong with a message; where the capture cut it, the sender is not to blame. */
  #faults(what: string, faults: readonly string[]): void {
    if (faults.length === 0) return;
    const more = faults.length - MAX_FAULTS;
    const listed = faults.slice(0, MAX_FAULTS).join("; ") + (more > 0 ? `; and ${more} more` : "");
    if (this.#cut) this.#note("info", "security-token-incomplete", `${what}: ${listed}`);
    else this.#note("warning", "security-token-malformed", `${what}: ${listed}`);
  }

  #read(fromClient: boolean, token: Uint8Array): void {
    if (isNtlm(token)) this.#readNtlm(token);
    else if (this.#authType === AUTH_TYPE_NETLOGON) this.#readNetlogon(token);
    else if (this.#authType === AUTH_TYPE_SPNEGO || this.#authType === AUTH_TYPE_KERBEROS) {
      const spnego = seenSpnego.of(seenSpnego, 0, token, 0, token.length, () => spnegoOf(token));
      if (spnego !== null) this.#takeSpnego(fromClient, spnego);
      else this.#readMechanism(token);
    }
    // Anything else is named, not read: Schannel's tokens are TLS records.
  }

  #takeSpnego(fromClient: boolean, token: SpnegoToken): void {
    this.#faults("SPNEGO", token.faults);
    if (token.kind === "negTokenResp") {
      if (token.supportedMech !== null && !fromClient) this.#choose(token.supportedMech);
      if (token.state === "reject") {
        this.#note("warning", "spnego-rejected", "the negotiation of the security mechanism was rejected");
      }
    } else if (fromClient && token.mechTypes.length > 0) this.#offer(token.mechTypes[0]!);
    this.#seen?.push({ what: "negotiation", state: token.kind === "negTokenResp" ? token.state : null });
    const inner = token.kind === "negTokenResp" ? token.responseToken : token.mechToken;
    if (inner !== null && inner.length > 0) this.#readMechanism(inner);
    this.#rememberMic(fromClient, token);
  }

  /** What the client would like best, which counts until the server has chosen. */
  #offer(oid: string): void {
    const next = NEGOTIATION[this.#negotiation].offer;
    if (next === undefined) return;
    this.#negotiation = next;
    this.mechanism = mechanismKey(oid);
  }

  #choose(oid: string): void {
    const mechanism = mechanismKey(oid);
    // User-to-user stays so where its tokens said it: the object identifier is often the plain one.
    if (!(mechanism === "kerberos" && this.mechanism === "kerberos_u2u")) this.mechanism = mechanism;
    this.#negotiation = nextState(NEGOTIATION, this.#negotiation, "choose");
  }

  /** The mechListMIC and what it signs: they may come in the same token as a message of NTLMSSP. */
  #rememberMic(fromClient: boolean, token: SpnegoToken): void {
    if (token.kind !== "negTokenResp" && fromClient) this.#ntlm.mechTypes = token.mechTypesDer;
    if (token.mechListMIC === null) return;
    if (fromClient) this.#ntlm.clientMechListMic = token.mechListMIC;
    else this.#ntlm.serverMechListMic = token.mechListMIC;
  }

  #readMechanism(token: Uint8Array): void {
    if (isNtlm(token)) {
      this.#readNtlm(token);
      return;
    }
    const frame = readGssFrame(new Reader(token));
    const inner = frame?.inner.rest() ?? token;
    if (isNtlm(inner)) this.#readNtlm(inner);
    else if (isNegoEx(inner)) this.#note("info", "security-token-unknown", "a token of NegoEx");
    else if (frame !== null && !mechanismKey(frame.mechanism).startsWith("kerberos")) {
      this.#note("info", "security-token-unknown", `a token of ${mechanismName(frame.mechanism)}`);
    } else this.#readKerberos(readKerberos(new Reader(inner)));
  }

  #readNtlm(bytes: Uint8Array): void {
    const flags = this.#ntlm.challenge?.message.NegotiateFlags ?? null;
    const message = seenNtlm.of(seenNtlm, flags ?? -1, bytes, 0, bytes.length, () =>
      readNtlmMessage(new Reader(bytes), flags),
    );
    this.mechanism = "ntlmssp";
    this.round++;
    this.#faults("NTLMSSP", message.faults);
    this.#seen?.push(ntlmSeen(message));
    this.#reportLone(message);
    const before = this.#ntlmState;
    this.#ntlmState = nextState(NTLM, before, NTLM_EVENTS[message.MessageType]);
    if (message.MessageType === 1) {
      if (before === "authenticated") this.#ntlm = emptyNtlm();
      this.#ntlm.negotiate = bytes;
      this.#negotiate = message;
    } else if (message.MessageType === 2) this.#ntlm.challenge = { message, bytes };
    else {
      this.#ntlm.authenticate = { message, bytes };
      // Keys are made of the names as they were sent, records of what can be written.
      this.user = shown(message.UserName);
      this.domain = shown(message.DomainName);
      this.workstation = shown(message.Workstation);
    }
  }

  #reportLone(message: NtlmMessage): void {
    ntlmTexts(message, (field, text) => {
      wellFormed(text, (units) => {
        this.#note("warning", "text-lone-surrogate", `NTLMSSP ${field}: ${loneText(units)}`);
      });
    });
  }

  #readKerberos(message: KerberosMessage): void {
    if (this.#seen !== null) this.#seen.push(...kerberosSeen(message));
    if (message.msg === "KRB-ERROR") {
      const name = message.error_code === null ? "without a code" : kerberosErrorName(message.error_code);
      const text = message.e_text ? ` (${message.e_text})` : "";
      this.#note("warning", "kerberos-error", `KRB-ERROR ${name}${text}`);
      return;
    }
    if (!this.isKerberos) this.mechanism = "kerberos";
    if (message.msg === "AP-REQ") {
      this.#kerberosState = nextState(KERBEROS_AP, this.#kerberosState, "AP-REQ");
      this.round++;
      this.#kerberos = { ...emptyKerberos(), tgtRep: this.#kerberos.tgtRep, apReq: message };
      if (message.use_session_key) this.mechanism = "kerberos_u2u";
    } else if (message.msg === "AP-REP") {
      const next = KERBEROS_AP[this.#kerberosState]["AP-REP"];
      if (next === undefined) return;
      this.#kerberosState = next;
      this.round++;
      this.#kerberos.apRep = message;
    } else if (message.msg === "TGT-REP") {
      this.#kerberos.tgtRep = message;
      this.mechanism = "kerberos_u2u";
    } else if (message.msg === "TGT-REQ") {
      this.#serverName = principalText(message.server_name);
      this.mechanism = "kerberos_u2u";
    }
  }

  #readNetlogon(bytes: Uint8Array): void {
    const message = readNlAuthMessage(new Reader(bytes));
    this.#faults("Netlogon", message.faults);
    this.domain ??= message.NetbiosDomain ?? message.DnsDomain;
    this.workstation ??= message.NetbiosHost ?? message.NetbiosHostUtf8 ?? message.DnsHost;
  }
}

const NOTHING_SEEN: readonly Observed[] = [];

/** What a token of SPNEGO says, in its frame or without one; null where the bytes are of something else. */
function spnegoOf(token: Uint8Array): SpnegoToken | null {
  const frame = readGssFrame(new Reader(token));
  const spnego = frame === null ? isSpnego(token) : frame.mechanism === OID_SPNEGO;
  return spnego ? readSpnego(new Reader(token)) : null;
}

/** A text that can be written as UTF-8. */
function shown(text: string | null): string | null {
  return text === null ? null : wellFormed(text, null);
}

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

function emptyKerberos(): KerberosExchange {
  return { mechanism: "kerberos", apReq: null, apRep: null, tgtRep: null };
}

/** How the call log names a mechanism. */
function mechanismKey(oid: string): string {
  if (oid === OID_NTLMSSP) return "ntlmssp";
  if (oid === OID_KERBEROS || oid === OID_MS_KERBEROS) return "kerberos";
  if (oid === OID_KERBEROS_U2U) return "kerberos_u2u";
  return mechanismName(oid).toLowerCase();
}
