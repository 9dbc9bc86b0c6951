/** Calls on IRASrv with nothing before them: an exporter that is known already, an association, the interface. */

import { Association, type AssociationOptions } from "../association.js";
import { type Cast, Exporter } from "../cast.js";
import type { Conversation } from "../conversation.js";
import { IID, type ObjectRef } from "../dcom.js";
import type { SecurityPlan } from "../plan.js";
import { connect } from "./vista.js";

export interface Direct {
  association: Association;
  exporter: Exporter;
  service: ObjectRef;
  cid: string;
}

export function direct(
  talk: Conversation,
  who: Cast,
  options: AssociationOptions = {},
  security: SecurityPlan | null = null,
  syntax: "ndr" | "ndr64" = "ndr",
): Direct {
  const cid = talk.random.guid();
  const port = who.novice.ports[0]!;
  const exporter = new Exporter(talk.random, who.novice, port, "");
  const association = new Association(talk, connect(talk, who, port), cid, options);
  const propose: ("ndr" | "ndr64")[] = syntax === "ndr64" ? ["ndr", "ndr64"] : ["ndr"];
  association.bind([{ interface: "IRASrv", propose, accept: syntax }], security);
  return { association, exporter, service: exporter.reference(IID.IRASrv), cid };
}
