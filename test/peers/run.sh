#!/bin/sh
# A Samba server with a relay to its named pipes, and its clients, in namespaces of their own (run under unshare): what
# is said on the loopback of these is captured. Accounts are added to copies of the system's files.
# Arguments: an empty directory, and the directory of this script. Leaves live.pcap and one line a client in done.txt.
set -u
dir=$1
here=$2
user=root
password='S3cret!pass'
direct=127.0.0.1
relay=127.0.0.2
port=42700
ncalrpc=$dir/ncalrpc
. "$here/../support/samba.sh"

ip link set lo up
mkdir "$dir/private" "$dir/state" "$dir/log" "$dir/share" "$dir/print" "$dir/ncalrpc" && chmod 700 "$dir/private"
cp /etc/passwd "$dir/passwd"
cp /etc/group "$dir/group"
mount --bind "$dir/passwd" /etc/passwd
mount --bind "$dir/group" /etc/group
# A printer is asked for by its server's name, which is to lead to the relay.
cp /etc/hosts "$dir/hosts"
echo "$relay LABSRV" >> "$dir/hosts"
mount --bind "$dir/hosts" /etc/hosts
printf 'lab|Laboratory printer:\\\n  :sh:lp=/dev/null:\n' > "$dir/printcap"
cat > "$dir/add" <<'ADD'
#!/bin/sh
id=$((20000 + $(cat /etc/passwd /etc/group | wc -l)))
case $1 in
  user) echo "$2:x:$id:65534::/nonexistent:/bin/false" >> /etc/passwd ;;
  group) echo "$2:x:$id:" >> /etc/group && echo $id ;;
esac
ADD
chmod 755 "$dir/add"
samba_conf > "$dir/smb.conf"
cat >> "$dir/smb.conf" <<CONF
  add user script = $dir/add user %u
  add group script = $dir/add group %g
  delete user script = true
  delete group script = true
  add user to group script = true
  delete user from group script = true
  set primary group script = true
  add share command = true
  change share command = true
  delete share command = true
  host msdfs = yes
  load printers = yes
  printing = bsd
  lpq command = true
  lprm command = true
  print command = true
  printcap name = $dir/printcap
[printers]
  path = $dir/print
  printable = yes
[print\$]
  path = $dir/print
  read only = no
[data]
  path = $dir/share
  comment = Données et résultats
  read only = no
[dfs]
  path = $dir/share
  msdfs root = yes
CONF
printf '%s\n%s\n' "$password" "$password" | smbpasswd -c "$dir/smb.conf" -a -s $user > "$dir/log/smbpasswd" 2>&1
net -s "$dir/smb.conf" groupmap add sid=S-1-5-32-544 ntgroup=Administrators unixgroup=root type=builtin > "$dir/log/net" 2>&1
net -s "$dir/smb.conf" groupmap add ntgroup=helpers unixgroup=daemon type=local >> "$dir/log/net" 2>&1
net -s "$dir/smb.conf" sam addmem Administrators $user >> "$dir/log/net" 2>&1
net -s "$dir/smb.conf" sam addmem helpers $user >> "$dir/log/net" 2>&1

/usr/sbin/smbd -F --no-process-group -s "$dir/smb.conf" < /dev/null > "$dir/log/smbd" 2>&1 &
/usr/libexec/samba/samba-dcerpcd -F -s "$dir/smb.conf" --libexec-rpcds < /dev/null > "$dir/log/dcerpcd" 2>&1 &
/usr/bin/python3 "$here/relay.py" $relay $user "$password" LABDOM < /dev/null > "$dir/log/relay" 2>&1 &
waited=0
until_true() {
  until "$@"; do
    waited=$((waited + 1))
    [ $waited -gt 200 ] && exit 3
    sleep 0.1
  done
}
listening() {
  ss -ltn | grep -q "$1 "
}
until_true listening ":$port"
until_true listening "$direct:445"
until_true listening "$relay:4900"
samba() {
  timeout 30 rpcclient -s "$dir/smb.conf" "ncacn_ip_tcp:$1" -U "LABDOM\\$user%$password" -c "$2" < /dev/null
}
# The first to ask for printers finds the spooler at its own beginnings.
until_true samba LABSRV 'enumprinters 1' > "$dir/log/first" 2>&1
# Packets are cut where no PDU reaches: the more of them are held until they are written.
tcpdump -i lo -s 30000 -B 65536 -U --immediate-mode -w "$dir/live.pcap" 'tcp and not port 445' > "$dir/log/tcpdump" 2>&1 &
tcpdump=$!
until_true test -s "$dir/live.pcap"

# Each line: a name, the binding, and the commands of one rpcclient.
while IFS='|' read -r name binding commands; do
  case $name in '' | '#'*) continue ;; esac
  {
    samba "$binding" "$commands" > "$dir/log/rpcclient-$name" 2>&1
    # The status is that of the last command, which a server may refuse.
    [ $? -le 1 ] && echo "rpcclient-$name" >> "$dir/done.txt"
  } &
  clients="${clients:-} $!"
done < "$here/rpcclient.txt"
{
  timeout 40 /usr/bin/python3 "$here/impacket_calls.py" $user "$password" LABDOM $direct $relay \
    < /dev/null > "$dir/log/impacket" 2>&1 && echo impacket >> "$dir/done.txt"
} &
clients="$clients $!"
# shellcheck disable=SC2086
wait $clients
sleep 0.3
kill -INT $tcpdump
wait $tcpdump
