/**
 * The life of a handshake, as tables: what SPNEGO has come to, and how far the messages of a mechanism got. A capture may lack
 * any of them, so that most may follow each other; what is not listed is passed over.
 */
import type { LifeCycle } from "../../life-cycle.js";

/** [RFC 4178]: what the client would like best, then what the server chose. */
export type NegotiationState = "open" | "offered" | "chosen";
export type NegotiationEvent = "offer" | "choose";

export const NEGOTIATION: LifeCycle<NegotiationState, NegotiationEvent> = {
  open: { offer: "offered", choose: "chosen" },
  offered: { offer: "offered", choose: "chosen" },
  chosen: { choose: "chosen" },
};

/** [MS-NLMP] 1.3.1: the messages by their names. NEGOTIATE behind AUTHENTICATE begins another handshake under the same id. */
export type NtlmState = "start" | "negotiated" | "challenged" | "authenticated";
export type NtlmEvent = "negotiate" | "challenge" | "authenticate";

export const NTLM: LifeCycle<NtlmState, NtlmEvent> = {
  start: { negotiate: "negotiated", challenge: "challenged", authenticate: "authenticated" },
  negotiated: { negotiate: "negotiated", challenge: "challenged", authenticate: "authenticated" },
  challenged: { negotiate: "challenged", challenge: "challenged", authenticate: "authenticated" },
  authenticated: { negotiate: "negotiated", challenge: "authenticated", authenticate: "authenticated" },
};

/** [RFC 4120] 3.2, [MS-KILE] 3.4.5.1: the client's own AP-REP, the third leg of DCE style, adds no key. */
export type KerberosState = "start" | "requested" | "replied";
export type KerberosEvent = "AP-REQ" | "AP-REP";

export const KERBEROS_AP: LifeCycle<KerberosState, KerberosEvent> = {
  start: { "AP-REQ": "requested", "AP-REP": "replied" },
  requested: { "AP-REQ": "requested", "AP-REP": "replied" },
  replied: { "AP-REQ": "requested" },
};
