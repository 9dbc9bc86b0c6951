/** Keys from the command line and from files of secrets. Nothing here ever prints a secret, not even in an error. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { KeyRing, KeyRingOptions } from "../rpc/security/keyring.js";
import type { Secret } from "../rpc/security/secrets.js";
import { CommandError, nameOf, systemReason, warn } from "./failure.js";
import type { KeyOptions } from "./options.js";
import { looksLikeFile } from "./secret-words.js";

/** Makes a ring of the keys that were read: each reading of a capture has its own, which reports what it opened. */
export interface NewKeyRing {
  (): KeyRing;
  readonly given: KeyRingOptions;
}

/**
 * The run's keys, or null where none was given: then no cryptography is loaded. `quiet`: no word of files that others
 * can read. Throws CommandError.
 */
export async function makeKeyRing(options: KeyOptions, quiet = false): Promise<KeyRing | null> {
  const newKeyRing = await readKeys(options, quiet);
  return newKeyRing === null ? null : newKeyRing();
}

/** Reads what holds keys, once. Null where none was given. Throws CommandError. */
export async function readKeys(options: KeyOptions, quiet = false): Promise<NewKeyRing | null> {
  const given = await readGivenKeys(options, quiet);
  if (given === null) return null;
  const { KeyRing } = await import("../rpc/security/keyring.js");
  return Object.assign(() => KeyRing.from(given), { given });
}

/** The keys themselves, once they were found to be right. */
export async function readGivenKeys(options: KeyOptions, quiet: boolean): Promise<KeyRingOptions | null> {
  const lists = [options.password, options.ntHash, options.keytab, options.sessionKey, options.secrets];
  if (lists.every((list) => !list || list.length === 0)) return null;
  const [{ KeyRing }, { parseSecrets, SecretError }] = await Promise.all([
    import("../rpc/security/keyring.js"),
    import("../rpc/security/secrets.js"),
  ]);
  /** `where`: what the message begins with. */
  const orReport = <T>(where: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof SecretError) throw new CommandError(where + error.message);
      throw error;
    }
  };
  const keytabs = (options.keytab ?? []).map((path) => ({
    name: basename(path),
    bytes: readKeyFile(path, shownName("--keytab", path)),
  }));
  const secrets: Secret[] = [];
  for (const path of options.secrets ?? []) {
    const name = shownName("--secrets", path);
    const text = readKeyFile(path, name).toString("utf8");
    if (!quiet) warnIfShared(path);
    for (const [index, secret] of orReport(`${name}: `, () => parseSecrets(text)).entries()) {
      if (secret.kind !== "keytab") secrets.push(secret);
      else {
        const at = resolve(dirname(path), secret.path);
        // The path is the file's content: it may be a secret in the wrong place.
        keytabs.push({
          name: basename(at),
          bytes: readKeyFile(at, `${name}: the keytab of secret ${index + 1}`),
        });
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
  const { warnings } = orReport("", () => KeyRing.from(given));
  for (const warning of warnings) warn(warning, "key-problem");
  return given;
}

/** The file's name, or the option's where the word may be a secret in place of a file. */
function shownName(option: string, path: string): string {
  return existsSync(path) || (looksLikeFile(path) && !/^\s*[[{]/.test(path)) ? path : option;
}

/** `name`: what the message calls the file. Throws CommandError. */
function readKeyFile(path: string, name: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`${nameOf(name)}: ${systemReason(error)}`);
  }
}

/** Group and others: a file of secrets is its owner's alone. */
const NOT_OWNER = 0o077;

function warnIfShared(path: string): void {
  try {
    if ((statSync(path).mode & NOT_OWNER) !== 0) {
      warn(`${path} can be read by others than its owner: chmod 600 ${path}`, "shared-secrets");
    }
  } catch {
    // Reading it says why.
  }
}
