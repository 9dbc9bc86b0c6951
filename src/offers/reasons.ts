/** Why an initiation was refused, in plain words: what a status means where it was met, and its likely cause. */

import { raiReturnCode } from "../../dissectors/rai/return-codes.js";
import { hex32 } from "../../dissectors/wire/guid.js";
import { faultName, hresultMessage, hresultName } from "../../dissectors/wire/status.js";
import type { Way } from "./known.js";
import type { Step } from "./step.js";

export interface Reason {
  /** The novice's side decided against it, as opposed to something that does not work. */
  denied: boolean;
  /** A clause that follows "…: ". */
  text: string;
}

const NO_ACCESS: ReadonlySet<number> = new Set([
  0x00000005, 0x80070005, 0xc0000022, 0x8009030c, 0x8007052e, 0x0000052e, 0x00000721, 0x80070721, 0x1c00001d,
]);
const NO_METHOD: ReadonlySet<number> = new Set([0x1c010002, 0x000006d1, 0x800706d1]);
const NO_INTERFACE: ReadonlySet<number> = new Set([0x80004002, 0x1c010003, 0x000006b5, 0x800706b5]);
const NO_CLASS: ReadonlySet<number> = new Set([0x80040154, 0x80040111, 0x800401f3]);
const NO_SERVER: ReadonlySet<number> = new Set([
  0x80080005, 0x800706ba, 0x000006ba, 0x800706be, 0x000006be, 0x800706bb, 0x000006bb, 0x8001010a,
]);
const GONE: ReadonlySet<number> = new Set([0x80010108, 0x80010012, 0x80010007, 0x80070776, 0x80010114]);
const NO_SESSION: ReadonlySet<number> = new Set([0x8000401a, 0x80080013, 0x80070520, 0x80071b6e, 0x80071b6f]);

const LOGON: ReadonlySet<number> = new Set([0x8009030c, 0x8007052e, 0x0000052e]);

export function reasonOf(step: Step): Reason | null {
  if (step.result === "unanswered") return { denied: false, text: "it was not answered in this capture" };
  if (step.empty) return { denied: false, text: "it succeeded, but no connection string came with it" };
  if (step.rejection !== null) {
    const why = step.rejection.replaceAll("_", " ");
    return { denied: false, text: `the novice refused to bind it (${why}): it does not offer it` };
  }
  if (step.code === null) return null;
  const { value, fault } = step.code;
  const name = step.code.name ?? (fault ? faultName(value) : hresultName(value));
  const cause = causeOf(value, step);
  const status = `${hex32(value)}${name === null ? "" : ` (${name})`}`;
  return {
    denied: POLICY.has(value) || NO_ACCESS.has(value),
    text: `${fault ? "an RPC fault, " : ""}${status}: ${cause}`,
  };
}

/** ERROR_ACCESS_DISABLED_BY_POLICY. */
const POLICY: ReadonlySet<number> = new Set([0x800704ec, 0x000004ec]);

function causeOf(value: number, step: Step): string {
  if (LOGON.has(value)) return "the novice did not accept the expert's credentials";
  if (NO_ACCESS.has(value)) return noAccess(step);
  if (POLICY.has(value)) {
    return "a software restriction policy on the novice keeps Remote Assistance from starting";
  }
  if (value === 0x80070052) return "an instance of Remote Assistance is already running on the novice";
  if (value === 0x80070534) return "the user and domain names that were sent name no account on the novice";
  if (NO_CLASS.has(value)) return noClass(step);
  if (NO_METHOD.has(value)) {
    return "the novice does not have this method (opnum out of range): its version of Windows offers Remote Assistance differently";
  }
  if (NO_INTERFACE.has(value)) return "the novice's object does not have the interface that was asked for";
  if (NO_SESSION.has(value)) {
    return "the novice could not start Remote Assistance in the logon session asked for: probably nobody is logged on in it";
  }
  if (NO_SERVER.has(value)) {
    return "the server behind the class is unavailable on the novice: it did not start, or stopped";
  }
  if (GONE.has(value)) return "the object on the novice is gone";
  const documented = step.method === null ? null : raiReturnCode(interfaceOf(step), step.method, value);
  const said = documented?.message ?? hresultMessage(value);
  return said === null ? "for a reason that only this status tells" : lowered(said);
}

function noAccess(step: Step): string {
  const group = "the expert is probably not in the novice's Offer Remote Assistance Helpers group";
  if (step.kind === "activate" || step.kind === "create") {
    return `access denied at activation: ${group}, or DCOM's launch and activation permissions keep the expert out`;
  }
  return `access denied: ${group}`;
}

function noClass(step: Step): string {
  const name = step.activation?.class ?? "the class";
  const why = {
    IRASrv: "Windows XP and Server 2003 do not have it",
    IPCHService: "Windows Vista and later do not have it",
  };
  const way: Way | null = step.way;
  return `${name} is not registered on the novice${way === null ? "" : `: ${why[way]}, or Remote Assistance is not installed`}`;
}

function interfaceOf(step: Step): string {
  return step.title.slice(0, Math.max(0, step.title.indexOf("::")));
}

/** A sentence as a clause. */
function lowered(sentence: string): string {
  const clause = sentence.replace(/\.$/, "");
  return /^[A-Z][a-z]/.test(clause) ? clause[0]!.toLowerCase() + clause.slice(1) : clause;
}
