#!/bin/sh
# Builds libparticipants and installs what C and C++ programs need: both libraries, the headers, and the files for
# pkg-config and CMake. The installed files may be moved together.
#
#     PREFIX="$HOME/.local" bindings/install.sh
#     DESTDIR=/tmp/stage PREFIX=/usr LIBDIR=lib/x86_64-linux-gnu bindings/install.sh --offline
#
# PREFIX: where the files will be used. Default: /usr/local.
# LIBDIR: the folder for libraries in PREFIX. Default: lib.
# DESTDIR: a folder that PREFIX is copied into, for packagers. Default: none.
# Arguments are passed to cargo.
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
# The place of cargo's output depends on its arguments, its configuration and the environment. Its messages name it.
profile=--release
for argument; do
    case $argument in -r | --release | --profile | --profile=*) profile= ;; esac
done
build() {
    # shellcheck disable=SC2086
    "${CARGO:-cargo}" rustc --locked $profile --package participants-capi "$@" -- --print native-static-libs
}
# After an error, a second run shows the messages as text.
messages=$(build --message-format json "$@") || build "$@" || fail "cargo failed"
built=$(printf '%s\n' "$messages" | grep '"reason":"compiler-artifact"' |
    grep -o '"[^"]*/libparticipants\.[a-z]*"' | tr -d '"')

# Prints the path of the library with this file extension.
built() {
    printf '%s\n' "$built" | grep "\.$1\$" || fail "cargo built no libparticipants.$1: the system to build for has none"
}
shared=$(built so)
static=$(built a)

# The workspace has one version. The C ABI has its own, whose first number is in the soname.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
abi=$(sed -n '/^\[package\.metadata\.capi\.library\]/,$s/^version = "\(.*\)"/\1/p' bindings/c/Cargo.toml | head -n 1)
soname=libparticipants.so.${abi%%.*}
# Compilers add -lgcc_s and -lc themselves, and replace them in static links.
libs=$(printf '%s\n' "$messages" | sed -n 's/.*"message":"native-static-libs: \([^"]*\)".*/\1/p' | head -n 1)
libs=$(echo "$libs" | sed 's/-lgcc_s//; s/-lc$//; s/^ *//; s/ *$//')

# Copies a template and replaces its variables.
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
