#!/usr/bin/env bash
# Installs the real servers that the peer tests run against, when it may: Debian, as root. Starts none of them.
# Prints what is missing and exits 1 when it may not or cannot. Safe to run again: nothing present is touched.
set -u

packages=(
  prometheus prometheus-alertmanager # scrapes the daemon, receives its alerts
  nagios4-core                       # says whether our copy of its rules is right
  nginx-light haproxy openssl        # far ends: TLS, HTTP/2, resets, slow answers
  bind9 unbound                      # far ends: DNS, truth and faults
  faketime                           # makes expired certificates
  python3-hl7                        # far end: an MLLP server
  dcmtk orthanc orthanc-dicomweb     # far ends: DICOM, DICOMweb
  chrony                             # far end: NTP
  coturn                             # far end: STUN, TURN
  kamailio kamailio-tls-modules kamailio-websocket-modules sip-tester # far ends: SIP
  python3-websockets                 # far end: WebSocket
  python3-django                     # far end: a site with log-in, for journeys
  slapd                              # far end: LDAP
  postfix                            # far end: SMTP
  iputils-ping                       # program of a probe: ICMP
  monitoring-plugins-basic           # programs of a probe: plug-ins
  buildah debootstrap ca-certificates # builds the image on a locally made base
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "peers: missing, and this user may not install them: ${missing[*]}"
  exit 1
fi

# Packages would start their services: deny that while this script runs, unless a policy is in place already.
policy=/usr/sbin/policy-rc.d ours=
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=1
fi
trap '[ -z "$ours" ] || rm -f "$policy"' EXIT

export DEBIAN_FRONTEND=noninteractive
echo "peers: installing ${missing[*]}"
install() { apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" </dev/null; }
log=$(install 2>&1) || { apt-get -o DPkg::Lock::Timeout=300 update -qq && log=$(install 2>&1); } || {
  printf '%s\n' "$log" | tail -n 20
  echo "peers: could not be installed: ${missing[*]}"
  exit 1
}
