/**
 * The benchmark's inputs: a large capture of other traffic with Remote Assistance conversations in it, and one that is
 * nothing but RPC. Both are made from fixed seeds and the captures that ship with the project.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodePacket } from "../dissectors/ip/ip.js";
import { newIpResult } from "../dissectors/ip/result.js";
import { decodeLink } from "../dissectors/link/link.js";
import { newLinkResult } from "../dissectors/link/result.js";
import { Frame } from "../src/capture/frame.js";
import { openInputs } from "../src/capture/node/open.js";
import { Connection, type Talk } from "./conversation.js";
import { Noise } from "./noise.js";
import { fileCopy } from "./protocols/file-copy.js";
import { PcapWriter, random } from "./writer.js";

const CAPTURES = fileURLToPath(new URL("../captures", import.meta.url));
/** Where the inputs are kept, if nothing else is said. */
export const FOLDER = join(tmpdir(), "raiscope-bench");
/** Shipped captures in a megabyte of noise, if nothing else is said: what is looked for is rare, and the same at every size. */
const COPIES_PER_MEGABYTE = 0.01;
/** Noise conversations that are under way at the same time. */
const CONCURRENT = 300;
/** Bytes of a copied file between two sessions with named pipes. */
const BETWEEN_PIPES = 25e6;
const EVERY = /./;
const SEALED = /privacy|encrypted/;
const PIPES = /^pipes/;
const START = 1_700_000_000e6;

/** One frame of a shipped capture: its IPv4 packet, and when it came after the capture's first. */
interface Packet {
  micros: number;
  bytes: Buffer;
}

/** A shipped capture that is being played into a larger one. */
class Player implements Talk {
  private at = 0;
  private readonly packets: readonly Packet[];
  private readonly index: number;

  constructor(packets: readonly Packet[], index: number) {
    this.packets = packets;
    this.index = index;
  }

  /** Writes the next packet, between two hosts that are this copy's own; false where there is none left. */
  step(out: PcapWriter, micros: number): boolean {
    const packet = this.packets[this.at++];
    if (packet === undefined) return false;
    const { buffer, at } = out.frame(micros, 14 + packet.bytes.length);
    buffer.fill(0, at, at + 12);
    buffer.writeUInt16BE(0x0800, at + 12);
    packet.bytes.copy(buffer, at + 14);
    // The second and third byte of both addresses number the copy.
    buffer.writeUInt16BE(this.index & 0xffff, at + 14 + 13);
    buffer.writeUInt16BE(this.index & 0xffff, at + 14 + 17);
    return true;
  }
}

async function readCapture(path: string): Promise<Packet[]> {
  const source = await openInputs([path]);
  const frame = new Frame();
  const link = newLinkResult();
  const ip = newIpResult();
  const packets: Packet[] = [];
  let first = -1;
  while (await source.next(frame)) {
    decodeLink(frame.data, frame.start, frame.end, frame.linkType, link);
    if (link.network !== 4 || !decodePacket(frame.data, link.offset, frame.end, 4, ip)) continue;
    const micros = frame.seconds * 1e6 + Math.floor(frame.nanos / 1000);
    if (first < 0) first = micros;
    packets.push({ micros: micros - first, bytes: Buffer.from(frame.data.subarray(link.offset, ip.end)) });
  }
  await source.close();
  return packets;
}

/** The packets of the shipped captures with such names; there are some. */
async function shipped(which: RegExp): Promise<Packet[][]> {
  const names = readdirSync(CAPTURES).filter((name) => which.test(name) && /\.pcap(ng)?$/.test(name));
  const captures: Packet[][] = [];
  for (const name of names.sort()) {
    const packets = await readCapture(join(CAPTURES, name));
    if (packets.length > 0) captures.push(packets);
  }
  if (captures.length === 0) throw new Error(`${CAPTURES} holds no capture like ${which}`);
  return captures;
}

interface Made {
  frames: number;
  bytes: number;
  conversations: number;
  copies: number;
}

/** Noise of about `bytes` bytes, with `copies` shipped captures played into it, evenly spread. */
async function makeNoise(path: string, bytes: number, copies: number, only?: string): Promise<Made> {
  const sources = await shipped(EVERY);
  const out = new PcapWriter(path);
  const next = random(1);
  const noise = new Noise(next, randomBytes(next), only);
  const active: Talk[] = [];
  let played = 0;
  let micros = START;
  for (;;) {
    if (out.size < bytes) {
      while (active.length < CONCURRENT) active.push(noise.conversation());
      if (played < copies && out.size >= (played * bytes) / copies) {
        active.push(new Player(sources[played % sources.length]!, played++));
      }
    }
    if (active.length === 0) break;
    // A few frames in a row belong to the same conversation, as on a real wire.
    const at = Math.floor(next() * active.length);
    for (let run = 1 + Math.floor(next() * 4); run > 0; run--) {
      micros += 1 + Math.floor(next() * 60);
      if (!active[at]!.step(out, micros)) {
        active[at] = active[active.length - 1]!;
        active.pop();
        break;
      }
    }
  }
  out.close();
  return { frames: out.frames, bytes: out.size, conversations: noise.count, copies: played };
}

