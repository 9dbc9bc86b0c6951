"""Calls the methods of SAMR, LSAD, SRVS, WKST, RRP, SCMR and RPRN with impacket, every interface in a thread of its own.

Arguments: user, password, domain, the address of the server and that of the relay to its named pipes. Prints a line a
method: how often it was answered, and what the last refusal said.
"""
import sys
import threading

from impacket.dcerpc.v5 import epm, lsad, rprn, rrp, samr, scmr, srvs, transport, wkst
from impacket.dcerpc.v5.dtypes import NULL, RPC_SID
from impacket.dcerpc.v5.rpcrt import DCERPCException

user, password, domain, DIRECT, RELAY = sys.argv[1:6]
RELAY_PORT = "4900"
PKT, INTEGRITY = 4, 5
answered = {}
refused = {}


class Session:
    """A connection that is opened anew, with its handles, after a fault: Samba serves nothing more on it then."""

    def __init__(self, interface, host, level, handles=None):
        self.interface, self.host, self.level, self.handles = interface, host, level, handles
        self.open()

    def open(self):
        port = RELAY_PORT
        if self.host == DIRECT:
            binding = epm.hept_map(DIRECT, self.interface, protocol="ncacn_ip_tcp")
            port = binding.split("[")[1].rstrip("]")
        rpc = transport.DCERPCTransportFactory("ncacn_ip_tcp:%s[%s]" % (self.host, port))
        self.dce = rpc.get_dce_rpc()
        if self.level:
            rpc.set_credentials(user, password, domain)
            self.dce.set_auth_level(self.level)
        self.dce.connect()
        self.dce.bind(self.interface)
        self.h = {}
        if self.handles:
            self.handles(self)

    def __call__(self, function, *args, **named):
        """An argument that is a function is asked for its value: handles change when the connection does."""
        if isinstance(function, str):
            name, work = function, self.dce.request
        else:
            name, work = function.__name__, lambda *a, **n: function(self.dce, *a, **n)
        try:
            args = [a(self) if callable(a) and not isinstance(a, type) else a for a in args]
            answer = work(*args, **named)
            answered[name] = answered.get(name, 0) + 1
            return answer
        except Exception as e:
            text = str(e).split("\n")[0][:100]
            refused[name] = text
            if isinstance(e, DCERPCException) and ("nca_" in text or "rpc_x_" in text or "fault" in text):
                self.dce.disconnect()
                self.open()
            return None


def handle(name):
    return lambda session: session.h[name]


def sid(text):
    s = RPC_SID()
    s.fromCanonical(text)
    return s


