/**
 * What the page's one file brings beside its own code, as blocks of the document that nothing executes (scripts/page.mjs): the
 * worker, captures to try, and what is to be opened at once (`raiscope view`).
 */
import { unpack, unpackText } from "../shipped/packed.js";
import type { Opening } from "../view/model.js";

/** A capture to try the page with. */
export interface Sample {
  name: string;
  /** What it shows, in a sentence. */
  says: string;
  bytes(): Uint8Array;
}

/** What `raiscope view` wrote into the page: files within it, or where the server that gave out the page has them. */
interface Given {
  inputs: readonly { name: string; packed?: string; url?: string }[];
  /** Where passwords, keys and IDL are, which no file holds. */
  keys?: string;
  /** Told from time to time that the page is still there. */
  heartbeat?: string;
}

/** What is behind `keys`. Bytes are in base64. */
interface GivenKeys extends Pick<Opening, "passwords" | "ntHashes" | "sessionKeys" | "idl"> {
  keytabs?: readonly { name: string; packed: string }[];
}

const HEARTBEAT_MS = 2_000;

function block(id: string): string {
  return document.getElementById(id)?.textContent ?? "";
}

export const version: string = block("version");

export const samples: readonly Sample[] = (
  JSON.parse(block("samples")) as { name: string; says: string; packed: string }[]
).map(({ name, says, packed }) => ({ name, says, bytes: () => unpack(packed) }));

/** Starts the engine (src/worker/worker.ts) in a worker of its own. */
export function makeWorker(): Worker {
  const parts = [`const RAISCOPE_PACKED=${block("packed")};`, unpackText(block("worker"))];
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  const worker = new Worker(url);
  // Fetched by then: the address is resolved when the worker is made.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return worker;
}

/**
 * What is to be opened as soon as the page is ready, or null. Rejects with a sentence where a file cannot be had; `heard` is
 * told of bytes that came.
 */
export async function given(): Promise<Opening | null> {
  const text = block("given");
  const what = text === "" ? null : (JSON.parse(text) as Given | null);
  if (what === null) return null;
  if (what.heartbeat !== undefined) beat(what.heartbeat);
  const inputs = await Promise.all(what.inputs.map(inputOf));
  if (what.keys === undefined) return inputs.length === 0 ? null : { inputs };
  const { keytabs, ...keys } = (await (await got("keys", what.keys)).json()) as GivenKeys;
  if (inputs.length === 0) return null;
  return {
    inputs,
    ...keys,
    keytabs: keytabs?.map(({ name, packed }) => ({ name, data: unpack(packed) })),
  };
}

async function inputOf({ name, packed, url }: Given["inputs"][number]): Promise<Opening["inputs"][number]> {
  if (packed !== undefined) return { name, data: unpack(packed) };
  return { name, data: await (await got(name, url!)).blob() };
}

async function got(name: string, url: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url);
  } catch {
    throw new Error(`${name} cannot be read: raiscope view has ended`);
  }
  if (!answer.ok) throw new Error(`${name} cannot be read any more (${answer.status})`);
  return answer;
}

/** `raiscope view` ends when nobody looks any more. */
function beat(url: string): void {
  const tell = (): void => {
    fetch(url, { method: "HEAD" }).catch(() => clearInterval(timer));
  };
  const timer = setInterval(tell, HEARTBEAT_MS);
}
