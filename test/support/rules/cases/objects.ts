/** DCOM and WMI. */
import type { RuleCase } from "../case.js";
import { activation, rpc } from "../made.js";

const DISPATCH = "00020400-0000-0000-c000-000000000046";
const VIEW = "6efc2da2-b38c-457e-9abb-ed2d189b8c38";
const SHELL_DISPATCH = "d8f015c0-c278-11ce-a49e-444553540000";
const ACTIVATOR = "000001a0-0000-0000-c000-000000000046";
const OLD_ACTIVATOR = "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57";
const SERVICES = "9556dc99-828c-11cf-a37e-00aa003240c7";
const LOGIN = "f309ad18-d86a-11d0-a075-00c04fb68820";
const RASRV = "3c3a70a7-a468-49b9-8ada-28e11fccad5d";

const MMC20 = "49b2791a-b1ae-4c90-9b8e-e860ba07f889";
const SHELL_WINDOWS = "9ba05972-f6a8-11cf-a442-00a0c90a8f39";
const SHELL_BROWSER_WINDOW = "c08afd90-f2a1-11d1-8455-00a0c91f3880";
const INTERNET_EXPLORER = "0002df01-0000-0000-c000-000000000046";
const EXCEL = "00024500-0000-0000-c000-000000000046";
const OUTLOOK = "0006f03a-0000-0000-c000-000000000046";
const VISIO = "00021a20-0000-0000-c000-000000000046";

const invoke = (iface: string, member: string, texts: { [name: string]: string }, clsid?: string) =>
  rpc(DISPATCH, 6, {
    dispatch: { interface: iface, member, arguments: texts },
    ...(clsid === undefined ? {} : { clsid }),
  });

const execMethod = (path: string, method: string, properties: { [name: string]: string }) =>
  rpc(SERVICES, 24, {
    request: { strObjectPath: path, strMethodName: method },
    readable: { pInParams: { class: "__PARAMETERS", properties } },
  });

const putInstance = (name: string, properties: { [name: string]: string } = {}) =>
  rpc(SERVICES, 14, { readable: { pInst: { class: name, properties } } });

const sealedMethod = (request: number, response: number) =>
  rpc(SERVICES, 24, { sealed: true, bytes: [request, response] });

/** Encrypted calls of GetIDsOfNames, by the sizes of their requests. */
const sealedNames = (...sizes: number[]) =>
  sizes.map((size, at) => rpc(DISPATCH, 5, { sealed: true, at, bytes: [size, 24] }));

/** An ordinary offer of help activates as well. */
const QUIET_ACTIVATION = [[activation(RASRV)], "vista-offer-integrity.pcapng"];

const CREATED = execMethod("Win32_Process", "Create", { CommandLine: "notepad.exe" });
const TO_SHARE = execMethod("Win32_Process\0", "Create\0", {
  CommandLine: "cmd.exe /Q /c whoami 1> \\\\127.0.0.1\\ADMIN$\\__17 2>&1",
});
const REGISTRY = execMethod("StdRegProv", "GetStringValue", { sSubKeyName: "SOFTWARE\\Microsoft\\Windows" });

