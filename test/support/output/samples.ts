/** Hand-made records for the tests of the views: an offer through IRASrv, one through IPCHService, plain DCOM. */

import type {
  AssociationRecord,
  AuthRecord,
  CallRecord,
  DetectionRecord,
  Endpoint,
  Event,
  NoteRecord,
  OfferRecord,
  SummaryRecord,
  TransportRecord,
} from "../../../src/events.js";
import { recordHead } from "../../../src/record-head.js";

export const EXPERT: Endpoint = { address: "10.0.0.5", port: 49712 };
export const NOVICE: Endpoint = { address: "10.0.0.9", port: 49670 };

export const RAW_STRING_2 =
  '<E><A KH="YiKwWUY8Ioq5NB3wAQHSbs5kwrM=" KH2="sha256:wKSAkAV3sBfa9WpuRFJcP9q1twJc6wOBuoJ9tsyXwpk=" ' +
  'ID="8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5tNpHQc2goLbw4uuBBJvLsU02YYLlBMg5"/><C><T ID="1" SID="1440550163">' +
  '<L P="49749" N="2001:4898:1a:5:79e2:3356:9b22:3470"/><L P="49751" N="172.31.250.64"/></T></C></E>';
export const RAW_STRING_1 =
  "65538,1,172.31.243.138:3389;MIKE_HOME:3389,*,Uj7RpOlU80SibpRwRZ9+z1vbh7nIgVn89X1AiKp15Vc=,*,*," +
  "RcfwecK8dpcT1fjZ6iQ5M0+q7iU=";
const HELP_BLOB = "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER";

const TRANSPORT: TransportRecord = { protseq: "ncacn_ip_tcp", endpoint: "49749", smb: null };

export const NO_AUTH: AuthRecord = {
  type: "none",
  mechanism: null,
  level: "none",
  context_id: null,
  user: null,
  domain: null,
  workstation: null,
  source: null,
  decrypted: null,
  verified: null,
};

export const NTLM: AuthRecord = {
  type: "ntlmssp",
  mechanism: "ntlmssp",
  level: "pkt_integrity",
  context_id: 0,
  user: "EXUSER",
  domain: "EXDOMAIN",
  workstation: "EXPERT-PC",
  source: "context",
  decrypted: null,
  verified: null,
};

/** A call with everything absent that may be absent, changed by `over`. */
export function call(over: Partial<CallRecord> = {}): CallRecord {
  return {
    ...recordHead("call", "2024-05-01T10:00:00.000000Z", 0, null),
    duration_us: 912,
    client: EXPERT,
    server: NOVICE,
    frames: { request: [12], response: [13] },
    acknowledged: null,
    places: null,
    transport: TRANSPORT,
    call_id: 1,
    context_id: 0,
    opnum: 8,
    activity: null,
    interface: { uuid: "f120a684-b926-447f-9df4-c966cb785648", version: "0.0", name: "IRASrv" },
    method: "GetSessionInfo",
    transfer_syntax: "ndr",
    object: null,
    target: null,
    causality_id: null,
    dispatch: null,
    auth: NO_AUTH,
    status: "ok",
    hresult: { value: "0x00000000", name: "S_OK", message: "The call was successful." },
    fault: null,
    stub: { request: "decoded", response: "decoded" },
    wire: { request: null, response: null },
    orpc: null,
    request: {},
    response: {},
    readable: null,
    returned: null,
    rai: null,
    notes: [],
    ...over,
  };
}

function activation(): CallRecord {
  return call({
    ts: "2024-05-01T10:00:00.000100Z",
    stream: 0,
    server: { address: NOVICE.address, port: 135 },
    frames: { request: [4, 5], response: [7] },
    duration_us: 12_345,
    call_id: 1,
    opnum: 4,
    activity: null,
    interface: { uuid: "000001a0-0000-0000-c000-000000000046", version: "0.0", name: "IRemoteSCMActivator" },
    method: "RemoteCreateInstance",
    auth: NTLM,
    request: {
      pUnkOuter: null,
      pActProperties: { clsid: "3c3a70a7-a468-49b9-8ada-28e11fccad5d", dwSessionId: 2 },
    },
    response: {
      ppActProperties: { oxid: "00000000000004d2", ipidRemUnknown: "0a0b0c0d-0000-0000-0000-000000000001" },
    },
  });
}

export function sessionInfo(): CallRecord {
  return call({
    ts: "2024-05-01T10:00:00.050000Z",
    stream: 1,
    call_id: 2,
    object: "0a0b0c0d-0000-0000-0000-000000000002",
    target: {
      clsid: "3c3a70a7-a468-49b9-8ada-28e11fccad5d",
      class: "RASrv",
      iid: "f120a684-b926-447f-9df4-c966cb785648",
      oxid: "00000000000004d2",
      oid: "00000000000004d3",
      from_frame: 7,
    },
    auth: NTLM,
    response: {
      pcount: 2,
      pInfo: { vt: "VT_BSTR", bounds: [{ elements: 2, lower: 0 }], values: ["NOVDOM\\novice:1", null] },
    },
    rai: {
      connection_string: null,
      help_blob: null,
      sessions: [{ raw: "NOVDOM\\novice:1", domain: "NOVDOM", user: "novice", session_id: 1 }],
    },
  });
}

