/** Colours of both themes: text is told from what is behind it by 4.5 : 1, edges of controls by 3 : 1 (WCAG 2.2, AA). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";

const CSS = readFileSync(join(resolve(import.meta.dirname, "../../.."), "src/page/tokens.css"), "utf8");

function tokens(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]),
  );
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const blocks = [...CSS.matchAll(/:root[^{]*\{([^}]*)\}/g)].map(([, block]) => tokens(block!));

test("the dark theme is the same by choice and by the system", () => {
  assert.equal(blocks.length, 3);
  assert.deepEqual(blocks[1], blocks[2]);
  assert.deepEqual([...blocks[0]!.keys()], [...blocks[1]!.keys()]);
});

for (const [index, theme] of ["light", "dark"].entries()) {
  test(`texts and edges can be told in the ${theme} theme`, () => {
    const of = blocks[index]!;
    const at = (name: string): string => of.get(name)!;
    for (const ink of ["ink", "soft", "accent", "ok", "bad", "warn", "seal"]) {
      for (const behind of ["bg", "panel", "raised", "over"]) {
        const ratio = contrast(at(ink), at(behind));
        assert.ok(ratio >= 4.5, `${ink} on ${behind}: ${ratio.toFixed(2)}`);
      }
    }
    assert.ok(contrast(at("hit-ink"), at("hit")) >= 4.5);
    assert.ok(contrast(at("panel"), at("accent")) >= 4.5);
    for (const behind of ["bg", "panel", "raised"]) {
      assert.ok(contrast(at("edge"), at(behind)) >= 3, `edge on ${behind}`);
      assert.ok(contrast(at("accent"), at(behind)) >= 3, `focus on ${behind}`);
    }
  });
}
