/** The specifications' own IDL of the folder of shared material, as a user would give it with --idl. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type InterfaceTable, loadInterfaces } from "../../src/interfaces.js";

/** The interfaces of `MS-NAME.idl` for each of `names`, or of every file, beside the shipped ones. */
export function userInterfaces(shared: string, names?: readonly string[]): InterfaceTable {
  const dir = join(shared, "idl");
  const wanted = names?.map((name) => `MS-${name}.idl`) ?? readdirSync(dir).filter((n) => n.endsWith(".idl"));
  return loadInterfaces(wanted.map((name) => ({ name, text: readFileSync(join(dir, name), "utf8") }))).table;
}
