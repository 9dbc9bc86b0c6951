/** How variables of the environment are named and read. */

export const PREFIX = "RAISCOPE_";

export function isTrue(text: string | undefined): boolean {
  return /^(1|true|yes|on)$/i.test(text ?? "");
}
