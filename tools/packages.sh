# The Debian packages each script needs, by purpose, and need(), which installs what is missing. Sourced by quickstart, check
# and bench/issue.

packages_build="gcc libc6-dev meson ninja-build pkg-config libssl-dev libjansson-dev libevent-dev libidn2-dev libpsl-dev libpcre2-dev zlib1g-dev libsqlite3-dev libpq-dev libunbound-dev libjemalloc-dev nettle-dev dns-root-data"
packages_demo="openssl ca-certificates python3"
packages_test="
libcmocka-dev universal-ctags clang clang-tidy cppcheck mandoc valgrind strace
openssl python3-pytest python3-pytest-xdist python3-cryptography python3-jsonschema
zsh fish systemd
pebble certbot lego acme-tiny dehydrated curl caddy
apache2 libapache2-mod-wsgi-py3 nginx-light libnginx-mod-stream python3-certbot-nginx python3-certbot-apache iproute2
bind9 bind9-utils bind9-dnsutils
postgresql
"
packages_package="debootstrap systemd-container"
packages_bench="curl pebble certbot python3-certbot-nginx python3-certbot-apache nginx-light apache2 lego uacme caddy postgresql libssl-dev openssl ca-certificates iproute2 python3 python3-cryptography"

# Names of the listed packages that are not installed.
missing() {
	installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii //p' | tr '\n' ' ')"
	for package; do
		case $installed in
		*" $package "*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# RUNLEVEL=1: a server that comes with a package (nginx) is not started by its installation.
apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@"
}

# need PURPOSE...: installs what is missing; silent when nothing is.
need() {
	wanted=
	for purpose; do
		eval "wanted=\"\$wanted \$packages_$purpose\""
	done
	absent=$(missing $wanted)
	[ -n "$absent" ] || return 0
	printf 'installing: %s\n' "$absent"
	log=$(mktemp)
	if apt_install $absent >"$log" 2>&1 || { as_root apt-get update -q && apt_install $absent; } >"$log" 2>&1; then
		rm -f "$log"
		return 0
	fi
	tail -n 20 "$log"
	rm -f "$log"
	printf 'error: cannot install: %s\n' "$absent" >&2
	return 1
}

# A bare Debian has no /etc/hosts, and nobody else who knows the name.
need_localhost() {
	getent ahosts localhost >/dev/null && return 0
	echo "adding localhost to /etc/hosts: the CA on this machine is reached by that name"
	echo "127.0.0.1 localhost" | as_root tee -a /etc/hosts >/dev/null
}
