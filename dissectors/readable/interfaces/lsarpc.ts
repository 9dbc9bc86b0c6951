/** [MS-LSAD] and [MS-LSAT]: the Local Security Authority. */
import * as uuids from "../../wire/interface-uuids.js";
import type { Names, Read } from "../place.js";
import { flags, oneOf, rights } from "../tables.js";
import { FILE_TIME, INTERVAL, int64Of } from "../times.js";
import { RID } from "../types.js";

/** 2.2.1.1.2 to 2.2.1.1.5 */
const POLICY = rights(
  "POLICY_VIEW_LOCAL_INFORMATION=1 POLICY_VIEW_AUDIT_INFORMATION=2 POLICY_GET_PRIVATE_INFORMATION=4 POLICY_TRUST_ADMIN=8 " +
    "POLICY_CREATE_ACCOUNT=0x10 POLICY_CREATE_SECRET=0x20 POLICY_CREATE_PRIVILEGE=0x40 " +
    "POLICY_SET_DEFAULT_QUOTA_LIMITS=0x80 POLICY_SET_AUDIT_REQUIREMENTS=0x100 POLICY_AUDIT_LOG_ADMIN=0x200 " +
    "POLICY_SERVER_ADMIN=0x400 POLICY_LOOKUP_NAMES=0x800 POLICY_NOTIFICATION=0x1000 POLICY_ALL_ACCESS=0xf0fff",
);
const ACCOUNT = rights(
  "ACCOUNT_VIEW=1 ACCOUNT_ADJUST_PRIVILEGES=2 ACCOUNT_ADJUST_QUOTAS=4 ACCOUNT_ADJUST_SYSTEM_ACCESS=8 " +
    "ACCOUNT_ALL_ACCESS=0xf000f",
);
const SECRET = rights("SECRET_SET_VALUE=1 SECRET_QUERY_VALUE=2 SECRET_ALL_ACCESS=0xf0003");
const TRUSTED_DOMAIN = rights(
  "TRUSTED_QUERY_DOMAIN_NAME=1 TRUSTED_QUERY_CONTROLLERS=2 TRUSTED_SET_CONTROLLERS=4 TRUSTED_QUERY_POSIX=8 " +
    "TRUSTED_SET_POSIX=0x10 TRUSTED_SET_AUTH=0x20 TRUSTED_QUERY_AUTH=0x40 TRUSTED_ALL_ACCESS=0xf007f",
);
/** 2.2.1.2 */
const SYSTEM_ACCESS = flags(
  "POLICY_MODE_INTERACTIVE=1 POLICY_MODE_NETWORK=2 POLICY_MODE_BATCH=4 POLICY_MODE_SERVICE=0x10 " +
    "POLICY_MODE_DENY_INTERACTIVE=0x40 POLICY_MODE_DENY_NETWORK=0x80 POLICY_MODE_DENY_BATCH=0x100 " +
    "POLICY_MODE_DENY_SERVICE=0x200 POLICY_MODE_REMOTE_INTERACTIVE=0x400 POLICY_MODE_DENY_REMOTE_INTERACTIVE=0x800 " +
    "POLICY_MODE_ALL=0xff7",
);
/** 2.2.4.4 */
const AUDITING = flags(
  "POLICY_AUDIT_EVENT_UNCHANGED=0 POLICY_AUDIT_EVENT_SUCCESS=1 POLICY_AUDIT_EVENT_FAILURE=2 POLICY_AUDIT_EVENT_NONE=4",
);
/** 2.2.7.9, [MS-ADTS] 6.1.6.7.9, 6.1.6.7.12, 6.1.6.7.15 */
const TRUST_DIRECTION = oneOf(
  "TRUST_DIRECTION_DISABLED=0 TRUST_DIRECTION_INBOUND=1 TRUST_DIRECTION_OUTBOUND=2 TRUST_DIRECTION_BIDIRECTIONAL=3",
);
export const TRUST_TYPE = oneOf(
  "TRUST_TYPE_DOWNLEVEL=1 TRUST_TYPE_UPLEVEL=2 TRUST_TYPE_MIT=3 TRUST_TYPE_DCE=4 TRUST_TYPE_AAD=5",
);
export const TRUST_ATTRIBUTES = flags(
  "TRUST_ATTRIBUTE_NON_TRANSITIVE=1 TRUST_ATTRIBUTE_UPLEVEL_ONLY=2 TRUST_ATTRIBUTE_QUARANTINED_DOMAIN=4 " +
    "TRUST_ATTRIBUTE_FOREST_TRANSITIVE=8 TRUST_ATTRIBUTE_CROSS_ORGANIZATION=0x10 TRUST_ATTRIBUTE_WITHIN_FOREST=0x20 " +
    "TRUST_ATTRIBUTE_TREAT_AS_EXTERNAL=0x40 TRUST_ATTRIBUTE_USES_RC4_ENCRYPTION=0x80 " +
    "TRUST_ATTRIBUTE_TRUST_USES_AES_KEYS=0x100 TRUST_ATTRIBUTE_CROSS_ORGANIZATION_NO_TGT_DELEGATION=0x200 " +
    "TRUST_ATTRIBUTE_PIM_TRUST=0x400 TRUST_ATTRIBUTE_CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION=0x800",
);
/** [MS-ADTS] 6.1.6.9.1.1 */
const AUTH_TYPE = oneOf(
  "TRUST_AUTH_TYPE_NONE=0 TRUST_AUTH_TYPE_NT4OWF=1 TRUST_AUTH_TYPE_CLEAR=2 TRUST_AUTH_TYPE_VERSION=3",
);
/** [MS-KILE] 2.2.7 */
export const ENCRYPTION_TYPES = flags(
  "DES-CBC-CRC=1 DES-CBC-MD5=2 RC4-HMAC=4 AES128-CTS-HMAC-SHA1-96=8 AES256-CTS-HMAC-SHA1-96=0x10 " +
    "AES256-CTS-HMAC-SHA1-96-SK=0x20 FAST-supported=0x10000 Compound-identity-supported=0x20000 Claims-supported=0x40000 " +
    "Resource-SID-compression-disabled=0x80000",
);
/** 2.2.5.4 LSAPR_LUID_AND_ATTRIBUTES */
const PRIVILEGE_ATTRIBUTES = flags("SE_PRIVILEGE_ENABLED_BY_DEFAULT=1 SE_PRIVILEGE_ENABLED=2");

