/** EVE, the JSON events of Suricata 9: an event a line, each valid by its schema, which has no room for anything else. */

import type { EventKind } from "../../events.js";
import type { Printer } from "../printer.js";
import { ZeekNames } from "../zeek/names.js";
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
  const line = (event: EveEvent | null, file: string | null): string => {
    if (event === null) return "";
    const name = file ?? input;
    if (name !== null) event.pcap_filename = name;
    return `${JSON.stringify(event)}\n`;
  };
  return {
    push(event) {
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
        default:
          return "";
      }
    },
    finish: () => "",
  };
}
