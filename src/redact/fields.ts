/**
 * Where names and secrets stand that no description marks: fields of records, parameters, methods and sentences.
 *
 * Secrets of an IDL are marked there (`[secret]`, marked.ts). Names of parameters are looked at all the same, since published
 * IDL has no such marks, and arguments of Invoke may have names that only the wire taught. Nothing in the shipped IDL is
 * secret as a whole: of the texts of [MS-RAI] parts are, which raw-text.ts cuts out. That a text is a user is not marked.
 */

/** Names of parameters and members whose text is a user: bstrUserName, AccountName, user_name, usri1_name, upn, cname … */
const USER =
  /^(?:[a-z0-9_]{0,8}?(?:user|logon|account|sam_?account|principal|effective|full|service_?start)_?names?|[a-z0-9_]{0,8}?(?:user|users|upn|cname|acct)|usri\d+_(?:full_)?name)\d?$/i;
/** Names of parameters and members that hold password material. */
const SECRET =
  /hash|owf|password|passwd|pwd|pass_?stub|session_?key|secret|credential|lhticket|(?:lm|nt|challenge)_?response/i;

/** What is said of a password and is none: PasswordLastSet, MaxPasswordAge, PasswordProperties, … */
const ABOUT_SECRET =
  /(?:last_?set|can_?change|must_?change|(?:max|min|password|pwd)_?age|properties|expired|present|length|(?<!ac)count|(?:bad|last)_?password_?time|versionnumber|versionpresent)$/i;

/** Methods whose texts called `Name` or `Names` are accounts: [MS-SAMR], [MS-LSAT], and the property of ISAFSession. */
const ACCOUNT_METHODS =
  /^(?:Samr(?:EnumerateUsers|LookupNames|LookupIds|CreateUser|QueryDisplayInformation|GetDisplayEnumeration)|Lsar?(?:LookupNames|LookupSids)|NetrUserEnum|NetrWkstaUserEnum|NetrSessionEnum|UserName\b)/;
const NAME_MEMBER = /^(?:names?|buffer|pval|rgvarg|value|values|pvarresult|element)$/i;

/** Members of records that hold the program's own words, identifiers, times, numbers, addresses of frames, names of files. */
const OWN: ReadonlySet<string> = new Set(
  (
    "type schema id revision provisional ts first_ts last_ts stream file community_id severity code frame frames places " +
    "client server protseq interface method transfer_syntax object causality_id class iid uuid clsid oxid oid ipid " +
    "rem_unknown version hresult fault stub wire announced features traffic follow_up status level mechanism " +
    "source proof reason secret kind outcome outcome_basis basis calls call_ids pdus rule false_positives form encoding link created " +
    "expires match tower negotiate_flags server_challenge client_version server_version nt_response_kind ticket_etype " +
    "authenticator_etype result accepted_syntax transfer_syntaxes"
  ).split(" "),
);

/** Members of records that hold sentences of the program. */
const SENTENCES: ReadonlySet<string> = new Set(["message", "sentence", "statement", "refusal"]);
/** The same, of sentences that quote texts which nothing else shows. */
const QUOTING: ReadonlySet<string> = new Set(["violations", "error"]);

/** Members of VARIANTs and interface pointers, which say what they are and not whose, whatever the parameter is called. */
const STRUCTURE: ReadonlySet<string> = new Set(
  "vt iid interface ipid oxid oid flags bindings security clsid".split(" "),
);

export type Meaning = "user" | "secret" | "plain";

/** What the name of a parameter or member says of the text in it. */
export function meaningOf(name: string): Meaning {
  if (SECRET.test(name) && !ABOUT_SECRET.test(name)) return "secret";
  return USER.test(name) ? "user" : "plain";
}

/** True where every text under `name` in a call of `method` is a user name. */
export function namesAccounts(method: string | null, name: string): boolean {
  return method !== null && ACCOUNT_METHODS.test(method) && NAME_MEMBER.test(name);
}

/** Members that hold no accounts though they are in calls that look accounts up: [MS-LSAT] 2.2.12, [MS-DTYP] 2.4.2. */
export function namesNoAccounts(name: string): boolean {
  return name === "ReferencedDomains" || name === "IdentifierAuthority";
}

/** [MS-TSCH] 2.5.2 and 2.5.6: who made a task and as whom it runs, where that is no SID and no sentence. */
export function namesTaskAccount(name: string, text: string): boolean {
  return /^(?:author|userid)$/i.test(name) && /^[^\\\s]+\\[^\\]+$|^[^@\s]+@[^@\s]+$/.test(text);
}

/** What a member of a record holds, where its name alone shows. */
export function memberOf(name: string): "own" | "sentence" | "quoting" | null {
  if (OWN.has(name)) return "own";
  if (SENTENCES.has(name)) return "sentence";
  return QUOTING.has(name) ? "quoting" : null;
}

export function isStructure(name: string): boolean {
  return STRUCTURE.has(name);
}

/** The account that the principal of a security binding or a ticket names; services have a slash in their names. */
export function isAccountPrincipal(principal: string): boolean {
  return principal !== "" && !principal.includes("/");
}

/**
 * Sentences of the program that name an account or a principal, by what stands before and behind the name. They may be
 * reported before any record has the name in a field of its own.
 */
export const NAMING: readonly { before: string; after: string; principal: boolean }[] = [
  { before: "give the password or NT hash of ", after: ", or the session key", principal: false },
  { before: "the SMB session of ", after: " (session ", principal: false },
  { before: "the server let ", after: " in as a guest", principal: false },
  { before: "", after: " negotiated an LM session key: ", principal: false },
  { before: "session key was given that could be of ", after: "", principal: false },
  {
    before: "the password or NT hash given for ",
    after: " is not the one that was used",
    principal: false,
  },
  { before: "none of the secrets is of ", after: ", and none of the others fits", principal: false },
  { before: "the help blob names ", after: " as the expert; nothing", principal: false },
  { before: "with Kerberos: to decrypt, give the key of ", after: ", or the session key", principal: true },
  { before: "user-to-user ticket for ", after: ": the session key of that user", principal: true },
  { before: "a key for ", after: " was given, but it is not the one", principal: true },
  { before: "none of the keys decrypts the ticket for ", after: "", principal: true },
];

/** A sentence that ends in a text of the other side, of which nothing is known: KRB-ERROR's e-text. */
export const FOREIGN_TEXT = { begins: "KRB-ERROR ", opens: " (", closes: ")" };
