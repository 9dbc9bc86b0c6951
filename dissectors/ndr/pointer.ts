/**
 * [C706] 14.3.10-14.3.12 pointers, [MS-RPCE] 2.2.5.3.5: a referent id in place; the referent follows behind the
 * outermost construct. Interface pointers and natives that are pointers are read the same way.
 */
import { type Codec, type Compiler, failing, readReferent, readWhole } from "./codec.js";
import type { InterfacePointerType, NativeType, PointerType } from "./types.js";
import type { Container, Key, Walk } from "./walk.js";

function pointerCodec(c: Compiler, follow: (w: Walk, id: number, into: Container, key: Key) => void): Codec {
  const align = c.syntax === "ndr64" ? 8 : 4;
  return {
    align,
    dims: 0,
    open: false,
    read(w, into, key) {
      const id = w.referentId();
      w.pending.push(id);
      // Left undefined until the referent is read: absent, should decoding stop before that.
      into[key] = id === 0 ? null : undefined;
    },
    refs(w, into, key) {
      const id = w.pending[w.pendingAt++]!;
      if (id !== 0) follow(w, id, into, key);
    },
  };
}

export function compilePointer(c: Compiler, type: PointerType): Codec {
  let target: Codec | undefined;
  if (type.pointer === "full") {
    return pointerCodec(c, (w, id, into, key) => {
      const to = c.codec(type.to);
      w.fullReferent(id, into, key, () => readWhole(w, to, into, key));
    });
  }
  return pointerCodec(c, (w, _id, into, key) => {
    target ??= c.codec(type.to);
    readReferent(w, target, into, key);
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
    refs(w, into, key) {
      target ??= c.codec(type.to);
      readReferent(w, target, into, key);
    },
  };
}

/** [MS-DCOM] 2.2.14-17: a unique pointer to MInterfacePointer. */
export function compileInterfacePointer(c: Compiler, type: InterfacePointerType): Codec {
  const target = compileNative(c, { kind: "native", native: "MInterfacePointer" });
  return pointerCodec(c, (w, _id, into, key) => {
    readReferent(w, target, into, key);
    const iid = into[key]?.iid;
    if (type.iidIs !== undefined && typeof iid === "string") w.checkIid(type.iidIs, iid);
  });
}

export function compileNative(c: Compiler, type: NativeType): Codec {
  const found = c.natives.get(type.native);
  if (found === undefined) return failing(`no decoder for ${type.native}`);
  const inline: Codec = {
    align: found.align[c.syntax],
    dims: found.conformant ? 1 : 0,
    open: found.conformant,
    read(w, into, key) {
      found.read(w, into, key, type);
    },
    refs: null,
  };
  if (!found.pointer) return inline;
  return pointerCodec(c, (w, _id, into, key) => readReferent(w, inline, into, key));
}
