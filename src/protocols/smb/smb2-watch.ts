/**
 * Shares and files of one connection in SMB 2 or 3, for exports that list them: what was connected to, opened, renamed and
 * deleted. Kept only where one asks, beside what pipes need.
 */

import {
  CLOSE,
  CREATE,
  closedFileId,
  createdFileId,
  createName,
  RELATED_FILE_ID,
  type Smb2Header,
  shareType,
  TREE_CONNECT,
  TREE_DISCONNECT,
  treeConnectPath,
} from "../../../dissectors/smb/smb2.js";
import {
  changedFile,
  createdFile,
  deletesOnClose,
  type FileChange,
  SET_INFO,
  SET_INFO_WANTED,
} from "../../../dissectors/smb/smb2-files.js";
import { STATUS_PENDING, STATUS_SUCCESS } from "../../../dissectors/smb/status.js";
import type { ObservedOf } from "../../observations.js";
import type { Observer } from "../observer.js";
import type { Provenance } from "../protocol.js";
import { MAX_STATE, type SmbConnection } from "./connection.js";
import { fileTimes } from "./file-times.js";
import { placeOf } from "./smb2-state.js";

/** Estimated cost of a share, a file or a request, in bytes of memory. */
const ENTRY_COST = 400;

type SeenFile = ObservedOf<"file">;

interface WatchedTree {
  path: string | null;
  type: number | null;
}

/** A request whose response says what became of it. */
type Asked = { command: typeof TREE_CONNECT; tree: WatchedTree } | CreateAsked;

interface CreateAsked {
  command: typeof CREATE;
  name: string;
  tree: WatchedTree | null;
  deletes: boolean;
  /** What the same compound asks of the file. */
  changes: FileChange[];
  closes: boolean;
}

/** Changes that one compound may ask of a file; nobody sends more. */
const MAX_CHANGES = 8;

/** Lone surrogates are reported where pipes are read. */
const IGNORE = (): void => {};

export class Smb2Watch {
  readonly #connection: SmbConnection;
  readonly #observer: Observer;
  readonly #trees = new Map<string, WatchedTree>();
  readonly #files = new Map<string, { file: SeenFile; tree: WatchedTree | null }>();
  readonly #asked = new Map<bigint, Asked>();
  /** The request to open the file that further messages of its compound are about. */
  #opening: CreateAsked | null = null;
  #charged = 0;

  constructor(connection: SmbConnection, observer: Observer) {
    this.#connection = connection;
    this.#observer = observer;
  }

  /** How much of a message is wanted; 0 where nothing is. */
  wants({ command, response }: Smb2Header, size: number): number {
    return command === SET_INFO && !response ? Math.min(size, SET_INFO_WANTED) : 0;
  }

  message(header: Smb2Header, bytes: Uint8Array, at: Provenance): void {
    if (header.response) this.#response(header, bytes, at);
    else this.#request(header, bytes, at);
  }

  /** Memory is short. */
  giveUp(): void {
    this.#trees.clear();
    this.#files.clear();
    this.#asked.clear();
    this.#charge(-this.#charged);
  }

