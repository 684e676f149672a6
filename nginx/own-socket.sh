#!/bin/sh
# Gives this nginx a Unix socket of its own, because nginx deletes its socket when it ends, and then another nginx may run
# already. Caddy is led to the one that listened last.
own=$(cat /proc/sys/kernel/random/uuid)
cd /run/meower || exit
echo "listen unix:/run/meower/$own backlog=4096;" >/tmp/listen.conf
{
  until [ -S "$own" ]; do sleep 0.1; done
  ln -s "$own" "$own.link" && mv "$own.link" nginx.sock
} &
