/** The offer of Windows XP: the collection of sessions walked in every way it offers. */

import { domainMachine, helper } from "../cast.js";
import { Conversation } from "../conversation.js";
import type { Said } from "../dcom.js";
import { WINDOWS_XP } from "../ntlm.js";
import { connectionString1, helpBlob } from "../rai.js";
import type { Recipe } from "../recipe.js";
import { xpOffer, xpPlan } from "../stories/xp.js";

const ADDRESSES = [
  { host: "192.168.40.12", port: 3389 },
  { host: "xp-front.contoso.example", port: 3389 },
];
const SESSION = "Uj7RpOlU80SibpRwRZ9+z1vbh7nIgVn89X1AiKp15Vc=";
const PARMS = "RcfwecK8dpcT1fjZ6iQ5M0+q7iU=";

export const STRING1 = connectionString1(ADDRESSES, SESSION, PARMS);

export const SAID1: { [name: string]: Said } = {
  form: 1,
  raw: STRING1,
  protocol_version: 65538,
  protocol_type: 1,
  machine_addresses: ADDRESSES,
  assistant_account_pwd: "*",
  ra_session_id: SESSION,
  ra_session_name: "*",
  ra_session_pwd: "*",
  protocol_specific_parms: PARMS,
  violations: [],
};

export const saidBlob = (domain: string, user: string): { [name: string]: Said } => ({
  raw: helpBlob(domain, user),
  fields: [
    { length: 13, text: "UNSOLICITED=1" },
    { length: `ID=${domain}\\${user}`.length, text: `ID=${domain}\\${user}` },
  ],
  unsolicited: true,
  id: { domain, user },
  violations: [],
});

export const XP: Recipe[] = [
  {
    name: "xp-collection-walk.pcap",
    about:
      "A Windows XP expert: RemoteActivation, IPCHService, the collection by Item and by enumerator, NTLM at connect level.",
    make: () => {
      const talk = new Conversation("xp", "2008-02-19T10:15:30.000Z");
      const cast = {
        expert: { ...helper("EXUSER", "EXPERT-XP", "192.168.40.77", WINDOWS_XP), nextPort: 1201 },
        novice: domainMachine("XP-FRONT", "192.168.40.12", WINDOWS_XP),
      };
      xpOffer(talk, cast, {
        sessions: [
          { domain: "CONTOSO", user: "bgreen", session_id: 0, state: 0 },
          { domain: "", user: "", session_id: 65536, state: 6 },
          { domain: "CONTOSO", user: "mórg", session_id: 2, state: 4 },
        ],
        chosen: 0,
        asked: { user: "bgreen", domain: "CONTOSO", session: 0, helpBlob: helpBlob("CONTOSO", "EXUSER") },
        connectionString: STRING1,
        said: SAID1,
        saidBlob: saidBlob("CONTOSO", "EXUSER"),
        port: 1037,
        security: xpPlan(cast),
        outcome: "string_issued",
      });
      return { talk, file: { format: "pcap", nanoseconds: true } };
    },
  },
];
