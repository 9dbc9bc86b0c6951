/**
 * Ring files that are not there, as far as names tell: dumpcap and editcap number theirs (`NAME_00012_20240603101500.pcapng`), tcpdump -C
 * as well (`NAME12`). The oldest of a ring are overwritten; what is missing between two others was lost.
 */

export interface MissingFile {
  path: string;
  before: string;
  after: string;
}

/** Numbers missing between two files that are told one by one. */
const MAX_TOLD = 100;

interface Numbered {
  path: string;
  number: number;
  /** The path around the number, with the time behind it left out. */
  around: string;
}

export function missingNumbers(paths: readonly string[]): MissingFile[] {
  const groups = new Map<string, Numbered[]>();
  for (const path of paths) {
    const numbered = numberedOf(path);
    if (numbered === null) continue;
    const group = groups.get(numbered.around) ?? [];
    groups.set(numbered.around, group);
    group.push(numbered);
  }
  return [...groups.values()].flatMap(missingIn);
}

function numberedOf(path: string): Numbered | null {
  const ring = /^(.*_)(\d{5,})_\d{14}(\.[^/]*)?$/.exec(path);
  const [, before, digits, behind = ""] = ring ?? /^(.*[^/\d])(\d{1,6})(\.[^/\d]*)?$/.exec(path) ?? [];
  if (before === undefined || digits === undefined) return null;
  return { path, number: Number(digits), around: `${before}\0${behind}` };
}

function missingIn(group: readonly Numbered[]): MissingFile[] {
  const sorted = [...group].sort((a, b) => a.number - b.number);
  const missing: MissingFile[] = [];
  let count = 0;
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1]!, sorted[i]!];
    count += Math.max(0, after.number - before.number - 1);
    for (let number = before.number + 1; number < after.number && missing.length < MAX_TOLD; number++) {
      missing.push({ path: nameOf(before, number), before: before.path, after: after.path });
    }
  }
  // Numbers that are mostly missing number something else.
  return count < sorted.length ? missing : [];
}

function nameOf({ path, number, around }: Numbered, missing: number): string {
  const [before = "", behind = ""] = around.split("\0");
  const digits = path.slice(before.length).match(/^\d+/)?.[0] ?? String(number);
  const timed = path.slice(before.length + digits.length).startsWith("_") ? "_*" : "";
  return `${before}${String(missing).padStart(digits.length, "0")}${timed}${behind}`;
}
