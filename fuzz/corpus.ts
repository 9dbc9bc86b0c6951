/** Good inputs, taken out of the captures that the project ships: frames, PDUs, stubs, tokens. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { credibleHeader, fragLengthAt } from "../dissectors/dcerpc/header.js";
import { type Pdu, readPdu } from "../dissectors/dcerpc/pdu.js";
import { Reader } from "../dissectors/wire/reader.js";
import { Frame } from "../src/capture/frame.js";
import { openInputs } from "../src/capture/node/open.js";
import { StreamAssembler } from "../src/reassembly/streams.js";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CAPTURES = join(ROOT, "captures");

function captureFiles(): string[] {
  const names = readdirSync(CAPTURES).filter((name) => /\.pcap(ng)?$/.test(name));
  return names.sort().map((name) => join(CAPTURES, name));
}

/** Each shipped capture as the bytes of its file. */
export function captures(): Uint8Array[] {
  return captureFiles().map((file) => readFileSync(file));
}

/** The IDL that ships, by file name. */
export function shippedIdl(): { name: string; text: string }[] {
  const folder = join(ROOT, "dissectors", "idl");
  return ["", "automation", "datagrams"].flatMap((below) => {
    const names = readdirSync(join(folder, below)).filter((name) => name.endsWith(".idl"));
    return names.sort().map((name) => ({ name, text: readFileSync(join(folder, below, name), "utf8") }));
  });
}

export interface CapturedStub {
  /** Of the interface; null where the bind was not captured. */
  uuid: string | null;
  opnum: number;
  side: "request" | "response";
  littleEndian: boolean;
  bytes: Uint8Array;
}

export interface Corpus {
  frames: { linkType: number; bytes: Uint8Array }[];
  pdus: Uint8Array[];
  stubs: CapturedStub[];
  tokens: Uint8Array[];
  /** The beginnings of conversations that are no DCE/RPC. */
  others: Uint8Array[];
}

let corpus: Promise<Corpus> | null = null;

/** All of it, read once. */
export function captured(): Promise<Corpus> {
  corpus ??= collect();
  return corpus;
}

async function collect(): Promise<Corpus> {
  const found: Corpus = { frames: [], pdus: [], stubs: [], tokens: [], others: [] };
  for (const file of captureFiles()) {
    const source = await openInputs([file]);
    const streams = new StreamAssembler();
    const flows = new Map<string, Buffer[]>();
    const frame = new Frame();
    const take = (items: ReturnType<StreamAssembler["push"]>): void => {
      for (const item of items) {
        if (item.kind !== "data") continue;
        const key = `${item.flow.stream}/${item.direction}`;
        const parts = flows.get(key);
        if (parts === undefined) flows.set(key, [Buffer.from(item.bytes)]);
        else parts.push(Buffer.from(item.bytes));
      }
    };
    while (await source.next(frame)) {
      found.frames.push({ linkType: frame.linkType, bytes: frame.data.slice(frame.start, frame.end) });
      take(streams.push(frame));
    }
    take(streams.finish());
    await source.close();
    for (const key of flows.keys()) {
      const [stream, direction] = key.split("/");
      if (direction === "0")
        cut(Buffer.concat(flows.get(key)!), Buffer.concat(flows.get(`${stream}/1`) ?? []), found);
    }
  }
  return found;
}

/** Both directions of one conversation, cut into PDUs. */
function cut(client: Uint8Array, server: Uint8Array, found: Corpus): void {
  const contexts = new Map<number, string>();
  const opnums = new Map<number, { opnum: number; uuid: string | null }>();
  for (const data of [client, server]) {
    if (credibleHeader(data, 0, data.length, true) !== "yes") {
      if (data.length > 0) found.others.push(data.slice(0, 600));
      continue;
    }
    for (let at = 0; credibleHeader(data, at, data.length, true) === "yes"; ) {
      const end = at + fragLengthAt(data, at);
      if (end > data.length) break;
      const bytes = data.slice(at, end);
      found.pdus.push(bytes);
      sort(readPdu(new Reader(bytes)), contexts, opnums, found);
      at = end;
    }
  }
}

function sort(
  pdu: Pdu,
  contexts: Map<number, string>,
  opnums: Map<number, { opnum: number; uuid: string | null }>,
  found: Corpus,
): void {
  const { body, header } = pdu;
  if (pdu.auth) found.tokens.push(pdu.bytes.slice(pdu.bytes.length - header.authLength));
  if (body === null) return;
  if (body.type === "bind" || body.type === "alter_context") {
    for (const c of body.contexts) contexts.set(c.contextId, c.abstractSyntax.uuid);
  }
  if (body.type !== "request" && body.type !== "response") return;
  if (body.type === "request") {
    opnums.set(header.callId, { opnum: body.opnum, uuid: contexts.get(body.contextId) ?? null });
  }
  const asked = opnums.get(header.callId);
  if (asked === undefined) return;
  const bytes = pdu.bytes.slice(body.stubStart, body.stubEnd);
  found.stubs.push({ ...asked, side: body.type, littleEndian: header.littleEndian, bytes });
}
