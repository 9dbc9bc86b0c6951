/**
 * Identifiers of objects in texts of trees: an IPID is a UUID where the field or the calls say that it is one, an OXID or OID
 * 16 hexadecimal digits where the field says so. What merely looks like one is left as text. No DOM in here.
 */

import { NIL_GUID } from "../../../dissectors/wire/guid.js";
import type { TreeNode } from "../../view/model.js";

export interface IdPart {
  text: string;
  /** Null of ordinary text; else what `Engine.object` is asked for. */
  id: string | null;
  kind: "ipid" | "oxid" | "oid" | null;
}

const UUID = /(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])/gi;
const SIXTEEN = /(?<![0-9a-f-])(?:0x)?([0-9a-f]{16})(?![0-9a-f-])/gi;
const NULL_16 = "0000000000000000";

/** Names of fields as the specifications have them: ipid, ripid, pipidRemUnknown, and the object of a request's header. */
const IPID_NAME = /ipid|^object$/i;
/** oxid, pOxid; oid, and what is added to and taken from sets of pings. */
const OXID_NAME = /oxid/i;
const OID_NAME = /^p?oid$|^(?:AddTo|DelFrom)Set$/i;

/** Texts longer than this are not looked through: no field of an identifier is. */
const LONGEST = 4_096;

/**
 * `name`: of the field; "" where there is none. `known`: IPIDs that calls were made on, in lower case; where the field's name
 * says nothing, these are recognised all the same.
 */
export function idsIn(text: string, name: string, known: (ipid: string) => boolean = () => false): IdPart[] {
  const whole: IdPart[] = [{ text, id: null, kind: null }];
  if (text.length < 16 || text.length > LONGEST) return whole;
  const bare = name.replace(/^.*[.:]/, "").replace(/\[\d*\]$/, "");
  const found: { start: number; end: number; id: string; kind: NonNullable<IdPart["kind"]> }[] = [];
  const ipid = IPID_NAME.test(bare);
  for (const match of text.matchAll(UUID)) {
    const id = match[0].toLowerCase();
    if (id === NIL_GUID || !(ipid || known(id))) continue;
    found.push({ start: match.index, end: match.index + match[0].length, id, kind: "ipid" });
  }
  const kind = OXID_NAME.test(bare) ? "oxid" : OID_NAME.test(bare) ? "oid" : null;
  if (kind !== null) {
    for (const match of text.matchAll(SIXTEEN)) {
      const id = match[1]!.toLowerCase();
      if (id === NULL_16) continue;
      found.push({ start: match.index, end: match.index + match[0].length, id, kind });
    }
  }
  if (found.length === 0) return whole;
  found.sort((a, b) => a.start - b.start);
  const parts: IdPart[] = [];
  let at = 0;
  for (const { start, end, id, kind: of } of found) {
    if (start < at) continue;
    if (start > at) parts.push({ text: text.slice(at, start), id: null, kind: null });
    parts.push({ text: text.slice(start, end), id, kind: of });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), id: null, kind: null });
  return parts;
}

/** The same for a line of a tree: of an element of an array the array's name counts. */
export function idsOfNode(
  nodes: readonly TreeNode[],
  at: number,
  known?: (ipid: string) => boolean,
): IdPart[] {
  const node = nodes[at];
  if (node === undefined || node.text.length < 16) return [{ text: node?.text ?? "", id: null, kind: null }];
  let { name, depth } = node;
  for (let before = at - 1; before >= 0 && /^\[\d+\]$/.test(name); before--) {
    const around = nodes[before]!;
    if (around.depth < depth) ({ name, depth } = around);
  }
  return idsIn(node.text, name, known);
}

/** What `known` is made of: the objects that rows name, looked through as far as they have come. */
export class KnownIpids {
  readonly #ids = new Set<string>();
  readonly #keys = new Set<number>();
  #rows = 0;

  /** Takes the rows that came since the last time. */
  take(rows: {
    count: number;
    key(column: "object", row: number): number;
    text(column: "object", row: number): string;
  }): void {
    for (let row = this.#rows; row < rows.count; row++) {
      const key = rows.key("object", row);
      if (key === 0 || this.#keys.has(key)) continue;
      this.#keys.add(key);
      this.#ids.add(rows.text("object", row).toLowerCase());
    }
    this.#rows = rows.count;
  }

  has = (ipid: string): boolean => this.#ids.has(ipid);
}