/** Shipped captures one after the other, over and over, until `bytes` are written. */
async function makeDense(path: string, bytes: number, names: RegExp): Promise<Made> {
  const sources = await shipped(names);
  const out = new PcapWriter(path);
  let micros = START;
  let copies = 0;
  while (out.size < bytes) {
    const player = new Player(sources[copies % sources.length]!, copies++);
    do micros += 40;
    while (player.step(out, micros));
  }
  out.close();
  return { frames: out.frames, bytes: out.size, conversations: 0, copies };
}

/** The noise capture of so many megabytes in a folder, made where it is not there yet; of one protocol alone where one is named. */
export function noiseOf(
  megabytes: number,
  folder: string = FOLDER,
  { density = COPIES_PER_MEGABYTE, only }: { density?: number; only?: string } = {},
): Promise<string> {
  const copies = Math.max(1, Math.round(megabytes * density));
  return once(folder, `${only ?? "mixed"}-${megabytes}.pcap`, (path) =>
    makeNoise(path, megabytes * 1e6, copies, only),
  );
}

/** Nothing but RPC: copies of all shipped captures. */
export function denseOf(megabytes: number, folder: string = FOLDER): Promise<string> {
  return once(folder, `dense-${megabytes}.pcap`, (path) => makeDense(path, megabytes * 1e6, EVERY));
}

/** Copies of those captures that need a key. */
export function sealedOf(megabytes: number, folder: string = FOLDER): Promise<string> {
  return once(folder, `sealed-${megabytes}.pcap`, (path) => makeDense(path, megabytes * 1e6, SEALED));
}

/** A file of so many megabytes that is copied over SMB 2, to a server and back, beside sessions with named pipes. */
export function fileCopyOf(megabytes: number, folder: string = FOLDER): Promise<string> {
  return once(folder, `copy-${megabytes}.pcap`, (path) => makeFileCopy(path, megabytes * 1e6));
}

/** A file beside another, compressed by a program of that name. */
export function compressedOf(program: "gzip" | "zstd", path: string): string {
  const compressed = `${path}.${program === "gzip" ? "gz" : "zst"}`;
  if (!existsSync(compressed)) {
    const file = openSync(`${compressed}.part`, "w");
    const { status } = spawnSync(program, ["-c", path], { stdio: ["ignore", file, "inherit"] });
    closeSync(file);
    if (status !== 0) throw new Error(`${program} could not compress ${path}`);
    renameSync(`${compressed}.part`, compressed);
  }
  return compressed;
}

async function makeFileCopy(path: string, bytes: number): Promise<Made> {
  const sources = await shipped(PIPES);
  const out = new PcapWriter(path);
  const next = random(2);
  const payload = randomBytes(next);
  const messages = fileCopy(payload, () => out.size < bytes);
  const active: Talk[] = [new Connection(next, 1, 445, messages)];
  let played = 0;
  for (let micros = START; active.length > 0; micros += 1 + Math.floor(next() * 20)) {
    if (out.size < bytes && out.size >= played * BETWEEN_PIPES) {
      active.push(new Player(sources[played % sources.length]!, played++));
    }
    // The copy has most of the wire.
    const at = next() < 0.9 ? 0 : Math.floor(next() * active.length);
    if (!active[at]!.step(out, micros)) active.splice(at, 1);
  }
  out.close();
  return { frames: out.frames, bytes: out.size, conversations: 1, copies: played };
}

function randomBytes(next: () => number): Buffer {
  const payload = Buffer.alloc(1 << 21);
  for (let i = 0; i < payload.length; i += 4) payload.writeUInt32LE((next() * 2 ** 32) >>> 0, i);
  return payload;
}

/** Makes a file under another name first, so that a run that was stopped leaves none behind. */
async function once(folder: string, name: string, make: (path: string) => Promise<Made>): Promise<string> {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const made = await make(`${path}.part`);
  renameSync(`${path}.part`, path);
  console.error(`made ${path}: ${JSON.stringify(made)}`);
  return path;
}
