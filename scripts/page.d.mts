/** The parts of the page, as text. */
export function pageParts(): Promise<PageParts>;
export function pageText(parts: PageParts): string;
/** The page's content security policy. */
export function policy(scripts: readonly string[], css: string): string;
/** The page of a case report without its data. */
export function caseTemplate(): Promise<string>;
export interface PageParts {
  /** What stands in the page as it runs, and unpacks `code`. */
  boot: string;
  code: string;
  css: string;
  worker: string;
  packed: string;
  samples: string;
  version: string;
}
