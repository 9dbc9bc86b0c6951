/**
 * The shares and open files of one connection in SMB 1, by TID and FID: which of them are named pipes, whose opening was
 * captured or not. Files on disks are known by their FID alone.
 */
import { pipeOf } from "../../../dissectors/smb/names.js";
import type { Smb1Header } from "../../../dissectors/smb/smb1.js";
import { isPipe, type OpenResponse } from "../../../dissectors/smb/smb1-file.js";
import { isPipeShare } from "../../../dissectors/smb/smb1-session.js";
import type { Out } from "../../rpc/output.js";
import type { Provenance } from "../protocol.js";
import { hasRoom, type SmbConnection, TREE_COST, textCost } from "./connection.js";
import { onlyOpen, type Pipe, type Pipes } from "./pipes.js";
import type { Sessions, SmbSession } from "./sessions.js";

/** Estimated cost of a file that is known to be no pipe, in bytes of memory. */
const FILE_COST = 64;

interface Tree {
  share: string | null;
  pipes: boolean;
  /** FIDs of the pipes that are open on it. */
  open: Set<number>;
}

export class Smb1Files {
  readonly #connection: SmbConnection;
  readonly #sessions: Sessions;
  readonly #pipes: Pipes;
  readonly #trees = new Map<number, Tree>();
  /** Open pipes by FID, each with the tree it is of, where that is known. */
  readonly #opens = new Map<number, { pipe: Pipe; tree: Tree | null }>();
  /** FIDs of files that are no pipes. */
  readonly #files = new Set<number>();

  /** Sessions of users whom the server does not know. */
  readonly #guests = new WeakSet<SmbSession>();

  constructor(connection: SmbConnection, sessions: Sessions, pipes: Pipes) {
    this.#connection = connection;
    this.#sessions = sessions;
    this.#pipes = pipes;
  }

  /** The open pipe of that FID. */
  pipe(fid: number): Pipe | null {
    return this.#opens.get(fid)?.pipe ?? null;
  }

  /** Whether nothing of a file is of any use: it is on a disk, or a pipe that carries something else. */
  isOfNoInterest(fid: number): boolean {
    return this.#files.has(fid) || this.#opens.get(fid)?.pipe.passed === true;
  }

  /** The server let the user of a session in as a guest: noted where it opens pipes. */
  guest(session: SmbSession): void {
    this.#guests.add(session);
  }

  /** Whether a share is known to have no pipes. */
  isDisk(tid: number): boolean {
    return this.#trees.get(tid)?.pipes === false;
  }

  connected(tid: number, service: string | null, share: string | null, at: Provenance, out: Out): void {
    this.disconnected(tid, at, out);
    if (!hasRoom(this.#connection, this.#trees, at, out)) return;
    this.#connection.account.charge(treeCost(share));
    this.#trees.set(tid, { share, pipes: isPipeShare(service, share), open: new Set() });
  }

  /** A share is left, and with it all that is open on it. */
  disconnected(tid: number, at: Provenance, out: Out): void {
    const tree = this.#trees.get(tid);
    if (tree === undefined) return;
    this.#trees.delete(tid);
    this.#connection.account.charge(-treeCost(tree.share));
    for (const fid of tree.open) this.closed(fid, at, out);
  }

  /** A file was opened; `name`: null where the request was not captured. */
  opened(answer: OpenResponse, name: string | null, header: Smb1Header, at: Provenance, out: Out): void {
    const fid = answer.FID;
    this.closed(fid, at, out);
    if (isPipe(answer) || this.#trees.get(header.TID)?.pipes === true) {
      this.#open(fid, name === null ? null : pipeOf(name), header, at, out);
      return;
    }
    this.#files.add(fid);
    this.#connection.account.charge(FILE_COST);
  }

  closed(fid: number, at: Provenance, out: Out): void {
    if (this.#files.delete(fid)) this.#connection.account.charge(-FILE_COST);
    const open = this.#opens.get(fid);
    if (open === undefined) return;
    this.#opens.delete(fid);
    open.tree?.open.delete(fid);
    this.#pipes.close(open.pipe, at, out);
  }

  /** The pipe of that FID, made where its opening was not captured; null where there are too many. */
  met(fid: number, header: Smb1Header, at: Provenance, out: Out): Pipe | null {
    return this.pipe(fid) ?? this.#open(fid, null, header, at, out);
  }

  /** A pipe that is open for one transaction. */
  forOne(name: string, header: Smb1Header): Pipe {
    return this.#begin(pipeOf(name), header);
  }

  /** The FID of the only pipe that is open, which must be the one that is meant where nothing says which; else null. */
  only(): number | null {
    return onlyOpen(this.#opens);
  }

  /** Memory is short: all of them go. */
  clear(): void {
    const { account } = this.#connection;
    for (const { share } of this.#trees.values()) account.charge(-treeCost(share));
    account.charge(-FILE_COST * this.#files.size);
    this.#trees.clear();
    this.#files.clear();
    this.#opens.clear();
  }

  #open(fid: number, name: string | null, header: Smb1Header, at: Provenance, out: Out): Pipe | null {
    if (!hasRoom(this.#connection, this.#opens, at, out)) return null;
    const pipe = this.#begin(name, header);
    const tree = this.#trees.get(header.TID) ?? null;
    tree?.open.add(fid);
    this.#opens.set(fid, { pipe, tree });
    if (pipe.session !== null && this.#guests.has(pipe.session)) this.#noteGuest(pipe.session, at, out);
    return pipe;
  }

  #begin(name: string | null, { TID, UID }: Smb1Header): Pipe {
    const share = this.#trees.get(TID)?.share ?? null;
    return this.#pipes.open({ name, share, session: this.#sessions.get(UID), encrypted: false });
  }

  #noteGuest({ account }: SmbSession, at: Provenance, out: Out): void {
    if (account === null || account.user === "") return;
    const message = `the server let ${account.user} in as a guest, whose name it does not know`;
    this.#connection.noteOnce({ severity: "info", code: "smb-guest", message }, at, out);
  }
}

function treeCost(share: string | null): number {
  return TREE_COST + textCost(share);
}
