/**
 * Which interface a call belongs to: by its presentation context, by the client's verification trailer, by the IPID it is
 * made on, and last by the stub itself.
 */
import { transferSyntaxName } from "../../dissectors/dcerpc/pdu.js";
import type { VerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import type { NdrContext } from "../../dissectors/ndr/decode.js";
import type { Interface } from "../../dissectors/ndr/types.js";
import type { InterfaceRecord, Note, Value } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import type { NameBook } from "./dispatch.js";
import type { FinishedCall, InterfaceClaim } from "./finished-call.js";
import type { Inference, Told, Where } from "./inference.js";
import type { ObjectTable } from "./objects.js";

export type Values = { [name: string]: Value };

/** The knowledge of the run that decoding a call draws on and adds to. */
export interface CallEnvironment {
  table: InterfaceTable;
  objects: ObjectTable;
  names: NameBook;
  inference: Inference;
  /** What presentation contexts name, each looked up once. */
  bound: WeakMap<InterfaceClaim, Told & { inferred: false }>;
  /** NDR contexts, made once for each transfer syntax. */
  ndr: { ndr: NdrContext; ndr64: NdrContext };
}

/** What names the interface of a call. */
export interface Identity {
  uuid: string | null;
  version: string | null;
  iface: Interface | null;
  transfer: "ndr" | "ndr64" | null;
  inferred: boolean;
}

/**
 * Bind, verification trailer, IPID, and last what the calls on the context and the IPID are evidence for name the interface.
 */
export function identify(
  call: FinishedCall,
  where: Where,
  trailer: VerificationTrailer | null,
  iid: string | null,
  env: CallEnvironment,
  notes: Note[],
): Identity {
  const { claim } = call;
  if (claim) {
    let told = env.bound.get(claim);
    if (told === undefined) {
      const { uuid, version, major, transfer } = claim;
      told = { uuid, version, iface: env.table.find(uuid, major), transfer, inferred: false };
      env.bound.set(claim, told);
    }
    // An object that no reference named is known from here on.
    if (call.object !== null && iid === null && claim.acknowledged) {
      env.inference.learn(call, where, told, true);
    }
    return told;
  }
  const told = toldOf(trailer, iid, env);
  if (told) {
    env.inference.learn(call, where, told, false);
    return { ...told, inferred: true };
  }
  const earlier = env.inference.told(call, where);
  if (earlier) return { ...earlier, inferred: true };
  const iface = env.inference.infer(call, where, env, notes);
  if (iface) {
    const { major, minor } = iface.version;
    return { uuid: iface.uuid, version: `${major}.${minor}`, iface, transfer: "ndr", inferred: true };
  }
  return { uuid: null, version: null, iface: null, transfer: null, inferred: false };
}

/** What the client's verification trailer or the called object's IID says. */
function toldOf(trailer: VerificationTrailer | null, iid: string | null, env: CallEnvironment): Told | null {
  if (trailer?.pcontext) {
    const { interfaceId, transferSyntax } = trailer.pcontext;
    const transfer = transferSyntaxName(transferSyntax);
    return {
      uuid: interfaceId.uuid,
      version: `${interfaceId.major}.${interfaceId.minor}`,
      iface: env.table.find(interfaceId.uuid, interfaceId.major),
      transfer: transfer === "ndr" || transfer === "ndr64" ? transfer : null,
    };
  }
  return iid === null ? null : { uuid: iid, version: "0.0", iface: env.table.find(iid), transfer: "ndr" };
}

export function interfaceRecord(identity: Identity): InterfaceRecord {
  const record: InterfaceRecord = {
    uuid: identity.uuid,
    version: identity.version,
    name: identity.iface?.name ?? null,
  };
  if (identity.inferred) record.inferred = true;
  return record;
}
