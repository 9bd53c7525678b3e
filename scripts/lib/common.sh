# Sourced by the scripts. Finds or installs the programs that they need, and names missing ones.
# shellcheck shell=bash
set -euo pipefail

PROJECT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# The directory for what was built or downloaded; it is kept between runs.
CACHE_DIR=${SECRET_PROVIDERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/secret-providers}
# Contains bao, moto_server, etcd and etcdctl. The tests in Java look here, too: keep the path and the names.
PEERS_BIN=$CACHE_DIR/peers/bin
# shellcheck disable=SC2034 # read by the scripts that source this file
readonly PROJECT_ROOT CACHE_DIR PEERS_BIN
# Exported, so that a script called by this one does not ask again: "no", or any other value for yes.
export ASSUME_YES=${ASSUME_YES:-}

# Standard output is for results that another program may read. When in doubt, messages for people go to standard error.
say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
warn() { note "warning: $*"; }
# Prints an error and lets the caller decide what to do.
problem() {
    note "error: $*"
    return 1
}
fail() {
    note "error: $*"
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        # There is no user to type a password.
        sudo -n "$@"
    fi
}

# consent "what": whether the system may be changed. Asks once at a terminal; without one, or with --yes, it may.
consent() {
    if [ -z "$ASSUME_YES" ]; then
        ASSUME_YES=yes
        if [ -t 0 ] && [ -t 2 ]; then
            local answer
            read -r -p "$* with apt-get, and what else is missing? [y/N] " answer || answer=
            case $answer in [yY]*) ;; *) ASSUME_YES=no ;; esac
        fi
    fi
    [ "$ASSUME_YES" != no ]
}

apt_updated=
# Only after a failure: the package index that a machine came with may be months old or missing.
apt_update() {
    [ -z "$apt_updated" ] || return 1
    apt_updated=yes
    as_root apt-get -qq -o Acquire::Retries=3 update >/dev/null
}

# apt_install "what it is for" package...
apt_install() {
    local purpose=$1 errors install
    shift
    command -v apt-get >/dev/null ||
        problem "$purpose: not found, and there is no apt-get here. Install the equivalent of: $*" || return
    consent "Install $* ($purpose)" || problem "$purpose: not found. Install $*, or run again with --yes" || return
    note "Installing $* ($purpose)"
    install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Acquire::Retries=3 install
        --no-install-recommends "$@")
    errors=$("${install[@]}" 2>&1 >/dev/null) ||
        { apt_update && errors=$("${install[@]}" 2>&1 >/dev/null); } ||
        problem "$purpose: apt-get could not install $*. It said: $errors" || return
}

# Prints the first of the named packages that apt-get could install, or fails.
apt_offers() {
    local package
    command -v apt-cache >/dev/null || return
    for package in "$@"; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            say "$package"
            return
        fi
    done
    return 1
}

# Prints the major version of the JDK in directory $1, or nothing if there is none.
jdk_major() {
    [ -x "$1/bin/javac" ] || return 0
    local major
    # Reading is quicker than starting a JVM, but not every JDK has the file.
    major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null || true)
    [ -n "$major" ] || major=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    say "$major"
}

# Sets JAVA_HOME to an installed JDK, 25 or newer, and puts it first on the PATH; fails if there is none.
use_installed_jdk() {
    local candidate major on_path
    on_path=$(command -v javac || true)
    [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    for candidate in "${JAVA_HOME:-}" "${JDK_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/* /opt/java/* \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        [ -n "$candidate" ] || continue
        major=$(jdk_major "$candidate")
        if [ "${major:-0}" -ge 25 ]; then
            export JAVA_HOME=$candidate PATH=$candidate/bin:$PATH
            return
        fi
    done
    return 1
}

# Sets JAVA_HOME to a JDK 25 or newer and puts it first on the PATH; installs one if apt-get has it.
find_jdk() {
    local package packages=(openjdk-25-jdk-headless temurin-25-jdk)
    use_installed_jdk && return
    if package=$(apt_offers "${packages[@]}") || { apt_update && package=$(apt_offers "${packages[@]}"); }; then
        apt_install "A JDK" "$package" && use_installed_jdk && return
    fi
    fail "no JDK 25 or newer was found (looked at JAVA_HOME, JDK_HOME, the PATH, /usr/lib/jvm, /opt and SDKMAN).
Install one, for example Temurin 25, and set JAVA_HOME to its directory."
}

# Makes sure that mvn 3.8 or newer is installed. Call it after find_jdk: mvn needs a JDK to print its version.
find_maven() {
    command -v mvn >/dev/null || apt_install "Maven" maven || exit
    local version
    version=$(mvn -version 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' | sed -n 's/^Apache Maven \([0-9]*\.[0-9]*\).*/\1/p')
    case $version in
    "" | [0-2].* | 3.[0-7]) fail "Maven 3.8 or newer is needed; '$(command -v mvn)' is ${version:-not usable}" ;;
    esac
}

# Makes sure that there is a Chromium, to look at pages of the dashboard. Tests find it by the variable CHROMIUM or on the PATH.
find_chromium() {
    local program
    [ -z "${CHROMIUM:-}" ] || return 0
    for program in chromium chromium-browser google-chrome-stable google-chrome; do
        ! command -v "$program" >/dev/null || return 0
    done
    apt_install "Chromium, to test the dashboard" chromium ||
        fail "the dashboard is tested with Chromium: install it, or set CHROMIUM to the path of its program"
}

# Maven, without colours and progress bars if there is no terminal.
maven() {
    if [ -t 1 ]; then mvn "$@"; else mvn -B -ntp -Dstyle.color=never "$@"; fi
}

# free_port [COUNT]: prints that many different loopback ports that are free now. Another process may take one before the
# caller does: the caller must then try again with another port.
free_port() {
    python3 - "${1:-1}" <<'PYTHON'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in held))
PYTHON
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

# Turns base64 into the form that tokens have.
for_urls() { tr '+/' '-_' | tr -d '=\n'; }
