# Sourced by the scripts beside it. Finds or installs what they need and says plainly what is missing.
# shellcheck shell=bash
set -euo pipefail

PROJECT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Where what was built or downloaded survives between runs.
CACHE_DIR=${SECRET_PROVIDERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/secret-providers}
PEERS_BIN=$CACHE_DIR/peers/bin
: "${ASSUME_YES:=}"
consent_given=$ASSUME_YES
# shellcheck disable=SC2034 # read by the scripts that source this file
readonly PROJECT_ROOT CACHE_DIR PEERS_BIN

say() { printf '%s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Whether system packages may be installed: asked once at a terminal; without one, or with --yes, they may.
consent() {
    if [ -z "$consent_given" ]; then
        if [ -t 0 ] && [ -t 1 ]; then
            local answer
            read -r -p "Install the system packages $* with apt-get? [y/N] " answer
            case $answer in [yY]*) consent_given=yes ;; *) consent_given=no ;; esac
        else
            consent_given=yes
        fi
    fi
    [ "$consent_given" != no ]
}

apt_update() {
    # An index that the machine was delivered with may be months old.
    local stamp=$CACHE_DIR/apt-updated
    if [ -z "$(find "$stamp" -mmin -1440 2>/dev/null)" ]; then
        mkdir -p "$CACHE_DIR"
        as_root apt-get -q update >/dev/null && touch "$stamp"
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# apt_install "what it is for" package...
apt_install() {
    local purpose=$1
    shift
    command -v apt-get >/dev/null || fail "$purpose is missing, and this is no Debian: install $* yourself"
    consent "$@" || fail "$purpose is missing: install $*, or run again with --yes"
    say "Installing $* ($purpose)"
    apt_update || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends "$@" >/dev/null ||
        fail "apt-get could not install $*"
}

# Prints the major version of the JDK in directory $1, or nothing if there is none.
jdk_major() {
    [ -x "$1/bin/javac" ] || return 0
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null || true
}

# Sets JAVA_HOME to a JDK 25 or newer and puts it first on the PATH.
find_jdk() {
    local candidate major on_path
    on_path=$(command -v javac || true)
    [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    for candidate in "${JAVA_HOME:-}" "${JDK_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/*jdk* /opt/java/* \
        "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        [ -n "$candidate" ] || continue
        major=$(jdk_major "$candidate")
        if [ "${major:-0}" -ge 25 ]; then
            export JAVA_HOME=$candidate PATH=$candidate/bin:$PATH
            return
        fi
    done
    if [ -z "${jdk_tried:-}" ] && command -v apt-get >/dev/null; then
        jdk_tried=yes
        apt_update || true
        if apt-cache show openjdk-25-jdk-headless >/dev/null 2>&1; then
            apt_install "a JDK" openjdk-25-jdk-headless
            find_jdk
            return
        fi
    fi
    fail "no JDK 25 or newer was found (looked at JAVA_HOME, the PATH, /usr/lib/jvm, /opt, SDKMAN). Install one, for
example Temurin 25, and set JAVA_HOME to it."
}

# Makes sure that mvn is there, 3.8 or newer.
find_maven() {
    command -v mvn >/dev/null || apt_install "Maven" maven
    local version
    version=$(mvn -version 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' | sed -n 's/^Apache Maven \([0-9]*\.[0-9]*\).*/\1/p')
    case $version in
    "" | [0-2].* | 3.[0-7]) fail "Maven 3.8 or newer is needed; '$(command -v mvn)' is ${version:-not usable}" ;;
    esac
}

# Maven without colours and progress bars where nobody watches.
maven() {
    if [ -t 1 ]; then mvn "$@"; else mvn -B -ntp -Dstyle.color=never "$@"; fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for SECONDS "what" command...: polls until the command succeeds.
wait_for() {
    local limit=$1 what=$2 end
    shift 2
    end=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || fail "$what did not become ready within $limit seconds"
        sleep 0.1
    done
}