export function noviceUserInfo(): CallRecord {
  return call({
    ts: "2024-05-01T10:00:01.000000Z",
    stream: 1,
    frames: { request: [20], response: [21, 22] },
    duration_us: 2_345_678,
    call_id: 3,
    opnum: 7,
    activity: null,
    method: "GetNoviceUserInfo",
    auth: NTLM,
    request: { szName: "" },
    response: { szName: RAW_STRING_2 },
    rai: {
      connection_string: {
        form: 2,
        raw: RAW_STRING_2,
        auth: {
          kh: "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=",
          kh2: "sha256:wKSAkAV3sBfa9WpuRFJcP9q1twJc6wOBuoJ9tsyXwpk=",
          id: "8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5tNpHQc2goLbw4uuBBJvLsU02YYLlBMg5",
        },
        transports: [
          {
            id: "1",
            sid: "1440550163",
            listeners: [
              { port: 49749, name: "2001:4898:1a:5:79e2:3356:9b22:3470", uri: null },
              { port: 49751, name: "172.31.250.64", uri: null },
            ],
          },
        ],
        violations: [],
      },
      help_blob: null,
      sessions: null,
    },
  });
}

export function remoteConnectionParms(): CallRecord {
  return call({
    ts: "2024-05-01T10:05:00.000000Z",
    stream: 2,
    frames: { request: [40], response: [41] },
    call_id: 9,
    opnum: 19,
    activity: null,
    interface: { uuid: "833e4200-aff7-4ac3-aac2-9f24c1457bce", version: "0.0", name: "IPCHService" },
    method: "RemoteConnectionParms",
    auth: NTLM,
    request: {
      bstrUserName: "novice",
      bstrDomainName: "NOVDOM",
      lSessionID: 1,
      bstrUserHelpBlob: HELP_BLOB,
    },
    response: { pbstrConnectionString: RAW_STRING_1 },
    rai: {
      connection_string: {
        form: 1,
        raw: RAW_STRING_1,
        protocol_version: 65538,
        protocol_type: 1,
        machine_addresses: [
          { host: "172.31.243.138", port: 3389 },
          { host: "MIKE_HOME", port: 3389 },
        ],
        assistant_account_pwd: "*",
        ra_session_id: "Uj7RpOlU80SibpRwRZ9+z1vbh7nIgVn89X1AiKp15Vc=",
        ra_session_name: "*",
        ra_session_pwd: "*",
        protocol_specific_parms: "RcfwecK8dpcT1fjZ6iQ5M0+q7iU=",
        listeners: [
          { port: 3389, name: "172.31.243.138" },
          { port: 3389, name: "MIKE_HOME" },
        ],
        violations: [],
      },
      help_blob: {
        raw: HELP_BLOB,
        fields: [
          { length: 13, text: "UNSOLICITED=1" },
          { length: 18, text: "ID=EXDOMAIN\\EXUSER" },
        ],
        unsolicited: true,
        id: { domain: "EXDOMAIN", user: "EXUSER" },
        violations: [],
      },
      sessions: null,
    },
  });
}

export function refused(): CallRecord {
  return call({
    ts: "2024-05-01T10:06:00.000000Z",
    stream: 3,
    frames: { request: [50], response: [51] },
    status: "fault",
    hresult: null,
    fault: { status: "0x00000005", name: "ERROR_ACCESS_DENIED" },
    response: null,
    notes: [{ severity: "warning", code: "stub-left-over", message: "4 bytes are left behind szName" }],
  });
}

export function samr(): CallRecord {
  return call({
    ts: "2024-05-01T09:59:00.000000Z",
    stream: 4,
    frames: { request: [1], response: [] },
    interface: { uuid: "12345778-1234-abcd-ef00-0123456789ac", version: "1.0", name: null },
    method: null,
    opnum: 64,
    activity: null,
    status: "no_response",
    hresult: null,
    stub: { request: "unknown", response: null },
    request: null,
    response: null,
    duration_us: null,
  });
}

