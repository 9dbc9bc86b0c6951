/** What opens sealed traffic and describes more interfaces, as it was given beside the captures. */
import { type InterfaceTable, loadInterfaces, shippedInterfaces } from "../interfaces.js";
import { KeyRing, type KeyRingOptions } from "../rpc/security/keyring.js";
import { parseSecrets } from "../rpc/security/secrets.js";
import type { Opening } from "../view/model.js";

/** `problem` is told what is wrong with a description, which costs only that declaration. */
export function interfacesOf({ idl = [] }: Opening, problem: (text: string) => void): InterfaceTable {
  if (idl.length === 0) return shippedInterfaces();
  const { table, problems } = loadInterfaces([...idl]);
  const own = new Set(idl.map(({ name }) => name));
  for (const { file, line, column, message, severity } of problems) {
    if (own.has(file) && severity !== "warning") problem(`${file}:${line}:${column}: ${message}`);
  }
  return table;
}

/** Makes rings of the keys; null where none was given. Throws SecretError, which never holds a secret. */
export function keysOf(what: Opening, problem: (text: string) => void): (() => KeyRing) | null {
  const { passwords = [], ntHashes = [], sessionKeys = [], keytabs = [], secrets: files = [] } = what;
  if ([passwords, ntHashes, sessionKeys, keytabs, files].every(({ length }) => length === 0)) return null;
  const secrets = files.flatMap(({ name, text }) => {
    const all = parseSecrets(text);
    const here = all.filter(({ kind }) => kind !== "keytab");
    if (here.length < all.length) problem(`${name}: keytabs that it names must be opened beside it`);
    return here;
  });
  const given: KeyRingOptions = {
    passwords,
    ntHashes,
    sessionKeys,
    keytabs: keytabs.map(({ name, data }) => ({ name, bytes: data })),
    secrets,
  };
  for (const warning of KeyRing.from(given).warnings) problem(warning);
  return () => KeyRing.from(given);
}
