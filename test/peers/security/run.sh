#!/bin/sh
# A Samba RPC server and its clients in namespaces of their own (run under unshare), with everything captured.
# Arguments: an empty directory, and the directory of this script. Leaves live.pcap and one line a client in done.txt.
set -u
dir=$1
here=$2
user=root
password='S3cret!pä'
port=42700
ncalrpc=$dir/state/ncalrpc
. "$here/../../support/samba.sh"
ip link set lo up
mkdir "$dir/private" "$dir/state" "$dir/log" && chmod 700 "$dir/private"
{
  samba_conf
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
    printf '[share%d]\n  path = /tmp\n  comment = share %d, with a comment long enough to make its list take fragments\n' $i $i
  done
} > "$dir/smb.conf"
printf '%s\n%s\n' "$password" "$password" | smbpasswd -c "$dir/smb.conf" -a -s $user > "$dir/log/smbpasswd" 2>&1

/usr/libexec/samba/samba-dcerpcd -i -s "$dir/smb.conf" --libexec-rpcds < /dev/null > "$dir/log/out" 2>&1 &
tcpdump -i lo -B 32768 -U --immediate-mode -w "$dir/live.pcap" tcp > "$dir/log/tcpdump" 2>&1 &
tcpdump=$!
n=0
until ss -ltn | grep -q ":$port " && [ -s "$dir/live.pcap" ]; do
  n=$((n + 1))
  [ $n -gt 100 ] && exit 3
  sleep 0.1
done

samba() {
  name=$1
  binding=$2
  shift 2
  # The server's workers start as they are needed: under load the first answer may be a refusal.
  for try in 1 2 3; do
    if rpcclient -s "$dir/smb.conf" "ncacn_ip_tcp:127.0.0.1[$binding]" -U "LABDOM\\$user%$password" "$@" \
      -c 'srvinfo;netshareenumall;srvinfo' > "$dir/log/$name.$try" 2>&1; then
      echo "$name" >> "$dir/done.txt"
      return
    fi
    sleep 0.3
  done
}
impacket() {
  if /usr/bin/python3 "$here/impacket_calls.py" "$2" $user "$password" LABDOM "$3" "$4" > "$dir/log/$1" 2>&1; then
    echo "$1" >> "$dir/done.txt"
  fi
}

for level in connect packet sign seal; do
  samba "samba-ntlm-$level" "ntlm,$level"
  samba "samba-spnego-$level" "spnego,$level"
done
samba samba-v1 ntlm,seal --option=clientntlmv2auth=no --option=ntlmssp_client:ntlm2=no
samba samba-v1-ess spnego,seal --option=clientntlmv2auth=no
samba samba-40bit-no-key-exchange spnego,seal --option=ntlmssp_client:128bit=no --option=ntlmssp_client:56bit=no --option=ntlmssp_client:keyexchange=no
samba samba-spnego-v1 spnego,seal --option=clientntlmv2auth=no --option=ntlmssp_client:ntlm2=no
if /usr/bin/python3 -c 'import impacket' 2> "$dir/log/impacket"; then
  # srvsvc is where the last client was sent by the endpoint mapper.
  srvsvc=$(tcpdump -nr "$dir/live.pcap" 2> /dev/null | sed -n 's/.*> 127\.0\.0\.1\.\(427[0-9][0-9]\): .*/\1/p' | tail -1)
  for level in 2 4 5 6; do
    impacket "impacket-$level" "$srvsvc" $level 1
  done
  impacket impacket-v1 "$srvsvc" 6 0
fi
sleep 0.5
kill -INT $tcpdump
wait $tcpdump
