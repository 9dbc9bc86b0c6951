/** A classic capture dealt out to several: what a run over all of them must put together again. */

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** The captures that the frames of one go to; `whereTo` is given the frame's number, from 1. */
export function splitPcap(bytes: Buffer, whereTo: (frame: number) => number): Buffer[] {
  const little = bytes.readUInt32LE(0) === 0xa1b2c3d4 || bytes.readUInt32LE(0) === 0xa1b23c4d;
  const parts: Buffer[][] = [];
  let frame = 0;
  for (let at = FILE_HEADER; at < bytes.length; ) {
    const captured = little ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8);
    const end = at + RECORD_HEADER + captured;
    const to = whereTo(++frame);
    parts[to] ??= [bytes.subarray(0, FILE_HEADER)];
    parts[to].push(bytes.subarray(at, end));
    at = end;
  }
  return parts.map((pieces) => Buffer.concat(pieces));
}
