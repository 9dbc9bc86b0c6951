/**
 * Rules of [MS-RAI] that one call shows to be broken, as notes. Only of values that were captured whole: what the capture lost
 * breaks no rule. The rules of strings are checked where strings are read (dissectors/rai).
 *
 * Not judged here: rules that nobody on the wire can see (3.1.3, 3.2.1, 3.3.3, 3.4.1), and the return codes that a method lists:
 * any HRESULT error may be returned.
 */
import type { ContextElement } from "../../dissectors/dcerpc/bind.js";
import { type RaiInterface, raiInterface, versionFault } from "../../dissectors/rai/interfaces.js";
import type { SessionEntry } from "../../dissectors/rai/sessions.js";
import type { DecodedCall, Values } from "../call/decoded-call.js";
import type { Note, RaiRecord, Severity } from "../events.js";
import { code } from "./values.js";

/** A call under its IDL names, whether it was made directly or through IDispatch::Invoke. */
export interface RaiCall {
  on: RaiInterface;
  method: string | null;
  request: Values | null;
  response: Values | null;
  /** The method's own HRESULT; null where it was not read, or Invoke returned its own. */
  returned: number | null;
  /** Opnum of a direct call. */
  opnum: number | null;
  rai: RaiRecord;
  /** The list of sessions was captured to its end. */
  listWhole: boolean;
}

/** [MS-RAI] 3: versions of its interfaces that a bind proposes. */
export function proposalRules(contexts: readonly ContextElement[]): Note[] {
  return contexts.flatMap(({ abstractSyntax: { uuid, major, minor } }) => {
    const message = versionFault(uuid, major, minor);
    return message === null ? [] : [{ severity: "warning", code: "rai-version", message }];
  });
}

export function raiRules(call: RaiCall): Note[] {
  const notes: Note[] = [];
  const report = (severity: Severity, code: string, message: string): void => {
    notes.push({ severity, code, message });
  };
  opnums(call, report);
  returnValue(call, report);
  switch (call.on) {
    case "IRASrv":
      if (call.method === "GetSessionInfo") sessionList(call, report);
      break;
    case "IPCHService":
      if (call.method === "RemoteConnectionParms") sessionAskedFor(call, report);
      break;
    case "IPCHCollection":
      collection(call, report);
      break;
    case "ISAFSession":
      sessionState(call, report);
  }
  connectionStringForm(call, report);
  return notes;
}

type Report = (severity: Severity, code: string, message: string) => void;

/** 3.1.4.1, 3.1.4.1.2.1, 3.1.4.1.2.2, 3.3.4.1: opnums 3 and 4 are not used across the network; 7 to 18 and 21 not at all. */
function opnums({ on, opnum }: RaiCall, report: Report): void {
  if (opnum === 3 || opnum === 4) {
    const message = `opnum ${opnum} of ${on} is reserved and MUST NOT be used across the network ([MS-RAI] ${SECTIONS[on]})`;
    report("warning", "rai-opnum-reserved", message);
  } else if (opnum !== null && isUnused(on, opnum)) {
    report(
      "info",
      "rai-opnum-unused",
      `opnum ${opnum} of IPCHService is not used by the protocol ([MS-RAI] 3.1.4.1)`,
    );
  }
}

function isUnused(on: RaiInterface, opnum: number): boolean {
  return on === "IPCHService" && ((opnum >= 7 && opnum <= 18) || opnum === 21);
}

const SECTIONS: { readonly [on in RaiInterface]: string } = {
  IRASrv: "3.3.4.1",
  IPCHService: "3.1.4.1",
  IPCHCollection: "3.1.4.1.2.1",
  ISAFSession: "3.1.4.1.2.2",
};

/** Every method MUST return zero to indicate success, or an HRESULT error value. */
function returnValue({ on, opnum, method, returned }: RaiCall, report: Report): void {
  if (returned === null || returned === 0 || returned >= 0x80000000) return;
  if (opnum === null || opnum < 7 || isUnused(on, opnum)) return;
  const shown = `0x${returned.toString(16).padStart(8, "0")}`;
  const message = `${on}::${method ?? `opnum ${opnum}`} returned the success code ${shown}; it MUST return zero to indicate success`;
  report("warning", "rai-success-code", message);
}

