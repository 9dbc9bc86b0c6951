/** Who plays: the expert's and the novice's machines, their accounts, and the object exporters of the novice. */

import type { Seeded } from "./bytes.js";
import type { Bindings, ObjectRef } from "./dcom.js";
import type { Encoding } from "./ndr.js";
import type { Account, NtlmServer, Version } from "./ntlm.js";

export interface Expert {
  address: string;
  account: Account;
  version: Version;
  /** The next ephemeral port. */
  nextPort: number;
}

export interface Novice {
  address: string;
  /** NetBIOS name. */
  name: string;
  dns: string;
  server: NtlmServer;
  version: Version;
  /** Where the endpoint mapper and object resolver listen: 135, unless the lab runs without privilege. */
  mapperPort: number;
  /** The dynamic ports that its exporters get, in order. */
  ports: number[];
}

export interface Cast {
  expert: Expert;
  novice: Novice;
  /** Both machines' byte order; little-endian where absent. */
  little?: boolean;
}

/** How the cast writes NDR 2.0 stubs. */
export const plainEncoding = (cast: Cast): Encoding => ({ little: cast.little ?? true, ndr64: false });

/** The password of every expert account: printed in captures/README.md. */
export const PASSWORD = "Help4Desk!";

export function domainMachine(name: string, address: string, version: Version): Novice {
  const dns = `${name.toLowerCase()}.contoso.example`;
  return {
    address,
    name,
    dns,
    server: {
      netbiosDomain: "CONTOSO",
      netbiosComputer: name,
      dnsDomain: "contoso.example",
      dnsComputer: dns,
    },
    version,
    mapperPort: 135,
    ports: [49664, 49671],
  };
}

export function helper(user: string, workstation: string, address: string, version: Version): Expert {
  return {
    address,
    account: { user, domain: "CONTOSO", password: PASSWORD, workstation },
    version,
    nextPort: 50100,
  };
}

/** The authentication services that Windows lists in a DUALSTRINGARRAY, in its order. */
const SERVICES = [0x09, 0x1e, 0x10, 0x0a, 0x16, 0x1f, 0x0e];

function bindings(novice: Novice, port: number | null, principal: string): Bindings {
  const suffix = port === null ? "" : `[${port}]`;
  return {
    strings: [
      { tower: 7, address: novice.name + suffix },
      { tower: 7, address: novice.address + suffix },
    ],
    security: SERVICES.map((authn) => ({ authn, principal })),
  };
}

export const resolverBindings = (novice: Novice): Bindings => bindings(novice, null, "");

/** A process of the novice that exports objects: its OXID, its port, and the references it hands out. */
export class Exporter {
  readonly port: number;
  readonly oxid: bigint;
  readonly ipidRemUnknown: string;
  readonly bindings: Bindings;
  private readonly random: Seeded;
  private readonly resolver: Bindings;
  private readonly process: string;
  private next = 0;

  constructor(random: Seeded, novice: Novice, port: number, principal: string) {
    this.random = random;
    this.port = port;
    this.oxid = random.u64();
    this.resolver = resolverBindings(novice);
    this.bindings = bindings(novice, port, principal);
    // Windows puts the process and thread into an IPID's middle groups.
    const pid = (random.below(0x3fff) << 2).toString(16).padStart(4, "0");
    const thread = random.below(0x10000).toString(16).padStart(4, "0");
    this.process = `${pid}-${thread}`;
    this.ipidRemUnknown = this.ipid();
  }

  private ipid(): string {
    const table = ((this.next++ << 10) | 0x8000).toString(16).padStart(8, "0");
    const tail = this.random.guid().slice(19);
    return `${table}-${this.process}-${tail}`;
  }

  /** A new interface of a new object, or of the object that `like` belongs to. */
  reference(iid: string, like?: ObjectRef): ObjectRef {
    return {
      iid,
      flags: 0,
      publicRefs: 5,
      oxid: this.oxid,
      oid: like?.oid ?? this.random.u64(),
      ipid: this.ipid(),
      bindings: this.resolver,
    };
  }
}
