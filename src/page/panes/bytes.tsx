/** The bytes that fields were read from, a block for each source, as -x has them; linked with the fields. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { visible } from "../../output/visible.js";
import type { TreeSource } from "../../view/model.js";
import { fieldText } from "../copies.js";
import type { Session } from "../session.js";
import type { Subject } from "../state.js";
import { useStore } from "../use-store.js";
import { byteHex, byteText, HexLines, hexOffset, PER_LINE, sourceTitle } from "./hex-lines.js";
import { nodeAt, originOf, originsOf, type Place, partsOf, placeOf } from "./places.js";
import { useWindow } from "./use-window.js";

/** Pixels of a line. */
const ROW = 18;
/** Columns of a byte, and of those of a line. */
const BYTE = 3;
const HEX = BYTE * PER_LINE - 1;
/** Columns between offset and bytes, and between bytes and text. */
const BEFORE = 2;
const BETWEEN = 3;

export interface BytesProps {
  session: Session;
  /** Asked for the fields. */
  onFields?: () => void;
}

export function BytesPane(props: BytesProps) {
  const subject = useStore(props.session.store, (s) => s.subject);
  if (subject === null || subject.tree === null) {
    return (
      <div class="bytes nothing" data-pane="bytes" tabIndex={0} role="region" aria-label="Bytes">
        <p>{subject === null ? "" : "No bytes are at hand."}</p>
      </div>
    );
  }
  return <Bytes {...props} subject={subject} />;
}

function Bytes({ session, subject, onFields }: BytesProps & { subject: Subject }) {
  const { store } = session;
  const side = useStore(store, (s) => s.side);
  const place = useStore(store, (s) => s.place);
  const cursor = useStore(store, (s) => s.cursor);
  const node = useStore(store, (s) => s.node);
  const hover = useStore(store, (s) => s.hover);
  const find = useStore(store, (s) => s.find);
  const tree = subject.tree!;
  const { sources } = tree;
  const lines = useMemo(() => {
    const own = side === "both" ? null : sourcesOfSide(subject, side);
    return new HexLines(sources, (source) => own === null || own.has(source));
  }, [subject, side]);
  const parts = useMemo(
    () => (node === null ? [] : partsOf(tree, node, subject.folding!.end(node))),
    [subject, node],
  );
  const found = useMemo(() => foundIn(session, subject), [subject, find]);
  const { box, window, reveal, page } = useWindow(lines.count, ROW);
  const probe = useRef<HTMLSpanElement>(null);

  const target = cursor ?? (place === null ? null : { source: place.source, offset: place.start });
  const line = target === null ? -1 : lines.lineOf(target.source, target.offset);
  useEffect(() => {
    if (line >= 0) reveal(line, "center");
  }, [line, lines, page, reveal]);
  useEffect(() => {
    if (target === null && box.current !== null) box.current.scrollTop = 0;
  }, [subject]);

  /** The byte under the pointer. */
  const byteAt = (event: MouseEvent): { source: number; offset: number } | null => {
    const element = (event.target as Element).closest<HTMLElement>("[data-line]");
    if (element === null || probe.current === null) return null;
    const found = lines.line(Number(element.dataset.line));
    if (found.kind !== "bytes") return null;
    const { bytes } = sources[found.source]!;
    const column =
      (event.clientX - element.getBoundingClientRect().left) /
      (probe.current.getBoundingClientRect().width / 10);
    const digits = hexOffset(0, bytes.length).length;
    const inHex = column - digits - BEFORE;
    const inText = inHex - HEX - BETWEEN;
    const index = inText >= 0 ? Math.floor(inText) : Math.floor((inHex + 0.5) / BYTE);
    const offset = found.at + index;
    if (index < 0 || index >= PER_LINE || offset >= bytes.length || (inText < 0 && inHex > HEX + 0.5))
      return null;
    return { source: found.source, offset };
  };
  const onClick = (event: MouseEvent): void => {
    const frame = (event.target as Element).closest<HTMLElement>("[data-frame]");
    if (frame !== null) {
      void session.showFrame(Number(frame.dataset.frame), Number(frame.dataset.at));
      return;
    }
    const at = byteAt(event);
    if (at !== null) session.selectByte(at.source, at.offset);
  };
  const onMouseMove = (event: MouseEvent): void => {
    const at = byteAt(event);
    const node = at === null ? -1 : nodeAt(tree, at.source, at.offset);
    const next = node < 0 ? null : placeOf(tree.nodes[node]);
    const same = samePlace(next, store.state.hover) && store.state.hoverNode === (node < 0 ? null : node);
    if (!same) session.hover(next, node < 0 ? null : node);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      onFields?.();
      event.preventDefault();
      return;
    }
    const steps: { [key: string]: number } = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: PER_LINE,
      ArrowUp: -PER_LINE,
      PageDown: PER_LINE * page,
      PageUp: -PER_LINE * page,
    };
    const step = steps[event.key];
    const from = target ?? { source: firstShown(lines), offset: 0 };
    const size = sources[from.source]?.bytes.length ?? 0;
    let to = step === undefined ? null : from.offset + (target === null ? 0 : step);
    if (event.key === "Home") to = 0;
    if (event.key === "End") to = size - 1;
    if (to === null || size === 0) return;
    event.preventDefault();
    session.selectByte(from.source, Math.max(0, Math.min(to, size - 1)));
  };
  const drawn = [];
  for (let index = window.first; index < window.end; index++) {
    drawn.push(
      <ByteLine key={index} index={index} {...{ lines, sources, place, parts, found, cursor, hover }} />,
    );
  }
  return (
    <div class="bytes-pane">
      <div
        class="bytes"
        ref={box}
        role="group"
        tabIndex={0}
        data-pane="bytes"
        aria-label="Bytes"
        aria-describedby="byte-said"
        onClick={onClick}
        onMouseMove={onMouseMove}
        onMouseLeave={() => session.hover(null)}
        onKeyDown={onKeyDown}
      >
        <span class="probe" ref={probe} aria-hidden="true">
          0000000000
        </span>
        <div class="byte-lines" style={{ height: `${window.height}px` }}>
          <div class="lines" style={{ transform: `translateY(${window.top}px)` }}>
            {drawn}
          </div>
        </div>
      </div>
      <ByteStatus session={session} subject={subject} sources={sources} place={place} cursor={cursor} />
    </div>
  );
}

