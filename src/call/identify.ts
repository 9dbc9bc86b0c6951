/**
 * Which interface a call belongs to: by its presentation context, by the client's verification trailer, by the IPID it is
 * made on, and last by the stub itself.
 */
import { transferSyntaxName } from "../../dissectors/dcerpc/bind.js";
import type { VerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import type { Note } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import type { FinishedCall, InterfaceClaim } from "../rpc/finished-call.js";
import type { Identity, Inferred } from "./decoded-call.js";
import { infer } from "./infer.js";
import type { Evidence, EvidenceKeys, Knowledge, NamedInterface } from "./knowledge.js";
import { isReadable, signsOf } from "./signs.js";

export interface Identified {
  identity: Identity;
  inferred: Inferred | null;
}

const UNKNOWN: Identified = {
  identity: { uuid: null, version: null, iface: null, transfer: null, inferred: false },
  inferred: null,
};

/** `iid`: of the object called, as references reported. */
export function identify(
  call: FinishedCall,
  trailer: VerificationTrailer | null,
  iid: string | null,
  knowledge: Knowledge,
  notes: Note[],
): Identified {
  const { claim, object } = call;
  if (claim !== null) {
    const claimed = claimedBy(claim, knowledge.table);
    // An object that no reference named is known from here on. In datagrams it says so itself, each time.
    if (object === null || iid !== null || !claim.acknowledged || claim.from === "header") return claimed;
    const { uuid, version, transfer } = claim;
    const stated = { uuid, version, iface: claimed.identity.iface, transfer };
    return { identity: claimed.identity, inferred: { keys: { context: null, ipid: ipidKey(call) }, stated } };
  }
  const keys = keysOf(call);
  const stated = namedBy(trailer, iid, knowledge.table);
  if (stated !== null) return { identity: inferredFrom(stated), inferred: { keys, stated } };
  const { ofContext, ofIpid } = evidenceFor(keys, knowledge);
  const earlier = ofIpid?.stated ?? ofContext?.stated ?? null;
  if (earlier !== null) {
    const identity = inferredFrom(earlier);
    if (earlier !== ofContext?.stated) identity.transfer = syntaxHere(call, earlier, knowledge);
    return { identity, inferred: null };
  }
  const known = [ofContext, ofIpid].filter((evidence) => evidence !== null);
  const inferred = infer(call, keys, known, knowledge, notes);
  if (inferred === null) return UNKNOWN;
  const { named: iface } = inferred;
  const made: Inferred = { keys, stated: null, ...inferred };
  if (iface === null) return { identity: UNKNOWN.identity, inferred: made };
  const { major, minor } = iface.version;
  const version = `${major}.${minor}`;
  return {
    identity: { uuid: iface.uuid, version, iface, transfer: "ndr", inferred: true },
    inferred: made,
  };
}

function claimedBy({ uuid, version, transfer, major }: InterfaceClaim, table: InterfaceTable): Identified {
  const iface = table.find(uuid, major);
  return { identity: { uuid, version, iface, transfer, inferred: false }, inferred: null };
}

/** What the client's verification trailer or the called object's IID says. */
function namedBy(
  trailer: VerificationTrailer | null,
  iid: string | null,
  table: InterfaceTable,
): NamedInterface | null {
  if (trailer?.pcontext) {
    const { interfaceId, transferSyntax } = trailer.pcontext;
    const transfer = transferSyntaxName(transferSyntax);
    return {
      uuid: interfaceId.uuid,
      version: `${interfaceId.major}.${interfaceId.minor}`,
      iface: table.find(interfaceId.uuid, interfaceId.major),
      transfer: transfer === "ndr" || transfer === "ndr64" ? transfer : null,
    };
  }
  return iid === null ? null : { uuid: iid, version: "0.0", iface: table.find(iid), transfer: "ndr" };
}

function inferredFrom({ uuid, version, iface, transfer }: NamedInterface): Identity {
  return { uuid, version, iface, transfer, inferred: true };
}

/**
 * The transfer syntax of a call on an object that was met in another context, which may have had another one: the one that the
 * stubs fit; null where they fit none. ORPC has but one.
 */
function syntaxHere(
  call: FinishedCall,
  { iface, transfer }: NamedInterface,
  knowledge: Knowledge,
): NamedInterface["transfer"] {
  const method = iface?.object === false && call.opnum !== null ? iface.methods[call.opnum] : undefined;
  if (iface === null || method === undefined || transfer === null || !isReadable(call)) return transfer;
  const other = transfer === "ndr" ? "ndr64" : "ndr";
  const fits = (syntax: "ndr" | "ndr64"): boolean => signsOf(call, iface, method, knowledge, syntax) !== null;
  return fits(transfer) ? transfer : fits(other) ? other : null;
}

function keysOf(call: FinishedCall): EvidenceKeys {
  return { context: contextKey(call), ipid: ipidKey(call) };
}

/**
 * What one machine's calls on an object say counts between these two alone: what others say of it may come later or never, and is
 * read by others where several share the work.
 */
function ipidKey({ object, channel }: FinishedCall): string | null {
  if (object === null) return null;
  const { client, server } = channel;
  const [one, other] = [client.address, server.address].sort();
  return `${one} ${other} ${object}`;
}

/** Pipes share a connection, and use the same context ids; datagrams have numbers of their own. */
function contextKey({ channel, contextId }: FinishedCall): string {
  const { stream, association, transport } = channel;
  if (transport.protseq === "ncadg_ip_udp") return `udp ${stream}/${contextId}`;
  return transport.smb === null ? `${stream}/${contextId}` : `${stream}/${association}/${contextId}`;
}

function evidenceFor(
  { context, ipid }: EvidenceKeys,
  { inference }: Knowledge,
): { ofContext: Evidence | null; ofIpid: Evidence | null } {
  return {
    ofContext: context === null ? null : inference.ofContext(context),
    ofIpid: ipid === null ? null : inference.ofIpid(ipid),
  };
}
