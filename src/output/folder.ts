/** An export that is several files: what its printer writes to, and what it is. Making the files is the command line's business. */

import type { Event } from "../events.js";

/** A folder that files are written to; each is made when it is first written to. */
export interface Folder {
  /** Adds to the file of that name, which has no folder in it. */
  write(file: string, what: string | Uint8Array): void;
}

/** As `Printer`, of files in a folder. */
export interface FolderPrinter {
  push(event: Event, folder: Folder): void;
  /** An event that is not to be shown: it only counts. */
  hidden?(event: Event): void;
  /** Everything held back, and what ends each file. Called once, also when the run was cut short. */
  finish(folder: Folder): void;
}
