/** Every fact of a decoded call, with the notes of rules that it breaks. Pure. */
import type { DecodedCall } from "../call/decoded-call.js";
import type { Note, RaiRecord } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { automationFacts } from "./automation.js";
import { dcomFacts } from "./dcom.js";
import { epmFacts } from "./epm.js";
import type { Fact } from "./fact.js";
import { raiFacts } from "./rai.js";
import { clearTextNote } from "./rai-rules.js";
import { wmiFacts } from "./wmi.js";

export interface Facts {
  facts: readonly Fact[];
  /** What the record says of Remote Assistance; null for other calls. */
  rai: RaiRecord | null;
  /** Rules that the call shows to be broken, and what of its texts was not captured. */
  notes: readonly Note[];
  /** What there is to note of the connection, once. */
  ofConnection: Note | null;
}

export function factsOf(decoded: DecodedCall, table: InterfaceTable): Facts {
  const facts: Fact[] = [];
  const notes: Note[] = [];
  epmFacts(decoded, facts, notes);
  dcomFacts(decoded, facts);
  automationFacts(decoded, table, facts);
  wmiFacts(decoded, facts);
  const rai = raiFacts(decoded, table, facts, notes);
  return { facts, rai, notes, ofConnection: clearTextNote(decoded) };
}
