/** What is told of a record that a rule fits: between whom, in which calls and frames, and whether it was read whole. */
import type {
  AssociationRecord,
  CallRecord,
  DetectionRecord,
  Event,
  FoundAt,
  OfferRecord,
} from "../events.js";
import type { ObservationRecord } from "../observations.js";

/** Frames that a finding names. */
const MAX_FRAMES = 64;

export interface Evidence {
  /** What tells it from others of its kind: its id, or conversation and time where it has none. */
  key: string;
  /** Whether records have ids. */
  named: boolean;
  ts: string | null;
  stream: number | null;
  file: string | null;
  communityId: string | null;
  /** Ids of calls; none where ids are not asked for. */
  calls: readonly string[];
  frames: readonly number[];
  client: FoundAt | null;
  server: FoundAt | null;
  user: string | null;
  domain: string | null;
  basis: DetectionRecord["basis"];
}

type Particular = Omit<Evidence, "key" | "named" | "ts" | "stream" | "file" | "communityId">;

const NOTHING: Particular = {
  calls: [],
  frames: [],
  client: null,
  server: null,
  user: null,
  domain: null,
  basis: "decoded",
};

export function evidenceOf(event: Event): Evidence {
  const { id, ts, stream, file, community_id: communityId } = event;
  return {
    named: id !== null || communityId !== null,
    key: id ?? `${communityId ?? stream ?? ""} ${ts ?? ""}`,
    ts,
    stream,
    file,
    communityId,
    ...particular(event),
  };
}

function particular(event: Event): Particular {
  switch (event.type) {
    case "call":
      return ofCall(event);
    case "offer":
      return ofOffer(event);
    case "association":
      return ofAssociation(event);
    case "observation":
      return ofObservation(event);
    case "note":
      return { ...NOTHING, frames: event.frame === null || event.frame === 0 ? [] : [event.frame] };
    default:
      return NOTHING;
  }
}

function ofCall(call: CallRecord): Particular {
  const { auth, frames, stub } = call;
  return {
    calls: call.id === null ? [] : [call.id],
    frames: few(frames.response.length === 0 ? frames.request : frames.request.concat(frames.response)),
    client: call.client,
    server: call.server,
    user: auth.user === "" ? null : auth.user,
    domain: auth.domain === "" ? null : auth.domain,
    // Interface and opnum of a sealed call are read from its header; what it does is concluded from them.
    basis:
      call.interface.inferred === true ||
      call.dispatch?.inferred === true ||
      (stub.request ?? stub.response) !== "decoded"
        ? "inferred"
        : "decoded",
  };
}

function ofOffer(offer: OfferRecord): Particular {
  const { expert, novice } = offer;
  return {
    calls: offer.call_ids ?? [],
    frames: few(framesIn(offer.evidence)),
    client: { address: expert.address, port: null },
    server: { address: novice.address, port: null },
    user: expert.user,
    domain: expert.domain,
    basis: offer.basis === "inferred" || offer.outcome_basis === "inferred" ? "inferred" : "decoded",
  };
}

function ofAssociation({ auth, binds, client, server }: AssociationRecord): Particular {
  return {
    ...NOTHING,
    frames: few(framesOf(binds)),
    client,
    server,
    user: auth.user === "" ? null : auth.user,
    domain: auth.domain === "" ? null : auth.domain,
  };
}

function ofObservation(seen: ObservationRecord): Particular {
  const user = seen.what === "ntlm" ? seen.user : seen.what === "kerberos" ? seen.cname : null;
  const domain = seen.what === "ntlm" ? seen.domain : seen.what === "kerberos" ? seen.realm : null;
  return { ...NOTHING, client: seen.client, server: seen.server, user, domain };
}

function framesIn(evidence: OfferRecord["evidence"]): number[] {
  const all: number[] = [];
  for (const { frames } of evidence) for (const frame of frames) all.push(frame);
  return all;
}

function framesOf(binds: AssociationRecord["binds"]): number[] {
  const all: number[] = [];
  for (const { frames } of binds) {
    for (const frame of frames.request) all.push(frame);
    for (const frame of frames.response) all.push(frame);
  }
  return all;
}

/** In order, each once; the first ones where there are many. */
function few(frames: readonly number[]): readonly number[] {
  let ordered = frames.length <= MAX_FRAMES;
  for (let i = 1; ordered && i < frames.length; i++) ordered = frames[i]! > frames[i - 1]!;
  if (ordered) return frames;
  return [...new Set(frames)].sort((a, b) => a - b).slice(0, MAX_FRAMES);
}

/** Of several: what all of them have alike, and all that they rest on. */
export function joined(all: readonly Evidence[]): Evidence {
  const [first] = all;
  if (first === undefined)
    return { key: "", named: false, ts: null, stream: null, file: null, communityId: null, ...NOTHING };
  if (all.length === 1) return first;
  const accounts = new Set(all.map(({ user, domain }) => `${domain ?? ""}\\${user ?? ""}`));
  const one = accounts.size === 1;
  return {
    ...first,
    key: [...new Set(all.map(({ key }) => key))].sort().join(","),
    calls: [...new Set(all.flatMap(({ calls }) => calls))],
    frames: few(all.flatMap(({ frames }) => frames)),
    client: common(all.map(({ client }) => client)),
    server: common(all.map(({ server }) => server)),
    user: one ? first.user : null,
    domain: one ? first.domain : null,
    basis: all.some(({ basis }) => basis === "inferred") ? "inferred" : "decoded",
  };
}

/** The one address that all of them are at, and the port where it is one as well. */
function common(ends: readonly (FoundAt | null)[]): FoundAt | null {
  const [first] = ends;
  if (first == null || ends.some((end) => end?.address !== first.address)) return null;
  return ends.every((end) => end!.port === first.port) ? first : { address: first.address, port: null };
}
