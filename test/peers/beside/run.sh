#!/bin/sh
# An MIT realm, services that are given forwarded credentials and use them, and a change of password, in namespaces of their own
# (run under unshare), with everything captured. Argument: an empty directory. Leaves live.pcap; service.keytab; of both
# services the session key of the forwarded ticket (ldap.key, http.key) and a token made with that (ldap.token, http.token); the
# user's new key in alice.txt, and bind.token of a later logon. Further arguments: this folder, and the size above which
# messages go over TCP.
set -eu
dir=$1
here=$2
ip link set lo up
hostname beside
echo '127.0.0.1 web.beside.example dc.beside.example target.beside.example localhost' > "$dir/hosts"
mount --bind "$dir/hosts" /etc/hosts
mkdir "$dir/log"
cat > "$dir/krb5.conf" <<CONF
[libdefaults]
  default_realm = BESIDE.EXAMPLE
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  forwardable = true
  udp_preference_limit = $3
[realms]
  BESIDE.EXAMPLE = {
    kdc = 127.0.0.1
    admin_server = 127.0.0.1
    kpasswd_server = 127.0.0.1
  }
[domain_realm]
  .beside.example = BESIDE.EXAMPLE
CONF
cat > "$dir/kdc.conf" <<CONF
[kdcdefaults]
  kdc_listen = 127.0.0.1:88
  kdc_tcp_listen = 127.0.0.1:88
[realms]
  BESIDE.EXAMPLE = {
    database_name = $dir/principal
    key_stash_file = $dir/stash
    acl_file = $dir/acl
    kadmind_listen = 127.0.0.1:749
    kpasswd_listen = 127.0.0.1:464
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
  }
CONF
: > "$dir/acl"
export KRB5_CONFIG="$dir/krb5.conf" KRB5_KDC_PROFILE="$dir/kdc.conf" KRB5CCNAME="FILE:$dir/alice.ccache" KRB5_KTNAME="$dir/service.keytab"
export KRB5RCACHETYPE=none PATH="$PATH:/usr/sbin:/sbin"
kdb5_util create -s -r BESIDE.EXAMPLE -P 'm4ster' > "$dir/log/create" 2>&1
{
  echo "addprinc -pw Old!Pass1 +requires_preauth alice"
  for service in ldap/dc HTTP/web; do
    echo "addprinc -randkey $service.beside.example"
    echo "ktadd -k $dir/service.keytab $service.beside.example"
  done
  echo "addprinc -randkey host/target.beside.example"
} | kadmin.local > "$dir/log/kadmin" 2>&1
tcpdump -i lo -s 0 -U -B 16384 -w "$dir/live.pcap" 'tcp or udp' > "$dir/log/tcpdump" 2>&1 &
tcpdump=$!
krb5kdc -n > "$dir/log/kdc" 2>&1 &
kadmind -nofork > "$dir/log/kadmind" 2>&1 &
waited=0
until ss -ltn | grep -q ':88 ' && ss -ltn | grep -q ':464 ' && [ -s "$dir/live.pcap" ]; do
  waited=$((waited + 1))
  [ $waited -gt 200 ] && exit 3
  sleep 0.1
done
echo 'Old!Pass1' | kinit -f alice > "$dir/log/kinit" 2>&1
/usr/bin/python3 "$here/beside.py" ldap "$dir" > "$dir/log/ldap" 2>&1
/usr/bin/python3 "$here/beside.py" http "$dir" > "$dir/log/http" 2>&1
kdestroy
printf 'Old!Pass1\nNew!Pass2\nNew!Pass2\n' | kpasswd alice > "$dir/log/kpasswd" 2>&1
echo "ktadd -norandkey -k $dir/alice.keytab alice" | kadmin.local > "$dir/log/alice" 2>&1
klist -keK "FILE:$dir/alice.keytab" > "$dir/alice.txt"
echo 'New!Pass2' | kinit alice > "$dir/log/again" 2>&1
/usr/bin/python3 "$here/beside.py" logon "$dir" > "$dir/log/logon" 2>&1
sleep 1.5
kill $tcpdump
wait $tcpdump || true
