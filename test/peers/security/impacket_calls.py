"""Calls NetrShareEnum and NetrServerGetInfo over TCP with impacket, at one authentication level.

Arguments: port, user, password, domain, level (2 connect, 4 packet, 5 integrity, 6 privacy), ntlm v2 (1) or v1 (0).
"""
import sys

from impacket import ntlm
from impacket.dcerpc.v5 import srvs, transport

port, user, password, domain, level, v2 = sys.argv[1:7]
ntlm.USE_NTLMv2 = v2 == "1"
rpc = transport.DCERPCTransportFactory("ncacn_ip_tcp:127.0.0.1[%s]" % port)
rpc.set_credentials(user, password, domain)
dce = rpc.get_dce_rpc()
dce.set_auth_level(int(level))
dce.connect()
dce.bind(srvs.MSRPC_UUID_SRVS)
for _ in range(3):
    answer = srvs.hNetrShareEnum(dce, 1)
    srvs.hNetrServerGetInfo(dce, 101)
print(len(answer["InfoStruct"]["ShareInfo"]["Level1"]["Buffer"]))
dce.disconnect()
