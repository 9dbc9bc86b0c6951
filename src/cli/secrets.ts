/** Keys from the command line and from files of secrets. Nothing here ever prints a secret, not even in an error. */

import { readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { KeyRing } from "../rpc/security/keyring.js";
import type { Secret } from "../rpc/security/secrets.js";
import { CommandError, complain, systemReason } from "./failure.js";
import type { KeyOptions } from "./options.js";

/** Makes a ring of the keys that were read: each reading of a capture has its own, which reports what it opened. */
export type NewKeyRing = () => KeyRing;

/** The run's keys, or null where none was given: then no cryptography is loaded. Throws CommandError. */
export async function makeKeyRing(options: KeyOptions): Promise<KeyRing | null> {
  const newKeyRing = await readKeys(options);
  return newKeyRing === null ? null : newKeyRing();
}

/** Reads what holds keys, once. Null where none was given. Throws CommandError. */
export async function readKeys(options: KeyOptions): Promise<NewKeyRing | null> {
  const given = [options.password, options.ntHash, options.keytab, options.sessionKey, options.secrets];
  if (given.every((list) => !list || list.length === 0)) return null;
  const [{ KeyRing }, { parseSecrets, SecretError }] = await Promise.all([
    import("../rpc/security/keyring.js"),
    import("../rpc/security/secrets.js"),
  ]);
  const keytabs = (options.keytab ?? []).map((path) => ({ name: basename(path), bytes: readKeyFile(path) }));
  const secrets: Secret[] = [];
  try {
    for (const path of options.secrets ?? []) {
      warnIfShared(path);
      for (const secret of parseSecrets(readKeyFile(path).toString("utf8"))) {
        if (secret.kind !== "keytab") secrets.push(secret);
        else {
          const at = resolve(dirname(path), secret.path);
          keytabs.push({ name: basename(at), bytes: readKeyFile(at) });
        }
      }
    }
    const given = {
      passwords: options.password,
      ntHashes: options.ntHash,
      sessionKeys: options.sessionKey,
      keytabs,
      secrets,
    };
    // What is wrong with a key is found when a ring is made of it: before anything is read.
    KeyRing.from(given);
    return () => KeyRing.from(given);
  } catch (error) {
    if (error instanceof SecretError) throw new CommandError(error.message);
    throw error;
  }
}

function readKeyFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`${path}: ${systemReason(error)}`);
  }
}

/** Group and others: a file of secrets is its owner's alone. */
const NOT_OWNER = 0o077;

function warnIfShared(path: string): void {
  try {
    if ((statSync(path).mode & NOT_OWNER) !== 0) {
      complain(`warning: ${path} can be read by others than its owner: chmod 600 ${path}`);
    }
  } catch {
    // Reading it tells why.
  }
}
