/**
 * The associations of a run, and what becomes of what they put out: finished calls become records, which take their places
 * in the order of output; what they announce is remembered; an association that is over becomes a record of its own.
 */

import type { Acknowledgments } from "./acknowledgments.js";
import { decodeCall } from "./call/decode-call.js";
import type { AnnouncementRecord, AssociationRecord, BindRecord, Endpoint, ReportedNote } from "./events.js";
import type { Fact } from "./facts/fact.js";
import { factsOf } from "./facts/facts-of.js";
import { proposalRules } from "./facts/rai-rules.js";
import type { FileNames } from "./file-names.js";
import type { Memory } from "./memory.js";
import { callStep } from "./offers/steps/call-steps.js";
import type { FlowOrigin } from "./protocols/protocol.js";
import type { PipeOrigin } from "./protocols/smb/connection.js";
import type { Flow } from "./reassembly/flow.js";
import { recordCost, recordOf } from "./record/call-record.js";
import { Association, type AssociationSettings } from "./rpc/association.js";
import { type AssociationFacts, associationRecord, type FirstSegment } from "./rpc/association-record.js";
import { Datagrams } from "./rpc/datagrams.js";
import type { FinishedCall } from "./rpc/finished-call.js";
import type { NoteOutput, Out, ProposedOutput } from "./rpc/output.js";
import { RpcStream } from "./rpc/rpc-stream.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import type { RunState } from "./run/run-state.js";
import { type Told, tellCall } from "./shard/doubts.js";
import type { Receiver } from "./shard/operations.js";
import type { Suspicion, Suspicious } from "./shard/suspicion.js";
import type { Witness } from "./witness.js";

interface Open {
  stream: RpcStream;
  /** What carries it, or the pipe around it. */
  flow: Flow;
  first: FirstSegment;
  /** It goes on after it was forgotten, and is no further one. */
  again: boolean;
  /** The connection around the pipe that carries it; null over TCP itself. */
  around: Flow | null;
  /** Who had announced its endpoint when its first call was finished; undefined before. */
  announced: AnnouncementRecord | null | undefined;
  /** Offers may ask what is known of it so far. */
  stepped: boolean;
}

/** What associations need of the run they belong to. */
export interface AssociationsEnvironment {
  run: RunState;
  keys: KeyRing | null;
  memory: Memory;
  files: FileNames;
  /** Takes what comes out. */
  receive: Receiver;
  /** Offers or their number are asked for. */
  offers: boolean;
  /** There are several fronts, none of which hears of all machines. */
  divided: boolean;
  /** How calls are told of where the others are threads of this process; null where they are not, or there are none. */
  suspicious: Suspicious | null;
  /** Whether records get ids. */
  ids: boolean;
  /** What connections did beside calls is asked for. */
  observes: boolean;
  /** Records of associations are asked for. */
  wanted: boolean;
  /** What protocols put out. */
  out: Out;
  witness: Witness | null;
  /** null where nobody asks for the frames that acknowledge. */
  acknowledgments: Acknowledgments | null;
  /** Which frames those are is told behind the calls. */
  acknowledgesLater: boolean;
}

export class Associations {
  readonly #env: AssociationsEnvironment;
  /** By number. */
  readonly #open = new Map<number, Open>();
  /** Those over TCP itself, by the number of the stream. */
  readonly #overTcp = new Map<number, Open>();
  /** Connections with a pipe that is known to be DCE/RPC, and those of them that are counted. */
  readonly #withRpc = new WeakSet<Flow>();
  readonly #counted = new WeakSet<Flow>();
  readonly #settings: AssociationSettings;
  /** Those without a connection. */
  readonly datagrams: Datagrams;
  #made = 0;
  /** Those over TCP of which something new is known that offers may ask; empty where there is but one front. */
  readonly #changed = new Set<Open>();
  /** Conversations that proved to be DCE/RPC. */
  rpcStreams = 0;

