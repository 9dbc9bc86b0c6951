/**
 * [C706] 14.3.10-14.3.12 pointers, [MS-RPCE] 2.2.5.3.5: a referent id in place; the referent follows behind the
 * outermost construct. Interface pointers and natives that are pointers are read the same way.
 */
import { type Compiler, failing, readReferent, readWhole } from "./codec.js";
import type { Codec, Container, DecodeState, Key } from "./decode-state.js";
import type { InterfacePointerType, NativeType, PointerType } from "./types.js";

function pointerCodec(
  c: Compiler,
  follow: (state: DecodeState, id: number, into: Container, key: Key) => void,
): Codec {
  const align = c.syntax === "ndr64" ? 8 : 4;
  return {
    align,
    dims: 0,
    open: false,
    read(state, into, key) {
      const id = state.referentId();
      state.pending.push(id);
      // Left undefined until the referent is read: absent, should decoding stop before that.
      into[key] = id === 0 ? null : undefined;
    },
    refs(state, into, key) {
      const id = state.pending[state.pendingAt++]!;
      if (id !== 0) follow(state, id, into, key);
    },
  };
}

export function compilePointer(c: Compiler, type: PointerType): Codec {
  let target: Codec | undefined;
  if (type.pointer === "full") {
    return pointerCodec(c, (state, id, into, key) => {
      const to = c.codec(type.to);
      state.fullReferent(id, into, key, () => readWhole(state, to, into, key));
    });
  }
  return pointerCodec(c, (state, _id, into, key) => {
    target ??= c.codec(type.to);
    readReferent(state, target, into, key);
  });
}

/**
 * An element of an array of reference pointers: nothing in place, the referent deferred as ever. NDR only;
 * [MS-RPCE] 2.2.5.3.5.1 abolishes it for NDR64.
 */
export function bareReference(c: Compiler, type: PointerType): Codec {
  let target: Codec | undefined;
  return {
    align: 1,
    dims: 0,
    open: false,
    read(_w, into, key) {
      into[key] = undefined;
    },
    refs(state, into, key) {
      target ??= c.codec(type.to);
      readReferent(state, target, into, key);
    },
  };
}

/** [MS-DCOM] 2.2.14-17: a unique pointer to MInterfacePointer. */
export function compileInterfacePointer(c: Compiler, type: InterfacePointerType): Codec {
  const target = compileNative(c, { kind: "native", native: "MInterfacePointer" });
  return pointerCodec(c, (state, _id, into, key) => {
    readReferent(state, target, into, key);
    const iid = into[key]?.iid;
    if (type.iidIs !== undefined && typeof iid === "string") state.checkIid(type.iidIs, iid);
  });
}

export function compileNative(c: Compiler, type: NativeType): Codec {
  const found = c.natives.get(type.native);
  if (found === undefined) return failing(`no decoder for ${type.native}`);
  const inline: Codec = {
    align: found.align[c.syntax],
    dims: found.conformant ? 1 : 0,
    open: found.conformant,
    read(state, into, key) {
      found.read(state, into, key, type);
    },
    refs: null,
  };
  if (!found.pointer) return inline;
  return pointerCodec(c, (state, _id, into, key) => readReferent(state, inline, into, key));
}
