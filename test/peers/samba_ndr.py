"""What Samba's NDR library says of the stubs of a capture, and the same stubs as it encodes them anew: in NDR of both
byte orders, and in NDR64. Arguments: the capture, and a directory.

Leaves in the directory values.jsonl, a line a stub: {"frame","opnum","response","text"}, text being Samba's print of it;
and for every encoding NAME.pcap, with NAME.jsonl, a line a call: {"port","call_id","frame","opnum"}, frame being that of
the request in the capture.
"""
import importlib
import json
import struct
import subprocess
import sys
import uuid

from samba.ndr import ndr_pack_in, ndr_pack_out, ndr_print_in, ndr_print_out, ndr_unpack_in, ndr_unpack_out

capture, directory = sys.argv[1:3]
INTERFACES = {
    "12345778-1234-abcd-ef00-0123456789ab": ("lsa", 0, "lsarpc"),
    "12345778-1234-abcd-ef00-0123456789ac": ("samr", 1, "samr"),
    "12345678-1234-abcd-ef00-0123456789ab": ("spoolss", 1, "spoolss"),
    "4b324fc8-1670-01d3-1278-5a47bf6ee188": ("srvsvc", 3, "srvsvc"),
    "6bffd098-a112-3610-9833-46c3f87e345a": ("wkssvc", 1, "wkssvc"),
    "338cd001-2244-31f1-aaaa-900038001003": ("winreg", 1, "winreg"),
    "367abb81-9844-35f1-ad32-98f038001003": ("svcctl", 2, "svcctl"),
}
NDR = (uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2)
NDR64 = (uuid.UUID("71710533-beba-4937-8319-b5dbef9ccc36"), 1)
LARGEST_PART = 60000


def stubs():
    """Every call: interface, opnum, request and response stub, and the frames of both. tshark joins the fragments."""
    quiet = [option for _, _, name in INTERFACES.values() for option in ("--disable-protocol", name)]
    fields = ["frame.number", "tcp.stream", "dcerpc.pkt_type", "dcerpc.cn_call_id", "dcerpc.cn_ctx_id"]
    fields += ["dcerpc.opnum", "dcerpc.stub_data", "dcerpc.cn_bind_to_uuid"]
    wanted = [option for field in fields for option in ("-e", field)]
    command = ["tshark", "-r", capture, "-d", "tcp.port==4900,dcerpc", *quiet, "-Y", "dcerpc"]
    command += ["-T", "fields", "-E", "separator=|", "-E", "occurrence=f", *wanted]
    bound, calls, order = {}, {}, []
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        frame, stream, kind, call_id, context, opnum, stub, interface = line.split("|")
        octets = bytes.fromhex(stub.replace(":", ""))
        if kind in ("11", "14") and interface:
            bound[stream, context] = interface
        elif kind == "0" and opnum:
            call = [bound.get((stream, context)), int(opnum), octets, int(frame), None, None]
            calls[stream, call_id] = call
            order.append(call)
        elif kind == "2" and (stream, call_id) in calls:
            calls[stream, call_id][4:] = [octets, int(frame)]
    return order


def structure(interface, opnum):
    if interface not in INTERFACES:
        return None
    module = importlib.import_module("samba.dcerpc." + INTERFACES[interface][0])
    for c in vars(module).values():
        if isinstance(c, type) and callable(getattr(c, "opnum", None)) and c.opnum() == opnum:
            return c
    return None


