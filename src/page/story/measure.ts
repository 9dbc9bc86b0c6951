/** How wide a text is in the font that drawings use. */
const FONT = '11.5px ui-monospace, "SF Mono", "DejaVu Sans Mono", Consolas, monospace';
/** Widths that are remembered: names of calls come again and again. */
const KNOWN = 4_096;

export function textMeasure(): (text: string) => number {
  const context = document.createElement("canvas").getContext("2d");
  const known = new Map<string, number>();
  if (context !== null) context.font = FONT;
  return (text) => {
    let width = known.get(text);
    if (width === undefined) {
      width = context === null ? text.length * 7 : context.measureText(text).width;
      if (known.size >= KNOWN) known.clear();
      known.set(text, width);
    }
    return width;
  };
}
