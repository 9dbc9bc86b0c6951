"""SRVSVC and SAMR over named pipes by impacket. Arguments: address, user, password, domain, dialect."""
import sys

from impacket.dcerpc.v5 import samr, srvs, transport
from impacket.smb import SMB_DIALECT
from impacket.smbconnection import SMBConnection

address, user, password, domain, dialect = sys.argv[1:]
DIALECTS = {"NT1": SMB_DIALECT, "2.0.2": 0x0202, "2.1": 0x0210, "3.0": 0x0300, "3.1.1": 0x0311}
smb = SMBConnection(address, address, preferredDialect=DIALECTS[dialect])
smb.login(user, password, domain)
print("dialect", smb.getDialect())
for pipe, module in (("\\srvsvc", srvs), ("\\samr", samr)):
    rpc = transport.SMBTransport(address, filename=pipe, smb_connection=smb).get_dce_rpc()
    rpc.connect()
    rpc.bind(module.MSRPC_UUID_SRVS if module is srvs else module.MSRPC_UUID_SAMR)
    if module is srvs:
        shares = srvs.hNetrShareEnum(rpc, 1)["InfoStruct"]["ShareInfo"]["Level1"]["Buffer"]
        print([share["shi1_netname"] for share in shares])
    else:
        server = samr.hSamrConnect(rpc)["ServerHandle"]
        domains = samr.hSamrEnumerateDomainsInSamServer(rpc, server)["Buffer"]["Buffer"]
        print([each["Name"] for each in domains])
    rpc.disconnect()
smb.logoff()
