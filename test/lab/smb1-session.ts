/**
 * A client of Windows XP's time with a session and one pipe in SMB 1, on NetBIOS' session service: [MS-CIFS] 3.2 and 3.3.
 * The NTLMSSP exchange is SPNEGO's; messages are not signed.
 *
 * Not handled: several shares, several pipes.
 */

import { Association } from "./association.js";
import { concat } from "./bytes.js";
import type { Cast } from "./cast.js";
import type { Carrier, Connection, Conversation, Part, SaidCall, SaidPdu, Side } from "./conversation.js";
import { authenticate, fileTime } from "./ntlm.js";
import * as smb from "./smb1.js";
import { POSITIVE_RESPONSE, STATUS, sessionRequest } from "./smb2.js";
import { mechTypes, negTokenInit, negTokenResp } from "./spnego.js";

const PORT = 139;
const FID = 0x4001;

export class Smb1Pipe implements Carrier {
  readonly connections: readonly Connection[];
  readonly calls: SaidCall[];
  readonly association: Association;
  readonly #talk: Conversation;
  readonly #cast: Cast;
  readonly #connection: number;
  readonly #name: string;
  readonly #said: { readonly [side in Side]: { bytes: Uint8Array; said: SaidPdu }[] } = {
    client: [],
    server: [],
  };
  #head: smb.Smb1Head = { extended: true, tid: 0, uid: 0, mid: 0, pid: 0x5b4 };

  constructor(talk: Conversation, cast: Cast, name: string) {
    const client = { address: cast.expert.address, port: cast.expert.nextPort++ };
    this.#connection = talk.connect(client, { address: cast.novice.address, port: PORT });
    this.#talk = talk;
    this.#cast = cast;
    this.#name = name;
    this.connections = talk.connections;
    this.calls = talk.calls;
    this.association = new Association(this, this.#connection, "", {
      maxFragment: 4280,
      account: cast.expert.account,
      secondary: `\\PIPE\\${name}`,
      transport: { protseq: "ncacn_np", endpoint: `\\pipe\\${name}` },
    });
  }

  get random(): Conversation["random"] {
    return this.#talk.random;
  }

  get now(): bigint {
    return this.#talk.now;
  }

  say(_connection: number, from: Side, bytes: Uint8Array, pdus: SaidPdu[] = []): void {
    this.#said[from].push({ bytes, said: pdus[0]! });
  }

  /** A message and its answer; what the association said is at the end of each. */
  #exchange(asked: smb.Smb1Part[], answered: smb.Smb1Part[], status = 0): void {
    this.#head = { ...this.#head, mid: this.#head.mid! + 64 };
    this.#send("client", smb.message(this.#head, ...asked));
    this.#send("server", smb.message({ ...this.#head, reply: true, status }, ...answered));
  }

  #send(from: Side, message: Uint8Array): void {
    const bytes = smb.session(message);
    const all = this.#carried[from].splice(0);
    let at = bytes.length - all.reduce((sum, one) => sum + one.bytes.length, 0);
    const parts: Part[] = [];
    for (const { bytes: own, said } of all) {
      parts.push({ said, at, size: own.length });
      at += own.length;
    }
    this.#talk.sayAround(this.#connection, from, bytes, parts);
  }

  readonly #carried: { readonly [side in Side]: { bytes: Uint8Array; said: SaidPdu }[] } = {
    client: [],
    server: [],
  };

  /** What one side said, to go with the next message of that side. */
  #take(from: Side): Uint8Array {
    const all = this.#said[from].splice(0);
    this.#carried[from].push(...all);
    return concat(...all.map(({ bytes }) => bytes));
  }

  /** Session service, negotiation, session setup, share and pipe, and the bind by WRITE_ANDX and READ_ANDX. */
  begin(): this {
    const talk = this.#talk;
    const { expert, novice } = this.#cast;
    talk.say(this.#connection, "client", sessionRequest());
    talk.say(this.#connection, "server", POSITIVE_RESPONSE);
    const list = mechTypes(false);
    const blob = negTokenInit(list, null);
    this.#exchange([smb.negotiate("LANMAN1.0", "NT LM 0.12")], [smb.negotiated(1, { blob })]);
    const said = authenticate({
      account: expert.account,
      server: novice.server,
      seed: {
        serverChallenge: talk.random.bytes(8),
        clientChallenge: talk.random.bytes(8),
        sessionKey: talk.random.bytes(16),
        timestamp: fileTime(talk.now),
      },
      seal: false,
      clientVersion: expert.version,
      serverVersion: novice.version,
    });
    const challenge = negTokenResp({ state: 1, supportedMech: true, responseToken: said.challenge });
    this.#head.uid = 0x801;
    this.#exchange(
      [smb.logOnExtended(negTokenInit(list, said.negotiate))],
      [smb.loggedOn(challenge)],
      STATUS.MORE_PROCESSING_REQUIRED,
    );
    this.#exchange(
      [smb.logOnExtended(negTokenResp({ responseToken: said.authenticate }))],
      [smb.loggedOn(negTokenResp({ state: 0 }))],
    );
    this.#head.tid = 0x1002;
    this.#exchange([smb.connectTree(`\\\\${novice.name}\\IPC$`)], [smb.treeConnected()]);
    this.#exchange([smb.ntCreate(`\\${this.#name}`)], [smb.ntCreated(FID)]);
    return this;
  }

  bind(...wishes: Parameters<Association["bind"]>): this {
    this.association.bind(...wishes);
    const bytes = this.#take("client");
    this.#exchange([smb.writeAndx(FID, bytes)], [smb.writtenAndx(bytes.length)]);
    this.#exchange([smb.readAndx(FID)], [smb.readAndxData(this.#take("server"))]);
    return this;
  }

  /** TRANS_TRANSACT_NMPIPE. */
  transact(speak: (association: Association) => void): this {
    speak(this.association);
    const bytes = this.#take("client");
    this.#exchange([smb.transact(FID, { bytes })], [smb.transacted({ bytes: this.#take("server") })]);
    return this;
  }

  end(): void {
    this.#exchange([smb.close(FID)], [smb.empty(0x04)]);
    this.#exchange([smb.disconnectTree()], [smb.empty(0x71)]);
    this.#talk.close(this.#connection);
  }
}
