/** Documents in the Elastic Common Schema: one a line, nested, ready for a bulk request or an agent that reads NDJSON. */

import type { AssociationRecord, CallRecord, EventKind } from "../../events.js";
import type { ObservationRecord } from "../../observations.js";
import type { Printer } from "../printer.js";
import { isDatagram } from "../transport.js";
import { type Conversation, Conversations } from "../zeek/conversations.js";
import { ZeekNames } from "../zeek/names.js";
import { microsOf } from "../zeek/times.js";
import { associationDocument, ntlmDocuments } from "./association.js";
import { CallLines } from "./call.js";
import type { EcsDocument } from "./document.js";
import { findingDocument } from "./finding.js";
import { noteDocument, offerDocument } from "./offer.js";

export interface EcsOptions {
  kinds: ReadonlySet<EventKind>;
  /** The input, where there is but one that is a file. */
  input: string | null;
}

export function ecsPrinter({ kinds, input }: EcsOptions): Printer {
  const calls = new CallLines(new ZeekNames(), input);
  const conversations = new Conversations();
  const of = (record: CallRecord | AssociationRecord): Conversation =>
    conversations.of(isDatagram(record.transport) ? "udp" : "tcp", record, microsOf(record.ts));
  /** Conversations begin, and servers name their secondary addresses: which rows belong together, as in Zeek's logs. */
  const observed = (seen: ObservationRecord): void => {
    if (seen.what === "conversation") conversations.begin(seen.over, seen, microsOf(seen.ts));
    else if (seen.what === "secondary_address") {
      const conversation = conversations.of(seen.over, seen, microsOf(seen.ts));
      conversation.secondary ??= new Map();
      conversation.secondary.set(seen.endpoint, seen.secondary_address);
    }
  };
  return {
    push(event) {
      if (event.type === "observation") {
        observed(event);
        return "";
      }
      if (!kinds.has(event.type)) {
        this.hidden?.(event);
        return "";
      }
      switch (event.type) {
        case "call": {
          const { connection, secondary } = of(event);
          const pipe = secondary?.get(event.transport.endpoint) ?? null;
          return calls.line(event, connection, pipe);
        }
        case "association": {
          const { connection } = of(event);
          let text = line(associationDocument(event, connection, input));
          for (const document of ntlmDocuments(event, connection, input)) text += line(document);
          return text;
        }
        case "offer":
          return line(offerDocument(event, input));
        case "note": {
          const document = noteDocument(event, input);
          return document === null ? "" : line(document);
        }
        case "detection": {
          const document = findingDocument(event, conversations.found(event), input);
          return document === null ? "" : line(document);
        }
        default:
          return "";
      }
    },
    hidden(event) {
      if (event.type === "observation") observed(event);
      else if (event.type === "call" && kinds.has("detection")) of(event);
    },
    finish: () => "",
  };
}

function line(document: EcsDocument): string {
  return `${JSON.stringify(document)}\n`;
}
