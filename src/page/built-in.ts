/**
 * What the page's one file brings beside its own code, as blocks of the document that nothing executes (scripts/page.mjs): the
 * worker, captures to try, and what is to be opened at once (`raiscope view`).
 */
import { bytesOf, unpack } from "../shipped/packed.js";
import type { Given, GivenInput, GivenKeys } from "../view/given.js";
import type { Opening } from "../view/model.js";

/** A capture to try the page with. */
export interface Sample {
  name: string;
  /** What it shows, in a sentence. */
  says: string;
  bytes(): Uint8Array;
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
  const parts = [`const RAISCOPE_PACKED=${block("packed")};`, block("worker")];
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  const worker = new Worker(url);
  // Fetched by then: the address is resolved when the worker is made.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return worker;
}

/** What is to be opened as soon as the page is ready, or null. Rejects with a sentence where a file cannot be had. */
export async function given(): Promise<Opening | null> {
  const text = block("given");
  const what = text === "" ? null : (JSON.parse(text) as Given | null);
  if (what === null) return null;
  if (what.alive !== undefined && what.gone !== undefined) beat(what.alive, what.gone);
  const { keytabs, ...keys } = what.keys === undefined ? {} : await keysAt(what.keys);
  if (what.inputs.length === 0) return null;
  return {
    inputs: await Promise.all(what.inputs.map(inputOf)),
    idl: what.idl,
    ...keys,
    keytabs: keytabs?.map(({ name, bytes }) => ({ name, data: bytesOf(bytes) })),
  };
}

async function inputOf(input: GivenInput): Promise<Opening["inputs"][number]> {
  const { name } = input;
  if ("url" in input) return { name, data: await (await got(name, input.url)).blob() };
  const packed = new Blob([bytesOf(input.gzipped)]).stream();
  return { name, data: await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).blob() };
}

async function keysAt(url: string): Promise<GivenKeys> {
  return (await (await got("the keys", url)).json()) as GivenKeys;
}

async function got(name: string, url: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url);
  } catch {
    throw new Error(`${name}: raiscope view has ended, or the file was changed while it was read`);
  }
  if (!answer.ok) throw new Error(`${name}: it cannot be read any more (${answer.status})`);
  return answer;
}

/** `raiscope view` ends when nobody looks any more. */
function beat(alive: string, gone: string): void {
  const id = crypto.randomUUID();
  const tell = (where: string): void => {
    fetch(`${where}/${id}`, { method: "HEAD", keepalive: true }).catch(() => clearInterval(timer));
  };
  const timer = setInterval(() => tell(alive), HEARTBEAT_MS);
  tell(alive);
  addEventListener("pagehide", () => tell(gone));
}
