#!/bin/bash
# Ends what a run of the cloud has started, and removes its directory, as soon as the program that holds the other end
# of standard input is gone: whether it closed it, failed, or was killed.
#   keeper.sh DIRECTORY
directory=$1
trap '' INT TERM HUP   # Ctrl-C reaches the whole terminal; the work begins then
cat >/dev/null

# A file of services/ holds "PROCESS-GROUP SIGNAL".
groups() { cat "$directory"/services/* 2>/dev/null; }
while read -r group signal; do kill -s "$signal" -- "-$group" 2>/dev/null; done < <(groups)
for _ in {1..50}; do
  alive=
  while read -r group _; do kill -0 -- "-$group" 2>/dev/null && alive=yes; done < <(groups)
  [ -z "$alive" ] && break
  sleep 0.2
done
while read -r group _; do kill -s KILL -- "-$group" 2>/dev/null; done < <(groups)
rm -rf "$directory"
