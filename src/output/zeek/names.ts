/** Interfaces and methods in Zeek's words, of which the specifications' differ for some: spoolss is winspool, and so on. */

import { ZEEK_NAMES } from "./names-data.js";

interface Endpoint {
  name: string;
  /** The operations as they stand in the data, and by their numbers once one is asked for. */
  text: string;
  operations: Map<number, string> | null;
}

export class ZeekNames {
  readonly #byUuid = new Map<string, Endpoint>();

  constructor() {
    for (const line of ZEEK_NAMES.split("\n")) {
      const [uuid, name, text] = line.split("\t");
      this.#byUuid.set(uuid!, { name: name!, text: text!, operations: null });
    }
  }

  /** The endpoint; null where Zeek has no name for the interface. */
  endpoint(uuid: string): string | null {
    return this.#byUuid.get(uuid)?.name ?? null;
  }

  /** The operation; null where Zeek has no name for it. */
  operation(uuid: string, opnum: number): string | null {
    const endpoint = this.#byUuid.get(uuid);
    if (endpoint === undefined) return null;
    endpoint.operations ??= numbered(endpoint.text);
    return endpoint.operations.get(opnum) ?? null;
  }
}

function numbered(text: string): Map<number, string> {
  const operations = new Map<number, string>();
  let opnum = 0;
  for (const word of text.split(" ")) {
    if (/^\d/.test(word)) opnum = Number(word);
    else if (word !== "") operations.set(opnum++, word);
  }
  return operations;
}
