/** A call of connectionless DCE/RPC as it is handed on: its fragments in order, and what its header claims. */
import type { DatagramPdu } from "../../dissectors/dcerpc/connectionless.js";
import {
  AUTH_LEVEL_PRIVACY,
  AUTH_TYPE_KERBEROS,
  authLevelName,
  authTypeName,
} from "../../dissectors/dcerpc/security.js";
import type { AuthRecord } from "../events.js";
import type { DatagramCall } from "./datagram-activity.js";
import type { DatagramSide } from "./datagram-side.js";
import type { FinishedCall } from "./finished-call.js";
import { NO_AUTH } from "./security/records.js";

/** [C706] 13.1.2.1: the first authentication protocol, which is Kerberos as DCE has it. */
const AUTH_PROTO_DCE_KERBEROS = 1;

/** The stub is encrypted; also where its verifier was cut off, which would say so. */
export function isSealed({ header, verifier }: DatagramPdu): boolean {
  return header.authProto !== 0 && (verifier === null || verifier.authLevel >= AUTH_LEVEL_PRIVACY);
}

/** What protects a PDU. `keyed`: keys were given, which open nothing here. */
export function authOf({ header, verifier }: DatagramPdu, keyed: boolean): AuthRecord {
  const { authProto } = header;
  if (authProto === 0) return NO_AUTH;
  const type = authTypeName(authProto === AUTH_PROTO_DCE_KERBEROS ? AUTH_TYPE_KERBEROS : authProto);
  const level = verifier === null ? "none" : authLevelName(verifier.authLevel);
  const sealed = verifier !== null && verifier.authLevel >= AUTH_LEVEL_PRIVACY;
  return {
    ...NO_AUTH,
    type,
    mechanism: type === "spnego" ? null : type,
    level,
    context_id: verifier?.key ?? null,
    source: "context",
    decrypted: keyed && sealed ? false : null,
  };
}

/** Makes an open call the finished one that it is handed on as. */
export function finishedCall(call: DatagramCall): FinishedCall {
  const { id, sequence, header, conversation, client, request, response, fault, cancels, auth, notes } = call;
  const { interfaceId: uuid, major, minor } = header;
  for (const side of [request, response]) {
    const missing = side?.join() ?? -1;
    if (missing < 0) continue;
    const which = side === request ? "request" : "response";
    const message = `${which}: fragment ${missing} was not captured`;
    notes.push({ severity: "warning", code: "datagram-fragment-missing", message });
  }
  return {
    id,
    channel: conversation.channelOf(client),
    callId: sequence,
    contextId: 0,
    opnum: header.opnum,
    activity: header.activity,
    callback: false,
    object: header.object,
    drep: header.drep,
    claim: {
      uuid,
      version: `${major}.${minor}`,
      major,
      transfer: "ndr",
      from: "header",
      acknowledged: true,
      refused: false,
    },
    request: sideOf(request),
    response: sideOf(response),
    fault,
    cancels,
    auth,
    headerSigning: null,
    notes,
  };
}

function sideOf(side: DatagramSide | null): DatagramSide["side"] | null {
  return side?.side ?? null;
}
