#!/bin/sh
# dpkg says `remove`, rpm how many versions stay: an upgrade leaves the service alone.
set -e
case "${1:-}" in
  remove | 0)
    if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
      systemctl disable --now otel-powervm.service || true
    fi
    ;;
esac