def do_samr():
    def handles(s):
        server = samr.hSamrConnect(s.dce)["ServerHandle"]
        s.h["server"] = server
        for key, name in (("domain", "LABSRV"), ("builtin", "Builtin")):
            s.h[key + " sid"] = samr.hSamrLookupDomainInSamServer(s.dce, server, name)["DomainId"]
            s.h[key] = samr.hSamrOpenDomain(s.dce, server, domainId=s.h[key + " sid"])["DomainHandle"]
        rid = samr.hSamrLookupNamesInDomain(s.dce, s.h["domain"], ["root"])["RelativeIds"]["Element"][0]
        s.h["root"] = samr.hSamrOpenUser(s.dce, s.h["domain"], userId=rid)["UserHandle"]

    c = Session(samr.MSRPC_UUID_SAMR, DIRECT, INTEGRITY, handles)
    for f in (samr.hSamrConnect, samr.hSamrConnect2, samr.hSamrConnect4, samr.hSamrConnect5):
        c(f, serverName="\\\\server\0")
    c(samr.hSamrEnumerateDomainsInSamServer, handle("server"))
    for h in (handle("domain"), handle("builtin")):
        c(samr.hSamrEnumerateGroupsInDomain, h)
        c(samr.hSamrEnumerateAliasesInDomain, h)
        c(samr.hSamrEnumerateUsersInDomain, h)
        for k in range(1, 14):
            c(samr.hSamrQueryInformationDomain, h, k)
            c(samr.hSamrQueryInformationDomain2, h, k)
        for k in range(1, 6):
            c(samr.hSamrQueryDisplayInformation, h, k)
            c(samr.hSamrQueryDisplayInformation2, h, k)
            c(samr.hSamrQueryDisplayInformation3, h, k)
            c(samr.hSamrGetDisplayEnumerationIndex, h, k, "r")
            c(samr.hSamrGetDisplayEnumerationIndex2, h, k, "r")
        c(samr.hSamrQuerySecurityObject, h, 7)
        c(samr.hSamrRidToSid, h, 1000)
        c(samr.hSamrLookupIdsInDomain, h, [500, 1000, 1001, 544])
        c(samr.hSamrLookupNamesInDomain, h, ["root", "Administrators", "nobody-here"])
    for k in list(range(1, 15)) + [16, 17, 18, 20, 21, 23, 24, 25, 26]:
        c(samr.hSamrQueryInformationUser, handle("root"), k)
        c(samr.hSamrQueryInformationUser2, handle("root"), k)
    c(samr.hSamrGetGroupsForUser, handle("root"))
    c(samr.hSamrGetUserDomainPasswordInformation, handle("root"))
    c(samr.hSamrGetDomainPasswordInformation)

    member = sid("S-1-5-21-1-2-3-1000")
    c(samr.hSamrRemoveMemberFromForeignDomain, handle("domain"), member)

    lockout = samr.SAMPR_DOMAIN_INFO_BUFFER()
    lockout["tag"] = samr.DOMAIN_INFORMATION_CLASS.DomainLockoutInformation
    lockout["Lockout"]["LockoutDuration"] = -18000000000
    lockout["Lockout"]["LockoutObservationWindow"] = -18000000000
    lockout["Lockout"]["LockoutThreshold"] = 5
    c(samr.hSamrSetInformationDomain, handle("domain"), lockout)

    created = c(samr.hSamrCreateUserInDomain, handle("domain"), "jürgen")
    if created:
        c(samr.hSamrDeleteUser, created["UserHandle"])
    created = c(samr.hSamrCreateUser2InDomain, handle("domain"), "erika", 0x10)
    erika = created["UserHandle"] if created else None
    if erika:
        for k, arm, field, value in (
            (samr.USER_INFORMATION_CLASS.UserAdminCommentInformation, "AdminComment", "AdminComment", "Größe 中文"),
            (samr.USER_INFORMATION_CLASS.UserFullNameInformation, "FullName", "FullName", "Erika Mustermann"),
            (samr.USER_INFORMATION_CLASS.UserControlInformation, "Control", "UserAccountControl", 0x10),
        ):
            b = samr.SAMPR_USER_INFO_BUFFER()
            b["tag"] = k
            b[arm][field] = value
            c(samr.hSamrSetInformationUser2, erika, b)
            c(samr.hSamrSetInformationUser, erika, b)
        c(samr.hSamrQueryInformationUser2, erika, 21)
        c(samr.hSamrSetNTInternal1, erika, "Another1!pass")
        c(samr.hSamrSetPasswordInternal4New, erika, "Another1!pass")
        c(samr.hSamrChangePasswordUser, erika, "Another1!pass", "Yet1!pass")
    c(samr.hSamrUnicodeChangePasswordUser2, "\\\\server\0", "erika", "Another1!pass", "Yet1!pass")
    if erika:
        c(samr.hSamrDeleteUser, erika)
    created = c(samr.hSamrCreateGroupInDomain, handle("domain"), "crew")
    if created:
        g = created["GroupHandle"]
        for k in range(1, 6):
            c(samr.hSamrQueryInformationGroup, g, k)
        c(samr.hSamrAddMemberToGroup, g, 1000, 7)
        c(samr.hSamrGetMembersInGroup, g)
        c(samr.hSamrRemoveMemberFromGroup, g, 1000)
        b = samr.SAMPR_GROUP_INFO_BUFFER()
        b["tag"] = samr.GROUP_INFORMATION_CLASS.GroupAdminCommentInformation
        b["AdminComment"]["AdminComment"] = "a crew"
        c(samr.hSamrSetInformationGroup, g, b)
        c(samr.hSamrDeleteGroup, g)
    # Without winbindd there are no aliases: these are sent to a handle that is none.
    alias = handle("root")
    c(samr.hSamrCreateAliasInDomain, handle("domain"), "helpers")
    c(samr.hSamrOpenAlias, handle("builtin"), aliasId=544)
    for k in range(1, 4):
        c(samr.hSamrQueryInformationAlias, alias, k)
    c(samr.hSamrAddMemberToAlias, alias, member)
    c(samr.hSamrGetMembersInAlias, alias)
    c(samr.hSamrRemoveMemberFromAlias, alias, member)
    b = samr.SAMPR_ALIAS_INFO_BUFFER()
    b["tag"] = samr.ALIAS_INFORMATION_CLASS.AliasAdminCommentInformation
    b["AdminComment"]["AdminComment"] = "no alias"
    c(samr.hSamrSetInformationAlias, alias, b)
    c(samr.hSamrDeleteAlias, alias)
    c(samr.hSamrSetMemberAttributesOfGroup, alias, 1000, 7)
    v = samr.SAM_VALIDATE_INPUT_ARG()
    v["tag"] = samr.PASSWORD_POLICY_VALIDATION_TYPE.SamValidatePasswordReset
    v["ValidatePasswordResetInput"]["InputPersistedFields"]["PasswordHistory"] = NULL
    v["ValidatePasswordResetInput"]["ClearPassword"] = "Clear1!"
    v["ValidatePasswordResetInput"]["UserAccountName"] = "erika"
    v["ValidatePasswordResetInput"]["HashedPassword"]["Hash"] = NULL
    c(samr.hSamrValidatePassword, v)
    c(samr.hSamrCloseHandle, handle("server"))


