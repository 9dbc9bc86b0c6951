/** The modern offer: once with signed stubs in the clear, once sealed, and sealed under raw NTLMSSP. */

import { domainMachine, helper } from "../cast.js";
import { Conversation } from "../conversation.js";
import type { Said } from "../dcom.js";
import { WINDOWS_7, WINDOWS_10 } from "../ntlm.js";
import { connectionString2 } from "../rai.js";
import type { Recipe } from "../recipe.js";
import { type Security, type VistaOffer, vistaOffer } from "../stories/vista.js";

export const AUTH = {
  kh: "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=",
  kh2: "sha256:wKSAkAV3sBfa9WpuRFJcP9q1twJc6wOBuoJ9tsyXwpk=",
  id: "8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5tNpHQc2goLbw4uuBBJvLsU02YYLlBMg5",
};

const LISTENERS = [
  { port: 49228, name: "fe80::1032:53d9:5a01:909b%3" },
  { port: 49229, name: "2001:db8:17::2004" },
  { port: 49230, name: "10.20.4.17" },
  { port: 49231, name: "169.254.6.170" },
];
const SID = "1440550163";
const STRING = connectionString2(AUTH, [{ id: "1", sid: SID, listeners: LISTENERS }]);

export function saidString2(
  raw: string,
  auth: { kh: string; kh2?: string; id: string },
  transports: { id: string; sid: string; listeners: { port?: number; name: string; uri?: string }[] }[],
): { [name: string]: Said } {
  return {
    form: 2,
    raw,
    auth: { kh: auth.kh, kh2: auth.kh2 ?? null, id: auth.id },
    transports: transports.map((t) => ({
      id: t.id,
      sid: t.sid,
      listeners: t.listeners.map((l) => ({ port: l.port ?? null, name: l.name, uri: l.uri ?? null })),
    })),
  };
}

const SESSIONS = [
  { domain: "CONTOSO", user: "jmarek", session_id: 1 },
  { domain: "CONTOSO", user: "Žofie.Nováková", session_id: 3 },
  { domain: "WS-2004", user: "local admin", session_id: 4 },
];

function talk(seed: string, start: string, security: Security, more: Partial<VistaOffer> = {}): Conversation {
  const conversation = new Conversation(seed, start);
  const cast = {
    expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
    novice: domainMachine("WS-2004", "10.20.4.17", WINDOWS_7),
  };
  vistaOffer(conversation, cast, {
    security,
    sessions: SESSIONS,
    chosen: 3,
    connectionString: STRING,
    said: saidString2(STRING, AUTH, [{ id: "1", sid: SID, listeners: LISTENERS }]),
    outcome: "string_issued",
    ...more,
  });
  return conversation;
}

export const VISTA: Recipe[] = [
  {
    name: "vista-offer-integrity.pcapng",
    about:
      "A modern expert's whole offer over IRASrv, SPNEGO/NTLM at packet integrity: stubs in the clear and signed.",
    make: () => ({
      talk: talk("vista-integrity", "2024-05-14T08:31:07.250Z", {
        provider: "spnego",
        level: "pkt_integrity",
      }),
      file: { format: "pcapng", resolution: 9, name: "Ethernet0" },
    }),
  },
  {
    name: "vista-offer-privacy.pcapng",
    about:
      "The same offer at packet privacy: every stub of a call sealed; the password is in captures/README.md.",
    make: () => ({
      talk: talk("vista-privacy", "2024-05-14T09:02:41.101Z", { provider: "spnego", level: "pkt_privacy" }),
      file: { format: "pcapng", resolution: 6, name: "Ethernet0" },
    }),
  },
  {
    name: "vista-offer-privacy-ntlmssp.pcap",
    about:
      "Sealed under raw NTLMSSP (AUTH3, sequence numbers from 0), one-referent SAFEARRAY with null entries.",
    make: () => ({
      talk: talk(
        "vista-privacy-ntlmssp",
        "2011-03-02T13:45:00.009Z",
        { provider: "ntlmssp", level: "pkt_privacy" },
        {
          entries: [
            "CONTOSO\\jmarek:1",
            null,
            "CONTOSO\\Žofie.Nováková:3",
            undefined,
            "WS-2004\\local admin:4",
          ],
          layout: "one-referent",
        },
      ),
      file: { format: "pcap", nanoseconds: false },
    }),
  },
];
