#!/bin/sh
# create-password.sh NAME=ADDRESS…    creates a password of Postgres once, and for each address a file that contains both
set -eu
cd /secrets
if [ ! -s postgres-password ]; then
  head -c 32 /dev/urandom | sha256sum | cut -c 1-64 > new
  mv new postgres-password
fi
password=$(cat postgres-password)
for argument; do
  address=${argument#*=}
  printf %s "${address%%@*}:$password@${address#*@}" > "${argument%%=*}"
done
