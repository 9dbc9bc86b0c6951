/**
 * DCOM objects of the run: which interface, object, exporter and class each IPID is, learned from every object reference
 * that passes. [MS-DCOM] 1.3.2, 2.2.18. Nothing is parsed here.
 */
import type { SecurityBinding, StringBinding } from "../../dissectors/dcom/objref.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { CalledObject, DualInterface, ObjectKnowledge } from "../call/knowledge.js";
import { Oldest } from "../oldest.js";

/** IPIDs, OIDs and OXIDs remembered; the ones used longest ago are forgotten first. */
export const MAX_OBJECTS = 65536;

export interface KnownInterface {
  ipid: string;
  iid: string | null;
  oid: string | null;
  oxid: string | null;
  /** Key of the object, of both. */
  object: string | null;
  /** References handed out so far (cPublicRefs), less those released. */
  publicRefs: number;
  firstFrame: number;
  lastFrame: number;
  /** TCP conversations in which it was named or called. */
  streams: Set<number>;
}

export interface KnownExporter {
  oxid: string;
  /** Where the exporter itself listens, as activation and OXID resolution show; else where its machine's resolver does. */
  bindings: readonly StringBinding[];
  /** What came with the bindings: whom its machine or the exporter itself runs as. */
  security: readonly SecurityBinding[];
  /** IPID of the exporter's IRemUnknown. */
  remUnknown: string | null;
  firstFrame: number;
  lastFrame: number;
  /** Address of the machine that answered with it. */
  machine: string | null;
}

interface KnownObject {
  clsid: string | null;
  /** IID of the dual interface that an Invoke on it stands for, and whether that is only supposed. */
  dual: DualInterface | null;
  ipids: Set<string>;
}

/** Security bindings remembered of one exporter; Windows gives seven. */
export const MAX_SECURITY_BINDINGS = 64;

/** Interfaces remembered of one object. */
export const MAX_OBJECT_INTERFACES = 256;

/** Conversations remembered of one interface of an object. */
export const MAX_OBJECT_STREAMS = 64;

/** Estimated costs, in bytes of memory: of an interface, a conversation of it, an exporter, a binding, an object, an IPID of it. */
const INTERFACE_COST = 750;
const STREAM_COST = 40;
const EXPORTER_COST = 500;
const BINDING_COST = 100;
const OBJECT_COST = 500;
const IPID_COST = 50;

/** A map that forgets what was touched longest ago. LRU order is kept only when the map is more than half full. */
class Recent<V> extends Map<string, V> {
  readonly #oldest = new Oldest(this);
  readonly #account: Account;
  readonly #cost: (value: V) => number;
  /** Entries that were forgotten because there were too many. */
  forgotten = 0;

  constructor(account: Account, cost: (value: V) => number) {
    super();
    this.#account = account;
    this.#cost = cost;
  }

