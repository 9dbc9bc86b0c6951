/** The parts of the page, as text. */
export function pageParts(): Promise<PageParts>;
export function pageText(parts: PageParts): string;
/** The page's content security policy. */
export function policy(code: string, css: string): string;
/** The page of a case report without its data. */
export function caseTemplate(): Promise<string>;
export interface PageParts {
  code: string;
  css: string;
  worker: string;
  packed: string;
  samples: string;
  version: string;
}
