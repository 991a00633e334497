#!/bin/sh
# The key of the digests comes as a variable, because that is all that ECS, Batch and Kubernetes can
# give to a container that is not run by root and still keep from others: `unbridge` takes a key from a
# file alone, and refuses one that others can read.
set -eu

umask 077
if [ -n "${DIGEST_KEY:-}" ]; then
  UNBRIDGE_DIGEST_KEY="${TMPDIR:-/tmp}/digest.key"
  export UNBRIDGE_DIGEST_KEY
  printf '%s\n' "$DIGEST_KEY" >"$UNBRIDGE_DIGEST_KEY"
  unset DIGEST_KEY
fi
exec unbridge "$@"