class Recording:
    """A capture of PDUs in raw IPv4, every interface on a connection of its own."""

    def __init__(self, name, big, ndr64):
        self.big, self.ndr64 = big, ndr64
        self.order = ">" if big else "<"
        self.file = open("%s/%s.pcap" % (directory, name), "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        self.index = open("%s/%s.jsonl" % (directory, name), "w")
        self.sequence, self.frames, self.calls, self.ports = {}, 0, 0, {}

    def pack(self, layout, *values):
        return struct.pack(self.order + layout, *values)

    def syntax(self, identifier, version):
        return (identifier.bytes if self.big else identifier.bytes_le) + self.pack("I", version)

    def send(self, port, to_server, data):
        a, b = (port, 135) if to_server else (135, port)
        hosts = (b"\x0a\0\0\1", b"\x0a\0\0\2")
        for at in range(0, len(data), LARGEST_PART):
            part = data[at : at + LARGEST_PART]
            seq = self.sequence.get((a, b), 1)
            self.sequence[a, b] = seq + len(part)
            ack = self.sequence.get((b, a), 1)
            tcp = struct.pack(">HHIIBBHHH", a, b, seq, ack, 0x50, 0x18, 65535, 0, 0) + part
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
            packet = ip + (b"".join(hosts) if to_server else hosts[1] + hosts[0]) + tcp
            self.frames += 1
            self.file.write(struct.pack("<IIII", 1600000000, self.frames, len(packet), len(packet)) + packet)

    def pdu(self, kind, call_id, body, flags=3):
        drep = b"\0\0\0\0" if self.big else b"\x10\0\0\0"
        return struct.pack("BBBB", 5, 0, kind, flags) + drep + self.pack("HHI", 16 + len(body), 0, call_id) + body

    def parts(self, kind, call_id, middle, stub):
        pieces = [stub[at : at + LARGEST_PART] for at in range(0, len(stub), LARGEST_PART)] or [b""]
        out = b""
        for i, piece in enumerate(pieces):
            flags = (1 if i == 0 else 0) | (2 if i == len(pieces) - 1 else 0)
            out += self.pdu(kind, call_id, self.pack("I", len(stub) - i * LARGEST_PART) + middle + piece, flags)
        return out

    def bind(self, interface):
        port = 30000 + len(self.ports)
        self.ports[interface] = port
        transfer = NDR64 if self.ndr64 else NDR
        head = self.pack("HHI", 65535, 65535, 1)
        offer = self.pack("BxHHBx", 1, 0, 0, 1)
        names = self.syntax(uuid.UUID(interface), INTERFACES[interface][1]) + self.syntax(*transfer)
        self.send(port, True, self.pdu(11, 1, head + offer + names))
        answer = self.pack("H", 4) + b"135\0\0\0" + self.pack("BxHHH", 1, 0, 0, 0) + self.syntax(*transfer)
        self.send(port, False, self.pdu(12, 1, head + answer))

    def call(self, interface, opnum, frame, value, answered):
        options = {"bigendian": self.big, "ndr64": self.ndr64}
        request = ndr_pack_in(value, **options)
        response = ndr_pack_out(value, **options) if answered else None
        if interface not in self.ports:
            self.bind(interface)
        self.calls += 1
        port, call_id = self.ports[interface], self.calls + 1
        self.send(port, True, self.parts(0, call_id, self.pack("HH", 0, opnum), request))
        if answered:
            self.send(port, False, self.parts(2, call_id, self.pack("HBx", 0, 0), response))
        self.index.write(json.dumps({"port": port, "call_id": call_id, "frame": frame, "opnum": opnum}) + "\n")


recordings = [Recording("little", False, False), Recording("big", True, False), Recording("ndr64", False, True)]
with open(directory + "/values.jsonl", "w") as values:
    for interface, opnum, request, frame, response, response_frame in stubs():
        kind = structure(interface, opnum)
        if kind is None:
            continue
        value = kind()
        try:
            # Behind the parameters may follow a verification trailer.
            ndr_unpack_in(value, request, allow_remaining=True)
            texts = [(frame, False, ndr_print_in(value))]
            if response is not None:
                ndr_unpack_out(value, response, allow_remaining=True)
                texts.append((response_frame, True, ndr_print_out(value)))
        except Exception:  # not what Samba's own IDL says
            continue
        for number, is_response, text in texts:
            line = {"frame": number, "opnum": opnum, "response": is_response, "text": text}
            values.write(json.dumps(line) + "\n")
        for recording in recordings:
            recording.call(interface, opnum, frame, value, response is not None)