  constructor(env: AssociationsEnvironment) {
    const { keys, memory, wanted, offers, out, witness } = env;
    this.#env = env;
    this.#settings = {
      keys,
      kinds: memory.kinds,
      callBytes: memory.callBytes,
      recorded: wanted || offers,
      sink: out,
      witness,
      observes: env.observes,
    };
    this.datagrams = new Datagrams({
      kind: memory.kinds.datagrams,
      callBytes: memory.callBytes,
      keyed: keys !== null,
      ids: env.ids,
      fileName: (file) => env.files.fileName(file),
      number: () => this.#made++,
      sink: out,
      witness,
    });
  }

  /** A stream of PDUs, perhaps, over a TCP flow. `begins`: nothing was before its first bytes. */
  overTcp({ flow, first, file, again }: FlowOrigin, begins: boolean): RpcStream {
    const association = new Association(
      {
        association: this.#made++,
        stream: flow.stream,
        identity: this.#env.ids ? flow : null,
        file: this.#env.files.fileName(file),
        ends: [endpointOf(flow, 0), endpointOf(flow, 1)],
        transport: null,
        auth: null,
      },
      this.#settings,
    );
    const stream = new RpcStream(!begins, association, this.#env.memory.kinds.partial);
    const open: Open = {
      stream,
      flow,
      first: { ...first, message: null },
      again,
      around: null,
      announced: undefined,
      stepped: false,
    };
    this.#open.set(association.number, open);
    this.#overTcp.set(flow.stream, open);
    return stream;
  }

  /** A stream of PDUs, perhaps, in a named pipe. */
  overPipe({ flow, file, again, transport, auth, first, begins }: PipeOrigin): RpcStream {
    const association = new Association(
      {
        association: this.#made++,
        stream: flow.stream,
        identity: this.#env.ids ? flow : null,
        file: this.#env.files.fileName(file),
        ends: [endpointOf(flow, 0), endpointOf(flow, 1)],
        transport,
        auth,
      },
      this.#settings,
    );
    const stream = new RpcStream(!begins, association, this.#env.memory.kinds.partial);
    this.#open.set(association.number, {
      stream,
      flow,
      first,
      again,
      around: flow,
      announced: undefined,
      stepped: false,
    });
    return stream;
  }

  /** Where notes about a flow are. */
  placeOf({ flow, file }: FlowOrigin): { stream: number; communityId: string | null; file: string | null } {
    const { ids, files } = this.#env;
    return { stream: flow.stream, communityId: ids ? flow.communityId : null, file: files.fileName(file) };
  }

  /** Whether the flow is known to be DCE/RPC, or to have a pipe that is. */
  isRpc(flow: Flow): boolean {
    return this.#overTcp.get(flow.stream)?.stream.verdict === "mine" || this.#withRpc.has(flow);
  }

  /** What is known so far of the association over a flow that is still open. */
  ofFlow(flow: { readonly stream: number }): AssociationRecord | null {
    const open = this.#overTcp.get(flow.stream);
    return open?.stream.verdict === "mine" ? this.#record(open) : null;
  }

  /** Tells of open associations what offers may ask, where there is something new. */
  tellSoFar(): void {
    for (const open of this.#changed) {
      if (!open.stepped) continue;
      const association = open.stream.association.number;
      this.#env.receive({ kind: "association-so-far", association, record: this.#record(open) });
      this.#changed.delete(open);
    }
  }

  /** Gives up on calls of which nothing came since `since`, in seconds of the capture. */
  expire(since: number): void {
    for (const { stream } of this.#open.values()) stream.association.expire(since);
    this.datagrams.expireAll(since);
  }

  /** Takes what protocols put out. */
  drain(): void {
    const { out, receive, keys } = this.#env;
    for (const output of out.take()) {
      switch (output.kind) {
        case "opened":
          receive({ kind: "opened", call: output.id, frame: output.frame });
          break;
        case "call":
          this.#call(output.call, output.association, output.evicted);
          break;
        case "note":
          this.#note(output.note, output);
          break;
        case "proposed":
          this.#proven(output.association);
          this.#proposed(output);
          break;
        case "bound":
          this.#bound(output.association, output.bind);
          break;
        case "closed":
          this.#close(output.association, output.rpc);
          break;
        case "conversation":
          this.#conversation(output.conversation);
          break;
        case "kerberos":
          keys?.learnKerberos(output.message);
          break;
        case "password-change":
          keys?.learnPasswordChange(output.message);
          break;
        case "token":
          keys?.learnToken(output.token);
          break;
        case "observed":
          receive({ kind: "record", record: output.record });
          break;
        case "tokens-limit":
          keys?.passOverTokens();
      }
    }
  }

  #note(note: ReportedNote, output: NoteOutput | ProposedOutput): void {
    const { association, frame, at, file } = output;
    if (association !== null) this.#open.get(association)?.stream.association.keep(note);
    this.#env.receive({ kind: "note", note, frame, at, of: output, file });
  }

  #proposed(output: ProposedOutput): void {
    for (const note of proposalRules(output.contexts)) this.#note(note, output);
    const open = output.association === null ? undefined : this.#open.get(output.association);
    if (open === undefined) return;
    const { client, server } = open.stream.association.channel;
    const uuids = output.contexts.map(({ abstractSyntax }) => abstractSyntax.uuid);
    for (const uuid of uuids) this.#env.run.inference.name(client.address, server.address, uuid);
    if (!this.#env.divided) return;
    this.#env.receive({ kind: "named", client: client.address, server: server.address, uuids });
    if (open.around === null) this.#changed.add(open);
  }

  /** A finished call becomes a record, once the frame is known that acknowledges it where that is asked for. */
  #call(call: FinishedCall, association: number | null, evicted: boolean): void {
    const { run, files, receive } = this.#env;
    const { channel } = call;
    this.#proven(association);
    const open = association === null ? undefined : this.#open.get(association);
    const isFirst = open !== undefined && open.announced === undefined;
    if (isFirst) {
      open.announced = run.announcements.find(channel.server, channel.transport);
    }
    const { decoded, meant, record, doubt, suspicion } = this.#tell(call, run);
    const once = meant.ofConnection;
    if (once !== null && open?.stream.association.noteOnce(once)) {
      const { first } = (call.request ?? call.response)!;
      const frame = (call.response ?? call.request)?.frames[0] ?? 0;
      receive({ kind: "note", note: once, frame, at: first, of: channel, file: channel.file });
    }
    // Remote Assistance goes over connections, by whose numbers offers are put together.
    const step =
      association !== null && this.#env.offers
        ? callStep({ id: record.id, call: decoded, target: record.target, facts: meant.facts })
        : null;
    if (this.#env.divided) {
      if (step !== null && open !== undefined && !open.stepped) {
        open.stepped = true;
        this.#changed.add(open);
      }
      if (step !== null || doubt !== null || suspicion !== null || isFirst) {
        const { server, transport } = channel;
        const of = { call: call.id, association, server, transport, first: isFirst };
        receive({ kind: "meant", ...of, doubt, suspicion, step });
      }
      if (this.#env.suspicious !== null && this.#env.wanted) this.#announce(call, meant.facts);
    } else if (step !== null) receive({ kind: "step", step });
    const { acknowledgments, witness } = this.#env;
    const cost = recordCost(record, decoded) + (witness?.call(decoded, record) ?? 0);
    record.places = files.placesOf(record.frames);
    const server = open?.stream.association.server ?? null;
    if (acknowledgments === null || open === undefined || evicted || !call.response || server === null) {
      receive({ kind: "call", call: call.id, record, cost, evicted });
      return;
    }
    const from = call.callback ? (server === 0 ? 1 : 0) : server;
    const later = this.#env.acknowledgesLater;
    if (later) receive({ kind: "call", call: call.id, record, cost, evicted, waits: true });
    acknowledgments.await(open.flow, from, call.request === null, cost, (frame) => {
      if (later) receive({ kind: "acknowledged", call: call.id, frame });
      else {
        record.acknowledged = frame;
        receive({ kind: "call", call: call.id, record, cost, evicted });
      }
    });
  }

  #tell(call: FinishedCall, run: RunState): Told & { suspicion: Suspicion | null } {
    const { divided, suspicious } = this.#env;
    if (suspicious !== null) return { ...suspicious.tell(call), doubt: null };
    if (divided) return { ...tellCall(call, run), suspicion: null };
    const decoded = decodeCall(call, run);
    const meant = factsOf(decoded, run.table);
    run.apply(decoded, meant.facts);
    return { decoded, meant, record: recordOf(decoded, meant, run), doubt: null, suspicion: null };
  }

  /** Tells of endpoints that were announced, in which answer. */
  #announce({ channel, response }: FinishedCall, all: readonly Fact[]): void {
    const facts = all.filter((fact) => fact.kind === "endpoint" || fact.kind === "exporter");
    if (facts.length === 0) return;
    const { stream, server } = channel;
    const frame = response?.frames[0] ?? 0;
    this.#env.receive({
      kind: "announced",
      facts,
      seen: { server: server.address, stream, conversation: null, frame },
    });
  }

  /** A bind or alter_context was answered. */
  #bound(association: number, bind: BindRecord): void {
    const open = this.#open.get(association);
    const server = open?.stream.association.server ?? null;
    if (open === undefined || server === null) return;
    if (this.#env.divided && open.around === null) this.#changed.add(open);
    this.#env.acknowledgments?.await(open.flow, server, bind.request === null, 0, (frame) => {
      bind.acknowledged = frame;
    });
  }

  /** Nothing more comes of an association. */
  #close(association: number, rpc: boolean): void {
    const open = this.#open.get(association);
    if (open === undefined) return;
    const { wanted, offers, receive, witness } = this.#env;
    if (rpc && this.#isAnother(open)) this.rpcStreams++;
    if (rpc && (wanted || offers)) {
      const record = this.#record(open);
      const begun = open.stream.association.first ?? open.first.at;
      receive({ kind: "association", association, record, begun, shown: wanted });
      witness?.association(association, record);
    } else witness?.dropped(association);
    this.#open.delete(association);
    this.#changed.delete(open);
    const { stream } = open.stream;
    if (this.#overTcp.get(stream) === open) this.#overTcp.delete(stream);
  }

  /** Datagrams between two endpoints have no connection; which calls they carried is told in the same way. */
  #conversation(conversation: AssociationFacts): void {
    if (!this.#env.wanted) return;
    const first = { at: conversation.first!, sequence: 0, message: "" };
    const record = associationRecord(conversation, null, this.#nameOf, first);
    this.#env.receive({ kind: "record", record });
    this.#env.witness?.association(conversation.channel.association, record);
  }

  /** A pipe is DCE/RPC. */
  #proven(association: number | null): void {
    const around = association === null ? null : (this.#open.get(association)?.around ?? null);
    if (around !== null) this.#withRpc.add(around);
  }

  /** A connection that speaks DCE/RPC and is not counted yet; pipes share theirs. */
  #isAnother({ around, again }: Open): boolean {
    if (again || (around !== null && this.#counted.has(around))) return false;
    if (around !== null) this.#counted.add(around);
    return true;
  }

  #record(open: Open): AssociationRecord {
    const { run } = this.#env;
    const { association } = open.stream;
    if (open.announced === undefined) {
      const { server, transport } = association.channel;
      open.announced = run.announcements.find(server, transport);
    }
    return associationRecord(association, open.announced, this.#nameOf, open.first);
  }

  readonly #nameOf = (uuid: string, major: number): string | null =>
    this.#env.run.table.find(uuid, major)?.name ?? null;
}

function endpointOf(flow: Flow, side: 0 | 1): Endpoint {
  const { address, port } = side === 0 ? flow.endpoint0 : flow.endpoint1;
  return { address, port };
}
