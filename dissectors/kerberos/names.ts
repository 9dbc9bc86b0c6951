/** Code tables of Kerberos: [RFC 4120] 7.5, [RFC 3961] 8, [RFC 8009], [MS-KILE] 2.2. Codes without a name stay numbers. */

import type { Show } from "../wire/reader.js";
import { flagsOf, namesOf } from "../wire/show.js";

const ETYPES: { readonly [etype: number]: string } = {
  1: "des-cbc-crc",
  2: "des-cbc-md4",
  3: "des-cbc-md5",
  5: "des3-cbc-md5",
  7: "des3-cbc-sha1",
  16: "des3-cbc-sha1-kd",
  17: "aes128-cts-hmac-sha1-96",
  18: "aes256-cts-hmac-sha1-96",
  19: "aes128-cts-hmac-sha256-128",
  20: "aes256-cts-hmac-sha384-192",
  23: "rc4-hmac",
  24: "rc4-hmac-exp",
  25: "camellia128-cts-cmac",
  26: "camellia256-cts-cmac",
  [-128]: "rc4-md4",
  [-133]: "rc4-hmac-old",
  [-135]: "rc4-hmac-old-exp",
};

const ERRORS: { readonly [code: number]: string } = {
  0: "KDC_ERR_NONE",
  1: "KDC_ERR_NAME_EXP",
  2: "KDC_ERR_SERVICE_EXP",
  3: "KDC_ERR_BAD_PVNO",
  4: "KDC_ERR_C_OLD_MAST_KVNO",
  5: "KDC_ERR_S_OLD_MAST_KVNO",
  6: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
  7: "KDC_ERR_S_PRINCIPAL_UNKNOWN",
  8: "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
  9: "KDC_ERR_NULL_KEY",
  10: "KDC_ERR_CANNOT_POSTDATE",
  11: "KDC_ERR_NEVER_VALID",
  12: "KDC_ERR_POLICY",
  13: "KDC_ERR_BADOPTION",
  14: "KDC_ERR_ETYPE_NOSUPP",
  15: "KDC_ERR_SUMTYPE_NOSUPP",
  16: "KDC_ERR_PADATA_TYPE_NOSUPP",
  17: "KDC_ERR_TRTYPE_NOSUPP",
  18: "KDC_ERR_CLIENT_REVOKED",
  19: "KDC_ERR_SERVICE_REVOKED",
  20: "KDC_ERR_TGT_REVOKED",
  21: "KDC_ERR_CLIENT_NOTYET",
  22: "KDC_ERR_SERVICE_NOTYET",
  23: "KDC_ERR_KEY_EXPIRED",
  24: "KDC_ERR_PREAUTH_FAILED",
  25: "KDC_ERR_PREAUTH_REQUIRED",
  26: "KDC_ERR_SERVER_NOMATCH",
  27: "KDC_ERR_MUST_USE_USER2USER",
  28: "KDC_ERR_PATH_NOT_ACCEPTED",
  29: "KDC_ERR_SVC_UNAVAILABLE",
  31: "KRB_AP_ERR_BAD_INTEGRITY",
  32: "KRB_AP_ERR_TKT_EXPIRED",
  33: "KRB_AP_ERR_TKT_NYV",
  34: "KRB_AP_ERR_REPEAT",
  35: "KRB_AP_ERR_NOT_US",
  36: "KRB_AP_ERR_BADMATCH",
  37: "KRB_AP_ERR_SKEW",
  38: "KRB_AP_ERR_BADADDR",
  39: "KRB_AP_ERR_BADVERSION",
  40: "KRB_AP_ERR_MSG_TYPE",
  41: "KRB_AP_ERR_MODIFIED",
  42: "KRB_AP_ERR_BADORDER",
  44: "KRB_AP_ERR_BADKEYVER",
  45: "KRB_AP_ERR_NOKEY",
  46: "KRB_AP_ERR_MUT_FAIL",
  47: "KRB_AP_ERR_BADDIRECTION",
  48: "KRB_AP_ERR_METHOD",
  49: "KRB_AP_ERR_BADSEQ",
  50: "KRB_AP_ERR_INAPP_CKSUM",
  51: "KRB_AP_PATH_NOT_ACCEPTED",
  52: "KRB_ERR_RESPONSE_TOO_BIG",
  60: "KRB_ERR_GENERIC",
  61: "KRB_ERR_FIELD_TOOLONG",
  62: "KDC_ERR_CLIENT_NOT_TRUSTED",
  63: "KDC_ERR_KDC_NOT_TRUSTED",
  64: "KDC_ERR_INVALID_SIG",
  65: "KDC_ERR_KEY_TOO_WEAK",
  66: "KDC_ERR_CERTIFICATE_MISMATCH",
  67: "KRB_AP_ERR_NO_TGT",
  68: "KDC_ERR_WRONG_REALM",
  69: "KRB_AP_ERR_USER_TO_USER_REQUIRED",
  70: "KDC_ERR_CANT_VERIFY_CERTIFICATE",
  71: "KDC_ERR_INVALID_CERTIFICATE",
  72: "KDC_ERR_REVOKED_CERTIFICATE",
  73: "KDC_ERR_REVOCATION_STATUS_UNKNOWN",
  74: "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
  75: "KDC_ERR_CLIENT_NAME_MISMATCH",
  76: "KDC_ERR_KDC_NAME_MISMATCH",
  90: "KDC_ERR_PREAUTH_EXPIRED",
  91: "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED",
  93: "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS",
};

