/**
 * Changes to frames that keep their length: bytes that take the place of others, and checksums made to fit. Where a datagram was
 * put together from fragments, its parts are changed where they stand.
 *
 * Not handled: what takes another length.
 */
import { adjustedChecksum, checksumPlace, setChecksum } from "../../dissectors/ip/checksum.js";
import { decodePacket } from "../../dissectors/ip/ip.js";
import { IpProtocol, type IpResult, newIpResult } from "../../dissectors/ip/result.js";
import { beginTunnel, enterTunnel, Step } from "../../dissectors/ip/tunnel.js";
import { decodeLink } from "../../dissectors/link/link.js";
import { newLinkResult } from "../../dissectors/link/result.js";
import type { Container } from "../explain/places.js";

interface Edit {
  at: number;
  bytes: Uint8Array;
}

const EDIT_COST = 150;

export class FrameEdits {
  readonly #byFrame = new Map<number, Edit[]>();
  readonly #limit: number;
  #held = 0;

  /** `limit`: bytes that all changes may take. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#held > this.#limit;
  }

  /** `bytes` take the place of as many in a container from `at` on. */
  add(container: Container, at: number, bytes: Uint8Array): void {
    if (container.frame !== null) this.#push(container.frame, at, bytes);
    else this.#inDatagram(container, at, bytes);
  }

  /** In a datagram put together from fragments; its checksum is adjusted. */
  #inDatagram(container: Container, at: number, bytes: Uint8Array): void {
    const place = checksumPlace(container.protocol ?? IpProtocol.TCP);
    const write = (from: number, what: Uint8Array): void => {
      for (const piece of container.pieces) {
        const start = Math.max(from, piece.from);
        const end = Math.min(from + what.length, piece.to);
        if (start < end)
          this.#push(piece.frame, piece.place + start - piece.from, what.slice(start - from, end - from));
      }
      container.bytes.set(what, from);
    };
    const before = container.bytes.slice(at, at + bytes.length);
    write(at, bytes);
    if (place === null || place + 2 > container.bytes.length) return;
    const checksum = (container.bytes[place]! << 8) | container.bytes[place + 1]!;
    if (checksum === 0 && container.protocol === IpProtocol.UDP) return;
    const adjusted = adjustedChecksum(checksum, before, bytes, at);
    write(place, Uint8Array.of(adjusted >>> 8, adjusted & 0xff));
  }

  /** The same in a frame by its number. */
  addTo(frame: number, at: number, bytes: Uint8Array): void {
    this.#push(frame, at, bytes);
  }

  #push(frame: number, at: number, bytes: Uint8Array): void {
    const edits = this.#byFrame.get(frame);
    if (edits === undefined) this.#byFrame.set(frame, [{ at, bytes }]);
    else edits.push({ at, bytes });
    this.#held += bytes.length + EDIT_COST;
  }

  /** Whether anything in a frame changes. */
  has(frame: number): boolean {
    return this.#byFrame.has(frame);
  }

  /**
   * Changes a copy of a frame's bytes; then blanks what `hide` names in them. The checksums of segments that are whole are made
   * right, in tunnels as well; of others they are adjusted.
   */
  apply(frame: number, linkType: number, bytes: Uint8Array, hide: Hide): void {
    change(linkType, bytes, this.#byFrame.get(frame) ?? [], hide);
  }
}

/** Which bytes are to be blanked. */
export type Hide = (bytes: Uint8Array) => readonly { start: number; end: number }[];

/** Changes the bytes of a frame, of which nothing was taken down. */
export function blank(linkType: number, bytes: Uint8Array, hide: Hide): void {
  change(linkType, bytes, [], hide);
}

function change(linkType: number, bytes: Uint8Array, edits: readonly Edit[], hide: Hide): void {
  const packets = packetsIn(linkType, bytes);
  const cut = packets.filter((ip) => !ip.fragment && ip.end - ip.offset < ip.length);
  const write = ({ at, bytes: what }: Edit): void => {
    if (at + what.length > bytes.length) return;
    for (const ip of cut) adjust(bytes, ip, at, what);
    bytes.set(what, at);
  };
  for (const edit of edits) write(edit);
  const hidden = hide(bytes);
  for (const { start, end } of hidden) write({ at: start, bytes: new Uint8Array(end - start) });
  if (edits.length + hidden.length === 0) return;
  for (const ip of packets.reverse()) setChecksum(bytes, ip);
}

function adjust(bytes: Uint8Array, ip: IpResult, at: number, what: Uint8Array): void {
  const place = checksumPlace(ip.protocol);
  if (place === null || at < ip.offset || ip.offset + place + 2 > ip.end) return;
  const there = ip.offset + place;
  const checksum = (bytes[there]! << 8) | bytes[there + 1]!;
  const before = bytes.subarray(at, at + what.length);
  const adjusted = adjustedChecksum(checksum, before, what, at - ip.offset);
  bytes[there] = adjusted >>> 8;
  bytes[there + 1] = adjusted & 0xff;
}

/** The packet in a frame, and those in its tunnels, the outermost first. */
function packetsIn(linkType: number, bytes: Uint8Array): IpResult[] {
  const link = newLinkResult();
  const ip = newIpResult();
  decodeLink(bytes, 0, bytes.length, linkType, link);
  if (link.network === 0 || !decodePacket(bytes, link.offset, link.end, link.network, ip)) return [];
  const found = [{ ...ip }];
  const tunnel = newLinkResult();
  tunnel.depth = link.depth;
  beginTunnel(ip, tunnel);
  for (let step: number = Step.INSIDE; step === Step.INSIDE && !ip.fragment; ) {
    step = enterTunnel(bytes, ip, tunnel);
    if (step === Step.INSIDE) found.push({ ...ip });
  }
  return found;
}
