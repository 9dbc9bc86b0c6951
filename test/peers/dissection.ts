/**
 * What tshark reads in the stubs of a capture: the leaves of its dissection, with the bytes each was read from. Names
 * are those of Samba's IDL, so only values, their order and their bytes can be compared with what the specification's
 * IDL gives.
 */
import { spawnSync } from "node:child_process";
import { XMLParser } from "fast-xml-parser";

/** One field of a stub without fields below it, bits and explanations aside. */
export interface Leaf {
  name: string;
  /** As tshark prints it. */
  show: string;
  pos: number;
  /** Null where tshark keeps them to itself, as it does for some enumerations. */
  bytes: Buffer | null;
  size: number;
  /** It may report NDR's own counts, or of a union's tag that is a parameter anyway: no value need match it. */
  optional: boolean;
}

/** One stub as tshark dissects it, in the frame where it is complete. */
export interface Dissection {
  frame: number;
  protocol: string;
  /** e.g. `SAMR (pidl), QueryUserInfo`. */
  title: string;
  opnum: number;
  response: boolean;
  leaves: Leaf[];
  /** What tshark complains of. */
  complaints: string[];
}

/** Counts that tshark shows in the place of a conformance, or of a length that is one. */
const COUNTS =
  /^dcerpc\.nt\.count$|\.sec_desc_buf_len$|\.sd\.max_size$|^spoolss\.((\w+\.)?(buffer)?size|returned|enumprinterdata\.\w+_len)$/;

/** Fields that NDR adds or tshark shows about the call, and the closing words of a dissection. */
const NOT_VALUES =
  /^dcerpc\.(referent_id(64)?|array\.(max_count|offset|actual_count|buffer)|request_in|response_in|time|null_pointer|auth_padding)$|\.opnum$|^_ws\.expert/;

interface Node {
  [tag: string]: Node[] | string | undefined | { [attribute: string]: string };
}

function attributes(node: Node): { [name: string]: string } {
  return (node[":@"] ?? {}) as { [name: string]: string };
}

function children(node: Node): Node[] {
  for (const tag of ["pdml", "packet", "proto", "field"])
    if (Array.isArray(node[tag])) return node[tag] as Node[];
  return [];
}

function collect(node: Node, leaves: Leaf[], complaints: string[]): void {
  const a = attributes(node);
  const name = a.name ?? "";
  if (name.startsWith("_ws.malformed") || name.startsWith("_ws.expert")) {
    complaints.push(a.showname ?? a.show ?? name);
    return;
  }
  if (NOT_VALUES.test(name)) return;
  const below = children(node);
  const hex = a.value ?? "";
  const pos = Number(a.pos ?? 0);
  const size = Number(a.size ?? 0);
  const inside = below.some((child) => {
    const c = attributes(child);
    return (
      c.name?.startsWith("_ws.") !== true &&
      (Number(c.size) !== size || Number(c.pos) !== pos) &&
      Number(c.size) > 0
    );
  });
  if (name !== "" && hex !== "" && !inside) {
    const bytes = Buffer.from(hex, "hex");
    leaves.push({ name, show: a.show ?? "", pos, bytes, size: bytes.length, optional: COUNTS.test(name) });
    return;
  }
  if (name !== "" && below.length === 0 && size > 0) {
    leaves.push({ name, show: a.show ?? "", pos, bytes: null, size, optional: true });
  }
  for (const child of below) collect(child, leaves, complaints);
}

/** Dissects `file` and gives every stub of `protocols`. */
export function dissect(
  file: string,
  protocols: readonly string[],
  options: readonly string[] = [],
): Dissection[] {
  const filter = protocols.join(" or ");
  const wanted = ["-T", "pdml", "-J", `frame ${protocols.join(" ")}`, "-Y", filter];
  const run = spawnSync("tshark", ["-r", file, ...options, ...wanted], {
    maxBuffer: 1 << 30,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`tshark: ${run.stderr}`);
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseAttributeValue: false,
    trimValues: false,
    processEntities: { enabled: true, maxTotalExpansions: 1e7, maxExpandedLength: 1e9 },
  });
  const found: Dissection[] = [];
  const document = parser.parse(run.stdout) as Node[];
  for (const packet of document.flatMap((d) => children(d))) {
    let frame = 0;
    for (const proto of children(packet)) {
      const a = attributes(proto);
      if (a.name === "frame") {
        const number = children(proto).find((f) => attributes(f).name === "frame.number");
        frame = Number(number && attributes(number).show);
      }
      if (!protocols.includes(a.name ?? "")) continue;
      const fields = children(proto);
      const operation = fields.find((f) => attributes(f).name?.endsWith(".opnum"));
      const d: Dissection = {
        frame,
        protocol: a.name!,
        title: a.showname ?? "",
        opnum: Number(operation ? attributes(operation).show : Number.NaN),
        response: fields.some((f) => attributes(f).name === "dcerpc.request_in"),
        leaves: [],
        complaints: [],
      };
      for (const field of fields) collect(field, d.leaves, d.complaints);
      found.push(d);
    }
  }
  return found;
}