  /** Half of what this or all of them may hold is taken. */
  get #crowded(): boolean {
    return this.size > MAX_OBJECTS / 2 || 2 * this.#account.bytes > this.#account.kind.limit;
  }

  /** The entry, without touching it. */
  peek(key: string): V | undefined {
    return super.get(key);
  }

  override get(key: string): V | undefined {
    const value = super.get(key);
    if (value !== undefined && this.#crowded) {
      super.delete(key);
      super.set(key, value);
    }
    return value;
  }

  /** Adds an entry, or puts it last. */
  override set(key: string, value: V): this {
    if (!super.has(key)) this.#account.charge(this.#cost(value));
    else if (this.#crowded) super.delete(key);
    super.set(key, value);
    if (this.size > MAX_OBJECTS) {
      this.delete(this.#oldest.next()!);
      this.forgotten++;
    }
    return this;
  }

  override delete(key: string): boolean {
    const value = super.get(key);
    if (value !== undefined) this.#account.charge(-this.#cost(value));
    return super.delete(key);
  }

  /** Forgets an eighth, what was touched longest ago first. */
  shrink(): void {
    for (const key of this.#oldest.some(this.size / 8)) this.delete(key);
  }
}

export class ObjectTable implements Holder, ObjectKnowledge {
  readonly stream = null;
  readonly interfaces: Recent<KnownInterface>;
  readonly exporters: Recent<KnownExporter>;
  readonly #objects: Recent<KnownObject>;
  readonly #account: Account;

  constructor(kind: Kind = unlimited()) {
    this.#account = kind.open(this);
    this.interfaces = new Recent(this.#account, ({ streams }) => INTERFACE_COST + STREAM_COST * streams.size);
    this.exporters = new Recent(this.#account, exporterCost);
    this.#objects = new Recent(this.#account, ({ ipids }) => OBJECT_COST + IPID_COST * ipids.size);
  }

  /** Memory is short: an eighth of each kind goes, what was used longest ago. */
  giveUp(): void {
    this.interfaces.shrink();
    this.exporters.shrink();
    this.#objects.shrink();
  }

  /** One object had too many interfaces, or one exporter too many security bindings, to remember all of them. */
  cut = false;

  /** What was forgotten because there were too many of its kind. */
  get forgotten(): number {
    return this.interfaces.forgotten + this.exporters.forgotten + this.#objects.forgotten;
  }

  /** An interface pointer was seen. Fields that are null stay as they were. */
  learn(
    ipid: string,
    facts: { iid: string | null; oid: string | null; oxid: string | null; refs?: number },
    frame: number,
    stream: number | null,
  ): KnownInterface {
    let known = this.interfaces.get(ipid);
    if (!known) {
      known = {
        ipid,
        iid: facts.iid,
        oid: facts.oid,
        oxid: facts.oxid,
        object: null,
        publicRefs: 0,
        firstFrame: frame,
        lastFrame: frame,
        streams: new Set(),
      };
      this.interfaces.set(ipid, known);
    }
    const { oid, oxid } = known;
    known.iid = facts.iid ?? known.iid;
    known.oid = facts.oid ?? oid;
    known.oxid = facts.oxid ?? oxid;
    known.publicRefs += facts.refs ?? 0;
    if (known.oid) {
      if (known.object === null || known.oid !== oid || known.oxid !== oxid) {
        known.object = keyOf(known.oxid, known.oid);
      }
      const { ipids } = this.#object(known.object);
      if (!ipids.has(ipid)) {
        if (ipids.size < MAX_OBJECT_INTERFACES) {
          ipids.add(ipid);
          this.#account.charge(IPID_COST);
        } else this.cut = true;
      }
    }
    this.#touch(known, frame, stream);
    return known;
  }

  /** A call on an IPID. */
  used(ipid: string, frame: number, stream: number | null): void {
    const known = this.interfaces.get(ipid);
    if (!known) return;
    if (known.object !== null) this.#objects.get(known.object);
    this.#touch(known, frame, stream);
  }

  /** References were released: RemRelease. */
  released(ipid: string, count: number, frame: number, stream: number | null): void {
    this.used(ipid, frame, stream);
    const known = this.interfaces.peek(ipid);
    if (known) known.publicRefs -= count;
  }

  /** The object behind an IPID, as far as it is known. */
  called(ipid: string): CalledObject | null {
    const known = this.interfaces.peek(ipid);
    if (!known) return null;
    const { iid, oxid, oid } = known;
    return { ipid, iid, oxid, oid, clsid: this.classOfInterface(known) };
  }

  /** `stream`: the TCP conversation; null for datagrams, whose numbers are others. */
  #touch(known: KnownInterface, frame: number, stream: number | null): void {
    if (frame > known.lastFrame) known.lastFrame = frame;
    if (stream === null) return;
    if (known.streams.has(stream)) return;
    if (known.streams.size >= MAX_OBJECT_STREAMS) {
      this.cut = true;
      return;
    }
    known.streams.add(stream);
    this.#account.charge(STREAM_COST);
  }

  /** Forgets what was last named or called before the frame `before`. */
  expire(before: number): void {
    const used = new Set<string | null>();
    for (const [ipid, known] of this.interfaces) {
      if (known.lastFrame < before) this.interfaces.delete(ipid);
      else used.add(known.oxid);
    }
    for (const [oxid, known] of this.exporters) {
      if (known.lastFrame < before && !used.has(oxid)) this.exporters.delete(oxid);
    }
    for (const [key, known] of this.#objects) {
      for (const ipid of known.ipids) {
        if (this.interfaces.has(ipid)) continue;
        known.ipids.delete(ipid);
        this.#account.charge(-IPID_COST);
      }
      if (known.ipids.size === 0) this.#objects.delete(key);
    }
  }

  /** An object exporter's bindings and its IRemUnknown. */
  exporter(
    oxid: string,
    facts: {
      bindings?: readonly StringBinding[];
      /** Of the object resolver of its machine, which is what an OBJREF carries. */
      resolver?: readonly StringBinding[];
      security?: readonly SecurityBinding[];
      remUnknown?: string | null;
      machine?: string | null;
    },
    frame: number,
  ): KnownExporter {
    let known = this.exporters.get(oxid);
    if (!known) {
      known = {
        oxid,
        bindings: [],
        security: [],
        remUnknown: null,
        firstFrame: frame,
        lastFrame: frame,
        machine: null,
      };
      this.exporters.set(oxid, known);
    }
    if ((facts.security?.length ?? 0) > MAX_SECURITY_BINDINGS) this.cut = true;
    const stated = facts.bindings && facts.bindings.length > 0 ? facts.bindings : null;
    const bindings = stated ?? (known.bindings.length === 0 ? (facts.resolver ?? null) : null);
    if (bindings !== null) {
      const before = exporterCost(known);
      known.bindings = bindings;
      known.security = (facts.security ?? []).slice(0, MAX_SECURITY_BINDINGS);
      this.#account.charge(exporterCost(known) - before);
    }
    known.remUnknown = facts.remUnknown ?? known.remUnknown;
    known.machine = facts.machine ?? known.machine;
    if (frame > known.lastFrame) known.lastFrame = frame;
    return known;
  }

  #object(key: string): KnownObject {
    let known = this.#objects.get(key);
    if (!known) {
      known = { clsid: null, dual: null, ipids: new Set() };
      this.#objects.set(key, known);
    }
    return known;
  }

  /** The object `oid` of the exporter `oxid` is of the class `clsid`. */
  setClass(oxid: string | null, oid: string | null, clsid: string): void {
    if (oid) this.#object(keyOf(oxid, oid)).clsid = clsid;
  }

  classOfInterface({ object }: KnownInterface): string | null {
    return object === null ? null : (this.#objects.peek(object)?.clsid ?? null);
  }

  classOf(oxid: string | null, oid: string | null): string | null {
    return oid ? (this.#objects.peek(keyOf(oxid, oid))?.clsid ?? null) : null;
  }

  /** The object implements the dual interface `iid`, or is supposed to. What is known is not overridden by suppositions. */
  setDual(oxid: string | null, oid: string | null, iid: string, inferred: boolean): void {
    if (!oid) return;
    const object = this.#object(keyOf(oxid, oid));
    if (!object.dual || object.dual.inferred || !inferred) object.dual = { iid, inferred };
  }

  dualOf(oxid: string | null, oid: string | null): DualInterface | null {
    return oid ? (this.#objects.peek(keyOf(oxid, oid))?.dual ?? null) : null;
  }

  /** IIDs of every interface known of one object. */
  iidsOf(oxid: string | null, oid: string | null): string[] {
    const known = oid ? this.#objects.peek(keyOf(oxid, oid)) : undefined;
    return [...(known?.ipids ?? [])].flatMap((ipid) => this.interfaces.peek(ipid)?.iid ?? []);
  }
}

/** Names an object of an exporter. */
function keyOf(oxid: string | null, oid: string): string {
  return `${oxid}/${oid}`;
}

function exporterCost({ bindings, security }: KnownExporter): number {
  let cost = EXPORTER_COST;
  for (const { address } of bindings) cost += BINDING_COST + 2 * address.length;
  for (const { principal } of security) cost += BINDING_COST + 2 * principal.length;
  return cost;
}
