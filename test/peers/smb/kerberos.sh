#!/bin/sh
# A Samba domain controller and clients with tickets of it, in namespaces of their own (run under unshare), with everything
# captured. Argument: an empty directory. Leaves live.pcap, all.keytab, and in done.txt the names of the clients that were served.
set -u
dir=$1
password='S3cret!pass'
ip link set lo up
ip addr add 10.77.0.1/24 dev lo
hostname labdc
printf '10.77.0.1 labdc.lab.example labdc\n127.0.0.1 localhost\n' > "$dir/hosts"
mount --bind "$dir/hosts" /etc/hosts
mkdir "$dir/log" "$dir/run" "$dir/run/ncalrpc" "$dir/client"
samba-tool domain provision --realm=LAB.EXAMPLE --domain=LABDOM --server-role=dc --dns-backend=NONE \
  --adminpass="$password" --targetdir="$dir/dc" --host-name=labdc --host-ip=10.77.0.1 \
  "--option=interfaces=lo 10.77.0.1" "--option=bind interfaces only=yes" > "$dir/log/provision" 2>&1 || exit 3
cat >> "$dir/run/more.conf" <<CONF
[global]
  log file = $dir/log/log
  pid directory = $dir/run
  ncalrpc dir = $dir/run/ncalrpc
  server services = s3fs, rpc, ldap, cldap, kdc, winbindd
CONF
echo "[global]
  include = $dir/run/more.conf" >> "$dir/dc/etc/smb.conf"
cat > "$dir/client.conf" <<CONF
[global]
  workgroup = LABDOM
  realm = LAB.EXAMPLE
  private dir = $dir/client
  lock directory = $dir/client
  state directory = $dir/client
  cache directory = $dir/client
CONF
cat > "$dir/krb5.conf" <<CONF
[libdefaults]
  default_realm = LAB.EXAMPLE
  dns_lookup_kdc = false
  dns_lookup_realm = false
[realms]
  LAB.EXAMPLE = {
    kdc = 10.77.0.1
  }
CONF
export KRB5_CONFIG="$dir/krb5.conf"
samba -F -s "$dir/dc/etc/smb.conf" --no-process-group < /dev/null > "$dir/log/samba" 2>&1 &
samba-tool domain exportkeytab "$dir/all.keytab" -s "$dir/dc/etc/smb.conf" > "$dir/log/keytab" 2>&1
tcpdump -i lo -s 0 -B 32768 -U --immediate-mode -w "$dir/live.pcap" 'port 88 or tcp' > "$dir/log/tcpdump" 2>&1 &
tcpdump=$!
waited=0
until ss -ltn | grep -q ":88 " && ss -ltn | grep -q ":445 " && [ -s "$dir/live.pcap" ]; do
  waited=$((waited + 1))
  [ $waited -gt 200 ] && exit 3
  sleep 0.1
done

client() {
  name=$1
  shift
  # The domain's services start one after the other: the first client may come too early.
  for try in 1 2 3 4 5 6; do
    if timeout 20 rpcclient ncacn_np:labdc.lab.example -s "$dir/client.conf" -U "Administrator@LAB.EXAMPLE%$password" \
      --use-kerberos=required "$@" -c 'srvinfo;netshareenumall;lsaquery;getusername' > "$dir/log/$name.$try" 2>&1; then
      echo "$name" >> "$dir/done.txt"
      return
    fi
    sleep 1
  done
}
client sign-2.1 --client-protection=sign '--option=client ipc max protocol=SMB2_10'
client sign-3.1.1 --client-protection=sign
client encrypt-3.0 --client-protection=encrypt '--option=client ipc max protocol=SMB3_00'
for cipher in AES-128-CCM AES-128-GCM AES-256-CCM AES-256-GCM; do
  client "encrypt-$cipher" --client-protection=encrypt "--option=client smb3 encryption algorithms=$cipher"
done
sleep 0.5
kill -INT $tcpdump
wait $tcpdump
