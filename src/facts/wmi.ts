/** What calls of WMI bring that later ones need: [MS-WMI] 3.1.4.7. */

import { fromHex } from "../../dissectors/wire/bytes.js";
import { IWBEMWCOSMARTENUM } from "../../dissectors/wire/interface-uuids.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { classesIn } from "../../dissectors/wmio/object-array.js";
import type { DecodedCall } from "../call/decoded-call.js";
import type { Fact } from "./fact.js";
import { text } from "./values.js";

export function wmiFacts({ identity, response }: DecodedCall, into: Fact[]): void {
  if (identity.uuid !== IWBEMWCOSMARTENUM) return;
  const buffer = text(response.values?.pBuffer);
  if (buffer === null) return;
  for (const { classId, bytes } of classesIn(new Reader(fromHex(buffer)))) {
    into.push({ kind: "cim-class", classId, bytes });
  }
}
