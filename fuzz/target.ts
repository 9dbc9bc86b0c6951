/** What is fuzzed: where inputs come from, and what must hold of each. */
import type { Random } from "./random.js";

export interface Target {
  /** Also the name of its folder of saved inputs. */
  name: string;
  /** Inputs that are good, or nearly: mutation starts from them. */
  seeds(): Promise<readonly Uint8Array[]>;
  /** An input made by the structure of its format; a mutated seed where absent. */
  make?(random: Random, seeds: readonly Uint8Array[]): Uint8Array;
  /** Reads one input; throws where it breaks what is promised. */
  run(input: Uint8Array): Promise<void> | void;
}
