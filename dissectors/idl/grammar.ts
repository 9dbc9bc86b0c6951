/** The productions that the parser's files reach through the cursor. */

import { parseEnumBody, parseStructBody, parseUnionBody } from "./bodies.js";
import type { Grammar } from "./cursor.js";
import { parseDeclared } from "./typespecs.js";

export const GRAMMAR: Grammar = {
  declared: parseDeclared,
  struct: parseStructBody,
  union: parseUnionBody,
  enumeration: parseEnumBody,
};
