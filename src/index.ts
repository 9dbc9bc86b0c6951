/**
 * raiscope as a library: frames in, events out.
 *
 * ```ts
 * import { Analyzer, Frame, openInputs } from "raiscope";
 * const source = await openInputs(["offer.pcapng"]);
 * const analyzer = new Analyzer();
 * const frame = new Frame();
 * while (await source.next(frame)) for (const event of analyzer.push(frame)) console.log(event);
 * for (const event of analyzer.finish()) console.log(event);
 * ```
 */
export { Analyzer, type AnalyzerOptions } from "./analyzer.js";
export { Frame, type FrameSource, type SourceNote } from "./capture/frame.js";
export { openInputs } from "./capture/open.js";
export type {
  AssociationRecord,
  CallRecord,
  Event,
  EventKind,
  NoteRecord,
  OfferRecord,
  SummaryRecord,
  Value,
} from "./events.js";
export { InterfaceTable, loadInterfaces } from "./interfaces.js";
export { KeyRing } from "./rpc/security/keyring.js";
