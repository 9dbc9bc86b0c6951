/** What one call teaches the run, in plain values: facts, and of the call itself no more than they need. */
import type { DecodedCall, Inferred } from "../call/decoded-call.js";
import { namesConcern } from "../call/invocation.js";
import type { Fact } from "../facts/fact.js";

export interface Taught {
  /** IPID that was called. */
  object: string | null;
  /** What is known of names and types was asked for. */
  concernsNames: boolean;
  inferred: Inferred | null;
  facts: readonly Fact[];
  client: string;
  server: string;
  stream: number;
  /** The same of a TCP conversation; null for datagrams, whose numbers are others. */
  conversation: number | null;
  /** First frame of the answer, or of the request where there is none; and of the answer alone, or 0. */
  frame: number;
  answer: number;
}

/** `facts` of `decoded`; null where there is nothing to remember, as of most calls. */
export function taughtOf(decoded: DecodedCall, facts: readonly Fact[]): Taught | null {
  const { call, identity, method, inferred } = decoded;
  const { object, channel } = call;
  if (object === null && inferred === null && facts.length === 0) return null;
  const { stream, client, server, transport } = channel;
  const { iface } = identity;
  return {
    object,
    concernsNames: object !== null && iface !== null && method !== null && namesConcern(iface, method),
    inferred,
    facts,
    client: client.address,
    server: server.address,
    stream,
    conversation: transport.protseq === "ncadg_ip_udp" ? null : stream,
    frame: (call.response ?? call.request)?.frames[0] ?? 0,
    answer: call.response?.frames[0] ?? 0,
  };
}
