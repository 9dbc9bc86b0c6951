/**
 * In which order things come out that one frame brings about, or the end of the input: numbers that depend on nothing but the
 * conversations, so that several workers who look at a part of these each agree on one order. Within one rank the order is that of one
 * conversation, which one worker has.
 */

/**
 * Ranks below are of the packets in the frame at hand, in their order. From here on they are of what the passing of time brings about:
 * first what is of no conversation, then in the order of conversations.
 */
const LATER = 2 ** 20;

/** Ranks of one step of the end. */
const STEP = 2 ** 40;

/** The steps of the end of the input, in order; those of one step are in the order of conversations. */
const STEPS = [
  /** What was held for missing bytes. */
  "held",
  "fragments",
  "close",
  "unread",
  /** Protocols that nothing closed. */
  "protocols",
  "datagrams",
  /** What is told of conversations when all was seen. */
  "over",
  "datagrams-over",
] as const;

export type FinishStep = (typeof STEPS)[number];

/** The rank of what time brings about in a conversation, or in none. */
export function laterRank(stream: number | null): number {
  return LATER + (stream === null ? 0 : stream + 1);
}

/** The rank of what the end of the input brings about in a conversation, or in none. */
export function finishRank(step: FinishStep, stream: number | null): number {
  return STEP * STEPS.indexOf(step) + (stream === null ? 0 : stream + 1);
}
