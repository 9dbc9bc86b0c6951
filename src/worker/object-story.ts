/** Where an IPID, OXID or OID came from, and the calls on it: out of the object table of the first reading. */
import { readNetworkAddress } from "../../dissectors/dcom/network-address.js";
import { towerName } from "../../dissectors/dcom/objref.js";
import type { InterfaceTable } from "../interfaces.js";
import type { KnownExporter, KnownInterface, ObjectTable } from "../run/objects.js";
import type { ObjectStory } from "../view/model.js";
import type { RowKeys } from "./row-keys.js";

/** Things of one kind that a fact lists. */
const LISTED = 16;

export interface ObjectKnowledge {
  objects: ObjectTable;
  table: InterfaceTable;
  rows: RowKeys;
  /** The number of a text among those of rows. */
  numberOf(text: string): number | null;
}

type Fact = ObjectStory["facts"][number];

/** Null where nothing is known of it, and no call was made on it. */
export function objectStory(given: string, knowledge: ObjectKnowledge): ObjectStory | null {
  const id = given
    .trim()
    .replace(/^\{(.*)\}$/, "$1")
    .replace(/^0x/i, "")
    .toLowerCase();
  const { objects } = knowledge;
  const called = objects.interfaces.peek(id);
  if (called !== undefined) return ofInterface(id, called, knowledge);
  const exporter = objects.exporters.peek(id);
  const all = [...objects.interfaces.values()];
  const exported = all.filter(({ oxid }) => oxid === id);
  if (exporter !== undefined || exported.length > 0)
    return ofExporter(id, exporter ?? null, exported, knowledge);
  const same = all.filter(({ oid }) => oid === id);
  if (same.length > 0) return ofObject(id, same, knowledge);
  const rows = rowsOn([id], knowledge);
  if (rows.length === 0) return null;
  const why = "no object reference with it was captured, or it was forgotten";
  return { id, kind: "ipid", facts: [{ name: "origin", text: why }], born: null, rows };
}

function ofInterface(id: string, known: KnownInterface, knowledge: ObjectKnowledge): ObjectStory {
  const { objects } = knowledge;
  const exporter = known.oxid === null ? undefined : objects.exporters.peek(known.oxid);
  const facts = [
    ...fact("interface", interfaceText(known, knowledge)),
    ...fact("class", classText(objects.classOfInterface(known), knowledge)),
    ...fact("OID", known.oid),
    ...fact("OXID", known.oxid),
    ...(exporter?.remUnknown === id ? fact("of", "the exporter itself: its IRemUnknown") : []),
    ...exporterFacts(exporter ?? null),
    ...fact("references", `${known.publicRefs} handed out and not given back`),
    ...fact("conversations", listed([...known.streams].sort((a, b) => a - b).map(String))),
    ...fact("last seen", `frame ${known.lastFrame}`),
  ];
  return {
    id,
    kind: "ipid",
    facts,
    born: bornIn(known.firstFrame, knowledge),
    rows: rowsOn([id], knowledge),
  };
}

function ofExporter(
  id: string,
  known: KnownExporter | null,
  exported: readonly KnownInterface[],
  knowledge: ObjectKnowledge,
): ObjectStory {
  const first = Math.min(
    ...exported.map(({ firstFrame }) => firstFrame),
    known?.firstFrame ?? Number.POSITIVE_INFINITY,
  );
  const oids = new Set(exported.flatMap(({ oid }) => oid ?? []));
  const facts = [
    ...exporterFacts(known),
    ...fact("IRemUnknown", known?.remUnknown ?? null),
    ...fact("objects", listed([...oids])),
    ...fact("interface pointers", listed(exported.map(({ ipid }) => ipid))),
  ];
  const rows = rowsOn(
    exported.map(({ ipid }) => ipid),
    knowledge,
  );
  return { id, kind: "oxid", facts, born: bornIn(first, knowledge), rows };
}

function ofObject(id: string, same: readonly KnownInterface[], knowledge: ObjectKnowledge): ObjectStory {
  const { objects } = knowledge;
  const [any] = same;
  const exporter = any?.oxid == null ? undefined : objects.exporters.peek(any.oxid);
  const facts = [
    ...fact("class", classText(objects.classOf(any?.oxid ?? null, id), knowledge)),
    ...fact("OXID", any?.oxid ?? null),
    ...exporterFacts(exporter ?? null),
    ...same.slice(0, LISTED).map((one) => ({
      name: interfaceText(one, knowledge) ?? "interface",
      text: `IPID ${one.ipid}`,
    })),
  ];
  const first = Math.min(...same.map(({ firstFrame }) => firstFrame));
  const rows = rowsOn(
    same.map(({ ipid }) => ipid),
    knowledge,
  );
  return { id, kind: "oid", facts, born: bornIn(first, knowledge), rows };
}

function fact(name: string, text: string | null): Fact[] {
  return text === null || text === "" ? [] : [{ name, text }];
}

function exporterFacts(exporter: KnownExporter | null): Fact[] {
  if (exporter === null) return [];
  const { bindings, security, machine } = exporter;
  const places = bindings.map(({ towerId, address }) => `${towerName(towerId)}:${address}`);
  const host = bindings[0] === undefined ? null : readNetworkAddress(bindings[0].address).host;
  const principals = new Set(
    security.map(({ principal }) => principal).filter((principal) => principal !== ""),
  );
  return [
    ...fact("machine", machine ?? host),
    ...fact("listens at", listed(places)),
    ...fact("runs as", listed([...principals])),
  ];
}

function interfaceText({ iid }: KnownInterface, { table }: ObjectKnowledge): string | null {
  const name = iid === null ? null : table.interfaceName(iid);
  return name === null ? iid : `${name} (${iid})`;
}

function classText(clsid: string | null, { table }: ObjectKnowledge): string | null {
  if (clsid === null) return null;
  const name = table.coclass(clsid)?.name;
  return name === undefined ? clsid : `${name} (${clsid})`;
}

function listed(texts: readonly string[]): string {
  const more = texts.length - LISTED;
  return texts.slice(0, LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function bornIn(frame: number, { rows }: ObjectKnowledge): ObjectStory["born"] {
  if (!Number.isFinite(frame) || frame === 0) return null;
  return { frame, row: rows.beginningIn(frame) };
}

function rowsOn(ipids: readonly string[], { rows, numberOf }: ObjectKnowledge): number[] {
  const numbers = new Set(ipids.flatMap((ipid) => numberOf(ipid) ?? []));
  return numbers.size === 0 ? [] : rows.on(numbers);
}
