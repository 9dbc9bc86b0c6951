#!/bin/sh
# A Samba file server and its clients in namespaces of their own (run under unshare), with everything captured. Each client
# has an address of the server to itself, by which its conversation is known.
# Arguments: an empty directory, and the directory of this script. Leaves live.pcap, and in done.txt one line a client:
# its name, a tab, and the address that it spoke to. What clients printed is in out/NAME.
set -u
dir=$1
here=$2
user=root
password='S3cret!pass'
port=42800
ncalrpc=$dir/state/ncalrpc
. "$here/../../support/samba.sh"
ip link set lo up
mkdir "$dir/private" "$dir/state" "$dir/log" "$dir/share" "$dir/out" && chmod 700 "$dir/private"
{
  samba_conf | sed '/interfaces/d'
  cat <<CONF
  server min protocol = NT1
  server signing = auto
  smb2 leases = no
  oplocks = no
[data]
  path = $dir/share
  comment = Données et résultats
  read only = no
CONF
} > "$dir/smb.conf"
head -c 300000 /dev/urandom > "$dir/share/file"
printf '%s\n%s\n' "$password" "$password" | smbpasswd -c "$dir/smb.conf" -a -s $user > "$dir/log/smbpasswd" 2>&1
/usr/sbin/smbd -F --no-process-group -s "$dir/smb.conf" < /dev/null > "$dir/log/smbd" 2>&1 &
/usr/libexec/samba/samba-dcerpcd -F -s "$dir/smb.conf" --libexec-rpcds < /dev/null > "$dir/log/dcerpcd" 2>&1 &
tcpdump -i lo -s 0 -B 32768 -U --immediate-mode -w "$dir/live.pcap" tcp > "$dir/log/tcpdump" 2>&1 &
tcpdump=$!
n=0
until ss -ltn | grep -q ":445 " && ss -ltn | grep -q ":$port " && [ -s "$dir/live.pcap" ]; do
  n=$((n + 1))
  [ $n -gt 100 ] && exit 3
  sleep 0.1
done

address=0
# NAME PROGRAM ARGUMENT...: @ in an argument stands for the address.
client() {
  name=$1
  program=$2
  shift 2
  address=$((address + 1))
  at=127.0.1.$address
  for argument in "$@"; do
    shift
    set -- "$@" "$(printf '%s' "$argument" | sed "s/@/$at/")"
  done
  if "$program" "$@" > "$dir/out/$name" 2>&1; then printf '%s\t%s\n' "$name" $at >> "$dir/done.txt"; fi
}
rpc() {
  name=$1
  protocol=$2
  shift 2
  client "$name" rpcclient -s "$dir/smb.conf" "ncacn_np:@" -U "LABDOM\\$user%$password" \
    "--option=client min protocol=$protocol" "--option=client max protocol=$protocol" \
    "--option=client ipc min protocol=$protocol" "--option=client ipc max protocol=$protocol" "$@" \
    -c 'srvinfo;netshareenumall;lsaquery;enumdomusers;getusername'
}
file() {
  name=$1
  protocol=$2
  shift 2
  client "$name" smbclient -s "$dir/smb.conf" "//@/data" -U "LABDOM\\$user%$password" \
    "--option=client min protocol=$protocol" "--option=client max protocol=$protocol" \
    "--option=client ipc min protocol=$protocol" "--option=client ipc max protocol=$protocol" "$@" \
    -c "get file $dir/got; put $dir/got copy; ls"
}

for protocol in NT1 SMB2_02 SMB2_10 SMB3_00 SMB3_02 SMB3_11; do
  rpc "rpc-$protocol-sign" $protocol --client-protection=sign
done
rpc rpc-NT1-plain NT1 --client-protection=off
rpc rpc-SMB2_10-plain SMB2_10 --client-protection=off
for protocol in SMB3_00 SMB3_02; do
  rpc "rpc-$protocol-encrypt" $protocol --client-protection=encrypt
done
for cipher in AES-128-GCM AES-128-CCM AES-256-GCM AES-256-CCM; do
  rpc "rpc-SMB3_11-$cipher" SMB3_11 --client-protection=encrypt "--option=client smb3 encryption algorithms=$cipher"
done
for algorithm in AES-128-GMAC AES-128-CMAC HMAC-SHA256; do
  rpc "rpc-SMB3_11-$algorithm" SMB3_11 --client-protection=sign "--option=client smb3 signing algorithms=$algorithm"
done
# The negotiation begins in SMB 1.
rpc rpc-SMB3_11-encrypt SMB3_11 --client-protection=encrypt "--option=client ipc min protocol=NT1"
# The client prints the key of its session.
rpc rpc-SMB3_11-key SMB3_11 --client-protection=encrypt "--option=debug encryption=yes"
rpc rpc-SMB3_11-ntlmv1 SMB3_11 --client-protection=encrypt --option=clientntlmv2auth=no
client tcp-seal rpcclient -s "$dir/smb.conf" "ncacn_ip_tcp:@[spnego,seal]" -U "LABDOM\\$user%$password" \
  -c 'srvinfo;netshareenumall'
file file-SMB3_11-encrypt SMB3_11 --client-protection=encrypt
file file-SMB3_11-sign SMB3_11 --client-protection=sign
if /usr/bin/python3 -c 'import impacket' 2> "$dir/log/impacket"; then
  for dialect in NT1 2.0.2 2.1 3.0 3.1.1; do
    client "impacket-$dialect" /usr/bin/python3 "$here/impacket_pipes.py" @ $user "$password" LABDOM $dialect
  done
fi
sleep 0.5
kill -INT $tcpdump
wait $tcpdump
