/** What commander makes of the options of `raiscope report`. */
import type { FindingChoices } from "./finding-options.js";
import type { CommonOptions, FilterChoices, KeyOptions } from "./options.js";
import type { ReadingOptions } from "./reading-options.js";

export interface CaseOptions
  extends FilterChoices,
    FindingChoices,
    KeyOptions,
    CommonOptions,
    ReadingOptions {
  output?: string;
  includeSecrets?: boolean;
  includePackets?: boolean;
  limit?: number;
  /** What -Y and -f say, as they were typed. */
  displayFilter?: string[];
  filter?: string;
}
