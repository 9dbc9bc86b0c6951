"""The methods that impacket knows: {interface UUID: {opnum: name}} as JSON."""
import importlib
import json

from impacket.uuid import bin_to_string

MODULES = ("samr", "lsad", "srvs", "wkst", "rrp", "scmr", "rprn", "par", "even6", "drsuapi", "nspi")
known = {}
for module in MODULES:
    m = importlib.import_module("impacket.dcerpc.v5." + module)
    identifier = next(value for name, value in vars(m).items() if name.startswith("MSRPC_UUID_"))
    known[bin_to_string(identifier).lower()] = {n: classes[0].__name__ for n, classes in m.OPNUMS.items()}
print(json.dumps(known))
