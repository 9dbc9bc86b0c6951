/** Limits of the keys that are tried, and that Kerberos exchanges teach, apart from the code that computes: they are named without it. */

/** Session keys remembered; the oldest goes first. */
export const MAX_LEARNED_KEYS = 4096;
/** Exchanges with a ticket-granting service that still wait for their answer. */
export const MAX_PENDING = 64;
/** Salts heard of, and keys made of passwords and salts: each of the latter costs milliseconds. */
export const MAX_SALTS = 64;
/** Characters of a salt; names of realms and accounts are not longer. */
export const MAX_SALT = 1024;
/** Rounds of PBKDF2 in all, some seconds' worth: a capture names salts and counts as it likes. */
export const MAX_ROUNDS = 4_000_000;
/** Session keys that were given, the first ones, that are tried on one NTLM context without a proof. */
export const MAX_SESSION_KEY_GUESSES = 64;
/** Learned keys, the latest ones, that are tried where nothing says which is meant. */
export const MAX_LEARNED_KEY_GUESSES = 256;

/** Passwords learned from requests for new ones; each may be tried like one that was given. */
export const MAX_LEARNED_PASSWORDS = 64;
/** Characters of one. */
export const MAX_LEARNED_PASSWORD = 1024;

/** Which limits were reached. */
export interface ReachedKeyLimits {
  /** Salts of the capture were passed over. */
  salts: boolean;
  /** Keys were not made of passwords. */
  rounds: boolean;
  /** Learned keys were forgotten. */
  keys: boolean;
  /** A context or ticket stayed encrypted that not all session keys were tried on. */
  guesses: boolean;
  /** New passwords were passed over. */
  passwords: boolean;
  /** Security tokens beside DCE/RPC were passed over. */
  tokens: boolean;
}

export function noneReached(): ReachedKeyLimits {
  return { salts: false, rounds: false, keys: false, guesses: false, passwords: false, tokens: false };
}
