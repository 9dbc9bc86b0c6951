/** The tactics of [ATT&CK] that a rule's tags name, in the words and numbers of the framework. */

/** The number, and the name where it is not the tag's words with capitals. */
const TACTICS: { readonly [tag: string]: readonly [id: string, name?: string] } = {
  reconnaissance: ["TA0043"],
  "resource-development": ["TA0042"],
  "initial-access": ["TA0001"],
  execution: ["TA0002"],
  persistence: ["TA0003"],
  "privilege-escalation": ["TA0004"],
  "defense-evasion": ["TA0005"],
  "credential-access": ["TA0006"],
  discovery: ["TA0007"],
  "lateral-movement": ["TA0008"],
  collection: ["TA0009"],
  "command-and-control": ["TA0011", "Command and Control"],
  exfiltration: ["TA0010"],
  impact: ["TA0040"],
};

export interface Tactic {
  id: string;
  name: string;
}

/** In the order of the tags, each once. Older rules write `attack.lateral_movement`. */
export function tacticsOf(tags: readonly string[]): Tactic[] {
  const found = new Map<string, Tactic>();
  for (const tag of tags) {
    const [framework, word = ""] = tag.toLowerCase().replaceAll("_", "-").split(".");
    const tactic = framework === "attack" && Object.hasOwn(TACTICS, word) ? TACTICS[word] : undefined;
    if (tactic === undefined) continue;
    const [id, name = capitals(word)] = tactic;
    found.set(id, { id, name });
  }
  return [...found.values()];
}

function capitals(words: string): string {
  return words
    .split("-")
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join(" ");
}
