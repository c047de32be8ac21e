#!/bin/sh
# /usr/bin/otel-powervm of the DEB and the RPM: the Node of the package where it brings one, else that of the system.
set -eu
prefix=$(dirname "$(dirname "$(readlink -f "$0")")")
program="$prefix/lib/otel-powervm/node_modules/otel-powervm/dist/cli/main.js"
node="$prefix/lib/otel-powervm/node/bin/node"
if [ ! -x "$node" ]; then
  node=$(command -v node) || {
    echo "otel-powervm: Node.js 20.19 or newer is needed, and there is no 'node' in PATH; the package otel-powervm-with-node brings its own" >&2
    exit 2
  }
fi
exec "$node" "$program" "$@"
