/** Giving up root: what needs privilege is done, and the rest of the run is done as another user. */

import { execFileSync } from "node:child_process";

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
  const ask = (option: string): string =>
    execFileSync("id", [option, "--", user], {
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
