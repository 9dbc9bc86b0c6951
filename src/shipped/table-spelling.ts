/**
 * The shorter spelling that files for a browser have generated tables in (dissectors/wire/generated/status-data.ts): where a line's
 * code is the one after that of the line before, it stands without it. For data of our own making alone.
 */

const CODE = /^[0-9a-f]+(?= )/;

const after = (code: string): string => (Number.parseInt(code, 16) + 1).toString(16);

export function shortTable(text: string): string {
  return spelled(text, (line, code, last) => (code === after(last) ? line.slice(code.length) : line));
}

export function longTable(text: string): string {
  return spelled(text, (line, _code, last) => (line.startsWith(" ") ? after(last) + line : line));
}

function spelled(text: string, spell: (line: string, code: string, last: string) => string): string {
  let last = "";
  const lines = text.split("\n").map((line) => {
    const other = spell(line, CODE.exec(line)?.[0] ?? "", last);
    const code = CODE.exec(line.length < other.length ? other : line)?.[0];
    // What heads other lines has none.
    if (line !== "") last = code ?? "";
    return other;
  });
  return lines.join("\n");
}
