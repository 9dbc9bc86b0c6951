/** The logon sessions that were listed, and the one that was asked for. [MS-RAI] 3.1.4.1.2, 3.3.4.1.2. */

import { sessionState } from "../../../dissectors/rai/interfaces.js";
import type { OfferRecord, SessionEntry } from "../../events.js";
import type {
  Activation,
  CallStep,
  SessionList,
  SessionProperty,
  Step,
  StringAnswer,
} from "../steps/step.js";

export type Session = OfferRecord["sessions"][number];

/** Sessions kept of one offer. */
const MAX_SESSIONS = 4096;

export interface Listed {
  sessions: Session[];
  frames: number[];
  /** Read from ISAFSession objects, not from one answer. */
  walked: boolean;
  /** There were more than are kept. */
  more: boolean;
}

/** The sessions of the last list, or those whose objects were read one property at a time. */
export function listedSessions(steps: readonly Step[]): Listed {
  const walked = walkedSessions(steps);
  const list = steps.filter(isRead).at(-1);
  if (list === undefined || (walked.sessions.length > 0 && walked.at > list.at)) return walked;
  const sessions = list.detail.sessions.slice(0, MAX_SESSIONS).map(({ domain, user, session_id }) => ({
    domain,
    user,
    session_id,
    state: null,
  }));
  const more = list.detail.sessions.length > MAX_SESSIONS;
  return { sessions, frames: [...list.response], walked: false, more };
}

type ReadList = SessionList & { detail: { sessions: readonly SessionEntry[] } };

function isRead(step: Step): step is ReadList {
  return step.kind === "session-list" && step.detail.sessions !== null;
}

function walkedSessions(steps: readonly Step[]): Listed & { at: number } {
  const objects = new Map<string, Session>();
  const frames: number[] = [];
  const identity = identities(steps);
  let at = 0;
  let more = false;
  for (const step of steps) {
    if (step.kind !== "session-property" || step.object === null) continue;
    const key = step.oid ?? identity.get(step.object) ?? step.object;
    let session = objects.get(key);
    if (session === undefined) {
      if (objects.size >= MAX_SESSIONS) {
        more = true;
        continue;
      }
      session = { domain: null, user: null, session_id: null, state: null };
      objects.set(key, session);
    }
    setProperty(session, step.detail);
    frames.push(...step.response);
    at = step.at;
  }
  return { sessions: withoutTwins([...objects.values()]), frames, walked: true, at, more };
}

/** Several interfaces of one object are one session: IPID to OID, as references that were handed out show. */
function identities(steps: readonly Step[]): Map<string, string> {
  const oids = new Map<string, string>();
  for (const step of steps) {
    if (step.kind === "bound") continue;
    for (const { ipid, oid } of step.given) if (oid !== null) oids.set(ipid, oid);
  }
  return oids;
}

function setProperty(session: Session, { name, value }: SessionProperty["detail"]): void {
  switch (name) {
    case "SessionID":
      session.session_id = typeof value === "number" ? value : null;
      return;
    case "SessionState":
      session.state = typeof value === "number" ? sessionState(value) : null;
      return;
    case "DomainName":
      session.domain = typeof value === "string" ? value : null;
      return;
    case "UserName":
      session.user = typeof value === "string" ? value : null;
  }
}

/** A collection that is walked twice, or copied, gives other objects for the same sessions: the later reading counts. */
function withoutTwins(sessions: readonly Session[]): Session[] {
  const byId = new Map<number | Session, Session>();
  for (const session of sessions) {
    const known = session.session_id !== null || session.user !== null || session.domain !== null;
    if (known) byId.set(session.session_id ?? session, session);
  }
  return [...byId.values()];
}

export interface Selected {
  selected: NonNullable<OfferRecord["selected"]>;
  step: Step;
}

/** The session asked for: by the parameters of RemoteConnectionParms, or by the activation that made the object asked. */
export function selectedSession(
  steps: readonly Step[],
  decisive: StringAnswer | null,
  sessions: readonly Session[],
): Selected | null {
  const ask = decisive ?? steps.filter((s) => s.kind === "string-answer").at(-1);
  if (ask !== undefined && ask.detail.asked !== null) {
    const { user, domain, session } = ask.detail.asked;
    return { selected: { domain, user, session_id: session, source: "parameters" }, step: ask };
  }
  if (ask?.entry === "IPCHService") return null;
  const activations = steps
    .filter((s) => s.kind === "activation")
    .filter((s) => s.core && (ask === undefined || s.at <= ask.at));
  const made = ask === undefined ? undefined : activations.filter((s) => gave(s, ask)).at(-1);
  const step = made ?? activations.filter((s) => s.detail.session !== null).at(-1);
  const id = step?.detail.session ?? null;
  if (step === undefined || id === null) return null;
  const known = sessions.find((s) => s.session_id === id);
  return {
    selected: {
      domain: known?.domain ?? null,
      user: known?.user ?? null,
      session_id: id,
      source: "activation",
    },
    step,
  };
}

/** The activation's exporter is that of the object called. */
function gave(activation: Activation, { oxid }: CallStep): boolean {
  return (
    oxid !== null && (activation.mentioned.includes(oxid) || activation.given.some((g) => g.oxid === oxid))
  );
}
