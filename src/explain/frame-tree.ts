/**
 * The tree of one frame: the headers of its layers, then the PDUs that end in it with what is inside of them. A PDU of which the
 * frame holds a part, and which ends elsewhere, is named with the frame where it is shown.
 */
import { plain } from "../../dissectors/wire/bytes.js";
import type { Tree } from "../../dissectors/wire/trace.js";
import type { Frame } from "../capture/frame.js";
import type { CallRecord } from "../events.js";
import type { CallEvidence, Evidence, PduEvidence } from "./evidence.js";
import { nameData, readLayers } from "./frame-layers.js";
import { readMessages } from "./smb-messages.js";
import { simplified } from "./sources.js";
import { type PduField, type TreeKnowledge, TreeMaker } from "./tree.js";

/** A record with what was kept of it. */
export type FrameRecord =
  | { record: CallRecord; evidence: CallEvidence }
  | { record: null; evidence: readonly PduEvidence[] };

export function frameTree(
  frame: Frame,
  carried: readonly FrameRecord[],
  witness: Evidence,
  knowledge: TreeKnowledge,
): Tree {
  const maker = new TreeMaker("frame", knowledge);
  const { root, trace } = maker;
  root.show = `Frame ${frame.number}`;
  const bytes = plain(frame.data).slice(frame.start, frame.end);
  const own = maker.sources.frame(frame.number, bytes);
  const payload = readLayers(trace.reader(own), frame.linkType);
  readMessages(maker, witness, frame.number);
  const pdus: { pdu: PduField; stub: PduField["field"] | null }[] = [];
  for (const { record, evidence } of carried) {
    const before = root.children.length;
    const read =
      record === null ? evidence.map((one) => maker.pdu(one)) : allOf(maker.call(evidence, record));
    const fields = root.children.splice(before);
    for (const [index, pdu] of read.entries()) {
      if (!pdu.evidence.frames.includes(frame.number)) continue;
      const behind = fields[fields.indexOf(pdu.field) + 1];
      const stub = behind?.name === "stub" && read[index + 1]?.field !== behind ? behind : null;
      pdus.push({ pdu, stub });
    }
  }
  pdus.sort((a, b) => a.pdu.evidence.ordinal - b.pdu.evidence.ordinal);
  for (const { pdu, stub } of pdus) {
    const { field, evidence } = pdu;
    const last = evidence.frames.at(-1);
    root.children.push(field);
    if (last !== frame.number) {
      field.note = `a part of it; it ends in frame ${last}`;
      field.children = [];
      field.range = null;
    } else if (stub !== null) root.children.push(stub);
  }
  maker.addNames();
  const sources = simplified(root, trace.sources, (source) => source === trace.sources[own]);
  const source = sources.findIndex(({ name }) => name === `Frame ${frame.number}`);
  if (payload !== null) nameData(root, sources, source, payload);
  return { root, sources };
}

function allOf({ request, response }: { request: PduField[]; response: PduField[] }): PduField[] {
  return [...request, ...response];
}
