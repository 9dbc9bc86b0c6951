"""Offers over TCP the interfaces that Samba offers over named pipes only: PDUs pass unchanged between a TCP connection
and a pipe of the SMB server on 127.0.0.1. Answers endpoint-mapper requests itself, always with the same port.

Arguments: address, user, password, domain. Listens on ports 135 (endpoint mapper) and 4900.
"""
import socket
import struct
import sys
import threading
import uuid

from impacket.smbconnection import SMBConnection

address, user, password, domain = sys.argv[1:5]
PORT = 4900
EPM = uuid.UUID("e1af8308-5d1f-11c9-91a4-08002b14a0fa").bytes_le
NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)
PIPES = {
    "12345778-1234-abcd-ef00-0123456789ab": "lsarpc",
    "12345778-1234-abcd-ef00-0123456789ac": "samr",
    "12345678-1234-abcd-ef00-0123456789ab": "spoolss",
    "4b324fc8-1670-01d3-1278-5a47bf6ee188": "srvsvc",
    "6bffd098-a112-3610-9833-46c3f87e345a": "wkssvc",
    "338cd001-2244-31f1-aaaa-900038001003": "winreg",
    "367abb81-9844-35f1-ad32-98f038001003": "svcctl",
    "4fc742e0-4a10-11cf-8273-00aa004ae673": "netdfs",
    "82273fdc-e32a-18c3-3f78-827929dc23ea": "eventlog",
    "8d9f4e40-a03d-11ce-8f69-08003e30051b": "ntsvcs",
    "894de0c0-0d55-11d3-a322-00c04fa321a1": "InitShutdown",
    "a8e0653c-2744-4389-a61d-7373df8b2292": "FssagentRpc",
    "3919286a-b10c-11d0-9ba8-00c04fd92ef5": "lsarpc",
}


def pdu_of(peer, held):
    """The next whole PDU from `peer`, a function that gives more octets or none at the end."""
    while len(held) < 10 or len(held) < struct.unpack_from("<H" if held[4] & 0x10 else ">H", held, 8)[0]:
        more = peer()
        if not more:
            return None
        held += more
    size = struct.unpack_from("<H" if held[4] & 0x10 else ">H", held, 8)[0]
    pdu = bytes(held[:size])
    del held[:size]
    return pdu


def answer_mapper(client, held, first):
    request = first
    while request:
        call = request[12:16]
        if request[2] in (11, 14):
            body = struct.pack("<HHI", 4280, 4280, 1) + struct.pack("<H", 4) + b"135\0" + b"\0\0"
            body += struct.pack("<BxHHH", 1, 0, 0, 0) + NDR
            answer = struct.pack("<BBBB4sHH", 5, 0, request[2] + 1, 3, b"\x10\0\0\0", 16 + len(body), 0) + call + body
        else:
            tower = bytearray(request[24:])
            # object pointer, object, tower pointer, then size twice and the floors
            at = 4 + (16 if tower[0:4] != b"\0\0\0\0" else 0)
            (size,) = struct.unpack_from("<I", tower, at + 4)
            floors = tower[at + 12 : at + 12 + size]
            tcp = floors.find(b"\x01\0\x07\x02\0")
            floors[tcp + 5 : tcp + 7] = struct.pack(">H", PORT)
            stub = b"\0" * 20 + struct.pack("<IIIIIII", 1, 1, 0, 1, 3, size, size) + bytes(floors)
            stub += b"\0" * (-len(stub) % 4) + b"\0" * 4
            answer = struct.pack("<BBBB4sHH", 5, 0, 2, 3, b"\x10\0\0\0", 24 + len(stub), 0) + call
            answer += struct.pack("<IHBx", len(stub), 0, 0) + stub
        client.sendall(answer)
        request = pdu_of(lambda: client.recv(65536), held)


def serve(client):
    held = bytearray()
    request = pdu_of(lambda: client.recv(65536), held)
    if request is None:
        return
    little = request[4] & 0x10
    raw = request[32:48]
    if raw == EPM:
        answer_mapper(client, held, request)
        client.close()
        return
    name = PIPES[str(uuid.UUID(bytes_le=raw) if little else uuid.UUID(bytes=raw))]
    smb = SMBConnection("127.0.0.1", "127.0.0.1")
    smb.login(user, password, domain)
    tree = smb.connectTree("IPC$")
    pipe = smb.openFile(tree, "\\" + name)
    answers = bytearray()
    while request:
        smb.writeFile(tree, pipe, request)
        if request[2] != 16 and request[3] & 2:
            while True:
                answer = pdu_of(lambda: smb.readFile(tree, pipe, bytesToRead=4280, singleCall=True), answers)
                if answer is None:
                    client.close()
                    return
                client.sendall(answer)
                if answer[3] & 2:
                    break
        request = pdu_of(lambda: client.recv(65536), held)
    smb.close()
    client.close()


def listen(port):
    server = socket.create_server((address, port))
    while True:
        client, _ = server.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(client,), daemon=True).start()


threading.Thread(target=listen, args=(135,), daemon=True).start()
listen(PORT)
