/** Catalogues of a test's own IDL, made as scripts/catalogue.ts makes the shipped one. */
import { type Catalogue, openCatalogue } from "../../../dissectors/idl/catalogue.js";
import { readIdl } from "../../../dissectors/idl/reader.js";
import type { Interface, Library, Method } from "../../../dissectors/ndr/types.js";
import { writeLayout } from "../../../scripts/catalogue/write-layout.js";
import { writeNames } from "../../../scripts/catalogue/write-names.js";
import { shippedFiles } from "../../../src/shipped/node.js";

export const FOUNDATION = readIdl(shippedFiles("."), () => null).library;

/** What `text` says beside the shipped IDL, read as IDL and read from what is generated of it. */
export function bothWays(text: string): {
  read: Library;
  own: Interface[];
  catalogue: Catalogue;
  asked: string[];
} {
  const read = readIdl([...shippedFiles("."), { name: "OWN.idl", text }], () => null).library;
  const known = new Set(FOUNDATION.types.keys());
  const own = read.interfaces.filter((i) => i.file === "OWN.idl");
  const interfaces = own.map((iface) => ({ iface, own: ownMethods(iface, read) }));
  const part = (shared: boolean): Library["types"] =>
    new Map([...read.types].filter(([name]) => known.has(name) === shared));
  const layout = writeLayout({ interfaces, types: part(false) }, part(true));
  const names = writeNames([{ specification: "OWN", interfaces }], new Map(), {
    interfaces: [],
    coclasses: [],
  });
  /** What was read, in that order. */
  const asked: string[] = [];
  const source = {
    names: () => {
      asked.push("names");
      return names;
    },
    layout: (name: string) => {
      asked.push(name);
      return layout;
    },
  };
  const named = (name: string): Interface | null =>
    FOUNDATION.interfaces.find((i) => i.name === name) ?? null;
  return { read, own, catalogue: openCatalogue(source, { types: FOUNDATION.types, named }), asked };
}

function ownMethods(iface: Interface, { interfaces }: Library): Method[] {
  const base = interfaces.find((i) => i.name === iface.base);
  return iface.methods.flatMap((m) => (m && base?.methods[m.opnum] !== m ? [m] : []));
}

/** All that an interface says, as plain values; methods that it inherits by their names. */
export function said(iface: Interface): object {
  const { name, uuid, version, object, dual, dispatchOnly, base, methods, callbacks, file } = iface;
  return {
    name,
    uuid,
    version,
    object,
    dual,
    dispatchOnly,
    base,
    file,
    methods: methods.map(ofMethod),
    callbacks: callbacks.map(ofMethod),
  };
}

function ofMethod(m: Method | undefined): object | null {
  if (m === undefined) return null;
  const { opnum, name, idlName, accessor, dispid, params, returns, returnsSecret, notOnWire } = m;
  return {
    opnum,
    name,
    idlName,
    accessor,
    dispid,
    params,
    returns,
    returnsSecret: returnsSecret ?? false,
    notOnWire,
  };
}
