/** Names that become parts of paths: of sensors, and of runs. */

/** Letters, digits and `._-`, and no dot in front, which would hide it: the same on every disk, in every query. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function isPathName(name: string): boolean {
  return NAME.test(name);
}
