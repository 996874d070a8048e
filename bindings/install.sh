#!/bin/sh
# Builds libparticipants and installs what C and C++ programs need: both libraries, the headers, the files for
# pkg-config and CMake, the man pages (not for Windows), and the licences. The installed files may be moved together.
#
#     PREFIX="$HOME/.local" bindings/install.sh
#     DESTDIR=/tmp/stage PREFIX=/usr LIBDIR=lib/x86_64-linux-gnu bindings/install.sh --offline
#     DESTDIR=/tmp/stage bindings/install.sh --target x86_64-pc-windows-gnu
#
# PREFIX: where the files will be used. Default: /usr/local.
# LIBDIR: the folder for libraries in PREFIX. Default: lib. Windows' DLL is in bin.
# DESTDIR: a folder that PREFIX is copied into, for packagers. Default: none.
# CARGO: the program to use as cargo. Default: cargo. It is called with the subcommand `rustc`.
# DLLTOOL: for Windows (not MSVC), the program that makes participants.lib for MSVC from the list of functions.
# Default: llvm-dlltool, else that of MinGW.
# Arguments are passed to cargo. To build a shared library for musl, set RUSTFLAGS="-C target-feature=-crt-static".
set -eu

PREFIX=${PREFIX:-/usr/local}
LIBDIR=${LIBDIR:-lib}
to=${DESTDIR:-}$PREFIX
cargo=${CARGO:-cargo}
# A program that replaces cargo must find the real one, not itself.
unset CARGO

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

case $PREFIX in /*) ;; *) fail "PREFIX must begin with /, but is $PREFIX" ;; esac
case $LIBDIR in /* | *..*) fail "LIBDIR must be a folder in PREFIX, such as lib64, but is $LIBDIR" ;; esac

cd -P "$(dirname "$0")/.."
# The target and the place of cargo's output depend on its arguments, its configuration and the environment. Its
# messages name the files, and these tell the target.
profile=--release
for argument; do
    case $argument in -r | --release | --profile | --profile=*) profile= ;; esac
done
build() {
    # shellcheck disable=SC2086
    "$cargo" rustc --locked $profile --package participants-capi "$@" -- --print native-static-libs
}
# After an error, a second run shows the messages as text.
messages=$(build --message-format json "$@") || build "$@" || fail "cargo failed"
# Windows' paths have backslashes, which JSON doubles.
built=$(printf '%s\n' "$messages" | grep '"reason":"compiler-artifact"' | sed 's|\\\\|/|g' |
    grep -oE '"[^"]*/(lib)?participants\.[a-z.]*"' | tr -d '"') || fail "cargo named no library"

# Prints the path of the library with this name.
built() {
    printf '%s\n' "$built" | grep "/$1\$" || fail "cargo built no $1"
}

# The workspace has one version. The C ABI has its own, whose first number is in the name that programs load.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
abi=$(sed -n '/^\[package\.metadata\.capi\.library\]/,$s/^version = "\(.*\)"/\1/p' bindings/c/Cargo.toml | head -n 1)
# Compilers add -lgcc_s and -lc themselves, and replace them in static links.
libs=$(printf '%s\n' "$messages" | sed -n 's/.*"message":"native-static-libs: \([^"]*\)".*/\1/p' | head -n 1)
libs=$(echo "$libs" | sed 's/-lgcc_s//; s/-lc$//; s/^ *//; s/ *$//')
static=libparticipants.a
case $built in
*/libparticipants.so*)
    soname=libparticipants.so.${abi%%.*}
    shared=$LIBDIR/libparticipants.so.$abi
    ;;
*/libparticipants.dylib*)
    soname=@rpath/libparticipants.${abi%%.*}.dylib
    shared=$LIBDIR/${soname##*/}
    ;;
*/participants.dll*)
    soname=participants.dll
    shared=bin/$soname
    # Cargo's name of MSVC's static library is that of every other import library.
    case $built in */participants.dll.lib*) static=participants_static.lib ;; esac
    ;;
*) fail "cargo built no shared library: the target has none (musl: set RUSTFLAGS=\"-C target-feature=-crt-static\")" ;;
esac

# Copies a template and replaces its variables.
fill_in() {
    sed -e "s|@version@|$version|g" -e "s|@shared@|$shared|g" -e "s|@soname@|$soname|g" -e "s|@static@|$static|g" \
        -e "s|@libs@|$libs|g" -e "s|@libdir@|$LIBDIR|g" \
        -e "s|@up@|$(echo "$LIBDIR" | sed 's|[^/][^/]*|..|g')|g" "$1" >"$2"
    chmod 644 "$2"
}

# Makes the import library for MSVC, which does not take MinGW's.
make_import_library() {
    dlltool=${DLLTOOL:-}
    for tool in llvm-dlltool x86_64-w64-mingw32-dlltool dlltool; do
        [ -n "$dlltool" ] || dlltool=$(command -v "$tool") || true
    done
    [ -n "$dlltool" ] || fail "participants.lib needs llvm-dlltool or MinGW's dlltool: set DLLTOOL"
    {
        printf 'LIBRARY participants.dll\nEXPORTS\n'
        sed -n 's/^[a-z].*[ *]\(rtk_[a-z0-9_]*\)(.*/\1/p' include/participants.h
    } >"$1.def"
    "$dlltool" -m i386:x86-64 -d "$1.def" -l "$1" || fail "$dlltool made no $1"
    rm "$1.def"
    chmod 644 "$1"
}

install -d "$to/include" "$to/$LIBDIR/pkgconfig" "$to/$LIBDIR/cmake/participants" "$to/share/doc/libparticipants"
install -m 644 include/participants.h include/participants.hpp "$to/include"
# Windows has no program that shows them.
case $shared in
*.dll) ;;
*)
    install -d "$to/share/man/man3"
    sh bindings/man-pages "$to/share/man/man3"
    chmod 644 "$to"/share/man/man3/*.3
    ;;
esac
case $shared in
*.so.*)
    install -m 755 "$(built libparticipants.so)" "$to/$shared"
    ln -sf "${shared##*/}" "$to/$LIBDIR/$soname"
    ln -sf "${shared##*/}" "$to/$LIBDIR/libparticipants.so"
    ;;
*.dylib)
    install -m 755 "$(built libparticipants.dylib)" "$to/$shared"
    ln -sf "${shared##*/}" "$to/$LIBDIR/libparticipants.dylib"
    ;;
*.dll)
    install -d "$to/bin"
    install -m 755 "$(built participants.dll)" "$to/$shared"
    if [ "$static" = participants_static.lib ]; then
        install -m 644 "$(built participants.dll.lib)" "$to/$LIBDIR/participants.lib"
        install -m 644 "$(built participants.lib)" "$to/$LIBDIR/$static"
    else
        install -m 644 "$(built libparticipants.dll.a)" "$to/$LIBDIR"
        make_import_library "$to/$LIBDIR/participants.lib"
    fi
    ;;
esac
[ "$static" = participants_static.lib ] || install -m 644 "$(built libparticipants.a)" "$to/$LIBDIR"
fill_in bindings/participants.pc.in "$to/$LIBDIR/pkgconfig/participants.pc"
for file in participants-config participants-config-version; do
    fill_in "bindings/cmake/$file.cmake.in" "$to/$LIBDIR/cmake/participants/$file.cmake"
done
install -m 644 LICENSE-MIT LICENSE-APACHE LICENSE-THIRD-PARTY README.md CHANGELOG.md "$to/share/doc/libparticipants"
echo "libparticipants $version is in $to"
