/**
 * The manifest beside a capture: what the lab said, one JSON value a line, so that tests of the decoder can compare
 * values that the decoder had no part in. Kinds, in this order: `capture`, `stream`, `pdu` and
 * `datagram`, `call`, `offer`.
 */

import type { Conversation } from "./conversation.js";
import { hex32, type Said } from "./dcom.js";
import type { PlacedPdu } from "./wire.js";

export interface CaptureFacts {
  capture: string;
  about: string;
  frames: number;
  /** Keys that open or verify what is sealed. */
  secrets: { user: string; domain: string; password: string }[];
}

export interface SeenPdu {
  pdu: PlacedPdu;
  frames: number[];
  whole: boolean;
  /** The first sixteen bytes came in more than one frame: tshark loses such a PDU. */
  headerSplit: boolean;
}

/** `seen`: the PDUs in the order in which they were said, with the frames that carried them. */
export function manifest(
  talk: Conversation,
  facts: CaptureFacts,
  seen: SeenPdu[],
  streams: number[],
): string {
  const lines: Said[] = [{ kind: "capture", ...facts }];
  // Streams are numbered by first appearance in the capture, those of UDP by themselves; `streams` lists connections in that
  // order.
  const protocolOf = (connection: number) => talk.connections[connection]!.protocol;
  const numberOf = (connection: number) =>
    streams.filter((other) => protocolOf(other) === protocolOf(connection)).indexOf(connection);
  for (const connection of streams) {
    const { client, server, protocol } = talk.connections[connection]!;
    const stream = numberOf(connection);
    lines.push({
      kind: "stream",
      stream,
      ...(protocol && { transport: protocol }),
      client: { ...client },
      server: { ...server },
    });
  }
  const frames = talk.calls.map(() => ({ request: [] as number[], response: [] as number[], lost: false }));
  // The fragments of a call of datagrams are told in the order of their numbers, as bytes of a stream are in theirs.
  const placeOf = ({ pdu: { said } }: SeenPdu) => ("activity" in said ? said.fragment : 0);
  const inOrder = [...seen].sort((a, b) => placeOf(a) - placeOf(b));
  for (const { pdu, frames: own, whole } of inOrder) {
    const { said } = pdu;
    if (said.call === null) continue;
    const call = frames[said.call]!;
    const side = said.type === "request" ? call.request : call.response;
    for (const frame of own) if (!side.includes(frame)) side.push(frame);
    if (!whole) call.lost = true;
  }
  for (const { pdu, frames: own, whole, headerSplit } of seen) {
    const { said } = pdu;
    const where = { stream: numberOf(pdu.connection), from: pdu.from };
    if ("activity" in said) {
      const { call: _call, status, ...rest } = said;
      const told = status === null ? null : hex32(status);
      lines.push({ kind: "datagram", ...where, ...rest, status: told, frames: own });
    } else
      lines.push({
        kind: "pdu",
        ...where,
        type: said.type,
        flags: said.flags,
        little: said.little,
        call_id: said.call_id,
        context_id: said.context_id,
        opnum: said.opnum,
        object: said.object,
        frag_length: said.frag_length,
        auth_length: said.auth_length,
        frames: own,
        ...(whole ? {} : { incomplete: true }),
        ...(headerSplit ? { header_split: true } : {}),
      });
  }
  talk.calls.forEach((call, i) => {
    const { request, response, lost } = frames[i]!;
    if (request.length === 0 && response.length === 0) return;
    lines.push({
      kind: "call",
      stream: numberOf(call.connection),
      call_id: call.call_id,
      context_id: call.context_id,
      opnum: call.opnum,
      interface: { uuid: call.uuid, name: call.interface },
      method: call.method,
      transfer_syntax: call.transfer_syntax,
      object: call.object,
      status: call.status,
      hresult: call.hresult === null ? null : hex32(call.hresult),
      ...(call.returned && { returned: call.returned }),
      ...(call.transport && { transport: call.transport }),
      ...(call.hidden && { hidden: call.hidden }),
      fault: call.fault === null ? null : hex32(call.fault),
      causality_id: call.causality_id,
      auth: call.auth,
      frames: { request, response },
      request: call.request,
      response: call.response,
      rai: call.rai,
      dispatch: call.dispatch,
      facts: call.facts,
      ...(lost ? { incomplete: true } : {}),
    });
  });
  for (const offer of talk.offers) lines.push({ kind: "offer", ...offer });
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}
