/** How `raiscope show` shows what is chosen: the tree of a record or of a frame, as the format has it. */
import type { Event } from "../events.js";
import type { PduEvidence } from "../explain/evidence.js";
import { framesText, type Spelling } from "../output/spelling.js";
import type { ShowPrinter } from "../output/tree-formats.js";
import type { PduOfTree } from "../output/tree-json.js";
import { headingOf } from "../output/tree-printer.js";
import type { ShownTree } from "../output/tree-text.js";
import { timestamp } from "../time.js";
import type { FileWriter } from "./file-writer.js";
import type { Redaction, Say } from "./redaction.js";
import type { Stage } from "./show-choosers.js";
import type { Tracing } from "./tracing.js";

const NOT_KEPT = "the bytes of a call were not kept: the limit on memory was reached (--max-memory)";

export function stageOf(
  tracing: Tracing,
  redaction: Redaction,
  writer: FileWriter,
  printer: ShowPrinter,
  spelling: Spelling,
  say: Say,
): Stage {
  return {
    spelling,
    framesOf: (record) => tracing.explainer.framesOf(record),
    show(record) {
      const tree = tracing.of(record, redaction);
      if (tree === null) {
        if (record.type === "call")
          say(NOT_KEPT, { severity: "warning", code: "not-kept", shown: `warning: ${NOT_KEPT}` });
        return;
      }
      const heading = headingOf(record, spelling);
      const pdus = pdusOf(tree, tracing.explainer.pdus(record));
      writer.add(printer.tree({ tree, heading, of: briefly(record), pdus }));
    },
    showFrame(frame, records) {
      const tree = redaction.tree(tracing.explainer.frame(frame, records), null);
      const time = tracing.timeOf(frame.number);
      const bytes = frame.end - frame.start;
      const heading = [
        ["title", framesText(spelling, [frame.number])] as const,
        spelling.time(timestamp(frame), frame.number),
        `${bytes} bytes`,
      ];
      const pdus = records.flatMap((record) => {
        const whole = tracing.of(record, redaction);
        const own = whole === null ? [] : pdusOf(whole, tracing.explainer.pdus(record));
        return own.filter((pdu) => pdu.frame === frame.number);
      });
      writer.add(printer.tree({ tree, heading, of: { type: "frame", frame: frame.number, time }, pdus }));
    },
  };
}

/** The PDUs of a tree, each with what it was made of. */
function pdusOf(tree: ShownTree, evidence: readonly PduEvidence[]): PduOfTree[] {
  const found: PduOfTree[] = [];
  for (const field of tree.root.children) {
    const last = found.at(-1);
    if (field.name === "stub") {
      if (last !== undefined) last.joined = field;
      continue;
    }
    const of = evidence[found.length];
    if (of === undefined) break;
    const stub = field.children.find(({ name }) => name === "stub_data");
    const start = stub?.range?.source === field.range?.source ? (stub?.range?.start ?? -1) : -1;
    const stubStart = start < 0 ? -1 : start - (field.range?.start ?? 0);
    found.push({ tree, field, frame: of.frames.at(-1) ?? 0, ordinal: of.ordinal, stubStart, joined: null });
  }
  return found;
}

/** What JSON says of the record that a tree is of. */
function briefly(record: Event): object {
  const { type, id, ts, stream } = record;
  if (record.type !== "call") return { type, id, ts, stream };
  const { call_id, interface: iface, method, frames } = record;
  return { type, id, ts, stream, call_id, interface: iface.name ?? iface.uuid, method, frames };
}
