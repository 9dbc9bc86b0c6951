/** What the handshake of a security context looks like in a record: names of codes, and the fields of the call log. */
import { principalText } from "../../../dissectors/kerberos/basic.js";
import type { Ticket } from "../../../dissectors/kerberos/messages.js";
import { etypeName } from "../../../dissectors/kerberos/names.js";
import type { AvPair } from "../../../dissectors/ntlmssp/av-pairs.js";
import { flagNames } from "../../../dissectors/ntlmssp/flags.js";
import {
  type NegotiateMessage,
  type NtlmMessage,
  versionText,
} from "../../../dissectors/ntlmssp/messages.js";
import type { ResponseKind } from "../../../dissectors/ntlmssp/responses.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { wellFormed } from "../../../dissectors/wire/text.js";
import type { AuthRecord, KerberosRecord, NtlmRecord, SecurityRecord, Value } from "../../events.js";
import type { KerberosExchange, NtlmExchange } from "./session.js";

/** A call, or a connection, without any security. */
export const NO_AUTH: AuthRecord = {
  type: "none",
  mechanism: null,
  level: "none",
  context_id: null,
  user: null,
  domain: null,
  workstation: null,
  source: null,
  decrypted: null,
  verified: null,
};

/** Whose credentials a call has, without the exchange that proved them. */
export function withoutExchange({ ntlm: _ntlm, kerberos: _kerberos, ...auth }: SecurityRecord): AuthRecord {
  return auth;
}

const RESPONSE_KINDS: { readonly [kind in ResponseKind]: NtlmRecord["nt_response_kind"] } = {
  ntlmv2: "ntlmv2",
  ntlmv1: "ntlmv1",
  ntlmv1_ess: "ntlmv1",
  lm: null,
  anonymous: "anonymous",
  malformed: null,
};

/** `cifs/server.example@REALM (aes256-cts-hmac-sha1-96, kvno 3)`. */
export function ticketText(ticket: Ticket): string {
  const part = ticket.enc_part;
  const kvno = part?.kvno ? `, kvno ${part.kvno}` : "";
  return `${principalText(ticket.sname) ?? "?"}@${ticket.realm ?? "?"} (${part ? etypeName(part.etype) : "?"}${kvno})`;
}

/** `DOMAIN\user`, or the user alone. */
export function accountText(user: string | null, domain: string | null): string {
  return wellFormed(domain ? `${domain}\\${user ?? "?"}` : (user ?? "?"), null);
}

/** What of the exchange was seen; null before its first message. */
export function ntlmRecord(exchange: NtlmExchange, negotiate: NegotiateMessage | null): NtlmRecord | null {
  const challenge = exchange.challenge?.message ?? null;
  const authenticate = exchange.authenticate?.message ?? null;
  if (challenge === null && authenticate === null && negotiate === null) return null;
  const flags = authenticate?.NegotiateFlags || challenge?.NegotiateFlags || negotiate?.NegotiateFlags;
  const clientVersion = authenticate?.Version ?? negotiate?.Version ?? null;
  return {
    negotiate_flags: flagNames(flags ?? 0),
    target_name: challenge?.TargetName == null ? null : wellFormed(challenge.TargetName, null),
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

/** Hands on the texts of a message that records show, with their fields' names. */
export function ntlmTexts(message: NtlmMessage, take: (field: string, text: string) => void): void {
  let pairs: readonly AvPair[] = [];
  const text = (field: string, value: string | null): void => {
    if (value !== null) take(field, value);
  };
  if (message.MessageType === 2) {
    text("TargetName", message.TargetName);
    pairs = message.TargetInfo;
  } else if (message.MessageType === 3) {
    text("DomainName", message.DomainName);
    text("UserName", message.UserName);
    text("Workstation", message.Workstation);
    pairs = message.ntlmv2?.NTLMv2_CLIENT_CHALLENGE.AvPairs ?? [];
  }
  for (const { name, value } of pairs) if (typeof value === "string") take(name, value);
}

/** What the server said of itself, and what only the client's response holds. The first of a name counts. */
function avRecord(server: readonly AvPair[], client: readonly AvPair[]): { [name: string]: Value } {
  const record: { [name: string]: Value } = {};
  for (const pair of [...server, ...client]) {
    if (Object.hasOwn(record, pair.name)) continue;
    if (typeof pair.value === "object") record[pair.name] = { ...pair.value };
    else record[pair.name] = typeof pair.value === "string" ? wellFormed(pair.value, null) : pair.value;
  }
  return record;
}

/** What of the exchange is in the clear. `serverName` is what a user-to-user client asked for. */
export function kerberosRecord(
  { apReq, tgtRep }: KerberosExchange,
  serverName: string | null,
  userToUser: boolean,
): KerberosRecord {
  const ticket = apReq?.ticket ?? null;
  return {
    realm: ticket?.realm ?? tgtRep?.ticket?.realm ?? null,
    service: principalText(ticket?.sname ?? null) ?? serverName,
    ticket_etype: ticket?.enc_part ? etypeName(ticket.enc_part.etype) : null,
    authenticator_etype: apReq?.authenticator ? etypeName(apReq.authenticator.etype) : null,
    user_to_user: userToUser,
  };
}
