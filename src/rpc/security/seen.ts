/** What security tokens say, as observations: for exports that list logons and tickets. */
import { principalText } from "../../../dissectors/kerberos/basic.js";
import type { KerberosMessage } from "../../../dissectors/kerberos/messages.js";
import type { NtlmMessage } from "../../../dissectors/ntlmssp/messages.js";
import { wellFormed } from "../../../dissectors/wire/text.js";
import type { Observed, ObservedOf } from "../../observations.js";

type NameOfServer = "nb_computer_name" | "dns_computer_name" | "dns_tree_name";

const AV_NAMES: { readonly [name: string]: NameOfServer } = {
  MsvAvNbComputerName: "nb_computer_name",
  MsvAvDnsComputerName: "dns_computer_name",
  MsvAvDnsTreeName: "dns_tree_name",
};

export function ntlmSeen(message: NtlmMessage): Observed {
  const seen: ObservedOf<"ntlm"> = {
    what: "ntlm",
    message: "negotiate",
    user: null,
    domain: null,
    workstation: null,
    nb_computer_name: null,
    dns_computer_name: null,
    dns_tree_name: null,
  };
  if (message.MessageType === 2) {
    seen.message = "challenge";
    for (const { name, value } of message.TargetInfo) {
      const of = AV_NAMES[name];
      if (of !== undefined && typeof value === "string") seen[of] ??= wellFormed(value, null);
    }
  } else if (message.MessageType === 3) {
    seen.message = "authenticate";
    seen.user = shown(message.UserName);
    seen.domain = shown(message.DomainName);
    seen.workstation = shown(message.Workstation);
  }
  return seen;
}

/** None for messages that say nothing of a ticket. */
export function kerberosSeen(message: KerberosMessage): Observed[] {
  const seen: Omit<ObservedOf<"kerberos">, "message"> = {
    what: "kerberos",
    cname: null,
    realm: null,
    service: null,
    ticket_etype: null,
    from: null,
    till: null,
    forwardable: null,
    renewable: null,
    error_code: null,
    e_text: null,
  };
  switch (message.msg) {
    case "AS-REQ":
    case "TGS-REQ":
      seen.cname = shown(principalText(message.cname));
      seen.realm = shown(message.realm);
      seen.service = shown(principalText(message.sname));
      seen.from = secondsOf(message.from);
      seen.till = secondsOf(message.till);
      seen.forwardable = message.forwardable;
      seen.renewable = message.renewable;
      break;
    case "AS-REP":
    case "TGS-REP":
      seen.cname = shown(principalText(message.cname));
      seen.realm = shown(message.crealm);
      seen.service = shown(principalText(message.ticket?.sname ?? null));
      seen.ticket_etype = message.ticket?.enc_part?.etype ?? null;
      break;
    case "AP-REQ":
      seen.realm = shown(message.ticket?.realm ?? null);
      seen.service = shown(principalText(message.ticket?.sname ?? null));
      seen.ticket_etype = message.ticket?.enc_part?.etype ?? null;
      break;
    case "AP-REP":
      break;
    case "KRB-ERROR":
      seen.cname = shown(principalText(message.cname));
      seen.realm = shown(message.crealm);
      seen.service = shown(principalText(message.sname));
      seen.error_code = message.error_code;
      seen.e_text = shown(message.e_text);
      break;
    default:
      return [];
  }
  return [{ ...seen, message: message.msg }];
}

/** A KerberosTime in seconds since 1970. */
function secondsOf(text: string | null): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "");
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second) / 1000;
}

function shown(text: string | null): string | null {
  return text === null ? null : wellFormed(text, null);
}
