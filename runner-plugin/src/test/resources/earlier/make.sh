#!/usr/bin/env bash
# Made the fixtures of data directories next to it, each with the runner of one commit, at the end of November 2026.
# Kept for reference: with a later runner it makes a data directory of that version.
# usage, as root (the manager that stands in for Vault is at port 1, where nothing listens later):
#   make.sh COMMIT MAIN_CLASS RUNNER_CLASS_PATH STAND_IN_CLASS_PATH
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$here/$1
work=$(mktemp -d)
trap 'kill $runner $vault 2>/dev/null || true; rm -rf "$work"' EXIT
rm -rf "$out" && mkdir "$out"
cp "$here/application.yaml" "$here/apisix.yaml" "$work/"
cd "$work"
port=$((20000 + RANDOM % 20000))
sed -i "s|DIRECTORY|$work|; s|port: 0|port: $port|" application.yaml
python3 "$here/vault.py" & vault=$!
java -cp "$3" "$2" --config application.yaml --socket "$work/r.sock" > log 2>&1 & runner=$!
for _ in $(seq 300); do
  curl -fsS "http://127.0.0.1:$port/actuator/health/readiness" > /dev/null 2>&1 && break
  sleep 0.1
done
[ -f data/admin-token ] || { cat log; exit 1; }
a=http://127.0.0.1:$port/admin
t="X-API-KEY: $(cat data/admin-token)"
call() { curl -sS --fail-with-body -H "$t" -X "$@" > answer || { cat answer; exit 1; }; }
call PUT "$a/providers/local/own" -d '{"versions": 5}'
call PUT "$a/providers/vault/stored?force=true" -d '{"uri": "http://127.0.0.1:1", "prefix": "kv/apisix", "token": "t"}'
call PUT "$a/secrets/own/jack" -d '{"fields": {"key": "the-first-key-of-jack"}}'
call PUT "$a/secrets/own/jack" -d '{"fields": {"key": "the-second-key-of-jack"}}'
call POST "$a/tokens" -d '{"name": "known", "roles": ["admin"]}'
grep -o 'sp_[a-z0-9]*_[A-Za-z0-9_-]*' answer | head -1 > "$out/known-token"
call POST "$a/revoke" -d '{"reference": "$secret://local/own/jack/key", "version": "1", "reason": "leaked"}'
java -cp "$4" "$here/Call.java" "$work/r.sock" the-second-key-of-jack the-key-of-jill
sleep 12 # last-known-good is written every ten seconds
call POST "$a/compact" || true
kill "$runner"
wait "$runner" || true
cp data/store.mv.db data/keyring "$out/"
for file in last-known-good conf-tokens store-counter; do
  [ ! -f "data/$file" ] || cp "data/$file" "$out/$file.bin"
done
ls -la "$out"
grep -v INFO log || true
