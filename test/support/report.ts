/** What is in the file of a case report, unpacked. */
import { gunzipSync } from "node:zlib";
import type { CaseHead, Manifest } from "../../src/report/model.js";
import type { PackedTree } from "../../src/report/packed-tree.js";

export interface OpenedReport {
  html: string;
  manifest: Manifest;
  head: CaseHead;
  /** The call log. */
  records: string;
  trees: PackedTree[];
  /** The capture inside. */
  packets: Buffer | null;
  /** All that was packed, as it was unpacked. */
  texts: string[];
}

export function openReport(html: string): OpenedReport {
  const part = (id: string): string | null => {
    const [, text = null] = new RegExp(`<script type="[^"]*" id="${id}">([^<]*)</script>`).exec(html) ?? [];
    return text;
  };
  const lines = (id: string): Buffer[] =>
    (part(id) ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => gunzipSync(Buffer.from(line, "base64")));
  const head = Buffer.concat(lines("raiscope-head")).toString();
  const records = Buffer.concat(lines("raiscope-records")).toString();
  const trees = Buffer.concat(lines("raiscope-trees")).toString();
  const packets = lines("raiscope-packets");
  return {
    html,
    manifest: JSON.parse(part("raiscope-case") ?? "null") as Manifest,
    head: JSON.parse(head) as CaseHead,
    records,
    trees: trees
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as PackedTree),
    packets: packets.length === 0 ? null : Buffer.concat(packets),
    texts: [head, records, trees],
  };
}
