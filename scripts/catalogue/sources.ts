/** What lists of interfaces and methods by other hands say, one row a line: UUID, version, interface, opnum, method, sources. */

/** What sources that read specifications say of one interface. */
export interface Listed {
  uuid: string;
  /** Names by who uses them, in the order of trust. */
  names: { name: string; source: string }[];
  versions: string[];
  /** By opnum: names by who uses them. */
  methods: Map<number, { name: string; sources: string[] }[]>;
}

/** Sources that made their lists of the specifications. */
const DOCUMENTED = /^(openspecs|go-msrpc):/;
/** In the order of trust, for names alone. Symbols of binaries are no names of interfaces or methods. */
const TRUSTED = [
  "openspecs",
  "go-msrpc",
  "raiscope",
  "impacket",
  "zeek",
  "suricata",
  "bzar",
  "tshark",
  "akamai-known",
];

export const isDocumented = (sources: readonly string[]): boolean => sources.some((s) => DOCUMENTED.test(s));

/** Named by symbols alone, which move between releases and stand for what the linker folded into one. */
export const isSymbol = (sources: readonly string[]): boolean => sources.every((s) => s.startsWith("akamai"));

const rank = (source: string): number => TRUSTED.findIndex((t) => source.startsWith(t));

/** The names that this file adds, and what `tsv` lists. */
export function readListed(tsv: string): Map<string, Listed> {
  const all = new Map<string, Listed>();
  for (const [uuid, name] of MORE_NAMES) {
    all.set(uuid, { uuid, names: [{ name, source: "raiscope" }], versions: [], methods: new Map() });
  }
  for (const line of tsv.split("\n").slice(1)) {
    const [uuid, version, name, opnum, method, source] = line.split("\t");
    if (source === undefined) continue;
    const sources = source.split(",").filter((s) => rank(s) >= 0);
    if (sources.length === 0) continue;
    let listed = all.get(uuid!);
    if (listed === undefined) {
      listed = { uuid: uuid!, names: [], versions: [], methods: new Map() };
      all.set(uuid!, listed);
    }
    if (version !== "-" && !listed.versions.includes(version!)) listed.versions.push(version!);
    if (name !== "-" && !/\s/.test(name!)) {
      for (const one of sources) listed.names.push({ name: name!, source: one });
    }
    if (opnum !== "-") {
      const here = listed.methods.get(Number(opnum)) ?? [];
      const same = here.find((m) => m.name === method);
      if (same === undefined) here.push({ name: method!, sources });
      else same.sources.push(...sources);
      listed.methods.set(Number(opnum), here);
    }
  }
  for (const { names, methods } of all.values()) {
    names.sort((a, b) => rank(a.source) - rank(b.source));
    for (const named of methods.values()) {
      const best = (m: { sources: string[] }): number => Math.min(...m.sources.map(rank));
      named.sort((a, b) => best(a) - best(b));
    }
  }
  return all;
}

/**
 * Names that tools and Windows use and that no list above has: of pipes and services, and of interfaces that were renamed.
 */
export const MORE_ALIASES: { readonly [uuid: string]: readonly string[] } = {
  "000001a0-0000-0000-c000-000000000046": ["ISystemActivator", "IRemoteSCMActivator"],
  "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": ["IActivation", "IRemoteActivation"],
  "99fcfec4-5260-101b-bbcb-00aa0021347a": ["IOXIDResolver", "IObjectExporter", "oxid"],
  "e1af8308-5d1f-11c9-91a4-08002b14a0fa": ["epm", "epmapper", "ept"],
  "afa8bd80-7d8a-11c9-bef4-08002b102989": ["mgmt", "rmgmt"],
  "12345678-1234-abcd-ef00-01234567cffb": ["netlogon", "nrpc"],
  "12345678-1234-abcd-ef00-0123456789ab": ["spoolss", "winspool"],
  "76f03f96-cdfd-44fc-a22c-64950a001209": ["iremotewinspool"],
  "12345778-1234-abcd-ef00-0123456789ab": ["lsarpc", "lsa", "lsass"],
  "4fc742e0-4a10-11cf-8273-00aa004ae673": ["netdfs", "dfs"],
  "82273fdc-e32a-18c3-3f78-827929dc23ea": ["eventlog"],
  "f6beaff7-1e19-4fbb-9f8f-b89e2018337c": ["eventlog6", "evtx"],
  "86d35949-83c9-4044-b424-db363231fd0c": ["schrpc", "taskschd"],
  "894de0c0-0d55-11d3-a322-00c04fa321a1": ["initshutdown"],
  "3dde7c30-165d-11d1-ab8f-00805f14db40": ["backupkey", "protected_storage"],
  "f5cc5a18-4264-101a-8c59-08002b2f8426": ["nspi"],
  "1544f5e0-613c-11d1-93df-00c04fd7bd09": ["rfr", "rfri"],
  "a4f1db00-ca47-1067-b31f-00dd010662da": ["mapi", "emsmdb"],
  "367abb81-9844-35f1-ad32-98f038001003": ["svcctl", "scm"],
  "338cd001-2244-31f1-aaaa-900038001003": ["winreg", "registry"],
  "91ae6020-9e3c-11cf-8d7c-00aa00c091be": ["cert", "icpr"],
};

/** COM interfaces that captures name and no list has. */
const MORE_NAMES: readonly (readonly [uuid: string, name: string])[] = [
  ["00000003-0000-0000-c000-000000000046", "IMarshal"],
  ["0000000b-0000-0000-c000-000000000046", "IStorage"],
  ["00000100-0000-0000-c000-000000000046", "IEnumUnknown"],
  ["00000134-0000-0000-c000-000000000046", "IRundown"],
  ["000001a2-0000-0000-c000-000000000046", "IActivationPropertiesIn"],
  ["000001a3-0000-0000-c000-000000000046", "IActivationPropertiesOut"],
  ["000001c0-0000-0000-c000-000000000046", "IContext"],
  ["9f6c78ef-fce5-42fa-abea-3e7df91921dc", "IWbemLoginClientIDEx"],
  ["a6ef9860-c720-11d0-9337-00a0c90dcaa9", "IDispatchEx"],
  ["b196b28f-bab4-101a-b69c-00aa00341d07", "IClassFactory2"],
];

/** Interfaces that a specification describes once and gives two UUIDs: [MS-EFSR] 1.9. */
export const SECOND_UUIDS: { readonly [uuid: string]: string } = {
  "c681d488-d850-11d0-8c52-00c04fd90f7e": "df1941c5-fe89-4e79-bf10-463657acf44d",
};
