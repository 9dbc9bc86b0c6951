/** The record of one invitation file, as the call log describes it, and the times that it is valid between. */
import type { Invitation } from "../../dissectors/rai/invitation.js";
import { loneText } from "../../dissectors/wire/text.js";
import type { ConnectionString } from "../events.js";
import { mendTexts } from "../well-formed.js";
import type { CaptureMatch } from "./capture-match.js";
import { type AddressClass, classifyHost } from "./host-class.js";

/** One place where the novice waits, of the connection string to use. */
export interface ListenerRecord {
  host: string;
  port: number | null;
  uri: string | null;
  class: AddressClass;
}

export interface InvitationRecord {
  type: "invitation";
  schema: 1;
  /** The name as given. */
  file: string;
  kind: 1 | 2 | null;
  encoding: Invitation["encoding"];
  username: string | null;
  rcticket: ConnectionString | null;
  rcticket_encrypted: boolean | null;
  lhticket: { bytes: number; decrypted: boolean | null } | null;
  connection_string: ConnectionString | null;
  pass_stub: string | null;
  pass_stub_encrypted: string | null;
  /** [RFC 3339] in UTC, in whole seconds as DtStart counts. */
  created: string | null;
  duration_minutes: number | null;
  expires: string | null;
  expired: boolean | null;
  link: "modem" | "high_speed" | null;
  violations: string[];
  error: string | null;
  listeners: ListenerRecord[];
  /** What captures say of this invitation; only where some were read. */
  capture?: CaptureMatch;
}

/** The last second of the year 9999, beyond which [RFC 3339] has no form. */
const MAX_TIME = 253402300799;

/** `now`: seconds since 1970-01-01 UTC, against which `expired` is reported. */
export function invitationRecord(file: string, invitation: Invitation, now: number): InvitationRecord {
  const { start, duration } = invitation;
  const end = start === null || duration === null ? null : start + duration * 60;
  const record: InvitationRecord = {
    type: "invitation",
    schema: 1,
    file,
    kind: invitation.kind,
    encoding: invitation.encoding,
    username: invitation.username,
    rcticket: invitation.rcticket,
    rcticket_encrypted: invitation.rcticket_encrypted,
    lhticket: invitation.lhticket,
    connection_string: invitation.connection_string,
    pass_stub: invitation.pass_stub,
    pass_stub_encrypted: invitation.pass_stub_encrypted,
    created: instant(start),
    duration_minutes: duration,
    expires: instant(end),
    expired: end === null ? null : now >= end,
    link: invitation.link,
    violations: invitation.violations,
    error: invitation.error,
    listeners: listenersOf(invitation.connection_string),
  };
  // An invitation has no notes: that a text holds what is no character is said among what is wrong with it.
  const lone: string[] = [];
  mendTexts(record, "", (path, units) => lone.push(`${path.slice(1)}: ${loneText(units)}.`));
  if (lone.length > 0) record.violations = [...record.violations, ...lone];
  return record;
}

function instant(seconds: number | null): string | null {
  if (seconds === null || seconds > MAX_TIME) return null;
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The listeners of either form, in their order. */
export function listenersOf(string: ConnectionString | null): ListenerRecord[] {
  if (string === null || string.form === null) return [];
  const places =
    string.form === 1
      ? string.machine_addresses.map(({ host, port }) => ({ host, port, uri: null }))
      : string.transports.flatMap((transport) =>
          transport.listeners.map(({ name, port, uri }) => ({ host: name ?? "", port, uri })),
        );
  return places.map((place) => ({ ...place, class: classifyHost(place.host) }));
}
