/**
 * How much is tried: `npm test` takes a part of what is tried by volume (random inputs, rows, sizes), always the same part by
 * the same seeds, and RAISCOPE_THOROUGH=1 takes all of it, as .ci/run does.
 */
const THOROUGH = process.env.RAISCOPE_THOROUGH === "1";

export function volume(all: number, some: number): number {
  return THOROUGH ? all : some;
}

/** Every third of a list, or all of it. */
export function someOf<T>(list: readonly T[]): T[] {
  return list.filter((_, i) => i % volume(1, 3) === 0);
}