/** Places of hits in the call that is shown. */
function foundIn(session: Session, { kind, number }: Subject): Place[] {
  if (kind !== "call") return [];
  return session.hitsOf(number).flatMap(({ bytes }) => bytes ?? []);
}

function firstShown(lines: HexLines): number {
  const first = lines.line(0);
  return first.kind === "title" ? first.source : 0;
}

function samePlace(a: Place | null, b: Place | null): boolean {
  return a?.source === b?.source && a?.start === b?.start && a?.length === b?.length;
}

/** Sources that fields of a side were read from, and those that they were put together from. */
function sourcesOfSide({ tree, folding }: Subject, side: "request" | "response"): Set<number> {
  const found = new Set<number>();
  for (const [index, { source }] of tree!.nodes.entries()) {
    if (source >= 0 && folding!.sideOf(index) === side) found.add(source);
  }
  for (const source of found) {
    for (const { from } of tree!.sources[source]!.pieces) if (typeof from === "number") found.add(from);
  }
  return found;
}

interface ByteLineProps {
  index: number;
  lines: HexLines;
  sources: readonly TreeSource[];
  place: Place | null;
  /** What belongs to it elsewhere. */
  parts: readonly Place[];
  /** What was found. */
  found: readonly Place[];
  cursor: { source: number; offset: number } | null;
  hover: Place | null;
}

function ByteLine({ index, lines, sources, place, parts, found, cursor, hover }: ByteLineProps) {
  const line = lines.line(index);
  if (line.kind === "blank") return <div class="hex" />;
  const source = sources[line.source]!;
  if (line.kind === "title") return <div class="hex title">{sourceTitle(source)}</div>;
  if (line.kind === "more") {
    return (
      <div class="hex origin">
        {line.more} more {line.more === 1 ? "run" : "runs"}
      </div>
    );
  }
  if (line.kind === "piece") return <PieceLine sources={sources} source={source} piece={line.piece} />;
  const end = Math.min(source.bytes.length, line.at + PER_LINE);
  const classes: string[] = [];
  for (let at = line.at; at < end; at++) {
    classes.push(classOf(line.source, at, { place, parts, found, cursor, hover }, source));
  }
  const missing = line.at + PER_LINE - end;
  return (
    <div class="hex" data-line={index}>
      <span class="offset">{hexOffset(line.at, source.bytes.length)}</span>
      {"  "}
      <Runs classes={classes} text={(i) => byteHex(source, line.at + i)} gap=" " />
      {" ".repeat(BYTE * missing + BETWEEN)}
      <Runs classes={classes} text={(i) => byteText(source, line.at + i)} gap="" />
    </div>
  );
}

