/**
 * How a person wants times, frames and addresses written, in every text output: which clock, `FILE:N` where several files
 * are read, names beside addresses. Records know nothing of it.
 */

import type { CallRecord, Endpoint } from "../events.js";
import { type Times, UTC_TIMES } from "./times.js";

/** Runs of frame numbers beyond these are counted, not listed. */
const FRAME_RUNS = 4;
/** Columns of the frames of a call, and what of a file's name there is room for in a column. */
const FRAME_COLUMNS = 9;
const NAME_COLUMNS = 20;

/** A frame by the file that it is in. */
export interface Place {
  file: string;
  number: number;
}

/** A call as far as its frames are concerned. */
type Framed = Pick<CallRecord, "frames" | "places">;

/** Frames of one file. */
interface Placed {
  file: string;
  numbers: readonly number[];
}

export interface Spelling extends Times {
  /** `12-14,17`, and `a.pcap:12-14,b.pcap:3` where several files are read; the empty list is `?`. */
  frames(frames: readonly number[], most?: number): string;
  /** Request frames, an arrow, response frames. */
  callFrames(call: Framed, full?: boolean): string;
  /** The frames of one side of a call. */
  sideFrames(call: Framed, side: "request" | "response"): string;
  /** Columns for the frames of a call. */
  readonly frameColumns: number;
  /** What stands behind an address: ` (NAME)`, or nothing. */
  beside(address: string): string;
  /** `10.0.0.5:49152`, with the name behind it. */
  endpoint(at: Endpoint): string;
}

export interface SpellingChoices {
  times?: Times;
  /** Where a frame of the run is; null where one file is read. */
  placeOf?: ((frame: number) => Place | null) | null;
  /** All files that are read. */
  files?: readonly string[];
  /** The name of an address; null where none is known. */
  nameOf?: ((address: string) => string | null) | null;
}

export function spellingOf({
  times = UTC_TIMES,
  placeOf = null,
  files = [],
  nameOf = null,
}: SpellingChoices): Spelling {
  const named = shortNames(files);
  const short = (file: string): string => named.get(file) ?? file;
  const several = files.length > 1;
  const alone = !several || placeOf === null;
  const longest = Math.max(0, ...[...named.values()].map((name) => name.length));
  /** By file, in the order in which they come; "" where only the run's number is known. */
  const placed = (frames: readonly number[]): Placed[] => {
    if (alone) return frames.length === 0 ? [] : [{ file: "", numbers: frames }];
    const byFile = new Map<string, number[]>();
    for (const frame of [...frames].sort((a, b) => a - b)) {
      const place = placeOf(frame);
      const file = place === null ? "" : short(place.file);
      const numbers = byFile.get(file);
      if (numbers === undefined) byFile.set(file, [place?.number ?? frame]);
      else numbers.push(place?.number ?? frame);
    }
    return [...byFile].map(([file, numbers]) => ({ file, numbers }));
  };
  const side = ({ frames, places }: Framed, of: "request" | "response"): Placed[] =>
    places === null
      ? placed(frames[of])
      : places.flatMap(({ file, [of]: numbers }) =>
          numbers.length === 0 ? [] : [{ file: short(file), numbers }],
        );
  const beside = (address: string): string => {
    const name = nameOf?.(address) ?? null;
    return name === null ? "" : ` (${name})`;
  };
  return {
    ...times,
    frames: (of, most = FRAME_RUNS) => listed(placed(of), most),
    callFrames(call, full = false) {
      const most = full ? Number.POSITIVE_INFINITY : FRAME_RUNS;
      const { frames, places } = call;
      if (alone && places === null) {
        return `${frameList(frames.request, most)}→${frameList(frames.response, most)}`;
      }
      const request = side(call, "request");
      const response = side(call, "response");
      // The file that both sides are in is said once.
      const one = request.length === 1 && response.length === 1 && request[0]!.file === response[0]!.file;
      const answer = one ? frameList(response[0]!.numbers, most) : listed(response, most);
      return `${listed(request, most)}→${answer}`;
    },
    sideFrames: (call, of) => listed(side(call, of), FRAME_RUNS),
    frameColumns: several ? FRAME_COLUMNS + 1 + Math.min(longest, NAME_COLUMNS) : FRAME_COLUMNS,
    beside,
    endpoint: ({ address, port }) =>
      `${address.includes(":") ? `[${address}]` : address}:${port}${beside(address)}`,
  };
}

/** Times of day in UTC, frames by their numbers, addresses alone. */
export const PLAIN_SPELLING = spellingOf({});

/** `12-14,17`; the empty list is `?`. Of many runs only `most` are shown. */
function frameList(frames: readonly number[], most: number): string {
  if (frames.length === 0) return "?";
  if (frames.length === 1) return `${frames[0]}`;
  const sorted = [...frames].sort((a, b) => a - b);
  const runs: string[] = [];
  let first = sorted[0]!;
  let last = first;
  const end = (): void => {
    runs.push(first === last ? `${first}` : `${first}-${last}`);
  };
  for (const frame of sorted) {
    if (frame > last + 1) {
      end();
      first = frame;
    }
    last = frame;
  }
  end();
  if (runs.length <= most) return runs.join(",");
  return `${runs.slice(0, most).join(",")},…+${runs.length - most}`;
}

/** The frames of each file behind its name. */
function listed(placed: readonly Placed[], most: number): string {
  if (placed.length === 0) return "?";
  return placed
    .map(({ file, numbers }) => `${file === "" ? "" : `${file}:`}${frameList(numbers, most)}`)
    .join(",");
}

/** Names without their folders, where no two files share one. */
function shortNames(files: readonly string[]): ReadonlyMap<string, string> {
  const base = (file: string): string =>
    file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  const times = new Map<string, number>();
  for (const file of files) times.set(base(file), (times.get(base(file)) ?? 0) + 1);
  return new Map(files.map((file) => [file, times.get(base(file)) === 1 ? base(file) : file]));
}

/** `frame 7` or `frames 7-9,12`. */
export function framesText(spelling: Spelling, frames: readonly number[]): string {
  return `frame${frames.length === 1 ? "" : "s"} ${spelling.frames(frames)}`;
}

/** The frame that a call's time is of. */
export function firstFrame({ frames }: Pick<CallRecord, "frames">): number | null {
  return frames.request[0] ?? frames.response[0] ?? null;
}
