/** One SMB 2 connection of the lab, said message by message on a wire, and what the analyzer makes of it. */
import type { AnalyzerOptions } from "../../../src/analyzer.js";
import type { AssociationRecord, CallRecord, Event, NoteRecord, SummaryRecord } from "../../../src/events.js";
import { authenticate, fileTime, WINDOWS_10 } from "../../lab/ntlm.js";
import * as smb from "../../lab/smb2.js";
import { mechTypes, negTokenInit, negTokenResp } from "../../lab/spnego.js";
import { bind, bindAck, Wire } from "../rpc/wire.js";

/** An interface of nobody. */
export const UUID = "7ab3e5a0-0f1c-4e6b-9a86-3f7b1d6c1a55";
export const SESSION = 0x0000040000000011n;
export const USER = { user: "ivan.incident", domain: "LAB", password: "Pa55!", workstation: "DESK-3" };

export interface Setup {
  user?: typeof USER | null;
  dialect?: number;
}

export class SmbConnection {
  readonly wire = new Wire(445);
  /** Bytes of a segment at most. */
  segment = 1460;
  #messageId = 1n;
  #files = 0;

  /** A head of the next request; its response has the same. */
  head(treeId: number = IPC): smb.Head {
    return { messageId: this.#messageId++, sessionId: SESSION, treeId };
  }

  say(from: 0 | 1, ...messages: Uint8Array[]): this {
    this.wire.say(from, smb.packet(...messages), this.segment);
    return this;
  }

  /** Negotiate, session setup, and two shares: pipes and files. */
  begin({ user = USER, dialect = 0x0311 }: Setup = {}): this {
    this.wire.handshake();
    const first = { messageId: 0n };
    this.say(0, smb.negotiate(first)).say(1, smb.negotiated(first, dialect));
    if (user !== null) this.logOn(user);
    this.connect(IPC, "\\\\srv-9.lab.example\\IPC$", 2);
    return this.connect(DISK, "\\\\srv-9.lab.example\\files", 1);
  }

  logOn(user: typeof USER, sessionId = SESSION): this {
    const seed = {
      serverChallenge: new Uint8Array(8).fill(1),
      clientChallenge: new Uint8Array(8).fill(2),
      sessionKey: new Uint8Array(16).fill(3),
      timestamp: fileTime(1_700_000_000_000_000_000n),
    };
    const names = { netbiosDomain: "LAB", netbiosComputer: "SRV-9", dnsDomain: "lab", dnsComputer: "srv-9" };
    const versions = { clientVersion: WINDOWS_10, serverVersion: WINDOWS_10 };
    const said = authenticate({ account: user, server: names, seed, seal: false, ...versions });
    const one = { messageId: this.#messageId++ };
    const two = { messageId: this.#messageId++, sessionId };
    const list = mechTypes(false);
    this.say(0, smb.sessionSetup(one, negTokenInit(list, said.negotiate)));
    const asked = negTokenResp({ state: 1, supportedMech: true, responseToken: said.challenge });
    const more = { ...one, sessionId, status: smb.STATUS.MORE_PROCESSING_REQUIRED };
    this.say(1, smb.sessionSet(more, asked));
    this.say(0, smb.sessionSetup(two, negTokenResp({ responseToken: said.authenticate })));
    return this.say(1, smb.sessionSet(two, negTokenResp({ state: 0 })));
  }

  connect(treeId: number, path: string, kind: number, sessionId = SESSION): this {
    const head = { messageId: this.#messageId++, sessionId };
    this.say(0, smb.treeConnect(head, path));
    return this.say(1, smb.treeConnected({ ...head, treeId }, kind));
  }

  /** Opens a file; answers its handle, of which only one half differs from the others'. */
  open(name: string, treeId: number = IPC): Uint8Array {
    const head = this.head(treeId);
    const file = smb.fileId(7, ++this.#files);
    this.say(0, smb.create(head, name)).say(1, smb.created(head, file));
    return file;
  }

  close(file: Uint8Array, treeId: number = IPC): this {
    const head = this.head(treeId);
    return this.say(0, smb.close(head, file)).say(1, smb.closed(head));
  }

  write(file: Uint8Array, data: Uint8Array, treeId: number = IPC): this {
    const head = this.head(treeId);
    return this.say(0, smb.write(head, file, data)).say(1, smb.written(head, data.length));
  }

  read(file: Uint8Array, data: Uint8Array, treeId: number = IPC): this {
    const head = this.head(treeId);
    return this.say(0, smb.read(head, file)).say(1, smb.wasRead(head, data));
  }

  transceive(file: Uint8Array, asked: Uint8Array, answered: Uint8Array): this {
    const head = this.head();
    return this.say(0, smb.transceive(head, file, asked)).say(1, smb.transceived(head, file, answered));
  }

  /** A pipe that is bound to the interface. */
  bound(name: string): Uint8Array {
    const file = this.open(name);
    this.write(file, bind(1, UUID)).read(file, bindAck(1));
    return file;
  }

  seen(options: AnalyzerOptions = {}): Seen {
    return new Seen(this.wire.events(options));
  }
}

export const IPC = 1;
export const DISK = 2;

export class Seen {
  readonly calls: CallRecord[];
  readonly associations: AssociationRecord[];
  readonly notes: NoteRecord[];
  readonly summary: SummaryRecord;

  constructor(events: readonly Event[]) {
    this.calls = events.filter((event) => event.type === "call");
    this.associations = events.filter((event) => event.type === "association");
    this.notes = events.filter((event) => event.type === "note");
    this.summary = events.at(-1) as SummaryRecord;
  }

  get codes(): string[] {
    return this.notes.map(({ code }) => code);
  }

  /** Each call in a line: pipe, call id, opnum and status, with the frames of both sides where asked for. */
  lines(frames = false): string[] {
    return this.calls.map((call) => {
      const { request, response } = call.frames;
      const where = frames ? ` ${request.join("+")} > ${response.join("+")}` : "";
      return `${call.transport.endpoint} ${call.call_id} ${call.opnum} ${call.status}${where}`;
    });
  }
}
