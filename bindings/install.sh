#!/bin/sh
# Builds libparticipants and installs what C and C++ programs need of it: both libraries, the headers, and the files by which
# pkg-config and CMake find them. What is installed may be moved, as a whole.
#
#     PREFIX="$HOME/.local" bindings/install.sh
#     DESTDIR=/tmp/stage PREFIX=/usr LIBDIR=lib/x86_64-linux-gnu bindings/install.sh --offline
#
# PREFIX is where it will be used (default /usr/local), LIBDIR the folder for libraries in it (default lib), DESTDIR what is put before
# PREFIX while installing (default nothing). Arguments are passed on to cargo.
set -eu

PREFIX=${PREFIX:-/usr/local}
LIBDIR=${LIBDIR:-lib}
to=${DESTDIR:-}$PREFIX

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

case $PREFIX in /*) ;; *) fail "PREFIX must begin with /, but is $PREFIX" ;; esac
case $LIBDIR in /* | *..*) fail "LIBDIR must be a folder in PREFIX, such as lib64, but is $LIBDIR" ;; esac

cd -P "$(dirname "$0")/.."
# Where cargo puts what it builds depends on its arguments, its configuration and the environment: it tells.
profile=--release
for argument; do
    case $argument in -r | --release | --profile | --profile=*) profile= ;; esac
done
build() {
    # shellcheck disable=SC2086
    "${CARGO:-cargo}" rustc --locked $profile --package participants-capi "$@" -- --print native-static-libs
}
# The messages are for this script; if there was an error, they are shown.
told=$(build --message-format json "$@") || build "$@" || fail "cargo failed"
built=$(printf '%s\n' "$told" | grep '"reason":"compiler-artifact"' | grep -o '"[^"]*/libparticipants\.[a-z]*"' | tr -d '"')

# The file with this ending that cargo built.
built() {
    printf '%s\n' "$built" | grep "\.$1\$" || fail "cargo built no libparticipants.$1: the system to build for has none"
}
shared=$(built so)
static=$(built a)

# The workspace has one version. The C ABI has its own, whose first number is in the soname.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
abi=$(sed -n '/^\[package\.metadata\.capi\.library\]/,$s/^version = "\(.*\)"/\1/p' bindings/c/Cargo.toml | head -n 1)
soname=libparticipants.so.${abi%%.*}
# Compilers add -lgcc_s and -lc on their own, and know what to put there when they link statically.
libs=$(printf '%s\n' "$told" | sed -n 's/.*"message":"native-static-libs: \([^"]*\)".*/\1/p' | head -n 1)
libs=$(echo "$libs" | sed 's/-lgcc_s//; s/-lc$//; s/^ *//; s/ *$//')

# Writes a file with what is only known here.
fill_in() {
    sed -e "s|@version@|$version|g" -e "s|@abi@|$abi|g" -e "s|@soname@|$soname|g" -e "s|@libs@|$libs|g" \
        -e "s|@libdir@|$LIBDIR|g" -e "s|@up@|$(echo "$LIBDIR" | sed 's|[^/][^/]*|..|g')|g" "$1" >"$2"
    chmod 644 "$2"
}

install -d "$to/include" "$to/$LIBDIR/pkgconfig" "$to/$LIBDIR/cmake/participants"
install -m 644 include/participants.h include/participants.hpp "$to/include"
install -m 755 "$shared" "$to/$LIBDIR/libparticipants.so.$abi"
ln -sf "libparticipants.so.$abi" "$to/$LIBDIR/$soname"
ln -sf "libparticipants.so.$abi" "$to/$LIBDIR/libparticipants.so"
install -m 644 "$static" "$to/$LIBDIR"
fill_in bindings/participants.pc.in "$to/$LIBDIR/pkgconfig/participants.pc"
for file in participants-config participants-config-version; do
    fill_in "bindings/cmake/$file.cmake.in" "$to/$LIBDIR/cmake/participants/$file.cmake"
done
echo "libparticipants $version is in $to"
