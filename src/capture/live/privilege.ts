/** Giving up root: what needs privilege is done, and the remaining of the run is done as another user. */

import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "./program.js";

export class PrivilegeError extends Error {}

/** True where this process is root, so that there is something to give up. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Who to become where nobody says: who called sudo, or nobody. */
export function defaultUser(environment: NodeJS.ProcessEnv): string {
  const user = environment.SUDO_USER;
  return user === undefined || user === "" || user === "root" ? "nobody" : user;
}

/** What the type declarations leave out. */
type Groups = NodeJS.Process & { initgroups(user: string, extraGroup: number): void };

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** The account of that name or number. Throws PrivilegeError. */
export function accountOf(user: string): Account {
  const id = findProgram("id") ?? "/usr/bin/id";
  const ask = (option: string): string =>
    execFileSync(id, [option, "--", user], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    return { name: ask("-un"), uid: Number(ask("-u")), gid: Number(ask("-g")) };
  } catch {
    throw new PrivilegeError(`${user}: no such user`);
  }
}

/** Becomes that user for good, with its groups and no others. Only for root. Throws PrivilegeError. */
export function becomeUser(user: string): void {
  const { name, uid, gid } = accountOf(user);
  if (uid === 0) return;
  try {
    (process as Groups).initgroups(name, gid);
    process.setgid!(gid);
    process.setuid!(uid);
  } catch (error) {
    throw new PrivilegeError(`cannot become user ${user}: ${(error as Error).message}`);
  }
  if (process.geteuid!() === 0 || process.getuid!() === 0)
    throw new PrivilegeError(`still root after becoming ${user}`);
}

/** What is left of root after giving it up. */
export interface Remaining {
  /** Runs `work` with as much privilege as is left for opening files. */
  opening<T>(work: () => T): T;
}

const NOTHING_LEFT: Remaining = { opening: (work) => work() };

/** Gives up root for good. */
export function giveUpRoot(account: Account): Remaining {
  becomeUser(account.name);
  return NOTHING_LEFT;
}

export function keepAsIs(): Remaining {
  return NOTHING_LEFT;
}

/** Works as that user, and as root only while a file is being opened. */
export function setRootAside(account: Account): Remaining {
  const { step, back } = aside(account);
  step();
  return {
    opening(work) {
      back();
      try {
        return work();
      } finally {
        step();
      }
    },
  };
}

/** Away from root, and back to it. */
function aside({ name, uid, gid }: Account): { step(): void; back(): void } {
  const others = process.getgroups!();
  return {
    step() {
      (process as Groups).initgroups(name, gid);
      process.setegid!(gid);
      process.seteuid!(uid);
    },
    back() {
      process.seteuid!(0);
      process.setegid!(0);
      process.setgroups!(others);
    },
  };
}

/** Whether that user could make a file in this directory. Only for root. */
export function mayWriteIn(directory: string, account: Account): boolean {
  const probe = join(directory, `.raiscope-${process.pid}`);
  const { step, back } = aside(account);
  step();
  try {
    closeSync(openSync(probe, "wx", 0o600));
    return true;
  } catch {
    return false;
  } finally {
    back();
    rmSync(probe, { force: true });
  }
}