/** 3.3.4.1.2: `DomainName\UserName:SessionID`, and how many there are. */
function sessionList({ rai, response, listWhole }: RaiCall, report: Report): void {
  const entries = rai.sessions ?? [];
  const malformed = entries.filter(isMalformed).length;
  if (malformed > 0) {
    const how = malformed === 1 ? "one entry of the list is not" : `${malformed} entries of the list are not`;
    report(
      "warning",
      "rai-session-entry",
      `${how} of the form DomainName\\UserName:SessionID ([MS-RAI] 3.3.4.1.2)`,
    );
  }
  const count = response?.Count;
  if (typeof count !== "number") return;
  if (count < 0) {
    report("warning", "rai-count-negative", `Count is ${count}: a number of sessions is not negative`);
    return;
  }
  const list = (response?.UserNames as Values | null | undefined)?.values;
  if (!listWhole || !Array.isArray(list)) return;
  // Windows counts null elements or does not: both are seen.
  if (count === list.length || count === list.filter((v) => v !== null).length) return;
  const message = `Count is ${count}, and the list has ${list.length} elements ([MS-RAI] 3.3.4.1.2)`;
  report("info", "rai-session-count", message);
}

/** An entry that says something, and not all of domain, user and session. An empty text is what a null element is. */
function isMalformed({ raw, domain, user, session_id }: SessionEntry): boolean {
  if (raw === "") return false;
  return domain === null || user === null || session_id === null;
}

/** 3.2.4, step 5: sessions with no DomainName or UserName MUST be ignored. */
function sessionAskedFor({ request }: RaiCall, report: Report): void {
  // lSessionID comes behind both names, which were captured whole where it is there.
  if (request === null || typeof request.lSessionID !== "number") return;
  const missing = [
    ["user", request.bstrUserName],
    ["domain", request.bstrDomainName],
  ].flatMap(([what, value]) => (value === "" || value === null ? [what] : []));
  if (missing.length === 0) return;
  const message = `session ${request.lSessionID} was requested without ${missing.join(" and ")}; such sessions MUST be ignored ([MS-RAI] 3.2.4)`;
  report("warning", "rai-session-without-user", message);
}

/** 3.1.4.1.2.1.2 vIndex: one-indexed; 3.1.4.1.2.1.3. */
function collection({ method, request, response }: RaiCall, report: Report): void {
  const index = request?.vIndex;
  if (method === "Item" && typeof index === "number" && index < 1) {
    report(
      "warning",
      "rai-collection-index",
      `Item(${index}): elements are numbered from 1 ([MS-RAI] 3.1.4.1.2.1.2)`,
    );
  }
  const count = response?.pVal;
  if (method === "Count" && typeof count === "number" && count < 0) {
    report("warning", "rai-count-negative", `Count is ${count}: a number of elements is not negative`);
  }
}

/** 3.1.4.1.2.2.5, 3.1.4.1.2.2.6: one of the values of SessionStateEnum, 2.2.3. */
function sessionState({ method, request, response, returned }: RaiCall, report: Report): void {
  const got = method === "SessionState (Get)";
  if (!got && method !== "SessionState (Set)") return;
  // What comes with an error means nothing.
  if (got && returned !== null && returned !== 0) return;
  const state = code((got ? response : request)?.pVal);
  if (state === null || (state >= 0 && state <= 10)) return;
  report(
    "warning",
    "rai-session-state",
    `SessionState is ${state}; it MUST be a value of SessionStateEnum, 0 to 10 ([MS-RAI] 2.2.3)`,
  );
}

/** 3.3.4.1.1: IRASrv returns form 2. Form 1 is what Windows XP issues, and form 2 what it does not have: notes 3 and 4. */
function connectionStringForm({ on, rai }: RaiCall, report: Report): void {
  const form = rai.connection_string?.form ?? null;
  if (form === null || form === (on === "IRASrv" ? 2 : 1)) return;
  const rule =
    on === "IRASrv"
      ? "GetNoviceUserInfo returns form 2 ([MS-RAI] 3.3.4.1.1)"
      : "form 2 is not issued through IPCHService ([MS-RAI] 2.2.2, note 4)";
  report(
    "warning",
    "rai-connection-string-form",
    `${on} returned a connection string of form ${form}; ${rule}`,
  );
}

/** 2.1 and 5.1, note 14: Windows Vista and later use packet privacy; Windows XP its defaults. Once for a connection. */
export function clearTextNote({ call, identity, outcome, request, response }: DecodedCall): Note | null {
  const on = raiInterface(identity.uuid);
  if (on === null || identity.inferred || outcome.status === "no_request") return null;
  const { level } = call.auth;
  if (level === "pkt_privacy") return null;
  // Where the capture cut the PDU, a verifier may stand behind the cut.
  const cut = request.state === "incomplete" || response.state === "incomplete";
  if (level === "none" && cut) return null;
  // Without the bind it is not known whether the connection was authenticated, only that nothing protects its messages.
  const how = level === "none" ? "neither signed nor sealed" : `at authentication level ${level}`;
  const rule = on === "IRASrv" ? "; IRASrv is called at packet privacy ([MS-RAI] 5.1)" : " ([MS-RAI] 2.1)";
  const message = `calls of ${on} travel in the clear, ${how}${rule}`;
  return { severity: "info", code: "rai-clear", message };
}
