# Read by the other scripts: how to install a Debian package, where that is possible without asking.

may_install() {
    [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null
}

install_packages() {
    echo "Installing Debian packages: $*" >&2
    apt_get update -qq && apt_get install -qq --no-install-recommends "$@"
}

# Quiet where all goes well; everything it said where not.
apt_get() {
    local said
    said=$(DEBIAN_FRONTEND=noninteractive apt-get -y "$@" </dev/null 2>&1) || {
        echo "$said" >&2
        return 1
    }
}
