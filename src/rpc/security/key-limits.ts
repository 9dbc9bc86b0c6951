/** Limits of the keys that Kerberos exchanges teach, apart from the code that computes: they are named without it. */

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
