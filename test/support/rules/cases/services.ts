/** Services, tasks, the registry, event logs, shutdown. */
import type { RuleCase } from "../case.js";
import { counted, handle, type Made, rpc } from "../made.js";

const SVCCTL = "367abb81-9844-35f1-ad32-98f038001003";
const TASKS = "86d35949-83c9-4044-b424-db363231fd0c";
const ATSVC = "1ff70682-0a51-30e8-076d-740be8cee98b";
const SASEC = "378e52b0-c0a9-11cf-822d-00aa0051e40f";
const WINREG = "338cd001-2244-31f1-aaaa-900038001003";
const EVENTLOG = "82273fdc-e32a-18c3-3f78-827929dc23ea";
const EVENTS = "f6beaff7-1e19-4fbb-9f8f-b89e2018337c";
const WMI = "9556dc99-828c-11cf-a37e-00aa003240c7";
const INIT_SHUTDOWN = "894de0c0-0d55-11d3-a322-00c04fa321a1";
const WINDOWS_SHUTDOWN = "d95afe70-a6d5-4259-822e-2c84da1ddb0d";

const create = (name: string, program: string, over: Made = {}) =>
  rpc(SVCCTL, 12, { request: { lpServiceName: name, lpBinaryPathName: program }, ...over });
const start = (over: Made = {}) => rpc(SVCCTL, 19, over);
const remove = (over: Made = {}) => rpc(SVCCTL, 2, over);
const change = (program: string | null, over: Made = {}) =>
  rpc(SVCCTL, 11, { request: { lpBinaryPathName: program }, ...over });

const PLAIN = create("Agent", "C:\\Program Files\\Agent\\agent.exe");
const COMMAND = create("KPZ", "%COMSPEC% /Q /c echo whoami");
const PSEXEC = create("PSEXESVC", "%SystemRoot%\\PSEXESVC.exe");

const register = (xml: string, over: Made = {}) => rpc(TASKS, 1, { request: { path: "\\x", xml }, ...over });
const deleteTask = (over: Made = {}) => rpc(TASKS, 13, { request: { path: "\\x" }, ...over });
const task = (command: string): string =>
  `<Task><Actions><Exec><Command>${command}</Command></Exec></Actions></Task>`;

/** A value set under a key that was opened before. */
const setValue = (key: string, value: string) => [
  rpc(WINREG, 2, { response: { phKey: handle(1) } }),
  rpc(WINREG, 15, {
    request: { hKey: handle(1), lpSubKey: counted(key) },
    readable: { lpSubKey: key },
    response: { phkResult: handle(2) },
  }),
  rpc(WINREG, 22, {
    request: { hKey: handle(2), lpValueName: counted(value) },
    readable: { lpValueName: value, lpData: "C:\\x.exe" },
  }),
];

const openKey = (key: string, at: number) =>
  rpc(WINREG, 15, { request: { lpSubKey: counted(key) }, readable: { lpSubKey: key }, at });

const shutdownAt = (to: number) => rpc(INIT_SHUTDOWN, 0, { to });

