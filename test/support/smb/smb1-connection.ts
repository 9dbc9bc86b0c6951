/** One SMB 1 connection of the lab on a wire: a user, a share and an open pipe. */
import * as lab from "../../lab/smb1.js";
import { bind, bindAck, Wire } from "../rpc/wire.js";
import { UUID } from "./connection.js";

export const HEAD = { uid: 0x64, tid: 0x801 };
/** A response to the challenge that proves nothing. */
export const NT = new Uint8Array(24);

/** A connection in SMB 1 up to an open pipe of that name, whose FID is 1. */
export class Smb1Connection {
  readonly wire: Wire;
  mid = 1;

  constructor(port: number, name: string) {
    this.wire = new Wire(port);
    this.wire.handshake();
    const how = { challenge: new Uint8Array(8), domain: "LAB" };
    this.say(0, { uid: 0, tid: 0, unicode: false }, lab.negotiate("NT LM 0.12"));
    this.say(1, { uid: 0, tid: 0 }, lab.negotiated(0, how));
    const parts = [lab.logOn("ivan", "LAB", NT, NT), lab.connectTree("\\\\srv-9\\IPC$")];
    this.exchange(parts, [lab.loggedOn(), lab.treeConnected()]);
    this.exchange([lab.ntCreate(`\\${name}`)], [lab.ntCreated(1)]);
  }

  say(from: 0 | 1, head: lab.Smb1Head, ...parts: lab.Smb1Part[]): this {
    const message = lab.message({ ...HEAD, mid: this.mid, ...head, reply: from === 1 }, ...parts);
    this.wire.say(from, lab.session(message));
    return this;
  }

  exchange(asked: lab.Smb1Part[], answered: lab.Smb1Part[], status = 0): this {
    this.mid++;
    return this.say(0, {}, ...asked).say(1, { status }, ...answered);
  }

  bound(): this {
    const bytes = bind(1, UUID);
    this.exchange([lab.writeAndx(1, bytes, 0x000c)], [lab.writtenAndx(bytes.length + 2)]);
    return this.exchange([lab.readAndx(1)], [lab.readAndxData(bindAck(1))]);
  }
}
