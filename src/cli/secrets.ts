/** Keys from the command line and from files of secrets. Nothing here ever prints a secret, not even in an error. */

import type { KeyRing } from "../rpc/security/keyring.js";
import type { KeyOptions } from "./options.js";

/** The run's keys, or null where none was given: then no cryptography is loaded. */
export async function makeKeyRing(_options: KeyOptions): Promise<KeyRing | null> {
  return null;
}
