/**
 * What is secret in documented interfaces, whose published IDL does not say so: passwords, hashes and what they are encrypted
 * in, keys, shared secrets, secret attributes of a directory. By UUID of the interface, as `[secret]` would mark it:
 * `Method.parameter` or `Structure.field`. It holds for shipped descriptions and for users' own alike.
 *
 * Not in here: challenges and credentials of an exchange that another field gives away no secret of, and what is only secret by what it is
 * called where it is used (values of registry keys and of WMI).
 */

import * as uuids from "../wire/interface-uuids.js";

const TABLE: { readonly [uuid: string]: string } = {
  // [MS-SCMR]
  [uuids.SVCCTL]:
    "RCreateServiceW.lpPassword RCreateServiceA.lpPassword RCreateServiceWOW64W.lpPassword RCreateServiceWOW64A.lpPassword " +
    "RCreateWowService.lpPassword RChangeServiceConfigW.lpPassword RChangeServiceConfigA.lpPassword",
  // [MS-SAMR]
  [uuids.SAMR]:
    "SamrChangePasswordUser.OldLmEncryptedWithNewLm SamrChangePasswordUser.NewLmEncryptedWithOldLm " +
    "SamrChangePasswordUser.OldNtEncryptedWithNewNt SamrChangePasswordUser.NewNtEncryptedWithOldNt " +
    "SamrChangePasswordUser.NewNtEncryptedWithNewLm SamrChangePasswordUser.NewLmEncryptedWithNewNt " +
    "SamrOemChangePasswordUser2.NewPasswordEncryptedWithOldLm " +
    "SamrOemChangePasswordUser2.OldLmOwfPasswordEncryptedWithNewLm " +
    "SamrUnicodeChangePasswordUser2.NewPasswordEncryptedWithOldNt " +
    "SamrUnicodeChangePasswordUser2.OldNtOwfPasswordEncryptedWithNewNt " +
    "SamrUnicodeChangePasswordUser2.NewPasswordEncryptedWithOldLm " +
    "SamrUnicodeChangePasswordUser2.OldLmOwfPasswordEncryptedWithNewNt SamrUnicodeChangePasswordUser4.EncryptedPassword " +
    "SamrSetDSRMPassword.EncryptedNtOwfPassword SAMPR_USER_ALL_INFORMATION.LmOwfPassword " +
    "SAMPR_USER_ALL_INFORMATION.NtOwfPassword SAMPR_USER_ALL_INFORMATION.PrivateData " +
    "SAMPR_USER_INTERNAL1_INFORMATION.EncryptedNtOwfPassword SAMPR_USER_INTERNAL1_INFORMATION.EncryptedLmOwfPassword " +
    "SAMPR_USER_INTERNAL4_INFORMATION.UserPassword SAMPR_USER_INTERNAL4_INFORMATION_NEW.UserPassword " +
    "SAMPR_USER_INTERNAL5_INFORMATION.UserPassword SAMPR_USER_INTERNAL5_INFORMATION_NEW.UserPassword " +
    "SAMPR_USER_INTERNAL7_INFORMATION.UserPassword SAMPR_USER_INTERNAL8_INFORMATION.UserPassword " +
    "SAM_VALIDATE_PASSWORD_HASH.Hash SAM_VALIDATE_PASSWORD_CHANGE_INPUT_ARG.ClearPassword " +
    "SAM_VALIDATE_PASSWORD_RESET_INPUT_ARG.ClearPassword",
  // [MS-LSAD]
  [uuids.LSARPC]:
    "LsarSetSecret.EncryptedCurrentValue LsarSetSecret.EncryptedOldValue LsarQuerySecret.EncryptedCurrentValue " +
    "LsarQuerySecret.EncryptedOldValue LsarSetSecret2.EncryptedCurrentValue LsarSetSecret2.EncryptedOldValue " +
    "LsarQuerySecret2.EncryptedCurrentValue LsarQuerySecret2.EncryptedOldValue LsarStorePrivateData.EncryptedData " +
    "LsarRetrievePrivateData.EncryptedData LsarStorePrivateData2.EncryptedData LsarRetrievePrivateData2.EncryptedData " +
    "LSAPR_AUTH_INFORMATION.AuthInfo LSAPR_TRUSTED_DOMAIN_AUTH_BLOB.AuthBlob LSAPR_TRUSTED_PASSWORD_INFO.Password " +
    "LSAPR_TRUSTED_PASSWORD_INFO.OldPassword LSAPR_TRUSTED_DOMAIN_AUTH_INFORMATION_INTERNAL_AES.Cipher",
  // [MS-NRPC]
  [uuids.LOGON]:
    "NetrServerPasswordSet.UasNewPassword NetrServerPasswordSet2.ClearNewPassword " +
    "NetrServerPasswordGet.EncryptedNtOwfPassword NetrServerTrustPasswordsGet.EncryptedNewOwfPassword " +
    "NetrServerTrustPasswordsGet.EncryptedOldOwfPassword NetrServerGetTrustInfo.EncryptedNewOwfPassword " +
    "NetrServerGetTrustInfo.EncryptedOldOwfPassword NETLOGON_INTERACTIVE_INFO.LmOwfPassword " +
    "NETLOGON_INTERACTIVE_INFO.NtOwfPassword NETLOGON_SERVICE_INFO.LmOwfPassword NETLOGON_SERVICE_INFO.NtOwfPassword " +
    "NETLOGON_NETWORK_INFO.NtChallengeResponse NETLOGON_NETWORK_INFO.LmChallengeResponse NETLOGON_GENERIC_INFO.LogonData " +
    "NETLOGON_TICKET_LOGON_INFO.ServiceTicket NETLOGON_TICKET_LOGON_INFO.AdditionalTicket " +
    "NETLOGON_VALIDATION_SAM_INFO.UserSessionKey NETLOGON_VALIDATION_SAM_INFO2.UserSessionKey " +
    "NETLOGON_VALIDATION_SAM_INFO4.UserSessionKey NETLOGON_VALIDATION_SAM_INFO.ExpansionRoom " +
    "NETLOGON_VALIDATION_SAM_INFO2.ExpansionRoom NETLOGON_VALIDATION_SAM_INFO4.LMKey " +
    "NETLOGON_VALIDATION_GENERIC_INFO2.ValidationData NLPR_USER_PRIVATE_INFO.Data NLPR_CR_CIPHER_VALUE.Buffer " +
    "NETLOGON_DELTA_USER.EncryptedNtOwfPassword NETLOGON_DELTA_USER.EncryptedLmOwfPassword " +
    "NetrLogonSendToSam.OpaqueBuffer",
  // [MS-DRSR]: values of attributes, of which those that hold passwords are not told apart here.
  [uuids.DRSUAPI]:
    "ATTRVAL.pVal REPLVALINF_V1.Aval REPLVALINF_V3.Aval DRS_COMPRESSED_BLOB.pbCompressedData DRS_SecBuffer.pvBuffer " +
    "DRS_MSG_ADDSIDREQ_V1.SrcCredsPassword DRS_MSG_ADDCLONEDCREPLY_V1.pwsNewDCAccountPassword",
  // [MS-DRSR] dsaop
  "7c44d7d4-31d5-424c-bd5e-2b3e1f323d22":
    "DSA_MSG_EXECUTE_SCRIPT_REQ_V1.pbPassword DSA_MSG_PREPARE_SCRIPT_REPLY_V1.pbPassword",
  // [MS-WKST], [MS-SRVS]
  [uuids.WKSSVC]:
    "JOINPR_ENCRYPTED_USER_PASSWORD.Buffer JOINPR_ENCRYPTED_USER_PASSWORD_AES.Cipher USE_INFO_1.ui1_password",
  [uuids.SRVSVC]:
    "SHARE_INFO_2.shi2_passwd SHARE_INFO_502_I.shi502_passwd SHARE_INFO_503_I.shi503_passwd SERVER_TRANSPORT_INFO_3.svti3_password",
  // [MS-TSCH]
  [uuids.ITASKSCHEDULERSERVICE]: "TASK_USER_CRED.password",
  [uuids.SASEC]: "SASetAccountInformation.pwszPassword SASetNSAccountInformation.pwszPassword",
  // [MS-BKRP], [MS-GKDI]
  [uuids.BACKUPKEY]: "BackuprKey.pDataIn BackuprKey.ppDataOut",
  "b9785960-524f-11df-8b6d-83dcded72085": "GetKey.ppbOut",
  // [MS-CSRA] ICertAdminD2, ICertAdminD
  "7fe0d935-dda6-443f-85d0-1cfb58fe41dd": "GetArchivedKey.pctbArchivedKey ImportKey.pctbKey",
  // [MS-FASP]: keys that were agreed on beforehand
  "6b5bdd1e-528c-422c-af8c-a4079be4fe48": "FW_AUTH_SUITE2_10.wszSHKey FW_AUTH_SUITE.wszSHKey",
  // [MS-DHCPM]
  "5b821720-f63b-11d0-aad2-00c04fc324db":
    "R_DhcpSetDnsRegCredentials.Passwd R_DhcpSetDnsRegCredentialsV5.Passwd DHCP_FAILOVER_RELATIONSHIP.pSharedSecret",
  // [MS-CMRP], [MS-CSVP]
  "b97db8b2-4c63-11cf-bff6-08002be23f2f": "ApiSetServiceAccountPassword.lpszNewPassword",
  "491260b5-05c9-40d9-b7f2-1f7bdae0927f":
    "ConfigSvcSecret.SecretBLOB RetrieveSvcSecret.SecretBLOB CLUSTER_CERT.ClusterSecret",
  // [MS-RRASM]
  "8f09f000-b7ed-11ce-bbd2-00001a181cad":
    "RRouterInterfaceSetCredentialsLocal.lpwsPassword RRouterInterfaceGetCredentialsLocal.lpwsPassword",
};

/** The members that are secret in an interface, as `Owner.member`; null where none is known to be. */
export function secretsOf(uuid: string): ReadonlySet<string> | null {
  const names = Object.hasOwn(TABLE, uuid) ? TABLE[uuid]! : null;
  return names === null ? null : new Set(names.split(" "));
}

/** All of it, for tests. */
export function secretInterfaces(): readonly string[] {
  return Object.keys(TABLE);
}