  #request(header: Smb2Header, bytes: Uint8Array, at: Provenance): void {
    if (!header.related) this.#opening = null;
    switch (header.command) {
      case TREE_CONNECT:
        this.#ask(header.messageId, {
          command: TREE_CONNECT,
          tree: { path: treeConnectPath(bytes, IGNORE), type: null },
        });
        return;
      case TREE_DISCONNECT:
        if (this.#trees.delete(placeOf(header))) this.#charge(-ENTRY_COST);
        return;
      case CREATE:
        this.#opening = {
          command: CREATE,
          name: createName(bytes, IGNORE) || "<share_root>",
          tree: this.#trees.get(placeOf(header)) ?? null,
          deletes: deletesOnClose(bytes),
          changes: [],
          closes: false,
        };
        this.#ask(header.messageId, this.#opening);
        return;
      case CLOSE: {
        const fileId = closedFileId(bytes);
        if (fileId === RELATED_FILE_ID && this.#opening !== null) this.#opening.closes = true;
        else if (fileId !== null) this.#close(fileId, at);
        return;
      }
      case SET_INFO: {
        const change = changedFile(bytes, IGNORE);
        if (change === null) return;
        if (change.fileId !== RELATED_FILE_ID) this.#change(change.fileId, change, at);
        else if ((this.#opening?.changes.length ?? MAX_CHANGES) < MAX_CHANGES)
          this.#opening!.changes.push(change);
      }
    }
  }

  #close(fileId: string, at: Provenance): void {
    const of = this.#files.get(fileId);
    if (of === undefined) return;
    if (kindOf(of.tree) === "print") this.#see({ ...of.file, action: "print_close" }, at);
    this.#files.delete(fileId);
    this.#charge(-ENTRY_COST);
  }

  #change(fileId: string, change: FileChange, at: Provenance): void {
    const of = this.#files.get(fileId);
    if (of === undefined) return;
    if (change.kind === "rename") {
      of.file = { ...of.file, action: "rename", prev_name: of.file.name, name: change.name };
      this.#see(of.file, at);
    } else if (change.pending) {
      of.file = { ...of.file, action: "delete" };
      this.#see(of.file, at);
    }
  }

  #response(header: Smb2Header, bytes: Uint8Array, at: Provenance): void {
    const { command, status, messageId } = header;
    if (status === STATUS_PENDING) return;
    const asked = this.#asked.get(messageId);
    if (asked !== undefined) {
      this.#asked.delete(messageId);
      this.#charge(-ENTRY_COST);
    }
    if (status !== STATUS_SUCCESS) return;
    if (command === TREE_CONNECT) {
      const tree = asked?.command === TREE_CONNECT ? asked.tree : { path: null, type: null };
      tree.type = shareType(bytes);
      if (this.#room(this.#trees)) {
        this.#trees.set(placeOf(header), tree);
        this.#charge(ENTRY_COST);
      }
      const seen = { what: "tree", path: tree.path, share_type: tree.type } as const;
      this.#observer.seen(this.#connection.origin, at.time, {
        ...seen,
        share_service: null,
        native_file_system: null,
      });
    } else if (command === CREATE) {
      this.#created(header, asked?.command === CREATE ? asked : null, bytes, at);
    }
  }

  #created(header: Smb2Header, asked: CreateAsked | null, bytes: Uint8Array, at: Provenance): void {
    const created = createdFile(bytes);
    const fileId = createdFileId(bytes);
    if (created === null || fileId === null) return;
    const tree = asked?.tree ?? this.#trees.get(placeOf(header)) ?? null;
    const kind = kindOf(tree);
    const file: SeenFile = {
      what: "file",
      action: kind === "print" ? "print_open" : "open",
      path: tree?.path ?? null,
      name: asked?.name ?? null,
      prev_name: null,
      size: Number(created.size),
      times: fileTimes(created.times),
    };
    if (this.#room(this.#files)) {
      if (!this.#files.has(fileId)) this.#charge(ENTRY_COST);
      this.#files.set(fileId, { file, tree });
    }
    // Pipes are in the log of calls.
    if (kind === "pipe") {
      if (asked?.closes === true) this.#close(fileId, at);
      return;
    }
    this.#see(file, at);
    if (asked?.deletes === true) this.#see({ ...file, action: "delete" }, at);
    for (const change of asked?.changes ?? []) this.#change(fileId, change, at);
    if (asked?.closes === true) this.#close(fileId, at);
  }

  #see(file: SeenFile, { time }: Provenance): void {
    this.#observer.seen(this.#connection.origin, time, file);
  }

  #ask(messageId: bigint, asked: Asked): void {
    if (!this.#room(this.#asked)) return;
    if (!this.#asked.has(messageId)) this.#charge(ENTRY_COST);
    this.#asked.set(messageId, asked);
  }

  /** Limits are the connection's own, which reports them where it keeps the same. */
  #room(among: ReadonlyMap<unknown, unknown>): boolean {
    return among.size < MAX_STATE;
  }

  #charge(bytes: number): void {
    this.#charged += bytes;
    this.#connection.account.charge(bytes);
  }
}

/** [MS-SMB2] 2.2.10 ShareType. */
function kindOf(tree: WatchedTree | null): "disk" | "pipe" | "print" {
  return tree?.type === 2 ? "pipe" : tree?.type === 3 ? "print" : "disk";
}