def do_lsad():
    def handles(s):
        s.h["policy"] = lsad.hLsarOpenPolicy2(s.dce)["PolicyHandle"]

    policy = handle("policy")
    c = Session(lsad.MSRPC_UUID_LSAD, RELAY, 0, handles)
    c(lsad.hLsarOpenPolicy)
    classes = lsad.POLICY_INFORMATION_CLASS
    for k in classes.enumItems:
        # Samba answers class 8 with quotas, for which the specification has no arm.
        if k.value != 8:
            c(lsad.hLsarQueryInformationPolicy, policy, k)
            c(lsad.hLsarQueryInformationPolicy2, policy, k)
    for k in lsad.POLICY_DOMAIN_INFORMATION_CLASS.enumItems:
        c(lsad.hLsarQueryDomainInformationPolicy, policy, k)
    who = "S-1-5-21-7-8-9-1000"
    c(lsad.hLsarCreateAccount, policy, who)
    c(lsad.hLsarAddAccountRights, policy, who, ("SeTakeOwnershipPrivilege", "SeBackupPrivilege"))
    c(lsad.hLsarEnumerateAccounts, policy)
    c(lsad.hLsarEnumerateAccountsWithUserRight, policy, "SeBackupPrivilege")
    c(lsad.hLsarEnumerateAccountRights, policy, who)
    c(lsad.hLsarEnumerateTrustedDomainsEx, policy)
    c(lsad.hLsarEnumerateTrustedDomains, policy)
    opened = c(lsad.hLsarOpenAccount, policy, who)
    if opened:
        h = opened["AccountHandle"]
        c(lsad.hLsarEnumeratePrivilegesAccount, h)
        c(lsad.hLsarGetSystemAccessAccount, h)
        c(lsad.hLsarSetSystemAccessAccount, h, 1)
        c(lsad.hLsarQuerySecurityObject, h, 7)
        privileges = []
        for low in (2, 17):
            x = lsad.LSAPR_LUID_AND_ATTRIBUTES()
            x["Luid"]["LowPart"] = low
            x["Luid"]["HighPart"] = 0
            x["Attributes"] = 3
            privileges.append(x)
        c(lsad.hLsarAddPrivilegesToAccount, h, privileges)
        c(lsad.hLsarRemovePrivilegesFromAccount, h, privileges)
        c(lsad.hLsarRemovePrivilegesFromAccount, h, NULL, True)
    c(lsad.hLsarRemoveAccountRights, policy, who, ("SeBackupPrivilege",))
    c(lsad.hLsarQuerySecurityObject, policy, 7)
    c(lsad.hLsarEnumeratePrivileges, policy)
    found = c(lsad.hLsarLookupPrivilegeValue, policy, "SeTakeOwnershipPrivilege")
    if found:
        c(lsad.hLsarLookupPrivilegeName, policy, found["Value"])
    created = c(lsad.hLsarCreateSecret, policy, "L$lab")
    if created:
        s = created["SecretHandle"]
        x = lsad.LSAPR_CR_CIPHER_VALUE()
        x["Length"] = 8
        x["MaximumLength"] = 8
        x["Buffer"] = b"01234567"
        c(lsad.hLsarSetSecret, s, x, NULL)
        c(lsad.hLsarQuerySecret, s)
        c(lsad.hLsarDeleteObject, s)
    c(lsad.hLsarOpenSecret, policy, "L$lab")
    c(lsad.hLsarRetrievePrivateData, policy, "L$lab")
    c(lsad.hLsarStorePrivateData, policy, "L$lab", NULL)
    for f in (lsad.hLsarSetInformationPolicy, lsad.hLsarSetInformationPolicy2):
        info = lsad.LSAPR_POLICY_INFORMATION()
        info["tag"] = classes.PolicyAuditEventsInformation
        events = info["PolicyAuditEventsInfo"]
        events["AuditingMode"] = 1
        events["EventAuditingOptions"] = [1, 2, 3]
        events["MaximumAuditEventCount"] = 3
        c(f, policy, classes.PolicyAuditEventsInformation, info)
    c(lsad.hLsarClose, policy)


