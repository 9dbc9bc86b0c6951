/**
 * raiscope as a library: frames in, events out.
 *
 * ```ts
 * import { analyze } from "raiscope";
 * for await (const event of analyze(["offer.pcapng"])) console.log(event);
 * ```
 *
 * `Analyzer` is the same without reading: it is given frames, and at the end their source.
 */
export { analyze } from "./analyze.js";
export { Analyzer, type AnalyzerOptions, type SourceState } from "./analyzer.js";
export { InputError, NotACapture } from "./capture/formats.js";
export { Frame, type FrameSource, type SourceNote } from "./capture/frame.js";
export { type Inputs, openInputs } from "./capture/node/open.js";
export type {
  AssociationRecord,
  CallRecord,
  Event,
  EventKind,
  NoteRecord,
  OfferRecord,
  RunEnd,
  SummaryRecord,
  Value,
} from "./events.js";
export { InterfaceTable, loadInterfaces } from "./interfaces.js";
export { KeyRing } from "./rpc/security/keyring.js";
