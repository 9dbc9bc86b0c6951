/**
 * Why an initiation was refused, in plain words: what a status says where it was met, and the probable cause. The first is
 * read, the second concluded; they are kept apart.
 */
import { raiReturnCode } from "../../../dissectors/rai/return-codes.js";
import { hex32 } from "../../../dissectors/wire/guid.js";
import { faultName, hresultMessage, hresultName } from "../../../dissectors/wire/status.js";
import { interfaceOf } from "../steps/predicates.js";
import type { CallStep, Step } from "../steps/step.js";

export interface Reason {
  /** The novice's side decided against it, as opposed to something that failed. */
  denied: boolean;
  /** What happened, as a predicate: "failed: …", "was refused: …". */
  text: string;
  /** Where it was refused: the same as a clause of its own, "access denied when …". */
  clause: string | null;
  /** The probable cause, as a clause. */
  cause: string | null;
}

/** ERROR_ACCESS_DENIED as a fault and as HRESULT, STATUS_ACCESS_DENIED. */
const NO_ACCESS: ReadonlySet<number> = new Set([0x00000005, 0x80070005, 0xc0000022]);
/** SEC_E_LOGON_DENIED, ERROR_LOGON_FAILURE, RPC_S_SEC_PKG_ERROR, nca_unsupported_authn_level. */
const NO_LOGON: ReadonlySet<number> = new Set([
  0x8009030c, 0x8007052e, 0x0000052e, 0x00000721, 0x80070721, 0x1c00001d,
]);
/** ERROR_ACCESS_DISABLED_BY_POLICY. */
const POLICY: ReadonlySet<number> = new Set([0x800704ec, 0x000004ec]);
/** nca_op_rng_error, RPC_S_PROCNUM_OUT_OF_RANGE. */
const NO_METHOD: ReadonlySet<number> = new Set([0x1c010002, 0x000006d1, 0x800706d1]);
/** E_NOINTERFACE, nca_unk_if, RPC_S_UNKNOWN_IF. */
const NO_INTERFACE: ReadonlySet<number> = new Set([0x80004002, 0x1c010003, 0x000006b5, 0x800706b5]);
/** REGDB_E_CLASSNOTREG, CLASS_E_CLASSNOTAVAILABLE, CO_E_DLLNOTFOUND. */
const NO_CLASS: ReadonlySet<number> = new Set([0x80040154, 0x80040111, 0x800401f8]);
/** CO_E_SERVER_EXEC_FAILURE, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED, RPC_S_SERVER_TOO_BUSY. */
const NO_SERVER: ReadonlySet<number> = new Set([
  0x80080005, 0x800706ba, 0x000006ba, 0x800706be, 0x000006be, 0x800706bb, 0x000006bb, 0x8001010a,
]);
/** RPC_E_DISCONNECTED, RPC_E_SERVER_DIED, RPC_E_SERVER_DIED_DNE, OR_INVALID_OXID, RPC_E_INVALID_OBJECT. */
const GONE: ReadonlySet<number> = new Set([0x80010108, 0x80010007, 0x80010012, 0x80070776, 0x80010114]);
/** CO_E_RUNAS_LOGON_FAILURE ([MS-DCOM] 3.1.2.5.2.3.3), ERROR_NO_SUCH_LOGON_SESSION, ERROR_CTX_WINSTATION_NOT_FOUND. */
const NO_SESSION: ReadonlySet<number> = new Set([0x8000401a, 0x80070520, 0x80071b6e]);
const ERROR_CANNOT_MAKE = 0x80070052;
const ERROR_NONE_MAPPED = 0x80070534;