export function association(over: Partial<AssociationRecord> = {}): AssociationRecord {
  return {
    ...recordHead("association", "2024-05-01T10:00:00.040000Z", 1, null),
    client: EXPERT,
    server: NOVICE,
    transport: TRANSPORT,
    secondary_address: null,
    traffic: null,
    announced: null,
    assoc_group_id: 0x1234,
    max_xmit_frag: 5840,
    max_recv_frag: 5840,
    features: [],
    contexts: [
      {
        id: 0,
        call_id: 1,
        interface: "f120a684-b926-447f-9df4-c966cb785648",
        version: "0.0",
        name: "IRASrv",
        transfer_syntaxes: ["ndr"],
        result: "acceptance",
        reason: null,
        accepted_syntax: "ndr",
        frame: 10,
      },
    ],
    binds: [],
    auth: { ...NTLM, ntlm: null, kerberos: null },
    security_contexts: [],
    calls: 2,
    notes: [],
    ...over,
  };
}

export function offer(over: Partial<OfferRecord> = {}): OfferRecord {
  return {
    ...recordHead("offer", "2024-05-01T10:00:00.000100Z", 0, null),
    expert: {
      address: EXPERT.address,
      user: "EXUSER",
      domain: "EXDOMAIN",
      workstation: "EXPERT-PC",
      listed: null,
    },
    novice: { address: NOVICE.address, name: "NOVICE-PC" },
    interface: "IRASrv",
    sessions: [{ domain: "NOVDOM", user: "novice", session_id: 1, state: null }],
    selected: { domain: null, user: null, session_id: 1, source: "activation" },
    connection_string: noviceUserInfo().rai!.connection_string,
    follow_up: {
      stream: 7,
      ts: "2024-05-01T10:00:05.500000Z",
      server: { address: NOVICE.address, port: 49751 },
      protocol: "rdp",
      duration_s: 62.25,
      bytes: 1_234_567,
      from_expert: true,
    },
    outcome: "connected",
    refusal: null,
    basis: "decoded",
    outcome_basis: "decoded",
    evidence: [
      { statement: "class RASrv was activated", basis: "decoded", frames: [4, 5, 7] },
      { statement: "connection string 2 was returned", basis: "decoded", frames: [21, 22] },
    ],
    calls: [
      [0, 1],
      [1, 2],
      [1, 3],
    ],
    call_ids: null,
    notes: [],
    ...over,
  };
}

export function note(over: Partial<NoteRecord> = {}): NoteRecord {
  return {
    ...recordHead("note", "2024-05-01T10:00:02.000000Z", 1, null),
    frame: 25,
    severity: "warning",
    code: "tcp-gap",
    message: "1460 bytes are missing from the client's side",
    ...over,
  };
}

export function detection(over: Partial<DetectionRecord> = {}): DetectionRecord {
  return {
    ...recordHead("detection", "2024-05-01T10:00:01.000000Z", 1, null),
    rule: {
      id: "3a5f4c5e-8d53-4d9a-9d86-5e2a0b3a7c11",
      title: "Service Created Over The Network",
      level: "high",
      tags: ["attack.execution", "attack.t1569.002"],
      techniques: ["T1569.002"],
    },
    sentence: "EXDOMAIN\\EXUSER created the service updater on 10.0.0.20 that runs cmd /c whoami",
    basis: "decoded",
    calls: ["7537eaaef0f526611567ccd715a3fc67"],
    frames: [14, 15],
    client: { ...EXPERT },
    server: { ...NOVICE },
    user: "EXUSER",
    domain: "EXDOMAIN",
    false_positives: ["software that is installed from afar"],
    fields: { method: "RCreateServiceW", "request.lpServiceName": "updater", "auth.user": "EXUSER" },
    ...over,
  };
}

/** Of a summary's traffic: what neither holds DCE/RPC in another protocol nor was left unread. */
export const NOTHING_CARRIED = { smb_streams: 0, rpc_http_streams: 0, rpc_datagrams: 0, not_read: [] };

export function summary(over: Partial<SummaryRecord> = {}): SummaryRecord {
  return {
    ...recordHead("summary", null, null, null),
    frames: 1234,
    bytes: 567_890,
    streams: 8,
    pdus: { request: 6, response: 4, fault: 1, bind: 5, bind_ack: 5 },
    calls: { ok: 4, fault: 1, no_response: 1 },
    offers: 1,
    duration_s: 425.5,
    first_ts: "2024-05-01T09:59:00.000000Z",
    last_ts: "2024-05-01T10:06:05.500000Z",
    notes: { "tcp-gap": 1 },
    keys: null,
    capture: null,
    complete: true,
    traffic: { tcp_segments: 1100, ip_packets: 1200, other_frames: 34, rpc_streams: 5, ...NOTHING_CARRIED },
    ...over,
  };
}

/** A run of all kinds, in the order an analyzer may make them. */
export function run(): Event[] {
  return [
    samr(),
    activation(),
    sessionInfo(),
    noviceUserInfo(),
    note(),
    remoteConnectionParms(),
    refused(),
    association(),
    association({ stream: 0, server: { address: NOVICE.address, port: 135 } }),
    offer(),
    note({
      stream: null,
      frame: 1234,
      severity: "error",
      code: "file-truncated",
      message: "the file ends in a record",
    }),
    summary({ complete: false }),
  ];
}
