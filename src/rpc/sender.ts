/** Who sends PDUs of a type, [C706] 12.6.4: how a connection whose bind was not captured shows which side is the client. */
import type { PduBody } from "../../dissectors/dcerpc/pdu.js";

/** null for a type that either side may send, or that no standard names. */
export function senderOf(type: PduBody["type"]): "client" | "server" | null {
  switch (type) {
    case "bind":
    case "alter_context":
    case "request":
    case "auth3":
    case "co_cancel":
    case "orphaned":
      return "client";
    case "bind_ack":
    case "bind_nak":
    case "alter_context_resp":
    case "response":
    case "fault":
    case "shutdown":
      return "server";
    default:
      return null;
  }
}