/** An encryption type by its registered name, or as a decimal number. */
export function etypeName(etype: number): string {
  return ETYPES[etype] ?? String(etype);
}

/** The number of an encryption type, by its name (with the usual short forms) or in decimal; null where unknown. */
export function etypeNumber(name: string): number | null {
  const wanted = name.trim().toLowerCase().replaceAll("_", "-");
  const short: { readonly [name: string]: number } = {
    aes128: 17,
    "aes128-cts": 17,
    "aes128-sha1": 17,
    aes256: 18,
    "aes256-cts": 18,
    "aes256-sha1": 18,
    "aes128-sha2": 19,
    "aes256-sha2": 20,
    rc4: 23,
    "arcfour-hmac": 23,
    "arcfour-hmac-md5": 23,
  };
  if (Object.hasOwn(short, wanted)) return short[wanted]!;
  for (const [number, known] of Object.entries(ETYPES)) if (known === wanted) return Number(number);
  return /^-?\d{1,4}$/.test(wanted) ? Number(wanted) : null;
}

/** [RFC 4120] 7.5.9 error codes by name, or as a decimal number. */
export function kerberosErrorName(code: number): string {
  return ERRORS[code] ?? String(code);
}

export const showEtype = namesOf(ETYPES);
export const showErrorCode = namesOf(ERRORS);

/** [RFC 4120] 7.5.7. */
export const showMessageType = namesOf({
  10: "KRB-AS-REQ",
  11: "KRB-AS-REP",
  12: "KRB-TGS-REQ",
  13: "KRB-TGS-REP",
  14: "KRB-AP-REQ",
  15: "KRB-AP-REP",
  16: "KRB-RESERVED16",
  17: "KRB-RESERVED17",
  20: "KRB-SAFE",
  21: "KRB-PRIV",
  22: "KRB-CRED",
  30: "KRB-ERROR",
});

/** [RFC 4120] 6.2, [RFC 6111] 3, [MS-KILE] 3.3.5.1. */
export const showNameType = namesOf({
  0: "NT-UNKNOWN",
  1: "NT-PRINCIPAL",
  2: "NT-SRV-INST",
  3: "NT-SRV-HST",
  4: "NT-SRV-XHST",
  5: "NT-UID",
  6: "NT-X500-PRINCIPAL",
  7: "NT-SMTP-NAME",
  10: "NT-ENTERPRISE",
  11: "NT-WELLKNOWN",
  [-128]: "NT-MS-PRINCIPAL",
  [-129]: "NT-MS-PRINCIPAL-AND-ID",
});

/** [RFC 4120] 7.5.3. */
export const showAddressType = namesOf({
  2: "IPv4",
  3: "Directional",
  12: "DECnet",
  20: "NetBios",
  24: "IPv6",
});

