/** Limits of what keys are made of, apart from the cryptography that makes them. */

/** A server may ask for more rounds than usual; a hostile capture must not buy minutes with it. */
export const MAX_ITERATIONS = 200_000;
