/**
 * Trees as PDML, which scripts read from Wireshark: a packet for each frame that ends a PDU, with `geninfo`, `frame` and a
 * `proto` for each PDU in it. Positions count in the bytes of the frame; where they count in other bytes, as those of a
 * reassembled PDU or an opened stub, a field `raiscope.source` before them says in which.
 *
 * Not handled: Wireshark's own names of fields; those of the specifications stand behind `raiscope.`.
 */
import { type Field, type Range, where } from "../../dissectors/wire/trace.js";
import { bitText, hasBits, hexAt, isBit, type ShownTree, saidOf, titleOf, valueText } from "./tree-text.js";
import { visible } from "./visible.js";

const PREFIX = "raiscope";

/** When a frame came, in seconds since 1970 with all digits; null where that is not known. */
export type TimeOf = (frame: number) => string | null;

/** What stands before all packets, and behind them. */
export function pdmlHead(creator: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<pdml version="0" creator="${escaped(creator)}">\n`;
}

export const PDML_END = "</pdml>\n";

/** The packets of one tree. */
export function pdml(tree: ShownTree, timeOf: TimeOf): string {
  const packets = new Map<number, Field[]>();
  let current = 0;
  for (const field of partsOf(tree.root)) {
    const frame = lastFrame(tree, field.range);
    // What is joined from several PDUs is shown with the last of them.
    if (frame > 0) current = frame;
    const same = packets.get(current);
    if (same === undefined) packets.set(current, [field]);
    else same.push(field);
  }
  return [...packets].map(([frame, fields]) => packet(frame, fields, tree, timeOf)).join("");
}

/** A tree of one PDU is that PDU. */
function partsOf(root: Field): readonly Field[] {
  return root.range === null ? root.children : [root];
}

/** The frame that brings the last of these bytes; 0 where that is not known. */
function lastFrame(tree: ShownTree, range: Range | null): number {
  if (range === null) return 0;
  return where(tree, range).reduce((last, { frame }) => Math.max(last, frame), 0);
}

function packet(frame: number, fields: readonly Field[], tree: ShownTree, timeOf: TimeOf): string {
  const source = tree.sources.findIndex(({ kind, pieces }) => {
    const from = pieces[0]?.from;
    return kind === "frame" && typeof from === "object" && from.frame === frame;
  });
  const length = source < 0 ? 0 : tree.sources[source]!.bytes.length;
  const time = timeOf(frame);
  const general = (name: string, label: string, show: string | number, value: string): string =>
    `    ${element("field", { name, pos: 0, show, showname: label, value, size: length }, true)}`;
  const lines = [
    "<packet>",
    `  ${element("proto", { name: "geninfo", pos: 0, showname: "General information", size: length })}`,
    general("num", "Number", frame, frame.toString(16)),
    general("len", "Frame Length", length, length.toString(16)),
    general("caplen", "Captured Length", length, length.toString(16)),
    ...(time === null ? [] : [general("timestamp", "Captured Time", time, time)]),
    "  </proto>",
    `  ${element("proto", { name: "frame", showname: `Frame ${frame}: ${length} bytes captured`, size: length, pos: 0 })}`,
    ...(time === null ? [] : [`    ${valueless("frame.time_epoch", `Epoch Time: ${time} seconds`, time)}`]),
    `    ${valueless("frame.number", `Frame Number: ${frame}`, frame)}`,
    `    ${valueless("frame.cap_len", `Capture Length: ${length} bytes`, length)}`,
    "  </proto>",
  ];
  const writer = new FieldWriter(tree, source < 0 ? null : source, lines);
  for (const field of fields) writer.proto(field);
  lines.push("</packet>\n");
  return lines.join("\n");
}

class FieldWriter {
  readonly #tree: ShownTree;
  readonly #lines: string[];
  /** The source that positions count in. */
  #source: number | null;

  constructor(tree: ShownTree, source: number | null, lines: string[]) {
    this.#tree = tree;
    this.#source = source;
    this.#lines = lines;
  }

  proto(field: Field): void {
    const path = `${PREFIX}.${nameOf(field.name)}`;
    const { pos, size } = placeOf(field.range);
    const head = element("proto", { name: path, showname: this.#label(field), size, pos });
    if (field.range !== null && field.range.source !== this.#source) {
      // A source is named where a field may stand.
      this.#lines.push(`  ${head}`);
      this.#name(field.range.source, 2);
    } else this.#lines.push(`  ${head}`);
    for (const child of field.children) this.#field(child, path, 2, field);
    this.#lines.push("  </proto>");
  }

  #field(field: Field, outer: string, depth: number, around: Field): void {
    const { range, children } = field;
    if (range !== null && range.source !== this.#source) this.#name(range.source, depth);
    const own = nameOf(field.name);
    const path = own === "" ? outer : `${outer}.${own}`;
    const blanks = "  ".repeat(depth);
    const { pos, size } = placeOf(range);
    const showname = isBit(field) ? bitText(field, around.value) : this.#label(field);
    const show = isBit(field)
      ? Number(field.value) || 0
      : (unquoted(valueText(field, this.#tree, true)) ?? field.show ?? "");
    const hex = range === null || range.length === 0 ? "" : hexAt(this.#tree, range);
    const seen = hex !== "" && !hex.includes("*") && (children.length === 0 || hasBits(field) || depth === 0);
    const value: { [name: string]: string | number } = !seen
      ? {}
      : isBit(field)
        ? { value: show, unmaskedvalue: hex }
        : { value: hex };
    const attributes = { name: path, showname, size, pos, show, ...value };
    if (children.length === 0) {
      this.#lines.push(`${blanks}${element("field", attributes, true)}`);
      return;
    }
    this.#lines.push(`${blanks}${element("field", attributes)}`);
    for (const child of children) this.#field(child, path, depth + 1, field);
    this.#lines.push(`${blanks}</field>`);
  }

  #name(source: number, depth: number): void {
    this.#source = source;
    const title = titleOf(this.#tree.sources[source]!);
    this.#lines.push(`${"  ".repeat(depth)}${valueless(`${PREFIX}.source`, title, title)}`);
  }

  #label(field: Field): string {
    const said = saidOf(field, this.#tree);
    const note = field.note === null ? "" : ` [${field.note}]`;
    return `${field.name}${said === "" ? "" : `: ${said}`}${note}`;
  }
}

function placeOf(range: Range | null): { pos: number; size: number } {
  return { pos: range?.start ?? 0, size: range?.length ?? 0 };
}

/** Small letters, digits and underscores; indices of elements are left out. */
function nameOf(name: string): string {
  return name
    .replace(/\[\d+\]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "_")
    .replace(/^[_.]+|[_.]+$/g, "");
}

function unquoted(text: string | null): string | null {
  return text?.startsWith('"') ? text.slice(1, -1) : text;
}

function valueless(name: string, showname: string, show: string | number): string {
  return element("field", { name, showname, size: 0, pos: 0, show }, true);
}

function element(name: string, attributes: { [name: string]: string | number }, empty = false): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join("")}${empty ? "/>" : ">"}`;
}

const ENTITIES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** XML allows no control characters, however they are written. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