/** 3.1.1.2.1: privileges, by their number on every Windows. */
const PRIVILEGES = oneOf(
  "SeCreateTokenPrivilege=2 SeAssignPrimaryTokenPrivilege=3 SeLockMemoryPrivilege=4 SeIncreaseQuotaPrivilege=5 " +
    "SeMachineAccountPrivilege=6 SeTcbPrivilege=7 SeSecurityPrivilege=8 SeTakeOwnershipPrivilege=9 " +
    "SeLoadDriverPrivilege=10 SeSystemProfilePrivilege=11 SeSystemtimePrivilege=12 " +
    "SeProfileSingleProcessPrivilege=13 SeIncreaseBasePriorityPrivilege=14 SeCreatePagefilePrivilege=15 " +
    "SeCreatePermanentPrivilege=16 SeBackupPrivilege=17 SeRestorePrivilege=18 SeShutdownPrivilege=19 " +
    "SeDebugPrivilege=20 SeAuditPrivilege=21 SeSystemEnvironmentPrivilege=22 SeChangeNotifyPrivilege=23 " +
    "SeRemoteShutdownPrivilege=24 SeUndockPrivilege=25 SeSyncAgentPrivilege=26 SeEnableDelegationPrivilege=27 " +
    "SeManageVolumePrivilege=28 SeImpersonatePrivilege=29 SeCreateGlobalPrivilege=30 " +
    "SeTrustedCredManAccessPrivilege=31 SeRelabelPrivilege=32 SeIncreaseWorkingSetPrivilege=33 SeTimeZonePrivilege=34 " +
    "SeCreateSymbolicLinkPrivilege=35 SeDelegateSessionUserImpersonatePrivilege=36",
);
const LUID: Read = (value, around) => {
  const luid = int64Of(value);
  return luid === null || luid > 0xffffn ? null : PRIVILEGES(Number(luid), around);
};

export const LSARPC: Names = {
  uuids: [uuids.LSARPC],
  of: {
    "LsarCreateAccount.DesiredAccess": ACCOUNT,
    "LsarOpenAccount.DesiredAccess": ACCOUNT,
    "LsarCreateSecret.DesiredAccess": SECRET,
    "LsarOpenSecret.DesiredAccess": SECRET,
    "LsarCreateSecret2.DesiredAccess": SECRET,
    "LsarOpenSecret2.DesiredAccess": SECRET,
    "LsarCreateTrustedDomain.DesiredAccess": TRUSTED_DOMAIN,
    "LsarOpenTrustedDomain.DesiredAccess": TRUSTED_DOMAIN,
    "LsarOpenTrustedDomainByName.DesiredAccess": TRUSTED_DOMAIN,
    "LsarCreateTrustedDomainEx.DesiredAccess": TRUSTED_DOMAIN,
    "LsarCreateTrustedDomainEx2.DesiredAccess": TRUSTED_DOMAIN,
    "LsarCreateTrustedDomainEx3.DesiredAccess": TRUSTED_DOMAIN,
    DesiredAccess: POLICY,
    SystemAccess: SYSTEM_ACCESS,
    EventAuditingOptions: AUDITING,
    TrustDirection: TRUST_DIRECTION,
    TrustType: TRUST_TYPE,
    TrustAttributes: TRUST_ATTRIBUTES,
    AuthType: AUTH_TYPE,
    SupportedEncryptionTypes: ENCRYPTION_TYPES,
    "LSAPR_LUID_AND_ATTRIBUTES.Attributes": PRIVILEGE_ATTRIBUTES,
    ":LUID": LUID,
    RelativeId: RID,
    "LSAPR_POLICY_MACHINE_ACCT_INFO.Rid": RID,
    CurrentValueSetTime: FILE_TIME,
    OldValueSetTime: FILE_TIME,
    DatabaseCreationTime: FILE_TIME,
    LastUpdateTime: FILE_TIME,
    "LSA_FOREST_TRUST_RECORD.Time": FILE_TIME,
    "LSA_FOREST_TRUST_RECORD2.Time": FILE_TIME,
    AuditRetentionPeriod: INTERVAL,
    TimeToShutdown: INTERVAL,
    MaxServiceTicketAge: INTERVAL,
    MaxTicketAge: INTERVAL,
    MaxRenewAge: INTERVAL,
    MaxClockSkew: INTERVAL,
  },
};
