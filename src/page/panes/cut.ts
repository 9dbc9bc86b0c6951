/** Values that a tree shows the beginning of. No DOM in here. */

const CUT = /… ?"? \(\d+ more (?:bytes?|characters?)\)/;

/** Whether a value says itself that there is more of it. */
export function isCut(text: string): boolean {
  return CUT.test(text);
}