/** [RFC 4120] 7.5.2, [RFC 6113], [MS-KILE] 2.2 and [MS-SFU] 2.2. */
export const showPaDataType = namesOf({
  1: "PA-TGS-REQ",
  2: "PA-ENC-TIMESTAMP",
  3: "PA-PW-SALT",
  11: "PA-ETYPE-INFO",
  14: "PA-PK-AS-REQ_OLD",
  15: "PA-PK-AS-REP_OLD",
  16: "PA-PK-AS-REQ",
  17: "PA-PK-AS-REP",
  19: "PA-ETYPE-INFO2",
  20: "PA-SVR-REFERRAL-INFO",
  111: "TD-CMS-DIGEST-ALGORITHMS",
  128: "PA-PAC-REQUEST",
  129: "PA-FOR-USER",
  130: "PA-S4U-X509-USER",
  131: "PA-AS-CHECKSUM",
  132: "PA-AS-FRESHNESS",
  133: "PA-FX-COOKIE",
  134: "PA-AUTHENTICATION-SET",
  135: "PA-AUTH-SET-SELECTED",
  136: "PA-FX-FAST",
  137: "PA-FX-ERROR",
  138: "PA-ENCRYPTED-CHALLENGE",
  147: "PA-PKINIT-KX",
  149: "PA-REQ-ENC-PA-REP",
  150: "PA-AS-FRESHNESS",
  161: "KERB-KEY-LIST-REQ",
  162: "KERB-KEY-LIST-REP",
  165: "PA-SUPPORTED-ENCTYPES",
  167: "PA-PAC-OPTIONS",
});

/** [RFC 3961] 8, [RFC 4121] 4.1.1, [MS-KILE] 2.2. */
export const showChecksumType = namesOf({
  1: "CRC32",
  7: "RSA-MD5",
  8: "RSA-MD5-DES",
  10: "HMAC-SHA1-DES3-KD (old)",
  12: "HMAC-SHA1-DES3-KD",
  14: "SHA1",
  15: "HMAC-SHA1-96-AES128",
  16: "HMAC-SHA1-96-AES256",
  19: "HMAC-SHA256-128-AES128",
  20: "HMAC-SHA384-192-AES256",
  32771: "GSS-API",
  [-138]: "KERB_CHECKSUM_HMAC_MD5",
});

/** [RFC 4120] 7.5.4, [RFC 4120] 5.2.6, [MS-KILE] 2.2.10. */
export const showAdType = namesOf({
  1: "AD-IF-RELEVANT",
  4: "AD-KDC-ISSUED",
  5: "AD-AND-OR",
  8: "AD-MANDATORY-FOR-KDC",
  9: "AD-INITIAL-VERIFIED-CAS",
  71: "AD-FX-FAST-ARMOR",
  72: "AD-FX-FAST-USED",
  128: "AD-WIN2K-PAC",
  129: "AD-ETYPE-NEGOTIATION",
  141: "KERB_AUTH_DATA_TOKEN_RESTRICTIONS",
  142: "KERB-LOCAL",
  143: "AD-AUTH-DATA-AP-OPTIONS",
  144: "AD-TARGET-PRINCIPAL",
});

/** Bits are counted from the most significant one ([RFC 4120] 5.2.8). */
function kerberosFlags(names: { readonly [bit: number]: string }): Show<number> {
  return flagsOf(Object.entries(names).map(([bit, name]) => [2 ** (31 - Number(bit)), name] as const));
}

/** [RFC 4120] 5.5.1 APOptions. */
export const showApOptions = kerberosFlags({ 0: "reserved", 1: "use-session-key", 2: "mutual-required" });

/** [RFC 4120] 5.4.1 KDCOptions, [RFC 6112] 7, [MS-SFU] 2.2.3. */
export const showKdcOptions = kerberosFlags({
  0: "reserved",
  1: "forwardable",
  2: "forwarded",
  3: "proxiable",
  4: "proxy",
  5: "allow-postdate",
  6: "postdated",
  7: "unused7",
  8: "renewable",
  9: "unused9",
  10: "unused10",
  11: "opt-hardware-auth",
  12: "unused12",
  13: "unused13",
  14: "cname-in-addl-tkt",
  15: "canonicalize",
  16: "request-anonymous",
  26: "disable-transited-check",
  27: "renewable-ok",
  28: "enc-tkt-in-skey",
  30: "renew",
  31: "validate",
});

/** [RFC 4120] 5.3 TicketFlags, [RFC 6806] 11, [RFC 6112] 7. */
export const showTicketFlags = kerberosFlags({
  0: "reserved",
  1: "forwardable",
  2: "forwarded",
  3: "proxiable",
  4: "proxy",
  5: "may-postdate",
  6: "postdated",
  7: "invalid",
  8: "renewable",
  9: "initial",
  10: "pre-authent",
  11: "hw-authent",
  12: "transited-policy-checked",
  13: "ok-as-delegate",
  15: "enc-pa-rep",
  16: "anonymous",
});

/** [MS-KILE] 2.2.10 PA-PAC-OPTIONS. */
export const showPacOptions = kerberosFlags({
  0: "Claims",
  1: "Branch Aware",
  2: "Forward to Full DC",
  3: "Resource-based constrained delegation",
});
