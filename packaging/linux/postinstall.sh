#!/bin/sh
# The service is neither enabled nor started by an installation: its configuration comes first.
set -e
root=${DPKG_ROOT:-}
users=/usr/lib/sysusers.d/otel-powervm.conf
if command -v systemd-sysusers > /dev/null; then
  systemd-sysusers ${root:+--root="$root"} "$root$users"
elif ! grep -q '^otel-powervm:' "$root/etc/passwd" 2> /dev/null; then
  useradd --system --user-group --no-create-home --home-dir /var/lib/otel-powervm --shell /usr/sbin/nologin otel-powervm ||
    echo "otel-powervm: make the user otel-powervm before you start the service" >&2
fi
# By number: the group may be one of another root.
group=$(sed -n 's/^otel-powervm:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group" 2> /dev/null || true)
if [ -n "$group" ]; then
  chgrp "$group" "$root/etc/otel-powervm" "$root/etc/otel-powervm/otel-config.yaml"
  chmod 0750 "$root/etc/otel-powervm"
  chmod 0640 "$root/etc/otel-powervm/otel-config.yaml"
fi
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # After an upgrade: one that runs goes on with the new version.
  systemctl try-restart otel-powervm.service || true
fi
