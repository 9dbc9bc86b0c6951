"""CIM objects as impacket reads them: a line of hex in, a line of JSON out."""

import binascii
import json
import sys

from impacket.dcerpc.v5.dcom import wmi

ARRAY = 0x2000


def plain(value):
    if isinstance(value, bytes):
        return value.decode("latin1")
    if isinstance(value, wmi.ENCODING_UNIT):
        return "OBJECT"
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def read(digits):
    block = wmi.ENCODING_UNIT(binascii.unhexlify(digits))["ObjectBlock"]
    block.parseObject()
    current = block.ctCurrent
    instance = block.isInstance()
    properties = current["values"] if instance else current["properties"]
    return {
        "kind": "instance" if instance else "class",
        "name": [part.strip() for part in current["name"].split(":")],
        "properties": {
            name: {
                "type": p["stype"].replace("bool", "boolean") + ("[]" if p["type"] & ARRAY else ""),
                "value": plain(p["value"]),
                "qualifiers": {plain(k): plain(v) for k, v in p["qualifiers"].items()},
            }
            for name, p in properties.items()
        },
        "qualifiers": {plain(k): plain(v) for k, v in current["qualifiers"].items()},
        "methods": {
            name: [m[side] and list(m[side]) for side in ("InParams", "OutParams")]
            for name, m in ({} if instance else current["methods"]).items()
        },
    }


for line in sys.stdin:
    print(json.dumps(read(line.strip())))
