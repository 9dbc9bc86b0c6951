/** Connectionless DCE/RPC beside a TCP connection: what the Messenger service was told, and a PROFINET device being set up. */

import { Activity, type Spoken } from "../activity.js";
import { Association } from "../association.js";
import { concat, fromHex, Writer } from "../bytes.js";
import { type Cast, domainMachine, helper } from "../cast.js";
import { Conversation } from "../conversation.js";
import { DG, fackBody, statusBody } from "../datagram.js";
import { eptMap } from "../epm.js";
import { LITTLE, Ndr } from "../ndr.js";
import { WINDOWS_XP } from "../ntlm.js";
import type { Recipe } from "../recipe.js";
import { connect } from "../stories/vista.js";
import { xpPlan } from "../stories/xp.js";

const MESSENGER = { interface: "msgsvcsend", uuid: "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc", version: 1 };
const MANAGER = { interface: "conv", uuid: "333a2276-0000-0000-0d00-00809c000000", version: 3 };
const DEVICE = { interface: "PNIO_Device", uuid: "dea00001-6c97-11d1-8271-00a02442df7d", version: 1 };
/** Instance 1 of device 0x0a21 of vendor 0x002a. */
const DEVICE_OBJECT = "dea00000-6c97-11d1-8271-00010a21002a";
const ACCESS_DENIED = 5;
const UNKNOWN_INTERFACE = 0x1c010003;

const TEXT =
  "Maintenance: the front desk's machines are restarted at 12:30. Save what you are working on, and call 7-100 if a machine does not come back. ";

/** [MS-MSRP] 3.2.4.1 NetrSendMessage. */
function sendMessage(from: string, to: string, text: string): Spoken {
  const request = new Ndr(LITTLE);
  for (const value of [from, to, text]) {
    request
      .align(4)
      .count(value.length + 1)
      .count(0)
      .count(value.length + 1);
    request.out.ascii(value).u8(0);
  }
  return {
    ...MESSENGER,
    method: "NetrSendMessage",
    opnum: 0,
    request: request.done(),
    response: new Ndr(LITTLE).u32(0).done(),
    requestValues: { From: from, To: to, Text: text },
    returned: { value: 0, name: "ERROR_SUCCESS" },
  };
}

/** [C706] appendix P conv_who_are_you2: a server asks its client how far an activity's calls have come. */
function whoAreYou(activity: string, boot: number, sequence: number, space: string): Spoken {
  return {
    ...MANAGER,
    method: "conv_who_are_you2",
    opnum: 1,
    request: new Ndr(LITTLE).guid(activity).u32(boot).done(),
    response: new Ndr(LITTLE).u32(sequence).guid(space).u32(0).done(),
    requestValues: { actuid: activity, boot_time: boot },
    responseValues: { seq: sequence, cas_uuid: space },
  };
}

/** A block of PROFINET: big-endian whatever the stub's byte order. */
function block(type: number, body: Uint8Array): Uint8Array {
  return new Writer(false)
    .u16(type)
    .u16(body.length + 2)
    .u8(1)
    .u8(0)
    .bytes(body)
    .done();
}

/** PROFINET IO Connect: an application relation, and as much about submodules as no single frame holds. */
function profinet(arUuid: string): Spoken {
  const name = "sps-halle-3";
  const relation = new Writer(false).u16(1).guid(arUuid).u16(1).bytes(fromHex("020000102030"));
  relation.guid("dea00000-6c97-11d1-8271-000100010002").u32(0x11).u16(300).u16(0x8892);
  const slots = 72;
  const expected = new Writer(false).u16(slots);
  for (let slot = 1; slot <= slots; slot++) {
    // API, slot, module, properties, one submodule without data.
    expected
      .u32(0)
      .u16(slot)
      .u32(0x30 + (slot % 5))
      .u16(0)
      .u16(1);
    expected.u16(1).u32(1).u16(0).u16(1).u16(0).u8(1).u8(1);
  }
  const args = concat(
    block(0x0101, relation.u16(name.length).ascii(name).done()),
    block(0x0104, expected.done()),
  );
  const granted = new Writer(false).u16(1).guid(arUuid).u16(1).bytes(fromHex("020000102099")).u16(0x8892);
  const result = block(0x8101, granted.done());
  const room = 4096;
  const big = { little: false, ndr64: false };
  return {
    ...DEVICE,
    method: "Connect",
    opnum: 0,
    request: new Ndr(big).u32(room).u32(args.length).u32(room).u32(0).u32(args.length).bytes(args).done(),
    response: new Ndr(big).u32(0).u32(result.length).u32(room).u32(0).u32(result.length).bytes(result).done(),
    requestValues: { ArgsMaximum: room, ArgsLength: args.length },
    responseValues: { ResponseLength: result.length },
  };
}

