/** [MS-RPCE] 2.2.2.13: what a client claims in its verification trailer, held against what its PDUs said. */

import { transferSyntaxName } from "../../dissectors/dcerpc/bind.js";
import { HEADER_SIZE } from "../../dissectors/dcerpc/header.js";
import { readVerificationTrailer, type VerificationTrailer } from "../../dissectors/dcerpc/verification.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Note } from "../events.js";
import { type FinishedCall, type SideBytes, stubOf } from "../rpc/finished-call.js";
import type { Identity } from "./decoded-call.js";

/** [MS-RPCE] 2.2.2.13.2: the one bit of the bitmask that is defined. */
const CLIENT_SUPPORT_HEADER_SIGNING = 1;

export function trailerOf(side: SideBytes): VerificationTrailer | null {
  return side.whole && side.size >= HEADER_SIZE ? readVerificationTrailer(new Reader(stubOf(side))) : null;
}

export function compareClaims(
  trailer: VerificationTrailer,
  call: FinishedCall,
  identity: Identity,
  notes: Note[],
): void {
  const differences: string[] = [];
  const { pcontext, header2, bitmask } = trailer;
  if (pcontext && !identity.inferred && identity.uuid !== null) {
    if (pcontext.interfaceId.uuid !== identity.uuid) {
      differences.push(`interface ${pcontext.interfaceId.uuid} instead of ${identity.uuid}`);
    }
    const claimed = transferSyntaxName(pcontext.transferSyntax);
    if (identity.transfer !== null && claimed !== identity.transfer) {
      differences.push(`transfer syntax ${claimed} instead of ${identity.transfer}`);
    }
  }
  if (header2) {
    if (header2.ptype !== 0) differences.push(`PDU type ${header2.ptype} instead of 0`);
    if (header2.drep !== call.drep) {
      differences.push(`data representation ${header2.drep} instead of ${call.drep}`);
    }
    if (header2.callId !== call.callId)
      differences.push(`call_id ${header2.callId} instead of ${call.callId}`);
    if (header2.contextId !== call.contextId) {
      differences.push(`context id ${header2.contextId} instead of ${call.contextId}`);
    }
    if (header2.opnum !== call.opnum) differences.push(`opnum ${header2.opnum} instead of ${call.opnum}`);
  }
  const signing = bitmask !== null && (bitmask & CLIENT_SUPPORT_HEADER_SIGNING) !== 0;
  if (signing && call.headerSigning === false) {
    const { context_id } = call.auth;
    const where =
      context_id === null ? "the bind did not ask for" : `security context ${context_id} was opened without`;
    differences.push(`header signing, which ${where}`);
  }
  if (trailer.damaged) {
    notes.push({
      severity: "warning",
      code: "verification-trailer-damaged",
      message: "the verification trailer's command list does not end where it should",
    });
  }
  if (differences.length > 0) {
    notes.push({
      severity: "warning",
      code: "verification-trailer-mismatch",
      message: `the verification trailer claims ${differences.join("; ")}`,
    });
  }
}
