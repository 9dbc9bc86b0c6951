/** Reads the lab's captures and the manifests beside them, for tests. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const CAPTURES = resolve(dirname(fileURLToPath(import.meta.url)), "../../captures");

export interface ExpectedPdu {
  kind: "pdu";
  stream: number;
  from: "client" | "server";
  type: string;
  flags: number;
  little: boolean;
  call_id: number;
  context_id: number | null;
  opnum: number | null;
  object: string | null;
  frag_length: number;
  auth_length: number;
  frames: number[];
  incomplete?: true;
  header_split?: true;
}

export interface ExpectedDatagram {
  kind: "datagram";
  stream: number;
  from: "client" | "server";
  type: string;
  activity: string;
  sequence: number;
  interface: string;
  opnum: number;
  object: string | null;
  fragment: number;
  length: number;
  status: string | null;
  frames: number[];
}

export interface ExpectedCall {
  kind: "call";
  stream: number;
  call_id: number;
  context_id: number;
  opnum: number;
  interface: { uuid: string; name: string };
  method: string;
  transfer_syntax: "ndr" | "ndr64";
  object: string | null;
  status: string;
  hresult: string | null;
  fault: string | null;
  causality_id: string | null;
  auth: {
    type: string;
    level: string;
    user: string | null;
    domain: string | null;
    workstation: string | null;
  };
  frames: { request: number[]; response: number[] };
  request: { [name: string]: unknown } | null;
  response: { [name: string]: unknown } | null;
  rai: { [name: string]: unknown } | null;
  dispatch: { [name: string]: unknown } | null;
  facts: { [name: string]: unknown } | null;
  incomplete?: true;
  /** Only a key shows that there is a call. */
  hidden?: true;
}

export interface Expected {
  capture: { capture: string; frames: number; secrets: { user: string; domain: string; password: string }[] };
  streams: {
    stream: number;
    client: { address: string; port: number };
    server: { address: string; port: number };
  }[];
  pdus: ExpectedPdu[];
  datagrams: ExpectedDatagram[];
  calls: ExpectedCall[];
  offers: { [name: string]: unknown }[];
}

/** The captures' file names. */
export function captureNames(): string[] {
  return readdirSync(CAPTURES)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort();
}

export const captureBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(join(CAPTURES, name)));

/** What the lab said in a capture. */
export function expected(name: string): Expected {
  const path = join(CAPTURES, `${name.replace(/\.pcap(ng)?$/, "")}.expected.ndjson`);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line) as { kind: string });
  const of = <T>(kind: string) => records.filter((record) => record.kind === kind) as unknown as T[];
  return {
    capture: of<Expected["capture"]>("capture")[0]!,
    streams: of<Expected["streams"][number]>("stream"),
    pdus: of<ExpectedPdu>("pdu"),
    datagrams: of<ExpectedDatagram>("datagram"),
    calls: of<ExpectedCall>("call"),
    offers: of<{ [name: string]: unknown }>("offer"),
  };
}
