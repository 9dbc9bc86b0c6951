/**
 * Conversations that are another worker's, read for nothing but what they teach: exchanges with a KDC and the service that
 * changes passwords, tokens that forward credentials, wherever they are sent, and keys that opened SMB sessions. A key that one pair
 * of machines shows opens what another one says. Only where keys were given; nothing of it comes out.
 */
import { readHttpRequest } from "../../dissectors/http/negotiate.js";
import { readLdapRequest } from "../../dissectors/ldap/bind.js";
import type { Memory } from "../memory.js";
import { Flows } from "../protocols/flows.js";
import { KdcStream } from "../protocols/kdc.js";
import type { DatagramRecogniser, FlowOrigin, Protocol, ProtocolTools } from "../protocols/protocol.js";
import { OVER_TCP } from "../protocols/recognisers.js";
import { RpcOverHttp, VirtualConnections } from "../protocols/rpc-over-http.js";
import type { PipeOrigin, SmbTools } from "../protocols/smb/connection.js";
import { SmbStream } from "../protocols/smb/smb-stream.js";
import { TokenStream } from "../protocols/tokens.js";
import type { Flow } from "../reassembly/flow.js";
import type { StreamItem } from "../reassembly/items.js";
import { Association, type AssociationSettings } from "../rpc/association.js";
import type { Carriage } from "../rpc/carried-by.js";
import { Out, type Output } from "../rpc/output.js";
import { RpcStream } from "../rpc/rpc-stream.js";
import type { KeyRing } from "../rpc/security/keyring.js";
import type { Instant } from "../time.js";

export class Silent {
  readonly #keys: KeyRing;
  readonly #memory: Memory;
  readonly #datagrams: readonly DatagramRecogniser[];
  readonly #out = new Out();
  readonly #flows: Flows;
  readonly #tools: ProtocolTools;
  readonly #settings: AssociationSettings;
  #associations = 0;

  /** `datagrams`: who asked for them, as items say. */
  constructor(
    keys: KeyRing,
    memory: Memory,
    datagrams: readonly DatagramRecogniser[],
    now: () => { frame: number; time: Instant },
  ) {
    this.#keys = keys;
    this.#memory = memory;
    this.#datagrams = datagrams;
    this.#settings = {
      keys: keys.unreported,
      kinds: memory.kinds,
      callBytes: memory.callBytes,
      recorded: false,
      sink: this.#out,
      witness: null,
    };
    this.#tools = this.#makeTools();
    this.#flows = new Flows({
      recognisers: OVER_TCP,
      tools: this.#tools,
      listener: null,
      kind: memory.kinds.conversations,
      out: this.#out,
      now,
    });
  }

  /** What reassembly gives of another worker's conversation, and every datagram where those are another one's. */
  item(item: StreamItem): void {
    switch (item.kind) {
      case "data":
        this.#flows.data(item);
        break;
      case "gap":
        this.#flows.gap(item);
        break;
      case "close":
        this.#flows.close(item);
        break;
      case "datagram":
        this.#datagrams[item.filter]!.take(item, this.#tools, this.#out);
    }
    this.drain();
  }

  /** Learns what came out since the last call of this method: to be said also where memory was given back. */
  drain(): void {
    for (const output of this.#out.take()) learn(this.#keys, output);
  }

  #makeTools(): ProtocolTools {
    const { kinds } = this.#memory;
    const smb: SmbTools = {
      keys: this.#keys.unreported,
      kinds,
      pipeOver: (pipe) => this.#overPipe(pipe),
      unread: () => {},
      witness: null,
      placeOf,
    };
    const channels = new VirtualConnections();
    return {
      kerberos: true,
      rpcOver: ({ flow }, begins) => this.#over(flow, begins, null),
      kdcOver: (origin) => new KdcStream("kerberos", placeOf(origin), kinds.kdc),
      passwordOver: (origin) => new KdcStream("password-change", placeOf(origin), kinds.kdc),
      ldapOver: ({ flow }) => new TokenStream(flow.stream, readLdapRequest, kinds.kdc),
      webOver: ({ flow }) => new TokenStream(flow.stream, readHttpRequest, kinds.kdc),
      smbOver: (origin, begins) => new SmbStream(origin, begins, smb),
      httpOver: (origin) => new RpcOverHttp(origin, placeOf(origin), channels, kinds.partial),
      rdpOver: noRdp,
      rpcDatagram: () => {},
    };
  }

  /** The credentials of the session around a pipe teach nothing here. */
  #overPipe({ flow, transport, begins }: PipeOrigin): Protocol {
    return this.#over(flow, begins, transport);
  }

  #over(flow: Flow, begins: boolean, transport: Carriage["transport"]): RpcStream {
    const carriage: Carriage = {
      association: this.#associations++,
      stream: flow.stream,
      identity: null,
      file: null,
      ends: [flow.endpoint0, flow.endpoint1],
      transport,
      auth: null,
    };
    return new RpcStream(!begins, new Association(carriage, this.#settings), this.#memory.kinds.partial);
  }
}

/** What protocols put out for keys to be learned from; nothing where it is something else. */
function learn(keys: KeyRing, output: Output): void {
  switch (output.kind) {
    case "kerberos":
      keys.learnKerberos(output.message);
      break;
    case "password-change":
      keys.learnPasswordChange(output.message);
      break;
    case "token":
      keys.learnToken(output.token);
      break;
    case "tokens-limit":
      keys.passOverTokens();
  }
}

function placeOf({ flow }: FlowOrigin): { stream: number; communityId: null; file: null } {
  return { stream: flow.stream, communityId: null, file: null };
}

/** Only exports ask what RDP is spoken, and whoever has the conversation tells them. */
function noRdp(): never {
  throw new RangeError("nothing looks for RDP in silence");
}