def do_srvs():
    c = Session(srvs.MSRPC_UUID_SRVS, DIRECT, PKT)
    for k in (0, 1):
        c(srvs.hNetrConnectionEnum, "IPC$\0", k)
    for k in (2, 3):
        c(srvs.hNetrFileEnum, NULL, NULL, k)
    c(srvs.hNetrFileGetInfo, 1, 2)
    c(srvs.hNetrFileClose, 1)
    for k in (0, 1, 2, 10, 502):
        c(srvs.hNetrSessionEnum, NULL, NULL, k)
    for k in (0, 1, 2, 501, 502):
        c(srvs.hNetrShareEnum, k)
        c(srvs.hNetrShareEnumSticky, k)
    for k in (0, 1, 2, 501, 502, 1005):
        c(srvs.hNetrShareGetInfo, "data\0", k)
    i = srvs.SHARE_INFO()
    i["tag"] = 2
    s = i["ShareInfo2"]
    s["shi2_netname"] = "added\0"
    s["shi2_type"] = 0
    s["shi2_remark"] = "a remark\0"
    s["shi2_permissions"] = 0
    s["shi2_max_uses"] = 0xFFFFFFFF
    s["shi2_current_uses"] = 0
    s["shi2_path"] = "C:\\tmp\0"
    s["shi2_passwd"] = NULL
    c(srvs.hNetrShareAdd, 2, i)
    c(srvs.hNetrShareSetInfo, "data\0", 2, i)
    c(srvs.hNetrShareDel, "added\0")
    c(srvs.hNetrShareDelSticky, "added\0")
    c(srvs.hNetrShareDelStart, "added\0")
    c(srvs.hNetrShareCheck, "C:\\tmp\0")
    for k in (100, 101, 102, 502, 503):
        c(srvs.hNetrServerGetInfo, k)
    c(srvs.hNetrServerDiskEnum, 0)
    c(srvs.hNetrServerStatisticsGet, "LanmanServer\0", 0, 0)
    c(srvs.hNetrRemoteTOD)
    for k in (0, 1, 2, 3):
        c(srvs.hNetrServerTransportEnum, k)
    c(srvs.hNetrpGetFileSecurity, "data\0", "\\\0", 7)
    c(srvs.hNetprPathType, "\\pagefile.sys\0", 1)
    c(srvs.hNetprPathCanonicalize, "\\pagefile.sys\0", "c:\0")
    c(srvs.hNetprPathCompare, "a\0", "b\0")
    c(srvs.hNetprNameValidate, "name\0", 1)
    c(srvs.hNetprNameCanonicalize, "name\0", 50, 1)
    c(srvs.hNetprNameCompare, "a\0", "b\0", 1)
    c(srvs.hNetrDfsGetVersion)
    c(srvs.hNetrSessionDel, "\\\\nobody\0", "nobody\0")