export function reasonOf(step: Step): Reason | null {
  if (step.result === "unanswered") return plain("was not answered in this capture");
  if (step.kind === "string-answer" && step.detail.empty) {
    return plain("succeeded, but no connection string came with it");
  }
  if (step.kind === "bound") {
    if (step.detail.rejection === null) return null;
    const why = step.detail.rejection.replaceAll("_", " ");
    const cause = why.includes("abstract syntax") ? "the novice does not support it" : null;
    return { denied: false, text: `was rejected at bind time: ${why}`, clause: null, cause };
  }
  if (step.code === null) return null;
  const { value, fault } = step.code;
  const name = step.code.name ?? (fault ? faultName(value) : hresultName(value));
  const status = `${fault ? "RPC fault " : ""}${name === null ? hex32(value) : `${name} (${hex32(value)})`}`;
  const denied = NO_ACCESS.has(value) || NO_LOGON.has(value) || POLICY.has(value);
  const { says, cause } = meaningOf(value, step);
  if (says === null) {
    const text = `failed: ${fault ? "" : "status "}${status}, no further explanation known`;
    return { denied, text, clause: null, cause };
  }
  return {
    denied,
    text: `${denied ? "was refused" : "failed"}: ${says}, ${status}`,
    clause: denied ? `${says} when ${doing(step)}, ${status}` : null,
    cause,
  };
}

/** What the expert's side tried with the call. */
function doing(step: CallStep): string {
  if (step.kind === "activation" && step.detail.class !== null)
    return `starting Remote Assistance (${step.detail.class})`;
  return step.kind === "activation" || step.kind === "creation"
    ? "starting Remote Assistance"
    : `calling ${step.title}`;
}

function plain(text: string): Reason {
  return { denied: false, text, clause: null, cause: null };
}

interface Meaning {
  /** Null where nothing but the status is known. */
  says: string | null;
  cause: string | null;
}

function meaningOf(value: number, step: CallStep): Meaning {
  if (NO_ACCESS.has(value)) return noAccess(step);
  if (NO_LOGON.has(value)) {
    return { says: "the expert's authentication was not accepted", cause: null };
  }
  if (POLICY.has(value)) {
    return {
      says: "access disabled by policy",
      cause: "a software restriction policy on the novice prevents Remote Assistance from starting",
    };
  }
  if (value === ERROR_CANNOT_MAKE && step.entry === "IRASrv") {
    return { says: "an instance of Remote Assistance is already running on the novice", cause: null };
  }
  if (value === ERROR_NONE_MAPPED) {
    return { says: "the user and domain names sent are not those of an account on the novice", cause: null };
  }
  if (NO_CLASS.has(value)) return noClass(step);
  if (NO_METHOD.has(value)) {
    const cause = "the novice's version of Windows implements Remote Assistance differently";
    return { says: "the novice does not have this method (opnum out of range)", cause };
  }
  if (NO_INTERFACE.has(value)) {
    return { says: "the novice's object does not have the requested interface", cause: null };
  }
  if (NO_SESSION.has(value)) {
    const where =
      step.kind === "activation" && step.detail.session !== null
        ? ` in logon session ${step.detail.session}`
        : "";
    return { says: `the server could not be started${where}`, cause: "nobody is logged on in that session" };
  }
  if (NO_SERVER.has(value)) {
    return {
      says: "the server behind the class is unavailable on the novice",
      cause: "it did not start, or has stopped",
    };
  }
  if (GONE.has(value)) return { says: "the object on the novice is gone", cause: null };
  const on = interfaceOf(step);
  const documented = on === null || step.method === null ? null : raiReturnCode(on, step.method, value);
  const said = documented?.message ?? hresultMessage(value);
  return { says: said === null ? null : lowered(said), cause: null };
}

function noAccess(step: CallStep): Meaning {
  const group = "the expert is not in the novice's Offer Remote Assistance Helpers group";
  if (step.kind !== "activation" && step.kind !== "creation") return { says: "access denied", cause: group };
  const cause = `${group}, or DCOM's launch and activation permissions exclude the expert`;
  return { says: "access denied", cause };
}

function noClass(step: CallStep): Meaning {
  const name = (step.kind === "activation" ? step.detail.class : null) ?? "the class";
  const elsewhere =
    step.entry === "IRASrv"
      ? "it runs Windows XP or Server 2003, which lack it, or "
      : step.entry === "IPCHService"
        ? "it runs Windows Vista or later, which lack it, or "
        : "";
  return {
    says: `class not registered: the novice does not know ${name}`,
    cause: `${elsewhere}Remote Assistance is not installed`,
  };
}

/** A sentence as a clause. */
function lowered(sentence: string): string {
  const clause = sentence.replace(/\.$/, "");
  return /^[A-Z][a-z]/.test(clause) ? clause[0]!.toLowerCase() + clause.slice(1) : clause;
}
