/**
 * What is open on one connection in SMB 2 or 3: shares by session and tree id, pipes by handle, requests that wait for their
 * response. All of it has limits, and draws on the connection's account.
 */
import {
  type CLOSE,
  CREATE,
  type FileId,
  type IOCTL,
  type READ,
  SESSION_SETUP,
  type Smb2Header,
  type TREE_CONNECT,
} from "../../../dissectors/smb/smb2.js";
import type { Out } from "../../rpc/output.js";
import type { Provenance } from "../protocol.js";
import { hasRoom, PENDING_COST, type SmbConnection, TREE_COST, textCost } from "./connection.js";
import { onlyOpen, type Pipe, type Pipes } from "./pipes.js";
import type { Sessions, SmbSession } from "./sessions.js";

export interface Tree {
  sessionId: bigint;
  share: string | null;
  /** Null until the server has said which it is. */
  pipes: boolean | null;
  /** Pipes that were opened there. */
  files: Set<FileId>;
}

/** A request that waits for its response. `place`: its session and tree. */
export type Pending =
  | { command: typeof SESSION_SETUP; session: SmbSession }
  | { command: typeof TREE_CONNECT; share: string | null }
  | { command: typeof CREATE; pipe: Pipe; place: string }
  | { command: typeof CLOSE; pipe: Pipe }
  /** `pipe`: null where the file was not known at the time. */
  | { command: typeof READ | typeof IOCTL; pipe: Pipe | null; fileId: FileId; place: string };

interface OpenFile {
  pipe: Pipe;
  tree: Tree | null;
}

const NO_PLACES: readonly string[] = [];

/** What says where a message is. */
type InTree = Pick<Smb2Header, "sessionId" | "treeId">;

export class Smb2State {
  readonly #connection: SmbConnection;
  readonly #sessions: Sessions;
  readonly #pipes: Pipes;
  readonly #trees = new Map<string, Tree>();
  /** By session, the keys of its shares. */
  readonly #places = new Map<bigint, Set<string>>();
  readonly #files = new Map<FileId, OpenFile>();
  readonly #pending = new Map<bigint, Pending>();

  constructor(connection: SmbConnection, sessions: Sessions, pipes: Pipes) {
    this.#connection = connection;
    this.#sessions = sessions;
    this.#pipes = pipes;
  }

  tree(place: string): Tree | null {
    return this.#trees.get(place) ?? null;
  }

  /** A share was connected to. */
  connect(of: InTree, known: Pick<Tree, "share" | "pipes">, at: Provenance, out: Out): void {
    const place = placeOf(of);
    this.disconnect(place, at, out);
    if (!hasRoom(this.#connection, this.#trees, at, out)) return;
    const tree: Tree = { ...known, sessionId: of.sessionId, files: new Set() };
    this.#connection.account.charge(treeCost(tree));
    this.#trees.set(place, tree);
    const places = this.#places.get(of.sessionId);
    if (places === undefined) this.#places.set(of.sessionId, new Set([place]));
    else places.add(place);
  }

  /** A share is left, and its files are closed with it: [MS-SMB2] 3.3.5.8. */
  disconnect(place: string, at: Provenance, out: Out): void {
    const tree = this.#trees.get(place);
    if (tree === undefined) return;
    this.#trees.delete(place);
    const places = this.#places.get(tree.sessionId)!;
    places.delete(place);
    if (places.size === 0) this.#places.delete(tree.sessionId);
    this.#connection.account.charge(-treeCost(tree));
    for (const fileId of tree.files) this.close(fileId, at, out);
  }

  /** A session is over, and its shares are left: [MS-SMB2] 3.3.5.6. */
  logOff(sessionId: bigint, at: Provenance, out: Out): void {
    for (const place of this.#places.get(sessionId) ?? NO_PLACES) this.disconnect(place, at, out);
    this.#sessions.remove(sessionId);
  }

  /** The pipe with that handle. */
  pipe(fileId: FileId): Pipe | null {
    return this.#files.get(fileId)?.pipe ?? null;
  }

  /** The only pipe that is open; null where there are others. */
  onlyPipe(): Pipe | null {
    const only = onlyOpen(this.#files);
    return only === null ? null : this.pipe(only);
  }

  /** A pipe has its handle; one that had it before is gone. False where there are too many. */
  open(fileId: FileId, pipe: Pipe, place: string, at: Provenance, out: Out): boolean {
    this.close(fileId, at, out);
    if (!hasRoom(this.#connection, this.#files, at, out)) {
      this.#pipes.close(pipe, at, out);
      return false;
    }
    const tree = this.tree(place);
    pipe.handle = fileId;
    tree?.files.add(fileId);
    this.#files.set(fileId, { pipe, tree });
    return true;
  }

  close(fileId: FileId, at: Provenance, out: Out): void {
    const file = this.#files.get(fileId);
    if (file === undefined) return;
    this.#files.delete(fileId);
    file.tree?.files.delete(fileId);
    this.#pipes.close(file.pipe, at, out);
  }

  closePipe(pipe: Pipe, at: Provenance, out: Out): void {
    if (pipe.handle !== null) this.close(pipe.handle, at, out);
  }

  /** A request waits for its response. One with the same number is given up for it. */
  await(messageId: bigint, pending: Pending, at: Provenance, out: Out): void {
    const before = this.answered(messageId);
    if (before !== null) this.#drop(before, at, out);
    if (!hasRoom(this.#connection, this.#pending, at, out)) {
      this.#drop(pending, at, out);
      return;
    }
    this.#connection.account.charge(pendingCost(pending));
    this.#pending.set(messageId, pending);
  }

  /** The request with that number, which still waits. */
  waiting(messageId: bigint): Pending | null {
    return this.#pending.get(messageId) ?? null;
  }

  /** The request that is answered for good. */
  answered(messageId: bigint): Pending | null {
    const pending = this.#pending.get(messageId);
    if (pending === undefined) return null;
    this.#pending.delete(messageId);
    this.#connection.account.charge(-pendingCost(pending));
    return pending;
  }

  /** Memory is short: all of it goes. */
  giveUp(at: Provenance, out: Out): void {
    const { account } = this.#connection;
    for (const messageId of [...this.#pending.keys()]) this.#drop(this.answered(messageId)!, at, out);
    for (const tree of this.#trees.values()) account.charge(-treeCost(tree));
    this.#trees.clear();
    this.#places.clear();
    this.#files.clear();
    this.#pipes.closeAll(at, out);
  }

  /** What a request has begun comes to nothing. */
  #drop(pending: Pending, at: Provenance, out: Out): void {
    if (pending.command === SESSION_SETUP) this.#sessions.failed(null, pending.session);
    else if (pending.command === CREATE) this.#pipes.close(pending.pipe, at, out);
  }
}

/** Where a message is: its session and tree. */
export function placeOf({ sessionId, treeId }: InTree): string {
  return `${sessionId}/${treeId}`;
}

function treeCost({ share }: Tree): number {
  return TREE_COST + textCost(share);
}

function pendingCost(pending: Pending): number {
  return PENDING_COST + ("share" in pending ? textCost(pending.share) : 0);
}
