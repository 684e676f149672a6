#!/bin/sh
# After a crash the socket is still there, and nginx cannot listen on it again.
rm -f /run/meower/nginx.sock