def do_wkst():
    c = Session(wkst.MSRPC_UUID_WKST, DIRECT, PKT)
    for k in (100, 101, 102, 502):
        c(wkst.hNetrWkstaGetInfo, k)
    for k in (0, 1):
        c(wkst.hNetrWkstaUserEnum, k)
    c(wkst.hNetrWkstaTransportEnum, 0)
    c(wkst.hNetrEnumerateComputerNames, wkst.NET_COMPUTER_NAME_TYPE.NetAllComputerNames)
    c(wkst.hNetrWorkstationStatisticsGet, "\0", 0, 0)
    c(wkst.hNetrGetJoinInformation, "\0")
    c(wkst.hNetrJoinDomain2, "172.16.123.1\\FREEFLY\0", "OU=BETUS,DC=FREEFLY\0", NULL, b"\0" * 512, 0)
    c(wkst.hNetrUnjoinDomain2, NULL, b"\0" * 512, 0)
    c(wkst.hNetrRenameMachineInDomain2, "BETUS\0", NULL, b"\0" * 512, 0)
    c(wkst.hNetrValidateName2, "BETO\0", NULL, NULL, wkst.NETSETUP_NAME_TYPE.NetSetupDomain)
    c(wkst.hNetrGetJoinableOUs2, "FREEFLY\0", NULL, NULL, 0)
    c(wkst.hNetrAddAlternateComputerName, "FREEFLY\0", NULL, NULL)
    c(wkst.hNetrRemoveAlternateComputerName, "FREEFLY\0", NULL, NULL)
    c(wkst.hNetrSetPrimaryComputerName, "FREEFLY\0", NULL, NULL)
    for k in (0, 1, 2):
        c(wkst.hNetrUseEnum, k)
    for k in (0, 1, 2, 3):
        c(wkst.hNetrUseGetInfo, "IPC$\0", k)
    c(wkst.hNetrUseDel, "IPC$\0")


def do_rrp():
    def handles(s):
        s.h["root"] = rrp.hOpenLocalMachine(s.dce)["phKey"]
        path = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\0"
        s.h["key"] = rrp.hBaseRegOpenKey(s.dce, s.h["root"], path)["phkResult"]

    c = Session(rrp.MSRPC_UUID_RRP, DIRECT, INTEGRITY, handles)
    key = handle("key")
    for f in (
        rrp.hOpenClassesRoot,
        rrp.hOpenCurrentUser,
        rrp.hOpenUsers,
        rrp.hOpenCurrentConfig,
        rrp.hOpenPerformanceData,
        rrp.hOpenPerformanceText,
        rrp.hOpenPerformanceNlsText,
    ):
        c(f)
    c(rrp.hBaseRegGetVersion, handle("root"))
    c(rrp.hBaseRegQueryInfoKey, key)
    for i in range(4):
        c(rrp.hBaseRegEnumKey, key, i)
        c(rrp.hBaseRegEnumValue, key, i)
    c(rrp.hBaseRegQueryValue, key, "SystemRoot\0")
    c(rrp.hBaseRegQueryValue, key, "nothing\0")
    c(rrp.hBaseRegGetKeySecurity, key, 7)
    c(rrp.hBaseRegCreateKey, key, "Lab\0")
    c(rrp.hBaseRegSetValue, key, "text\0", 1, "blau\0")
    c(rrp.hBaseRegSetValue, key, "number\0", 4, 1234)
    c(rrp.hBaseRegSetValue, key, "octets\0", 3, b"abcdef")
    c(rrp.hBaseRegSetValue, key, "many\0", 7, "one\0two\0\0")
    both = ({"ValueName": "text\0", "ValueType": 1}, {"ValueName": "number\0", "ValueType": 4})
    c(rrp.hBaseRegQueryMultipleValues, key, both)
    c(rrp.hBaseRegDeleteValue, key, "text\0")
    c(rrp.hBaseRegFlushKey, key)
    c(rrp.hBaseRegSaveKey, key, "x.hiv\0")
    c(rrp.hBaseRegSaveKeyEx, key, "x.hiv\0")
    c(rrp.hBaseRegRestoreKey, key, "x.hiv\0")
    c(rrp.hBaseRegReplaceKey, key, "Lab\0", "a\0", "b\0")
    c(rrp.hBaseRegLoadKey, key, "Lab\0", "a\0")
    c(rrp.hBaseRegUnLoadKey, key, "Lab\0")
    c(rrp.hBaseRegDeleteKey, key, "Lab\0")
    c(rrp.hBaseRegCloseKey, key)


