/** WMI: a process started on another machine, at packet integrity, so that all of it can be read. */

import { scmActivation } from "../activation.js";
import { Association } from "../association.js";
import { type Cast, domainMachine, Exporter, helper } from "../cast.js";
import { Conversation } from "../conversation.js";
import { CLSID, IID } from "../dcom.js";
import { LITTLE } from "../ndr.js";
import { WINDOWS_10 } from "../ntlm.js";
import { LEVELS } from "../plan.js";
import type { Recipe } from "../recipe.js";
import { connect, plan } from "../stories/vista.js";
import * as wmi from "../wmi.js";
import { type ClassSpec, encodingUnit } from "../wmio.js";

const INTO: ClassSpec = {
  name: "__PARAMETERS",
  properties: [
    { name: "CommandLine", type: "string" },
    { name: "CurrentDirectory", type: "string" },
  ],
};
const OUT_OF: ClassSpec = {
  name: "__PARAMETERS",
  properties: [
    { name: "ProcessId", type: "uint32" },
    { name: "ReturnValue", type: "uint32" },
  ],
};
const PROCESS: ClassSpec = {
  name: "Win32_Process",
  derivation: ["CIM_Process"],
  properties: [
    { name: "Handle", type: "string", qualifiers: [{ name: "key", type: "boolean", value: true }] },
    { name: "CommandLine", type: "string" },
    { name: "ProcessId", type: "uint32" },
  ],
  methods: [{ name: "Create", input: INTO, output: OUT_OF }],
};
const COMMAND = 'powershell.exe -NoProfile -Command "Restart-Service Spooler"';

export const WMI: Recipe[] = [
  {
    name: "wmi.pcapng",
    about:
      "WMI at packet integrity: activation of WbemLevel1Login, NTLMLogin, Win32_Process with GetObject, and its Create with ExecMethod.",
    make: () => {
      const talk = new Conversation("wmi", "2024-09-03T12:20:31.610Z");
      const cast: Cast = {
        expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
        novice: domainMachine("SRV-2019", "10.20.4.40", WINDOWS_10),
      };
      const security = { provider: "spnego", level: "pkt_integrity" } as const;
      const cid = talk.random.guid();
      const activator = new Association(talk, connect(talk, cast, 135), cid, { firstCallId: 2 });
      activator.bind(
        [{ interface: "IRemoteSCMActivator", propose: ["ndr"], accept: "ndr" }],
        plan(cast, security),
      );
      const exporter = new Exporter(talk.random, cast.novice, 49671, "CONTOSO\\helga.desk");
      const login = exporter.reference(IID.IWbemLevel1Login);
      const activated = {
        oxid: exporter.oxid,
        bindings: exporter.bindings,
        ipidRemUnknown: exporter.ipidRemUnknown,
        authnHint: LEVELS.pkt_integrity,
        interfaces: [{ iid: IID.IWbemLevel1Login, hresult: 0, ref: login }],
      };
      const asked = {
        clsid: CLSID.WbemLevel1Login,
        iids: [IID.IWbemLevel1Login],
        session: null,
        serverName: cast.novice.name,
        contextId: talk.random.guid(),
      };
      activator.call(null, scmActivation(LITTLE, cid, "RemoteCreateInstance", asked, activated));
      talk.wait(9);

      const services = new Association(talk, connect(talk, cast, exporter.port), cid, { firstCallId: 2 });
      services.bind(
        [{ interface: "IWbemLevel1Login", propose: ["ndr"], accept: "ndr" }],
        plan(cast, security),
      );
      const namespace = exporter.reference(IID.IWbemServices);
      services.call(login.ipid, wmi.ntlmLogin(LITTLE, cid, "\\\\SRV-2019\\root\\cimv2", namespace));
      services.alter([{ interface: "IWbemServices", propose: ["ndr"], accept: "ndr" }]);
      const where = { server: "SRV-2019", namespace: "root\\cimv2" };
      const definition = encodingUnit({ ...where, class: PROCESS });
      services.call(namespace.ipid, wmi.getObject(LITTLE, cid, "Win32_Process", definition));
      const values = { CommandLine: COMMAND, CurrentDirectory: "C:\\Windows\\Temp" };
      const given = encodingUnit({ class: INTO, values });
      const answer = encodingUnit({ class: OUT_OF, values: { ProcessId: 4712, ReturnValue: 0 } });
      services.call(namespace.ipid, wmi.execMethod(LITTLE, cid, "Win32_Process", "Create", given, answer));
      for (const { connection } of [services, activator]) talk.close(connection);
      return { talk, file: { format: "pcapng", resolution: 9, name: "Ethernet0" } };
    },
  },
];
