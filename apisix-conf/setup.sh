#!/usr/bin/env bash
# Sets up what docker-compose.yml starts, or any APISIX, OpenBao and Secrets Manager that the variables below name.
#
#   apisix-conf/setup.sh env      write .env with random secrets, unless it is there; make the mounted files readable
#   apisix-conf/setup.sh          two secrets, two consumers with credentials that refer to them, two routes
#   apisix-conf/setup.sh secrets  the two secrets again, with the same keys, after a restart of OpenBao or moto
#   apisix-conf/setup.sh rotate   a new key for jack, in OpenBao only
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
env_file=$root/.env

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# The containers read these as users of their own. A clone under a strict umask has them for its owner only.
make_mounted_files_readable() {
    chmod a+r "$root"/apisix-conf/{config.yaml,runner-application.yaml,upstream.conf}
    chmod -R a+rX "$root/apisix-plugin/apisix"
}

write_env() {
    if [ -e "$env_file" ]; then
        echo "$env_file is there already"
        return
    fi
    # The leading letter keeps APISIX from taking a key of digits for a number.
    (
        umask 077
        printf '%s\n' "APISIX_ADMIN_KEY=k$(random 16)" "APISIX_DATA_KEY=k$(random 8 | cut -c1-15)" \
            "VAULT_TOKEN=k$(random 16)" >"$env_file"
    )
    echo "wrote $env_file"
}

# Both keep their secrets in memory only. The keys are in .env, so that they can be written again.
remember() {
    [ -e "$env_file" ] || return 0
    local kept
    kept=$(grep -v "^$1=" "$env_file" || true)
    printf '%s\n' "$kept" "$1=$2" >"$env_file"
}

load_env() {
    if [ -e "$env_file" ]; then
        set -a
        # shellcheck source=/dev/null
        . "$env_file"
        set +a
    fi
    : "${APISIX_ADMIN_KEY:?set it, or run $0 env}" "${VAULT_TOKEN:?set it, or run $0 env}"
    admin_url=${APISIX_ADMIN_URL:-http://127.0.0.1:9180}
    vault_url=${VAULT_ADDR:-http://127.0.0.1:8200}
    aws_url=${AWS_ENDPOINT_URL:-http://127.0.0.1:5000}
}

# Bodies come on standard input and secret headers from a file descriptor: no secret is ever an argument of a process.
call() {
    local method=$1 url=$2 header=$3
    shift 3
    curl --silent --show-error --fail-with-body --output /dev/null --max-time 10 \
        --request "$method" --header @<(printf '%s\n' "$header") --header 'Content-Type: application/json' "$@" \
        --data-binary @- "$url" || {
        echo "failed: $method $url" >&2
        exit 1
    }
}
admin() { call PUT "$admin_url/apisix/admin/$1" "X-API-KEY: $APISIX_ADMIN_KEY"; }
vault() { call POST "$vault_url/v1/$1" "X-Vault-Token: $VAULT_TOKEN"; }
secrets_manager() {
    call POST "$aws_url/" \
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=none" \
        --header "X-Amz-Target: secretsmanager.$1"
}

put_key_of_jack() {
    jack_key=$1
    remember JACK_KEY "$jack_key"
    # KV version 2: the runner finds out by itself and reads secret/data/apisix/jack.
    printf '{"data":{"key":"%s"}}' "$jack_key" | vault secret/data/apisix/jack
}

# moto takes any signature; for the real service use the aws command line. It refuses to create a secret twice.
put_key_of_rose() {
    rose_key=${ROSE_KEY:-rose-$(random 8)}
    remember ROSE_KEY "$rose_key"
    printf '{"ForceDeleteWithoutRecovery":true,"SecretId":"prod/rose"}' |
        secrets_manager DeleteSecret
    printf '{"Name":"prod/rose","SecretString":"{\\"key\\":\\"%s\\"}","ClientRequestToken":"%s"}' \
        "$rose_key" "$(random 16)" | secrets_manager CreateSecret
}

put_secrets() {
    put_key_of_jack "${JACK_KEY:-jack-$(random 8)}"
    put_key_of_rose
}

put_consumers() {
    admin consumers <<'JSON'
{"username": "jack", "labels": {"custom_id": "customer-1"}}
JSON
    admin consumers/jack/credentials/main <<'JSON'
{"plugins": {"key-auth": {"key": "$secret://vault/prod/jack/key"}}}
JSON
    admin consumers <<'JSON'
{"username": "rose"}
JSON
    admin consumers/rose/credentials/main <<'JSON'
{"plugins": {"key-auth": {"key": "$secret://aws/main/prod/rose/key"}}}
JSON
}

# Only for plugins that APISIX resolves by itself (it reads KV version 1 only). The runner does not read this object: its
# providers are in runner-application.yaml.
put_apisix_secret() {
    admin secrets/vault/prod <<'JSON'
{"uri": "http://vault:8200", "prefix": "secret/apisix", "token": "$ENV://VAULT_TOKEN"}
JSON
}

# allow_degradation must stay false: with true, every request passes unauthenticated while the runner is away.
put_route() {
    admin routes/protected <<'JSON'
{
  "uri": "/*",
  "plugins": {
    "ext-plugin-pre-req": {
      "conf": [{"name": "secret-key-auth", "value": "{\"header\":\"apikey\",\"query\":\"apikey\",\"hide_credentials\":true}"}],
      "allow_degradation": false
    }
  },
  "upstream": {"type": "roundrobin", "nodes": {"upstream:8080": 1}}
}
JSON
}

# The same by the companion, which remembers verdicts inside APISIX: docs/how-to/companion.md.
put_companion_route() {
    admin routes/companion <<'JSON'
{
  "uri": "/companion/*",
  "plugins": {
    "secret-key-auth": {"header": "apikey", "query": "apikey", "hide_credentials": true}
  },
  "upstream": {"type": "roundrobin", "nodes": {"upstream:8080": 1}}
}
JSON
}

case ${1:-} in
env)
    make_mounted_files_readable
    write_env
    ;;
secrets)
    load_env
    put_secrets
    ;;
rotate)
    load_env
    put_key_of_jack "jack-$(random 8)"
    echo "jack's new key: $jack_key"
    ;;
"")
    load_env
    put_secrets
    put_apisix_secret
    put_consumers
    put_route
    put_companion_route
    cat <<EOF
Try, within some seconds:
  curl -i http://127.0.0.1:9080/
  curl -i -H 'apikey: $jack_key' http://127.0.0.1:9080/
  curl -i -H 'apikey: $rose_key' http://127.0.0.1:9080/
  curl -i -H 'apikey: $rose_key' http://127.0.0.1:9080/companion/
EOF
    ;;
*)
    sed -n '4,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
