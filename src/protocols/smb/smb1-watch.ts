/** Shares and files of one connection in SMB 1, for exports that list them. Kept only where one asks. */
import type { OpenResponse } from "../../../dissectors/smb/smb1-file.js";
import type { TreeConnectResponse } from "../../../dissectors/smb/smb1-session.js";
import type { Observer } from "../observer.js";
import type { Provenance } from "../protocol.js";
import { MAX_STATE, type SmbConnection, textCost } from "./connection.js";
import { fileTimes } from "./file-times.js";

/** Estimated cost of a share beside its path, in bytes of memory. */
const TREE_COST = 100;

export class Smb1Watch {
  readonly #connection: SmbConnection;
  readonly #observer: Observer;
  readonly #paths = new Map<number, string>();
  #charged = 0;

  constructor(connection: SmbConnection, observer: Observer) {
    this.#connection = connection;
    this.#observer = observer;
  }

  connected(tid: number, path: string | null, answer: TreeConnectResponse, { time }: Provenance): void {
    if (path !== null && this.#paths.size < MAX_STATE) {
      this.#charge(TREE_COST + textCost(path));
      this.#paths.set(tid, path);
    }
    this.#observer.seen(this.#connection.origin, time, {
      what: "tree",
      path,
      share_type: null,
      share_service: answer.Service,
      native_file_system: answer.NativeFileSystem,
    });
  }

  opened(tid: number, name: string | null, { file }: OpenResponse, { time }: Provenance): void {
    if (file === null) return;
    this.#observer.seen(this.#connection.origin, time, {
      what: "file",
      action: "open",
      path: this.#paths.get(tid) ?? null,
      name: name === null ? null : nameOf(name),
      prev_name: null,
      size: Number(file.size),
      times: fileTimes(file.times),
    });
  }

  /** Memory is short. */
  giveUp(): void {
    this.#paths.clear();
    this.#charge(-this.#charged);
  }

  #charge(bytes: number): void {
    this.#charged += bytes;
    this.#connection.account.charge(bytes);
  }
}

/** Names are relative to the share; its root has none. */
function nameOf(name: string): string {
  const bare = name.startsWith("\\") ? name.slice(1) : name;
  return bare === "" ? "<share_root>" : bare;
}
