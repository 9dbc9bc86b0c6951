/**
 * One file of a tree while it is written: under a name that no reader looks at, and under its own when it is whole and on the
 * disk.
 */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolders } from "./folders.js";

/** Something of a tree could not be written. */
export class LakeError extends Error {
  /** What could not be written. */
  readonly path: string;
  /** What the system said. */
  override readonly cause: unknown;

  constructor(path: string, cause: unknown) {
    super(`${path}: cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`);
    this.name = "LakeError";
    this.path = path;
    this.cause = cause;
  }
}

/** Tells temporary files from all others: a dot in front, as what reads trees passes over, and this behind. */
const TEMPORARY = ".tmp";
/** How often a folder is made anew that somebody takes away. */
const MAX_TRIES = 8;

export class PartFile {
  readonly path: string;
  readonly #temporary: string;
  #fd: number | null = null;
  #made = false;
  /** Bytes written. */
  bytes = 0;

  /** `token`: what no other writer has in the names of its temporary files. The file is made when it is first written to. */
  constructor(folder: string, name: string, token: string) {
    this.path = join(folder, name);
    this.#temporary = join(folder, `.${name}.${token}${TEMPORARY}`);
  }

  /** Throws LakeError. */
  write(bytes: Uint8Array): void {
    this.#guarded(() => {
      this.#fd ??= this.#open();
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
      this.bytes += bytes.length;
    });
  }

  /** Another writer that gives up takes away the folders it made as long as they are empty. */
  #open(): number {
    for (let tries = 0; ; tries++) {
      try {
        const fd = openSync(this.#temporary, "wx");
        this.#made = true;
        return fd;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries >= MAX_TRIES) throw error;
        makeFolders(dirname(this.path));
      }
    }
  }

  /** Nothing more is written, and all is on the disk. Throws LakeError. */
  close(): void {
    this.#guarded(() => {
      const fd = this.#fd;
      if (fd === null) return;
      fsyncSync(fd);
      this.#fd = null;
      closeSync(fd);
    });
  }

  /** Gives a closed file its name; what had it before is replaced. Throws LakeError. */
  publish(): void {
    this.#guarded(() => {
      renameSync(this.#temporary, this.path);
      this.#made = false;
    });
  }

  /** Takes away what has no name yet. */
  discard(): void {
    const fd = this.#fd;
    this.#fd = null;
    try {
      if (fd !== null) closeSync(fd);
    } catch {
      // A disk that failed before fails again.
    }
    if (this.#made) rmSync(this.#temporary, { force: true });
    this.#made = false;
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      throw new LakeError(this.path, error);
    }
  }
}
