/**
 * `raiscope/engine`: the analyzer and its decoders without Node, for browsers and workers as well. Bytes and frames in,
 * records and text out; nothing here reads files.
 *
 * ```ts
 * import { analyze } from "raiscope/engine";
 * for await (const record of analyze(bytes)) console.log(record);
 * ```
 *
 * Each export has an example in docs/library.md.
 */
export type { IdlFile, IdlProblem } from "../dissectors/idl/reader.js";
export {
  type ConnectionString,
  parseConnectionString as decodeConnectionString,
} from "../dissectors/rai/connection-string.js";
export { type Invitation, parseInvitation as decodeInvitation } from "../dissectors/rai/invitation.js";
export { fromHex } from "../dissectors/wire/bytes.js";
export { WireError } from "../dissectors/wire/errors.js";
export { analyze, readCapture } from "./analyze.js";
export { Analyzer, type AnalyzerOptions, type InputEnd } from "./analyzer.js";
export { InputError, NotACapture } from "./capture/formats.js";
export { Frame, type FrameSource, type SourceNote } from "./capture/frame.js";
export {
  type DecodedPdu,
  type DecodedStub,
  type DecodedToken,
  decodePdu,
  decodeStub,
  decodeToken,
  type StubOf,
} from "./decode.js";
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
export { jsonPrinter, ndjsonPrinter } from "./output/ndjson.js";
export { plain as plainPaint } from "./output/paint.js";
export type { Printer } from "./output/printer.js";
export { tablePrinter } from "./output/table.js";
export { transcriptPrinter } from "./output/transcript.js";
export { KeyRing, type KeyRingOptions } from "./rpc/security/keyring.js";
export { parseSecrets, type Secret, SecretError } from "./rpc/security/secrets.js";
