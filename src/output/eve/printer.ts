/** EVE, the JSON events of Suricata 9: an event a line, each valid by its schema, which has no room for anything else. */

import type { Event, EventKind } from "../../events.js";
import type { Printer } from "../printer.js";
import { isDatagram } from "../transport.js";
import { Conversations } from "../zeek/conversations.js";
import { ZeekNames } from "../zeek/names.js";
import { microsOf } from "../zeek/times.js";
import { alertEvent } from "./alert.js";
import { bindEvents, callEvent } from "./dcerpc.js";
import type { EveEvent } from "./head.js";
import { ObservedEvents } from "./observed.js";
import { anomalyEvent, followUpEvent, ticketEvents } from "./other.js";

export interface EveOptions {
  kinds: ReadonlySet<EventKind>;
  /** The input, where there is but one that is a file. */
  input: string | null;
}

export function evePrinter({ kinds, input }: EveOptions): Printer {
  const names = new ZeekNames();
  const observed = new ObservedEvents();
  const conversations = new Conversations();
  const alerts = kinds.has("detection");
  /** Which conversation a finding begins with is told by what comes before it. */
  const pass = (event: Event): void => {
    if (!alerts) return;
    if (event.type === "observation" && event.what === "conversation") {
      conversations.begin(event.over, event, microsOf(event.ts));
    } else if (event.type === "call" || event.type === "association") {
      conversations.of(isDatagram(event.transport) ? "udp" : "tcp", event, microsOf(event.ts));
    }
  };
  const line = (event: EveEvent | null, file: string | null): string => {
    if (event === null) return "";
    const name = file ?? input;
    if (name !== null) event.pcap_filename = name;
    return `${JSON.stringify(event)}\n`;
  };
  return {
    push(event) {
      pass(event);
      if (!kinds.has(event.type === "observation" ? "association" : event.type)) return "";
      switch (event.type) {
        case "call":
          return line(callEvent(event, names), event.file);
        case "association": {
          let text = "";
          for (const bind of bindEvents(event, names)) text += line(bind, event.file);
          if (!observed.any) for (const ticket of ticketEvents(event)) text += line(ticket, event.file);
          return text;
        }
        case "offer":
          return line(followUpEvent(event), event.file);
        case "observation":
          return line(observed.event(event), event.file);
        case "note":
          return line(anomalyEvent(event), event.file);
        case "detection":
          return line(alertEvent(event, conversations.found(event)), event.file);
        default:
          return "";
      }
    },
    hidden: pass,
    finish: () => "",
  };
}
