/**
 * Linked lists: structures that have a unique pointer to the next of their kind ([MS-DRSR] 5.166 REPLENTINFLIST, which
 * replication makes a thousand elements long). [C706] 14.3.12.3 puts a referent where its pointer is met, so that element follows
 * element and what the later pointers of each point to comes behind the whole rest of the list, from its end back.
 *
 * The list is read in a loop and shown flat: the pointer of its first element holds all others as an array, in order, and theirs
 * is left out. Nested as on the wire, a list of some hundreds would be deeper than readers of JSON follow.
 *
 * Not handled: structures with several such pointers (trees), and pointers of other kinds; they are read as any pointer is.
 */
import type { Member } from "./codec.js";
import type { Container, DecodeState, Key } from "./decode-state.js";
import type { NdrType, StructType } from "./types.js";

/** The place among the fields of the one pointer to the next element, or -1. */
export function linkOf(type: StructType): number {
  const links = type.fields.filter((f) => f.ignore !== true && isLink(f.type, type));
  return links.length === 1 ? type.fields.indexOf(links[0]!) : -1;
}

function isLink(pointer: NdrType, type: StructType): boolean {
  return pointer.kind === "pointer" && pointer.pointer === "unique" && pointer.to === type;
}

/** The referents of a structure that begins a list. `read` reads what stands in place, the link into an object of its own. */
export function listReferents(
  members: readonly Member[],
  link: number,
  read: (state: DecodeState, into: Container, key: Key, unlinked: Container) => void,
): (state: DecodeState, into: Container, key: Key) => void {
  const { name } = members[link]!;
  const pointing = (some: readonly Member[]): Member[] => some.filter((m) => m.codec.refs !== null);
  const before = pointing(members.slice(0, link));
  const behind = pointing(members.slice(link + 1));

  return (state, into, key) => {
    const first = into[key];
    const depth = state.depth;
    follow(state, first, before);
    state.keys[depth] = name;
    state.depth = depth + 2;

    const rest: Container[] = [];
    // For each element, which pointer of the one before it is next, and where its own begin among those that wait.
    const waits: number[] = [];
    const bases: number[] = [];
    const unlinked: Container = {};
    while (state.pending[state.pendingAt++] !== 0) {
      first[name] = rest;
      waits.push(state.pendingAt);
      bases.push(state.pending.length);
      state.pendingAt = state.pending.length;
      const i = rest.length;
      state.keys[depth + 1] = i;
      state.reader.enter(name, i);
      read(state, rest, i, unlinked);
      state.reader.leave();
      follow(state, rest[i], before);
    }
    for (let i = rest.length - 1; i >= 0; i--) {
      state.keys[depth + 1] = i;
      follow(state, rest[i], behind);
      state.pending.length = bases[i]!;
      state.pendingAt = waits[i]!;
    }

    state.depth = depth;
    follow(state, first, behind);
  };
}

/** Reads the referents of some members of a structure. */
export function follow(state: DecodeState, value: Container, pointing: readonly Member[]): void {
  const outer = state.scope;
  state.scope = value;
  const at = state.depth++;
  for (const m of pointing) {
    state.keys[at] = m.name;
    m.codec.refs!(state, value, m.name);
  }
  state.depth = at;
  state.scope = outer;
}
