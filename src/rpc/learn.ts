/**
 * What a decoded DCOM call teaches about objects: [MS-DCOM] 3.2.4.1 (activation), 3.1.1.5.6 (RemQueryInterface), 3.1.2.5.1
 * (OXID resolution), and every object reference that passes as a value. Out of decoded values only.
 */
import type { Objref, SecurityBinding, StringBinding } from "../../dissectors/dcom/objref.js";
import { NIL_GUID } from "../../dissectors/wire/guid.js";
import type { Value } from "../events.js";
import type { ObjectTable } from "./objects.js";

/** An OXID of zero: none. */
const NIL_ID = "0000000000000000";

/** [MS-DCOM] 1.9 IIDs. */
const IID_IREMUNKNOWN2 = "00000143-0000-0000-c000-000000000046";

type Values = { [name: string]: Value };

export interface Lesson {
  interfaceName: string | null;
  method: string | null;
  request: Values | null;
  response: Values | null;
  objrefs: readonly Objref[];
  /** The IPID that was called, if any. */
  object: string | null;
  /** First frame of the response, and the conversation it came in. */
  frame: number;
  stream: number;
  serverAddress: string;
}

/** Answers the class of which the call asked for an object, if any. */
export function learnFrom(lesson: Lesson, objects: ObjectTable): string | null {
  const { frame, stream } = lesson;
  let activated: string | null = null;
  switch (lesson.interfaceName) {
    case "IActivation":
      activated = text(lesson.request?.Clsid);
      learnExporter(
        objects,
        lesson,
        lesson.response?.pOxid,
        lesson.response?.ppdsaOxidBindings,
        lesson.response?.pipidRemUnknown,
      );
      break;
    case "IRemoteSCMActivator": {
      const asked = properties(lesson.request?.pActProperties);
      activated = text(record(asked?.InstantiationInfo)?.classId);
      const answered = properties(lesson.response?.ppActProperties);
      const reply = record(record(answered?.ScmReplyInfo)?.remoteReply);
      learnExporter(objects, lesson, reply?.Oxid, reply?.pdsaOxidBindings, reply?.ipidRemUnknown);
      break;
    }
    case "IObjectExporter":
      if (lesson.method === "ResolveOxid" || lesson.method === "ResolveOxid2") {
        learnExporter(
          objects,
          lesson,
          lesson.request?.pOxid,
          lesson.response?.ppdsaOxidBindings,
          lesson.response?.pipidRemUnknown,
        );
      }
      break;
    case "IClassFactory":
      activated = classOf(objects, lesson.object);
      break;
    case "IRemUnknown":
    case "IRemUnknown2":
      if (lesson.method === "RemQueryInterface") learnQueried(objects, lesson);
      if (lesson.method === "RemRelease") learnReleased(objects, lesson);
      break;
  }
  for (const objref of lesson.objrefs) {
    if (objref.kind === "custom") continue;
    const { std } = objref;
    objects.learn(
      std.ipid,
      { iid: objref.iid, oid: std.oid, oxid: std.oxid, refs: std.publicRefs },
      frame,
      stream,
    );
    const { stringBindings, securityBindings } = objref.bindings;
    objects.exporter(std.oxid, { resolver: stringBindings, security: securityBindings }, frame);
    const clsid = objref.kind === "handler" ? objref.clsid : activated;
    if (clsid) objects.setClass(std.oxid, std.oid, clsid);
  }
  return activated;
}

function learnExporter(
  objects: ObjectTable,
  lesson: Lesson,
  oxid: Value | undefined,
  bindings: Value | undefined,
  remUnknown: Value | undefined,
): void {
  const id = text(oxid);
  if (!id || id === NIL_ID) return;
  const ipid = text(remUnknown);
  objects.exporter(
    id,
    {
      bindings: bindingsOf(bindings),
      security: securityOf(bindings),
      remUnknown: ipid,
      machine: lesson.serverAddress,
    },
    lesson.frame,
  );
  if (ipid && ipid !== NIL_GUID) {
    objects.learn(ipid, { iid: IID_IREMUNKNOWN2, oid: null, oxid: id }, lesson.frame, lesson.stream);
  }
}

/** RemQueryInterface answers one REMQIRESULT for each IID that was asked for, in the same order. */
function learnQueried(objects: ObjectTable, lesson: Lesson): void {
  const iids = lesson.request?.iids;
  const results = lesson.response?.ppQIResults;
  if (!Array.isArray(results)) return;
  for (let i = 0; i < results.length; i++) {
    const result = record(results[i]);
    const std = record(result?.std);
    const ipid = text(std?.ipid);
    if (!ipid || ipid === NIL_GUID || Number(result?.hResult) >= 0x80000000) continue;
    objects.learn(
      ipid,
      {
        iid: Array.isArray(iids) ? text(iids[i]) : null,
        oid: text(std?.oid),
        oxid: text(std?.oxid),
        refs: Number(std?.cPublicRefs) || 0,
      },
      lesson.frame,
      lesson.stream,
    );
  }
}

function learnReleased(objects: ObjectTable, lesson: Lesson): void {
  const refs = lesson.request?.InterfaceRefs;
  if (!Array.isArray(refs)) return;
  for (const r of refs) {
    const released = record(r);
    const known = objects.used(text(released?.ipid) ?? "", lesson.frame, lesson.stream);
    if (known) known.publicRefs -= Number(released?.cPublicRefs) || 0;
  }
}

function classOf(objects: ObjectTable, ipid: string | null): string | null {
  const known = ipid ? objects.interfaces.get(ipid) : undefined;
  return known ? objects.classOf(known.oxid, known.oid) : null;
}

function record(value: Value | undefined): Values | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
}

function text(value: Value | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** The property bag of an activation blob. */
function properties(value: Value | undefined): Values | null {
  return record(record(value)?.properties);
}

/** A DUALSTRINGARRAY value's string bindings, with the tower's name kept as it was shown. */
function bindingsOf(value: Value | undefined): StringBinding[] {
  const list = record(value)?.bindings;
  if (!Array.isArray(list)) return [];
  return list.flatMap((b) => {
    const address = text(record(b)?.address);
    const tower = text(record(b)?.tower);
    return address === null ? [] : [{ towerId: tower === "ncacn_ip_tcp" ? 7 : 0, address }];
  });
}

/** Its security bindings. */
function securityOf(value: Value | undefined): SecurityBinding[] {
  const list = record(value)?.security;
  if (!Array.isArray(list)) return [];
  return list.flatMap((b) => {
    const principal = text(record(b)?.principal);
    const authnSvc = record(b)?.authn_svc;
    return principal === null || typeof authnSvc !== "number" ? [] : [{ authnSvc, principal }];
  });
}
