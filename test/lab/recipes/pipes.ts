/** Administration over named pipes: a session in SMB 3.1.1 and one in SMB 1, and the same kind of session encrypted. */

import { type Cast, domainMachine, helper } from "../cast.js";
import { Conversation } from "../conversation.js";
import { WINDOWS_10, WINDOWS_XP } from "../ntlm.js";
import type { Recipe } from "../recipe.js";
import { Pipe, SmbSession } from "../session.js";
import { Smb1Pipe } from "../smb1-session.js";
import * as smb from "../smb2.js";
import { CIPHER } from "../smb3.js";
import * as windows from "../windows.js";

const DOMAIN = "S-1-5-21-2030501881-1407322960-3119265471";
const USERS = [
  [500, "Administrator"],
  [501, "Guest"],
  [502, "krbtgt"],
  [1103, "helga.desk"],
  [1104, "olaf.desk"],
  [1105, "jmarek"],
  [1106, "bgreen"],
  [1107, "Žofie.Nováková"],
  [1110, "svc_backup"],
  [1111, "svc_sql"],
  [1112, "kiosk-front"],
  [1113, "kiosk-hall"],
  [1120, "ines.lager"],
  [1121, "tomas.fahrt"],
  [1122, "rita.kasse"],
  [1123, "paul.werk"],
] as const;
const SHARES = [
  { name: "ADMIN$", type: 0x80000000, remark: "Remote Admin" },
  { name: "C$", type: 0x80000000, remark: "Default share" },
  { name: "IPC$", type: 0x80000003, remark: "Remote IPC" },
  { name: "fahrplan", type: 0, remark: "Dienstpläne" },
];
const RUN = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run";

const cast = (name = "SRV-2019", address = "10.20.4.40"): Cast => ({
  expert: helper("helga.desk", "HELPDESK-7", "10.20.4.90", WINDOWS_10),
  novice: domainMachine(name, address, WINDOWS_10),
});

/** A file that is copied into ADMIN$: its bytes are no PDUs. */
function copy(session: SmbSession, name: string): void {
  const disk = session.tree("ADMIN$", 1);
  const file = session.open(name, disk);
  const bytes = session.talk.random.bytes(1200);
  bytes.set([0x4d, 0x5a]);
  const head = session.head(disk);
  session.exchange(smb.write(head, file, bytes), smb.written(head, bytes.length));
  session.close(file, disk);
}

/** A service is made, started and taken away again. Starting it takes a while, which the server says. */
function runService(session: SmbSession, ipc: number): void {
  const { random } = session.talk;
  const [manager, service] = [random.guid(), random.guid()];
  const server = session.cast.novice.name;
  const pipe = new Pipe(session, ipc, "svcctl").open().bind("svcctl");
  pipe.transceive((a) => a.call(null, windows.openSCManager(server, 0xf003f, manager)));
  const made = {
    name: "RemoteRepair",
    display: "Remote Repair Helper",
    command:
      "%SystemRoot%\\repair.exe -k cmd /c net localgroup Administrators kiosk-front /add > \\\\127.0.0.1\\ADMIN$\\repair.log",
  };
  pipe.transceive((a) => a.call(null, windows.createService(manager, made, service)));
  pipe.writeAndRead((a) => a.call(null, windows.startService(service)), true);
  session.talk.wait(900);
  pipe.transceive((a) => a.call(null, windows.deleteService(service)));
  pipe.transceive((a) => a.call(null, windows.closeServiceHandle(service)));
  pipe.transceive((a) => a.call(null, windows.closeServiceHandle(manager)));
  pipe.close();
}

/** Accounts and shares, with both pipes open at once: their calls take turns. One is opened and bound in a compound. */
function lookAround(session: SmbSession, ipc: number): void {
  const { random } = session.talk;
  const [server, domain] = [random.guid(), random.guid()];
  const { name } = session.cast.novice;
  const samr = new Pipe(session, ipc, "samr").open().bind("samr");
  samr.transceive((a) => a.call(null, windows.samrConnect5(`\\\\${name}`, server)));
  const srvsvc = new Pipe(session, ipc, "srvsvc").openWithBind("srvsvc");
  samr.transceive((a) => a.call(null, windows.enumerateDomains(server, ["CONTOSO", "Builtin"])));
  srvsvc.transceive((a) => a.call(null, windows.shareEnum(`\\\\${name}`, SHARES)));
  samr.transceive((a) => a.call(null, windows.lookupDomain(server, "CONTOSO", DOMAIN)));
  samr.transceive((a) => a.call(null, windows.openDomain(server, DOMAIN, domain)));
  srvsvc.close();
  const users = USERS.map(([id, user]) => ({ id, name: user }));
  samr.transceive((a) => a.call(null, windows.enumerateUsers(domain, users)), 512);
  samr.transceive((a) => a.call(null, windows.samrClose(domain)));
  samr.transceive((a) => a.call(null, windows.samrClose(server)));
  samr.close();
}