export const SERVICES: readonly RuleCase[] = [
  {
    rule: "service-created",
    fires: [[PLAIN], "shared/pipes/covenant_sharpsc_create_dcerpc_smb_svcctl.cap"],
    quiet: [[COMMAND], [PSEXEC], [start()], "pipes.pcapng"],
  },
  {
    rule: "service-created-sealed",
    fires: [[rpc(SVCCTL, 45, { sealed: true })]],
    quiet: [[PLAIN], "pipes.pcapng"],
  },
  {
    rule: "service-created-command",
    fires: ["pipes.pcapng", [COMMAND]],
    quiet: [[PLAIN], [PSEXEC]],
  },
  {
    rule: "service-created-remote-shell-tool",
    fires: ["shared/pipes/psexec_add_user.pcap", [PSEXEC], [create("SDfL", "%systemroot%\\HtCOoeYd.exe")]],
    quiet: [[PLAIN], "pipes.pcapng"],
  },
  {
    rule: "service-started",
    fires: ["pipes.pcapng", [start()], [rpc(SVCCTL, 31, { sealed: true })]],
    quiet: [[PLAIN], "vista-offer-integrity.pcapng"],
  },
  {
    rule: "service-stopped",
    fires: [[rpc(SVCCTL, 1, { request: { dwControl: 1 } })]],
    quiet: [[rpc(SVCCTL, 1, { request: { dwControl: 4 } })], [start()], "pipes.pcapng"],
  },
  {
    rule: "service-short-lived",
    fires: [
      "pipes.pcapng",
      "shared/pipes/psexec_add_user.pcap",
      [12, 19, 2].map((opnum, at) => rpc(SVCCTL, opnum, { sealed: true, at })),
    ],
    quiet: [
      [PLAIN, start({ at: 1 })],
      [remove(), start({ at: 1 }), create("x", "y", { at: 2 })],
      [PLAIN, start({ at: 1, to: 10 }), remove({ at: 2, to: 11 })],
      [PLAIN, start({ at: 1 }), remove({ at: 7_200 })],
      "shared/pipes/covenant_sharpsc_create_dcerpc_smb_svcctl.cap",
    ],
  },
  {
    rule: "service-program-changed",
    fires: [[change("C:\\Windows\\Temp\\x.exe")]],
    quiet: [[change(null)], "pipes.pcapng"],
  },
  {
    rule: "service-changed-sealed",
    fires: [[rpc(SVCCTL, 11, { sealed: true })], [rpc(SVCCTL, 37, { sealed: true })]],
    quiet: [[change("C:\\x.exe")], "pipes.pcapng"],
  },
  {
    rule: "service-changed-and-started",
    fires: [
      [change("C:\\x.exe"), start({ at: 2 }), change("C:\\agent.exe", { at: 4 })],
      [11, 19, 11].map((opnum, at) => rpc(SVCCTL, opnum, { sealed: true, at })),
    ],
    quiet: [
      [change(null), start({ at: 2 })],
      [change(null), change(null, { at: 1 }), start({ at: 2 })],
      [change(null), start({ at: 2 }), change(null, { at: 2_000 })],
    ],
  },
  {
    rule: "service-start-burst",
    fires: [[9, 10, 11].map((to, at) => start({ to, at }))],
    quiet: [
      [0, 1, 2, 3].map((at) => start({ at })),
      [9, 10, 11].map((to, index) => start({ to, at: index * 900 })),
      [9, 10, 11].map((to, at) => start({ to, from: 20 + at, at })),
    ],
  },
  {
    rule: "service-manager-sweep",
    fires: [[9, 10, 11].map((to, at) => rpc(SVCCTL, 15, { to, at, status: "error" }))],
    quiet: [[0, 1, 2].map((at) => rpc(SVCCTL, 15, { at })), "pipes.pcapng"],
  },
  {
    rule: "task-registered",
    fires: [[register(task("C:\\Program Files\\Agent\\agent.exe"))]],
    quiet: [[register(task("cmd.exe"))], [deleteTask()], "pipes.pcapng"],
  },
  {
    rule: "task-registered-sealed",
    fires: [[rpc(TASKS, 1, { sealed: true })]],
    quiet: [[register(task("agent.exe"))]],
  },
  {
    rule: "task-registered-command",
    fires: [[register(task("cmd.exe"))], [register(task("%COMSPEC%"))], [register(task("powershell"))]],
    quiet: [[register(task("agent.exe"))], "pipes.pcapng"],
  },
  {
    rule: "task-short-lived",
    fires: [[register(task("agent.exe")), deleteTask({ at: 30 })]],
    quiet: [
      [register(task("agent.exe"))],
      [register(task("agent.exe")), deleteTask({ at: 3_600 })],
      [register(task("agent.exe")), deleteTask({ at: 30, to: 10 })],
    ],
  },
  {
    rule: "task-at-job",
    fires: [[rpc(ATSVC, 0, { request: { pAtInfo: { Command: "c:\\x.exe" } } })]],
    quiet: [[rpc(ATSVC, 2)], "pipes.pcapng"],
  },
  {
    rule: "task-account-set",
    fires: [[rpc(SASEC, 0, { request: { pwszJobName: "x.job", pwszAccount: "SYSTEM" } })], [rpc(SASEC, 1)]],
    quiet: [[rpc(SASEC, 3)], "pipes.pcapng"],
  },
  {
    rule: "registry-run-key",
    fires: [
      "pipes.pcapng",
      "shared/suricata_dcerpc-dce-stub-data-04.pcap",
      setValue("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\RunOnce", "x"),
    ],
    quiet: [
      setValue("SOFTWARE\\Example", "x"),
      setValue("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Runtime", "x"),
    ],
  },
  {
    rule: "registry-image-options",
    fires: [
      setValue(
        "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\sethc.exe",
        "Debugger",
      ),
    ],
    quiet: [
      "pipes.pcapng",
      setValue("SOFTWARE\\Example", "Debugger"),
      setValue("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate", "x"),
    ],
  },
  {
    rule: "registry-service-key",
    fires: [setValue("SYSTEM\\CurrentControlSet\\Services\\Agent", "ImagePath")],
    quiet: ["pipes.pcapng", setValue("SYSTEM\\CurrentControlSet\\Services\\Agent", "Description")],
  },
  {
    rule: "registry-value-sealed",
    fires: [[rpc(WINREG, 22, { sealed: true })]],
    quiet: ["pipes.pcapng", setValue("SOFTWARE\\Example", "x")],
  },
  {
    rule: "registry-hive-saved",
    fires: [[rpc(WINREG, 20, { readable: { lpFile: "C:\\Windows\\Temp\\x.tmp" } })], [rpc(WINREG, 31)]],
    quiet: ["pipes.pcapng", [rpc(WINREG, 15)]],
  },
  {
    rule: "registry-boot-key-read",
    fires: [
      ["JD", "Skew1", "GBG", "Data"].map((name, at) =>
        openKey(`SYSTEM\\CurrentControlSet\\Control\\Lsa\\${name}`, at),
      ),
    ],
    quiet: [[openKey("SYSTEM\\CurrentControlSet\\Control\\Lsa", 0)], "pipes.pcapng"],
  },
  {
    rule: "registry-users-listed",
    fires: [
      [
        rpc(WINREG, 4, { response: { phKey: handle(7) } }),
        rpc(WINREG, 9, { request: { hKey: handle(7) }, at: 1 }),
      ],
      [4, 9].map((opnum, at) => rpc(WINREG, opnum, { sealed: true, at })),
    ],
    quiet: [
      [rpc(WINREG, 2, { response: { phKey: handle(7) } }), rpc(WINREG, 9, { request: { hKey: handle(7) } })],
      "pipes.pcapng",
    ],
  },
  {
    rule: "eventlog-cleared",
    fires: [
      "shared/pipes/pwshell-cmdlet-clear-eventlog-application.pcap",
      [rpc(EVENTLOG, 0)],
      [rpc(EVENTS, 6, { request: { channelPath: "Security" } })],
      [
        rpc(WMI, 24, {
          request: { strObjectPath: 'Win32_NTEventLogFile.Name="x"', strMethodName: "ClearEventLog" },
        }),
      ],
    ],
    quiet: [[rpc(EVENTLOG, 7)], [rpc(EVENTS, 7)], "pipes.pcapng"],
  },
  {
    rule: "remote-shutdown",
    fires: [
      [rpc(INIT_SHUTDOWN, 2)],
      [rpc(WINDOWS_SHUTDOWN, 0)],
      [rpc(WINREG, 24)],
      [rpc(WINREG, 30)],
      [
        rpc(WMI, 24, {
          request: { strObjectPath: "Win32_OperatingSystem=@", strMethodName: "Win32Shutdown" },
        }),
      ],
    ],
    quiet: [[rpc(INIT_SHUTDOWN, 1)], [rpc(WINREG, 25)], "pipes.pcapng"],
  },
  {
    rule: "remote-shutdown-sweep",
    fires: [[9, 10, 11].map(shutdownAt)],
    quiet: [[9, 10].map(shutdownAt), [9, 9, 9].map(shutdownAt)],
  },
];