function classOf(
  source: number,
  at: number,
  {
    place,
    parts,
    found,
    cursor,
    hover,
  }: Pick<ByteLineProps, "place" | "parts" | "found" | "cursor" | "hover">,
  { hidden }: TreeSource,
): string {
  let name = "";
  if (within(place, source, at)) name += " hit";
  else if (parts.some((part) => within(part, source, at))) name += " part";
  if (found.some((one) => within(one, source, at))) name += " found";
  if (within(hover, source, at)) name += " over";
  if (cursor !== null && cursor.source === source && cursor.offset === at) name += " cursor";
  if (hidden?.[at] === 1) name += " hidden-byte";
  return name;
}

function within(place: Place | null, source: number, at: number): boolean {
  return place !== null && place.source === source && at >= place.start && at < place.start + place.length;
}

/** Bytes next to each other that look alike are one element. */
function Runs({
  classes,
  text,
  gap,
}: {
  classes: readonly string[];
  text: (i: number) => string;
  gap: string;
}) {
  const runs = [];
  for (let from = 0; from < classes.length; ) {
    let end = from + 1;
    while (end < classes.length && classes[end] === classes[from]) end++;
    const parts: string[] = [];
    for (let i = from; i < end; i++) parts.push(text(i));
    const name = classes[from]!;
    const said = parts.join(gap);
    runs.push(name === "" ? said : <span class={name.trim()}>{said}</span>);
    if (end < classes.length) runs.push(gap);
    from = end;
  }
  return <>{runs}</>;
}

function PieceLine({
  sources,
  source,
  piece,
}: {
  sources: readonly TreeSource[];
  source: TreeSource;
  piece: number;
}) {
  const { from, at, length, sealed } = source.pieces[piece]!;
  const place = `${at.toString(16).padStart(4, "0")}+${length}${sealed ? ", encrypted there" : ""}`;
  const word = piece === 0 ? "made of " : "        ";
  if (typeof from === "number") {
    return (
      <div class="hex origin">
        {word}
        {visible(sourceTitle(sources[from]!).replace(/ \(\d+ bytes?\)$/, ""))} {place}
      </div>
    );
  }
  return (
    <div class="hex origin">
      {word}
      <button type="button" class="link" data-frame={from.frame} data-at={at}>
        frame {from.frame}
      </button>{" "}
      {place}
    </div>
  );
}

/** Runs of frames that are told of selected bytes. */
const TOLD_RUNS = 3;

/** Where the selected bytes came from. */
function ByteStatus({
  session,
  subject,
  sources,
  place,
  cursor,
}: Pick<ByteLineProps, "sources" | "place" | "cursor"> & { session: Session; subject: Subject }) {
  const over = useStore(session.store, (s) => s.hoverNode);
  const under = over === null ? undefined : subject.tree?.nodes[over];
  if (under !== undefined) {
    return (
      <div class="byte-status" id="byte-said">
        <span class="under">{fieldText(under)}</span>
      </div>
    );
  }
  const source = sources[cursor?.source ?? place?.source ?? -1];
  if (source === undefined || (place === null && cursor === null)) {
    return (
      <div class="byte-status" id="byte-said" aria-live="polite">
        {sources.length} {sources.length === 1 ? "source" : "sources"}
      </div>
    );
  }
  const label = source.label === "" ? "" : `${source.label} `;
  // A frame is where its bytes are.
  const told = subject.kind === "call" || source.kind !== "frame";
  const one = cursor === null || !told ? null : originOf(sources, cursor.source, cursor.offset);
  const { runs, more } =
    place === null || !told ? { runs: [], more: false } : originsOf(sources, place, TOLD_RUNS);
  return (
    <div class="byte-status" id="byte-said" aria-live="polite">
      {place !== null && (
        <span>
          {label}
          {hexOffset(place.start, source.bytes.length)}+{place.length}
        </span>
      )}
      {cursor !== null && (
        <span>
          byte {label}
          {hexOffset(cursor.offset, source.bytes.length)} = {byteHex(source, cursor.offset)}
          {one !== null && ` from frame ${one.frame} offset ${one.at.toString(16).padStart(4, "0")}`}
        </span>
      )}
      {runs.map(({ frame, at, length, sealed }) => (
        <span key={`${frame}-${at}`}>
          {"from "}
          <button type="button" class="link" onClick={() => void session.showFrame(frame, at)}>
            frame {frame}
          </button>
          {` ${at.toString(16).padStart(4, "0")}+${length}${sealed ? ", encrypted there" : ""}`}
        </span>
      ))}
      {more && <span>…</span>}
    </div>
  );
}
