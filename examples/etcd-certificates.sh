#!/bin/sh
# Makes the certificates with which recording servers and etcd members know each other: one authority, and for each address a
# certificate that it shows as a server and as a client.
#
#   sh examples/etcd-certificates.sh DIR ADDRESS...     (needs openssl)
#
# DIR/ca.pem goes to every machine, DIR/ADDRESS.pem and DIR/ADDRESS.key to that machine alone, DIR/ca.key to none of them: keep it
# away from the network. What is there already is left as it is, so that an address may be added later.
set -eu
[ $# -ge 2 ] || { echo "usage: sh $0 DIR ADDRESS..." >&2; exit 2; }
dir=$1
shift
umask 077
mkdir -p "$dir"
days=3650

if [ ! -f "$dir/ca.key" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $days -subj "/O=understudy/CN=understudy etcd" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
fi
for address in "$@"; do
    [ ! -f "$dir/$address.pem" ] || continue
    case $address in
    *[!0-9A-Fa-f.:]*) name=DNS:$address ;;
    *.*.*.* | *:*) name=IP:$address ;;
    *) name=DNS:$address ;;
    esac
    # No common name: etcd would take it for a user, which its JSON gateway cannot bear.
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/O=understudy" -keyout "$dir/$address.key" \
        -out "$dir/$address.request" 2>/dev/null
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=critical,digitalSignature\n' "$name" >"$dir/$address.ext"
    openssl x509 -req -in "$dir/$address.request" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days $days \
        -extfile "$dir/$address.ext" -out "$dir/$address.pem" 2>/dev/null
    rm -f "$dir/$address.request" "$dir/$address.ext"
done
chmod 644 "$dir"/*.pem
