#!/bin/sh
# Makes the certificates of this folder, all for the key ../key.pem: sh make.sh
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name="subjectAltName=DNS:localhost,IP:127.0.0.1"

# An authority, valid for 100 years.
openssl req -x509 -new -key ../key.pem -subj "/CN=Test authority" -days 36500 -out ca.pem

# certificate FILE NOT_BEFORE NOT_AFTER: of localhost, signed by the authority.
certificate() {
  : > "$work/index"
  printf '[ca]\ndefault_ca=one\n[one]\nnew_certs_dir=%s\ndatabase=%s/index\nrand_serial=yes\npolicy=any\nx509_extensions=leaf\n[any]\ncommonName=supplied\n[leaf]\n%s\n' \
    "$work" "$work" "$name" > "$work/config"
  openssl req -new -key ../key.pem -subj "/CN=localhost" -out "$work/request"
  openssl ca -batch -config "$work/config" -md sha256 -notext \
    -keyfile ../key.pem -cert ca.pem -in "$work/request" -out "$1" -startdate "$2" -enddate "$3"
}
certificate localhost.pem 20000101000000Z 21260101000000Z
certificate expired.pem 20000101000000Z 20010101000000Z
certificate early.pem 21250101000000Z 21260101000000Z

# The key, encrypted; and another key.
openssl pkcs8 -topk8 -in ../key.pem -passout pass:opensesame -out encrypted-key.pem
openssl ecparam -name prime256v1 -genkey -noout -out other-key.pem