/** What is to run at the next logon; and a key that is not to be read. */
function persist(session: SmbSession, ipc: number): void {
  const { random } = session.talk;
  const [machine, key] = [random.guid(), random.guid()];
  const pipe = new Pipe(session, ipc, "winreg").open().bind("winreg");
  pipe.transceive((a) => a.call(null, windows.openLocalMachine(0x2000000, machine)));
  pipe.transceive((a) => a.call(null, windows.openKey(machine, RUN, 0x20006, key)));
  const value = "C:\\Windows\\repair.exe -k";
  pipe.transceive((a) => a.call(null, windows.setValue(key, "RemoteRepair", value)));
  pipe.transceive((a) =>
    a.call(null, windows.openKey(machine, "SECURITY\\Policy\\Secrets", 0x20019, null, 5)),
  );
  pipe.transceive((a) => a.call(null, windows.closeKey(key)));
  pipe.transceive((a) => a.call(null, windows.closeKey(machine)));
  pipe.close();
}

/** A pipe that nobody listens in. */
function missing(session: SmbSession, ipc: number, name: string): void {
  const head = session.head(ipc);
  const status = smb.STATUS.OBJECT_NAME_NOT_FOUND;
  session.exchange(smb.create(head, name), smb.failed(smb.SMB2.CREATE, { ...head, status }));
}

export const PIPES: Recipe[] = [
  {
    name: "pipes.pcapng",
    about:
      "Named pipes in a signed session of SMB 3.1.1: accounts, shares, a service, the registry, a copied file; and a lookup in SMB 1.",
    make: () => {
      const talk = new Conversation("pipes", "2024-09-02T07:44:12.020Z");
      const who = cast();
      const options = {
        dialect: 0x0311,
        cipher: CIPHER.GCM_128,
        sealed: false,
        sessionId: 0x4c000000015n,
      } as const;
      const session = new SmbSession(talk, who, options).begin();
      const ipc = session.tree("IPC$", 2);
      lookAround(session, ipc);
      talk.wait(2300);
      copy(session, "repair.exe");
      missing(session, ipc, "atsvc");
      runService(session, ipc);
      talk.wait(640);
      persist(session, ipc);
      session.end();

      talk.wait(4000);
      const old: Cast = {
        expert: { ...who.expert, nextPort: 50200, version: WINDOWS_XP },
        novice: domainMachine("XP-FRONT", "192.168.40.12", WINDOWS_XP),
      };
      const policy = talk.random.guid();
      const lsarpc = new Smb1Pipe(talk, old, "lsarpc").begin();
      lsarpc.bind([{ interface: "lsarpc", propose: ["ndr"], accept: "ndr" }], null, null);
      lsarpc.transact((a) => a.call(null, windows.openPolicy("\\\\XP-FRONT", policy)));
      const domain = { id: 0, name: "CONTOSO", sid: DOMAIN };
      const found = [
        { name: "helga.desk", id: 1103, use: 1 },
        { name: "bgreen", id: 1106, use: 1 },
      ];
      lsarpc.transact((a) => a.call(null, windows.lookupNames(policy, domain, found)));
      lsarpc.transact((a) => a.call(null, windows.lsarClose(policy)));
      lsarpc.end();
      return { talk, file: { format: "pcapng", resolution: 9, name: "Ethernet0" } };
    },
  },
  {
    name: "pipes-encrypted.pcapng",
    about:
      "The same kind of session with every message encrypted: SMB 3.1.1 with AES-128-GCM, and SMB 3.0 with AES-128-CCM at another server.",
    make: () => {
      const talk = new Conversation("pipes-encrypted", "2024-09-02T08:10:55.400Z");
      const who = cast();
      const options = {
        dialect: 0x0311,
        cipher: CIPHER.GCM_128,
        sealed: true,
        sessionId: 0x4c000000029n,
      } as const;
      const session = new SmbSession(talk, who, options).begin();
      const ipc = session.tree("IPC$", 2);
      copy(session, "repair.exe");
      runService(session, ipc);
      session.end();

      talk.wait(1500);
      const other = { ...cast("SRV-2012", "10.20.4.41"), expert: who.expert };
      const older = {
        dialect: 0x0300,
        cipher: CIPHER.CCM_128,
        sealed: true,
        sessionId: 0x10000000031n,
      } as const;
      const second = new SmbSession(talk, other, older).begin();
      const pipes = second.tree("IPC$", 2);
      lookAround(second, pipes);
      second.end();
      return { talk, file: { format: "pcapng", resolution: 6 } };
    },
  },
];
