# What the Samba servers of the tests have in common, as the beginning of an smb.conf on standard output. The caller sets
# dir (an empty directory with private, state and log in it), ncalrpc (a directory) and port (the first of a hundred).
samba_conf() {
  cat <<CONF
[global]
  workgroup = LABDOM
  netbios name = LABSRV
  server role = standalone server
  private dir = $dir/private
  state directory = $dir/state
  cache directory = $dir/state
  lock directory = $dir/state
  pid directory = $dir/state
  ncalrpc dir = $ncalrpc
  binddns dir = $dir/state
  log file = $dir/log/log
  interfaces = lo
  bind interfaces only = yes
  ntlm auth = yes
  rpc start on demand helpers = false
  allow dcerpc auth level connect = yes
  rpc server dynamic port range = $port-$((port + 99))
CONF
}