def do_scmr():
    def handles(s):
        s.h["manager"] = scmr.hROpenSCManagerW(s.dce)["lpScHandle"]
        s.h["service"] = scmr.hROpenServiceW(s.dce, s.h["manager"], "Spooler\0", 0xF01FF)["lpServiceHandle"]

    c = Session(scmr.MSRPC_UUID_SCMR, RELAY, 0, handles)
    manager, service = handle("manager"), handle("service")
    c(scmr.hREnumServicesStatusW, manager)
    for name in ("NETLOGON", "WINS", "RemoteRegistry", "nothing"):
        opened = c(scmr.hROpenServiceW, manager, name + "\0", 0xF01FF)
        if opened:
            c(scmr.hRQueryServiceConfigW, opened["lpServiceHandle"])
            c(scmr.hRCloseServiceHandle, opened["lpServiceHandle"])
    c(scmr.hRQueryServiceStatus, service)
    c(scmr.hRQueryServiceConfigW, service)
    c(scmr.hRQueryServiceObjectSecurity, service, 7, 0)
    c(scmr.hRQueryServiceObjectSecurity, service, 7, 512)
    c(scmr.hREnumDependentServicesW, service, 3, 0)
    c(scmr.hRControlService, service, 4)
    c(scmr.hRStartServiceW, service)
    c(scmr.hRStartServiceW, service, 2, ["one\0", "two\0"])
    for level in (1, 2, 3, 4, 5, 6):
        for size in (0, 1024):
            r = scmr.RQueryServiceConfig2W()
            r["hService"] = c.h["service"]
            r["dwInfoLevel"] = level
            r["cbBufSize"] = size
            c("RQueryServiceConfig2W", r)
    r = scmr.RQueryServiceStatusEx()
    r["hService"] = c.h["service"]
    r["InfoLevel"] = 0
    r["cbBufSize"] = 100
    c("RQueryServiceStatusEx", r)
    c(scmr.hRLockServiceDatabase, manager)
    c(scmr.hRGetServiceDisplayNameW, manager, "Spooler\0", 100)
    c(scmr.hRGetServiceKeyNameW, manager, "Print Spooler\0", 100)
    c(scmr.hRCreateServiceW, manager, "new\0", "New\0", 0xF01FF, 16, 3, 0, "c:\\x.exe\0")
    c(scmr.hRChangeServiceConfigW, service, lpDisplayName="Renamed\0")
    c(scmr.hRQueryServiceLockStatusW, manager, 10)
    c(scmr.hREnumServiceGroupW, manager, 0x30, 3, 10, NULL, NULL)
    c(scmr.hRNotifyBootConfigStatus, "X\0", 0)
    c(scmr.hRDeleteService, service)
    c(scmr.hRCloseServiceHandle, manager)


def do_rprn():
    printer = "\\\\LABSRV\\lab\0"

    def handles(s):
        s.h["printer"] = rprn.hRpcOpenPrinter(s.dce, printer, accessRequired=8)["pHandle"]

    c = Session(rprn.MSRPC_UUID_RPRN, RELAY, 0, handles)
    for level in (0, 1, 2, 4, 5):
        c(rprn.hRpcEnumPrinters, rprn.PRINTER_ENUM_LOCAL, level=level)
    c(rprn.hRpcEnumPrinterDrivers, NULL, "Windows x64\0", 2)
    c(rprn.hRpcGetPrinterDriverDirectory, NULL, "Windows x64\0", 1)
    client = rprn.SPLCLIENT_CONTAINER()
    client["Level"] = 1
    client["ClientInfo"]["tag"] = 1
    info = client["ClientInfo"]["pClientInfo1"]
    info["dwSize"] = 28
    info["pMachineName"] = "\\\\expert\0"
    info["pUserName"] = "helga\0"
    info["dwBuildNum"] = 0
    info["dwMajorVersion"] = 0
    info["dwMinorVersion"] = 0
    info["wProcessorArchitecture"] = 9
    c(rprn.hRpcOpenPrinterEx, printer, pClientInfo=client, accessRequired=8)
    find = rprn.hRpcRemoteFindFirstPrinterChangeNotificationEx
    c(find, handle("printer"), 0x100, pszLocalMachine="\\\\expert\0", pOptions=NULL)
    c(rprn.hRpcClosePrinter, handle("printer"))


def guarded(part):
    try:
        part()
    except Exception as e:
        print("%s stopped: %r" % (part.__name__, e))


threads = [
    threading.Thread(target=guarded, args=(part,))
    for part in (do_samr, do_lsad, do_srvs, do_wkst, do_rrp, do_scmr, do_rprn)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for name in sorted(set(answered) | set(refused)):
    print(name, answered.get(name, 0), refused.get(name, ""))