/** Everything that the Messenger service's port hears. */
function messages(talk: Conversation, cast: Cast): void {
  const client = { address: cast.expert.address, port: cast.expert.nextPort++ };
  const server = { address: cast.novice.address, port: 1025 };
  const connection = talk.datagrams(client, server);
  const boot = 0x4d5f1c20;
  const activity = new Activity(talk, connection, { boot });

  // Too long for one PDU; the fragments come out of order and one comes twice.
  const long = sendMessage("helga.desk", "XP-FRONT", TEXT.repeat(18).trim());
  const first = activity.begin(long, { status: "ok" });
  first.askInFragments(896, [0, 2, 1, 1]);
  first.pdu("fack", fackBody(3, 0));
  // The server has not heard of this activity and asks who that is.
  const back = new Activity(talk, connection, { caller: "server" });
  const asked = back.begin(whoAreYou(activity.id, boot, 0, talk.random.guid()), { status: "ok" });
  asked.ask(DG.IDEMPOTENT).answer();
  talk.wait(1000);
  first.pdu("ping").pdu("working");
  talk.wait(700);
  first.answer().pdu("ack");

  // Nobody waits for an answer.
  talk.wait(2000);
  const short = sendMessage("HELPDESK-7", "XP-FRONT", "Restart in five minutes.");
  activity.begin(short, { status: "no_response" }).ask(DG.NO_FACK | DG.MAYBE);

  // Refused by the service, and by the run-time, which does not know the interface.
  talk.wait(1200);
  const refused = sendMessage("HELPDESK-7", "CONTOSO*", "Restart now.");
  const third = activity.begin(refused, { status: "fault", fault: ACCESS_DENIED });
  third.ask().pdu("fault", statusBody(ACCESS_DENIED), { status: ACCESS_DENIED }).pdu("ack");
  const other = { ...MESSENGER, interface: "msgsvc", uuid: "17fdd703-1827-4e34-79d4-24a55c53bb37" };
  const name = new Ndr(LITTLE).pointer(null).wideString("HELPDESK-7").done();
  const values = { ServerName: null, MsgName: "HELPDESK-7" };
  const added = { ...other, method: "NetrMessageNameAdd", opnum: 0, request: name, requestValues: values };
  const fourth = activity.begin(added, { status: "fault", fault: UNKNOWN_INTERFACE });
  fourth.ask().pdu("reject", statusBody(UNKNOWN_INTERFACE), { status: UNKNOWN_INTERFACE });
}

/** A controller connects to a device of the plant: big-endian, and in IP fragments of which the last comes first. */
function plant(talk: Conversation): void {
  const controller = { address: "10.20.8.10", port: 49155 };
  const device = { address: "10.20.8.21", port: 34964 };
  const connection = talk.datagrams(controller, device);
  const options = { little: false, object: DEVICE_OBJECT };
  const call = new Activity(talk, connection, options).begin(profinet(talk.random.guid()), { status: "ok" });
  call.ask(DG.IDEMPOTENT | DG.NO_FACK, { size: 1480, swapped: true });
  talk.wait(8);
  call.answer();
}

export const DATAGRAMS: Recipe[] = [
  {
    name: "datagrams.pcap",
    about:
      "Connectionless DCE/RPC: messages with fragments, a callback, a call without answer, a fault and a reject; PROFINET IO in IP fragments; ept_map over TCP.",
    make: () => {
      const talk = new Conversation("datagrams", "2006-04-11T09:58:40.700Z");
      const cast: Cast = {
        expert: { ...helper("helga.desk", "HELPDESK-7", "192.168.40.90", WINDOWS_XP), nextPort: 1190 },
        novice: domainMachine("XP-FRONT", "192.168.40.12", WINDOWS_XP),
      };
      const mapper = new Association(talk, connect(talk, cast, 135), "", {});
      mapper.bind([{ interface: "ept", propose: ["ndr"], accept: "ndr" }], xpPlan(cast), null);
      mapper.call(null, eptMap(LITTLE, "samr", 1026, cast.novice.address, 1), { causality: null });
      messages(talk, cast);
      talk.close(mapper.connection);
      talk.wait(3000);
      plant(talk);
      return { talk, file: { format: "pcap", nanoseconds: false } };
    },
  },
];
