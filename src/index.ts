/**
 * `raiscope`: the library on Node, which reads files and captures live.
 *
 * ```ts
 * import { analyze } from "raiscope";
 * for await (const event of analyze(["offer.pcapng"])) console.log(event);
 * ```
 *
 * What needs no Node is `raiscope/engine`; what of it every program uses is here as well. Each export has an example in
 * docs/library.md.
 */

export { analyzeFiles as analyze } from "./analyze-files.js";
export { Analyzer, type AnalyzerOptions, type InputEnd } from "./analyzer.js";
export { InputError, NotACapture } from "./capture/formats.js";
export { Frame, type FrameSource, type SourceNote } from "./capture/frame.js";
export { LiveError } from "./capture/live/engine.js";
export { type Inputs, type OpenOptions, openInputs } from "./capture/node/open.js";
export { captureLive, type LiveCapture, type LiveCaptureOptions } from "./capture-live.js";
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
export { type InterfaceTable, loadInterfaces } from "./interfaces.js";
export { KeyRing, type KeyRingOptions } from "./rpc/security/keyring.js";
