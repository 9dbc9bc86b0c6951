/** What Zeek calls encryption types and errors of Kerberos, which differs from the standards' names for some. */

const CIPHERS: { readonly [etype: number]: string } = {
  1: "des-cbc-crc",
  2: "des-cbc-md4",
  3: "des-cbc-md5",
  5: "des3-cbc-md5",
  7: "des3-cbc-sha1",
  9: "dsaWithSHA1-CmsOID",
  10: "md5WithRSAEncryption-CmsOID",
  11: "sha1WithRSAEncryption-CmsOID",
  12: "rc2CBC-EnvOID",
  13: "rsaEncryption-EnvOID",
  14: "rsaES-OAEP-ENV-OID",
  15: "des-ede3-cbc-Env-OID",
  16: "des3-cbc-sha1-kd",
  17: "aes128-cts-hmac-sha1-96",
  18: "aes256-cts-hmac-sha1-96",
  23: "rc4-hmac",
  24: "rc4-hmac-exp",
  25: "camellia128-cts-cmac",
  26: "camellia256-cts-cmac",
  65: "subkey-keymaterial",
};

/** By the error's number; null where there is none. */
const ERRORS: readonly (string | null)[] = [
  ...words(
    "KDC_ERR",
    "NONE NAME_EXP SERVICE_EXP BAD_PVNO C_OLD_MAST_KVNO S_OLD_MAST_KVNO C_PRINCIPAL_UNKNOWN",
  ),
  ...words("KDC_ERR", "S_PRINCIPAL_UNKNOWN PRINCIPAL_NOT_UNIQUE NULL_KEY CANNOT_POSTDATE NEVER_VALID POLICY"),
  ...words(
    "KDC_ERR",
    "BADOPTION ETYPE_NOSUPP SUMTYPE_NOSUPP PADATA_TYPE_NOSUPP TRTYPE_NOSUPP CLIENT_REVOKED",
  ),
  ...words("KDC_ERR", "SERVICE_REVOKED TGT_REVOKED CLIENT_NOTYET SERVICE_NOTYET KEY_EXPIRED PREAUTH_FAILED"),
  ...words(
    "KDC_ERR",
    "PREAUTH_REQUIRED SERVER_NOMATCH MUST_USE_USER2USER PATH_NOT_ACCEPTED SVC_UNAVAILABLE -",
  ),
  ...words("KRB_AP_ERR", "BAD_INTEGRITY TKT_EXPIRED TKT_NYV REPEAT NOT_US BADMATCH SKEW BADADDR BADVERSION"),
  ...words("KRB_AP_ERR", "MSG_TYPE MODIFIED BADORDER - BADKEYVER NOKEY MUT_FAIL BADDIRECTION METHOD BADSEQ"),
  ...words("KRB_AP_ERR", "INAPP_CKSUM"),
  ...words("KRB_AP", "PATH_NOT_ACCEPTED"),
  ...words("KRB_ERR", "RESPONSE_TOO_BIG - - - - - - - GENERIC FIELD_TOOLONG"),
  ...words("KDC_ERROR", "CLIENT_NOT_TRUSTED KDC_NOT_TRUSTED INVALID_SIG"),
  ...words("KDC_ERR", "KEY_TOO_WEAK CERTIFICATE_MISMATCH"),
  ...words("KRB_AP_ERR", "NO_TGT"),
  ...words("KDC_ERR", "WRONG_REALM"),
  ...words("KRB_AP_ERR", "USER_TO_USER_REQUIRED"),
  ...words(
    "KDC_ERR",
    "CANT_VERIFY_CERTIFICATE INVALID_CERTIFICATE REVOKED_CERTIFICATE REVOCATION_STATUS_UNKNOWN",
  ),
  ...words("KDC_ERR", "REVOCATION_STATUS_UNAVAILABLE CLIENT_NAME_MISMATCH KDC_NAME_MISMATCH"),
];

function words(prefix: string, names: string): (string | null)[] {
  return names.split(" ").map((name) => (name === "-" ? null : `${prefix}_${name}`));
}

export function cipherName(etype: number): string {
  return CIPHERS[etype] ?? `unknown-${etype}`;
}

/** Of an encryption type as records name it. */
export function cipherNumber(name: string): number | null {
  const known = Object.entries(CIPHERS).find(([, cipher]) => cipher === name);
  if (known !== undefined) return Number(known[0]);
  return /^-?\d+$/.test(name) ? Number(name) : (OTHER_ETYPES[name] ?? null);
}

/** Those that records name and Zeek does not. */
const OTHER_ETYPES: { readonly [name: string]: number } = {
  "aes128-cts-hmac-sha256-128": 19,
  "aes256-cts-hmac-sha384-192": 20,
  "rc4-md4": -128,
  "rc4-hmac-old": -133,
  "rc4-hmac-old-exp": -135,
};

/** Null where Zeek has no text for it. */
export function errorText(code: number): string | null {
  return ERRORS[code] ?? null;
}