export const OBJECTS: readonly RuleCase[] = [
  {
    rule: "dcom-mmc20-shell-command",
    fires: [
      "shared/LM_dcom_mmc20.application_dcerpc.pcapng",
      "shared/dcompayload-poshc2.pcap",
      [invoke("View", "ExecuteShellCommand", { Command: "cmd.exe" })],
      [rpc(VIEW, 0, { request: {} })].map((call) => ({ ...call, method: "ExecuteShellCommand" })),
    ],
    quiet: [[invoke("_Application", "Document", {})], "invoke.pcapng"],
  },
  {
    rule: "dcom-mmc20-activation",
    fires: [[activation(MMC20)], "shared/dcompayload-poshc2.pcap"],
    quiet: QUIET_ACTIVATION,
  },
  {
    rule: "dcom-shell-execute",
    fires: [
      "shared/empire_dcom_shellwindows_WORKSTATION6_2020-09-18130751.cap",
      [invoke("IShellDispatch6", "ShellExecute", { File: "cmd.exe", vArgs: "/c calc" })],
      [{ ...rpc(SHELL_DISPATCH, 7), method: "ShellExecute" }],
    ],
    quiet: [[invoke("IShellWindows", "Item", {})], "invoke.pcapng"],
  },
  {
    rule: "dcom-shellwindows-activation",
    fires: [[activation(SHELL_WINDOWS)], "shared/empire_dcom_shellwindows_WORKSTATION6_2020-09-18130751.cap"],
    quiet: QUIET_ACTIVATION,
  },
  {
    rule: "dcom-shellbrowserwindow-activation",
    fires: [
      [activation(SHELL_BROWSER_WINDOW)],
      [rpc(OLD_ACTIVATOR, 0, { request: { Clsid: SHELL_BROWSER_WINDOW } })],
    ],
    quiet: QUIET_ACTIVATION,
  },
  {
    rule: "dcom-invoke-sealed",
    fires: [[rpc(DISPATCH, 6, { sealed: true })]],
    quiet: [
      [invoke("View", "Close", {})],
      [rpc(DISPATCH, 5, { sealed: true })],
      "vista-offer-privacy.pcapng",
    ],
  },
  {
    rule: "dcom-mmc20-sealed-sequence",
    fires: [sealedNames(96, 100, 116)],
    quiet: [sealedNames(96, 100, 104), sealedNames(100, 96, 116), "vista-offer-privacy.pcapng"],
  },
  {
    rule: "dcom-shell-sealed-sequence",
    fires: [sealedNames(88, 96, 100, 104)],
    quiet: [sealedNames(96, 100, 116), "vista-offer-privacy.pcapng"],
  },
  {
    rule: "dcom-internet-explorer-activation",
    fires: [[activation(INTERNET_EXPLORER)]],
    quiet: QUIET_ACTIVATION,
  },
  {
    rule: "dcom-excel-activation",
    fires: [[activation(EXCEL)], "shared/covenant_dcom_registerxll_2020-09-18145959.cap"],
    quiet: QUIET_ACTIVATION,
  },
  {
    rule: "dcom-excel-execution",
    fires: [
      "shared/covenant_dcom_registerxll_2020-09-18145959.cap",
      [invoke("_Application", "ExecuteExcel4Macro", { String: 'EXEC("calc.exe")' })],
      [invoke("_Application", "Run", { Macro: "Auto" }, EXCEL)],
    ],
    quiet: [
      [invoke("_Application", "Run", { Macro: "Auto" }, MMC20)],
      [invoke("_Application", "Visible", {}, EXCEL)],
    ],
  },
  {
    rule: "dcom-office-activation",
    fires: [[activation(OUTLOOK)], [activation(VISIO)]],
    quiet: QUIET_ACTIVATION,
  },
  {
    rule: "dcom-outlook-createobject",
    fires: [[invoke("_Application", "CreateObject", { ObjectName: "Shell.Application" })]],
    quiet: [[invoke("_Application", "CreateItem", {})]],
  },
  {
    rule: "activation-below-integrity",
    fires: [
      "xp-collection-walk.pcap",
      "shared/kerberos135_auth.pcapng",
      [activation(RASRV, { level: "connect" })],
      [rpc(OLD_ACTIVATOR, 0, { level: "none", request: { Clsid: RASRV } })],
    ],
    quiet: [
      "vista-offer-integrity.pcapng",
      [activation(RASRV)],
      [activation(RASRV, { level: "connect", status: "fault" })],
      // Without the bind, who sends no verifier may be at connect level or have no security at all.
      "shared/LM_dcom_mmc20.application_dcerpc.pcapng",
      [rpc(ACTIVATOR, 4, { sealed: true })],
    ],
  },
  {
    rule: "wmi-process-create",
    fires: [
      "wmi.pcapng",
      [CREATED],
      [execMethod("\\\\SRV\\root\\cimv2:Win32_Process", "Create", {})],
      [execMethod("Quiet_Class", "Create", { CommandLine: "calc.exe" })],
    ],
    quiet: [[REGISTRY], [TO_SHARE], [execMethod("Win32_Process.Handle=4", "GetOwner", {})]],
  },
  {
    rule: "wmi-process-create-output-to-share",
    fires: [[TO_SHARE]],
    quiet: ["wmi.pcapng", [CREATED]],
  },
  {
    rule: "wmi-process-create-sealed",
    fires: [
      "shared/empire_wmi_dcerpc_wmi_IWbemServices_ExecMethod_WORKSTATION6_2020-09-21001437.cap",
      "shared/covenant_sharpwmi_create_dcerpc_wmi_2020-08-06035621.cap",
      [sealedMethod(1916, 1160)],
    ],
    quiet: [
      "wmi.pcapng",
      [sealedMethod(1264, 796)],
      [sealedMethod(8880, 424)],
      "shared/wmi-service-remote.pcap",
    ],
  },
  {
    rule: "wmi-method-sealed",
    fires: [[sealedMethod(1264, 796)], "shared/wmi-service-remote.pcap"],
    quiet: ["wmi.pcapng", [sealedMethod(1916, 1160)]],
  },
  {
    rule: "wmi-service-method",
    fires: [
      [execMethod("Win32_Service", "Create", { PathName: "C:\\x.exe" })],
      [execMethod('Win32_Service.Name="x"', "StartService", {})],
    ],
    quiet: [[execMethod('Win32_Service.Name="x"', "InterrogateService", {})], [CREATED], "wmi.pcapng"],
  },
  {
    rule: "wmi-scheduled-job",
    fires: [[execMethod("Win32_ScheduledJob", "Create", { Command: "calc.exe" })]],
    quiet: [[execMethod("Win32_ScheduledJob", "Delete", {})], "wmi.pcapng"],
  },
  {
    rule: "wmi-product-install",
    fires: [[execMethod("Win32_Product", "Install", { PackageLocation: "\\\\10.0.0.66\\x\\a.msi" })]],
    quiet: [[execMethod("Win32_Product", "Uninstall", {})], "wmi.pcapng"],
  },
  {
    rule: "wmi-registry-autostart",
    fires: [
      [
        execMethod("StdRegProv", "SetStringValue", {
          sSubKeyName: "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run",
          sValueName: "x",
        }),
      ],
    ],
    quiet: [[REGISTRY], [execMethod("StdRegProv", "SetStringValue", { sSubKeyName: "SOFTWARE\\Example" })]],
  },
  {
    rule: "wmi-event-subscription",
    fires: [
      [putInstance("__EventFilter", { Query: "SELECT * FROM __InstanceModificationEvent" })],
      [putInstance("CommandLineEventConsumer", { CommandLineTemplate: "cmd.exe" })],
      [putInstance("__FilterToConsumerBinding")],
    ],
    quiet: [[putInstance("Win32_Environment")], "wmi.pcapng"],
  },
  {
    rule: "wmi-subscription-namespace",
    fires: [[rpc(LOGIN, 6, { request: { wszNetworkResource: "\\\\10.0.0.9\\root\\subscription" } })]],
    quiet: ["wmi.pcapng", [rpc(LOGIN, 6, { request: { wszNetworkResource: "\\\\10.0.0.9\\root\\cimv2" } })]],
  },
  {
    rule: "wmi-instances-put-sealed",
    fires: [[0, 5, 9].map((at) => rpc(SERVICES, 14, { sealed: true, at }))],
    quiet: [
      [0, 5].map((at) => rpc(SERVICES, 14, { sealed: true, at })),
      [0, 5, 9].map((at) => rpc(SERVICES, 14, { sealed: true, at, to: 9 + at })),
      [0, 700, 1400].map((at) => rpc(SERVICES, 14, { sealed: true, at })),
    ],
  },
];
