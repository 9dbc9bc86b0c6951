"""Clients and services whose Kerberos is MIT's: an LDAP bind, HTTP with curl, and what a service does with what was forwarded."""
import base64
import http.server
import socket
import subprocess
import sys
import threading

import gssapi
from impacket.krb5.ccache import CCache
from impacket.ldap import ldapasn1
from pyasn1.codec.ber import decoder, encoder

KRB5 = gssapi.MechType.kerberos
what, folder = sys.argv[1:]


def name(text):
    return gssapi.Name(text, gssapi.NameType.kerberos_principal)


def token_of(service, creds=None, flags=gssapi.RequirementFlag.mutual_authentication):
    context = gssapi.SecurityContext(name=name(service), creds=creds, mech=KRB5, usage="initiate", flags=flags)
    return context.step()


def use(token):
    """The service takes the token, and uses what was forwarded."""
    context = gssapi.SecurityContext(creds=gssapi.Credentials(usage="accept"), usage="accept")
    answer = context.step(token)
    forwarded = context.delegated_creds
    forwarded.store(store={b"ccache": f"FILE:{folder}/{what}.ccache".encode()}, set_default=True, overwrite=True)
    kept = CCache.loadFile(f"{folder}/{what}.ccache")
    with open(f"{folder}/{what}.key", "wb") as file:
        file.write(kept.credentials[0]["key"]["keyvalue"])
    with_these = gssapi.Credentials(usage="initiate", store={b"ccache": f"FILE:{folder}/{what}.ccache".encode()})
    with open(f"{folder}/{what}.token", "wb") as file:
        file.write(token_of("host/target.beside.example@BESIDE.EXAMPLE", with_these))
    return answer


def ldap():
    listener = socket.create_server(("127.0.0.1", 389))

    def serve():
        connection, _ = listener.accept()
        data = connection.recv(65536)
        message, _ = decoder.decode(data, asn1Spec=ldapasn1.LDAPMessage())
        use(bytes(message["protocolOp"]["bindRequest"]["authentication"]["sasl"]["credentials"]))
        connection.close()

    server = threading.Thread(target=serve)
    server.start()
    flags = gssapi.RequirementFlag.mutual_authentication | gssapi.RequirementFlag.delegate_to_peer
    bind = ldapasn1.BindRequest()
    bind["version"] = 3
    bind["name"] = ""
    bind["authentication"]["sasl"]["mechanism"] = "GSSAPI"
    bind["authentication"]["sasl"]["credentials"] = token_of("ldap/dc.beside.example@BESIDE.EXAMPLE", flags=flags)
    message = ldapasn1.LDAPMessage()
    message["messageID"] = 1
    message["protocolOp"].setComponentByName("bindRequest", bind)
    with socket.create_connection(("127.0.0.1", 389)) as client:
        client.sendall(encoder.encode(message))
        client.recv(1)
    server.join()


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        value = self.headers.get("Authorization", "")
        if not value.startswith("Negotiate "):
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Negotiate")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        answer = use(base64.b64decode(value[len("Negotiate "):]))
        self.send_response(200)
        self.send_header("WWW-Authenticate", "Negotiate " + base64.b64encode(answer).decode())
        self.send_header("Content-Length", "0")
        self.end_headers()


def web():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Web)
    threading.Thread(target=server.serve_forever).start()
    try:
        url = "http://web.beside.example:8080/"
        subprocess.run(["curl", "-sSf", "--negotiate", "-u", ":", "--delegation", "always", url], check=True)
    finally:
        server.shutdown()


def logon():
    with open(f"{folder}/bind.token", "wb") as file:
        file.write(token_of("host/target.beside.example@BESIDE.EXAMPLE"))


{"ldap": ldap, "http": web, "logon": logon}[what]()
