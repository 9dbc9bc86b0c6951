/**
 * How a connection is made and what is agreed on: the bodies of bind, alter_context and their answers, [C706] 12.6.4.1 to
 * 12.6.4.5, [MS-RPCE] 2.2.2.4 and 2.2.2.5, and what the syntaxes, results and reasons in them are called.
 *
 * Not handled here: the header in front of them and the verifier behind (pdu.ts).
 */
import { type Guid, readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import { latin1, untilNul } from "../wire/text.js";
import { readSyntaxId, type SyntaxId } from "./syntax-id.js";

/** [C706] 12.6.3.1 p_cont_elem_t: one proposed presentation context. */
export interface ContextElement {
  contextId: number;
  abstractSyntax: SyntaxId;
  transferSyntaxes: SyntaxId[];
}

/** [C706] 12.6.3.1 p_result_t, paired with the context elements by position. */
export interface ContextResult {
  result: number;
  reason: number;
  transferSyntax: SyntaxId;
}

export interface BindBody {
  type: "bind" | "alter_context";
  maxXmitFrag: number;
  maxRecvFrag: number;
  assocGroupId: number;
  contexts: ContextElement[];
}

export interface BindAckBody {
  type: "bind_ack" | "alter_context_resp";
  maxXmitFrag: number;
  maxRecvFrag: number;
  assocGroupId: number;
  secondaryAddress: string;
  results: ContextResult[];
}

export interface BindNakBody {
  type: "bind_nak";
  reason: number;
  versions: { major: number; minor: number }[];
  signature: Guid | null;
}

/** [C706] 12.6.3.1 p_cont_def_result_t; 3 is [MS-RPCE] 2.2.2.4 negotiate_ack. */
const RESULTS = ["acceptance", "user_rejection", "provider_rejection", "negotiate_ack"] as const;

export function resultName(result: number): (typeof RESULTS)[number] | null {
  return RESULTS[result] ?? null;
}

/** [C706] 12.6.3.1 p_provider_reason_t, and 9 of [MS-RPCE]. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [0, "reason_not_specified"],
  [1, "abstract_syntax_not_supported"],
  [2, "proposed_transfer_syntaxes_not_supported"],
  [3, "local_limit_exceeded"],
]);

export function providerReason(reason: number): string {
  return REASONS.get(reason) ?? `0x${reason.toString(16).padStart(4, "0")}`;
}

/** [C706] 12.6.3.1 p_reject_reason_t with the additions of [MS-RPCE] 2.2.2.5. */
const NAK_REASONS: ReadonlyMap<number, string> = new Map([
  [0, "reason_not_specified"],
  [1, "temporary_congestion"],
  [2, "local_limit_exceeded"],
  [3, "called_paddr_unknown"],
  [4, "protocol_version_not_supported"],
  [5, "default_context_not_supported"],
  [6, "user_data_not_readable"],
  [7, "no_psap_available"],
  [8, "authentication_type_not_recognized"],
  [9, "invalid_checksum"],
]);

export function nakReason(reason: number): string {
  return NAK_REASONS.get(reason) ?? `0x${reason.toString(16).padStart(4, "0")}`;
}

/** [MS-RPCE] 2.2.4 and 2.2.5: the transfer syntaxes this program can read, by UUID. */
export const NDR_SYNTAX: Guid = "8a885d04-1ceb-11c9-9fe8-08002b104860";
export const NDR64_SYNTAX: Guid = "71710533-beba-4937-8319-b5dbef9ccc36";
/** [MS-RPCE] 3.3.1.5.3: bind-time feature negotiation; the last eight bytes are a bit mask. */
const BTFN_PREFIX = "6cb71c2c-9812-4540-";

export function isFeatureNegotiation(syntax: SyntaxId): boolean {
  return syntax.uuid.startsWith(BTFN_PREFIX);
}

/** [MS-RPCE] 2.2.2.14 BindTimeFeatureNegotiationBitmask. */
const FEATURES: readonly [number, string][] = [
  [0x0001, "security_context_multiplexing"],
  [0x0002, "keep_connection_on_orphan"],
];

const FEATURE_FLAGS = flagsOf(FEATURES);
const NEGOTIATE_ACK = 3;

export function featureNames(mask: number): string[] {
  const names = FEATURES.filter(([bit]) => (mask & bit) !== 0).map(([, name]) => name);
  const unknown = mask & ~FEATURES.reduce((all, [bit]) => all | bit, 0);
  return unknown === 0 ? names : [...names, `0x${unknown.toString(16).padStart(4, "0")}`];
}

/** A transfer syntax as the call log names it: `ndr`, `ndr64`, or its UUID and version. */
export function transferSyntaxName(syntax: SyntaxId): string {
  if (syntax.uuid === NDR_SYNTAX) return "ndr";
  if (syntax.uuid === NDR64_SYNTAX) return "ndr64";
  if (isFeatureNegotiation(syntax)) return "bind_time_feature_negotiation";
  return `${syntax.uuid} ${syntax.major}.${syntax.minor}`;
}

/** [C706] 12.6.4.3 bind and 12.6.4.1 alter_context. */
export function readBind(r: Reader, type: BindBody["type"]): BindBody {
  const maxXmitFrag = r.u16("max_xmit_frag");
  const maxRecvFrag = r.u16("max_recv_frag");
  const assocGroupId = r.u32("assoc_group_id");
  const contexts: ContextElement[] = [];
  r.part("p_context_elem", readContextList, contexts);
  return { type, maxXmitFrag, maxRecvFrag, assocGroupId, contexts };
}

/** [C706] 12.6.3.1 p_cont_list_t. */
function readContextList(r: Reader, contexts: ContextElement[]): void {
  const count = r.u8("n_context_elem");
  r.skip(1, "reserved");
  r.skip(2, "reserved2");
  for (let i = 0; i < count; i++) {
    r.enter("p_cont_elem", i);
    const contextId = r.u16("p_cont_id");
    const syntaxes = r.u8("n_transfer_syn");
    r.skip(1, "reserved");
    r.enter("abstract_syntax");
    const abstractSyntax = readSyntaxId(r);
    r.leave();
    const transferSyntaxes: SyntaxId[] = [];
    contexts.push({ contextId, abstractSyntax, transferSyntaxes });
    for (let j = 0; j < syntaxes; j++) {
      r.enter("transfer_syntaxes", j);
      transferSyntaxes.push(readTransferSyntax(r));
      r.leave();
    }
    r.leave();
  }
}

/** A transfer syntax by its name; in the UUID that negotiates features stands which ones. */
function readTransferSyntax(r: Reader): SyntaxId {
  const syntax = readSyntaxId(r, transferUuidName);
  if (isFeatureNegotiation(syntax)) {
    const at = r.offset - BTFN_BITMASK_BACK;
    r.over(at, at + 2, "if_uuid", true).u16("BindTimeFeatureNegotiationBitmask", FEATURE_FLAGS);
  }
  return syntax;
}

/** From the end of a syntax identifier back to the ninth byte of its UUID. */
const BTFN_BITMASK_BACK = 12;

/** The name of a transfer syntax by its UUID. */
export function transferUuidName(uuid: Guid): string {
  const name = transferSyntaxName({ uuid, major: 0, minor: 0 });
  return name.startsWith(uuid) ? uuid : name;
}

/** [C706] 12.6.4.4 bind_ack and 12.6.4.2 alter_context_resp. */
export function readBindAck(r: Reader, type: BindAckBody["type"]): BindAckBody {
  const maxXmitFrag = r.u16("max_xmit_frag");
  const maxRecvFrag = r.u16("max_recv_frag");
  const assocGroupId = r.u32("assoc_group_id");
  r.enter("sec_addr");
  const secondaryAddress = untilNul(latin1(r.bytes(r.u16("length"), "port_spec", latin1)));
  r.leave();
  const results: ContextResult[] = [];
  const body = { type, maxXmitFrag, maxRecvFrag, assocGroupId, secondaryAddress, results };
  const over = r.position % 4;
  if (over !== 0) r.skip(4 - over, "pad2");
  r.part("p_result_list", readResultList, results);
  return body;
}

/** [C706] 12.6.3.1 p_result_list_t. */
function readResultList(r: Reader, results: ContextResult[]): void {
  const count = r.u8("n_results");
  r.skip(1, "reserved");
  r.skip(2, "reserved2");
  for (let i = 0; i < count; i++) {
    r.enter("p_results", i);
    const result = r.u16("result", shownResult);
    const reason = r.u16("reason", result === NEGOTIATE_ACK ? FEATURE_FLAGS : providerReason);
    r.enter("transfer_syntax");
    results.push({ result, reason, transferSyntax: readSyntaxId(r, transferUuidName) });
    r.leave();
    r.leave();
  }
}

function shownResult(result: number): string {
  return resultName(result) ?? hexText(result);
}

/** [C706] 12.6.4.5 bind_nak, with the signature of [MS-RPCE] 2.2.2.9, which is not there where a verifier is. */
export function readBindNak(r: Reader, signed: boolean): BindNakBody {
  const reason = r.u16("provider_reject_reason", nakReason);
  const versions: { major: number; minor: number }[] = [];
  const body: BindNakBody = { type: "bind_nak", reason, versions, signature: null };
  if (r.left === 0) return body;
  r.part("versions", readVersions, versions);
  if (r.position % 4 !== 0 && r.left >= 4) r.align(4);
  if (!signed && r.left >= 16) body.signature = readGuid(r, "signature");
  return body;
}

/** [C706] 12.6.3.1 p_rt_versions_supported_t. */
function readVersions(r: Reader, versions: { major: number; minor: number }[]): void {
  const count = r.u8("n_protocols");
  for (let i = 0; i < count && r.left >= 2; i++) {
    r.enter("p_protocols", i);
    versions.push({ major: r.u8("major"), minor: r.u8("minor") });
    r.leave();
  }
}
