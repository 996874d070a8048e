#!/bin/sh
# Installs libparticipants into an empty prefix, moves it, and builds the C and C++ examples against it from outside the
# source tree, in every way that the README describes. The programs run against the look-alike of the service.
#
# It is a separate script because it needs more tools than `cargo test`: pkg-config, CMake, readelf, man and doxygen.
set -eu

fail() {
    echo "check-install.sh: $1" >&2
    exit 1
}

CC=${CC:-cc}
CXX=${CXX:-c++}
export CC CXX
for tool in cargo "$CC" "$CXX" pkg-config cmake readelf man doxygen; do
    command -v "$tool" >/dev/null || fail "this needs $tool, which is not there"
done

# The look-alike of the service must run on this machine.
unset CARGO_BUILD_TARGET
host=$(cargo -vV | sed -n 's/^host: //p')
root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$target/tmp/install
rm -rf "$work"
mkdir -p "$work/outside"

# The look-alike prints the variables that its clients need.
cargo build --quiet --manifest-path "$root/Cargo.toml" --target-dir "$target" --example service
"$target/debug/examples/service" 250 >"$work/service" &
service=$!
trap 'kill "$service"' EXIT
until grep -q MEETING_ID "$work/service"; do
    kill -0 "$service" || fail "the look-alike of the service does not run"
    sleep 0.1
done
. "$work/service"
export NO_PROXY=127.0.0.1
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)

# Runs a program, which must list everyone. The second argument is the shared library that it must need, or empty.
lists_everyone() {
    "$1" >"$1.out" || fail "$1 does not run"
    [ "$(tail -n 1 "$1.out")" = "250 participants: complete" ] || fail "$1 does not list everyone: $(cat "$1.out")"
    [ "$(wc -l <"$1.out")" -eq 251 ] || fail "$1 does not list everyone"
    needed=$(readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(libparticipants.*\)\]/\1/p')
    [ "$needed" = "$2" ] || fail "$1 needs the library \"$needed\", not \"$2\""
    echo "ok: ${1#"$work/outside/"}"
}

# Installs with these variables, and moves the result.
install_as() {
    name=$1
    libdir=$2
    shift 2
    env DESTDIR="$work/stage-$name" CARGO_TARGET_DIR="$target" "$@" "$root/bindings/install.sh" --quiet
    mv "$work/stage-$name/opt/rtk" "$work/$name"
    rmdir "$work/stage-$name/opt" "$work/stage-$name" || fail "there is something outside of PREFIX"
    prefix=$work/$name
    lib=$work/$name/$libdir
    if grep -rIl -e "$work" -e "$root" -e /opt/rtk "$lib/pkgconfig" "$lib/cmake"; then
        fail "these files name a folder of the build"
    fi
    for file in include/participants.h include/participants.hpp \
        "$libdir/libparticipants.a" "$libdir/pkgconfig/participants.pc"; do
        [ -f "$prefix/$file" ] || fail "$file was not installed"
    done
    for file in LICENSE-MIT LICENSE-APACHE LICENSE-THIRD-PARTY README.md CHANGELOG.md; do
        cmp "$root/$file" "$prefix/share/doc/libparticipants/$file" || fail "$file was not installed"
    done
    soname=$(readelf -d "$lib/libparticipants.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
    case $(readlink "$lib/$soname") in
    "$soname".*) ;;
    *) fail "$soname is no link to the library" ;;
    esac
}

# Checks the man pages that were installed, and the HTML manual: each function is in both.
has_a_manual() {
    pages=$prefix/share/man
    shows() {
        MANWIDTH=200 man -M "$pages" "$1" | grep -q -e "$2" || fail "man $1 does not show: $2"
    }
    shows libparticipants "You free what you own with its _free function"
    shows rtk_get_participants "Gets everyone in a meeting\."
    shows rtk_get_participants "const char \*meeting_id,"
    shows rtk_config_set_proxy "sets the URL of an http:// or https:// proxy"
    shows rtk_config_set_log "Returns RTK_STATUS_OK, or RTK_STATUS_INVALID_ARGUMENT for NULL, unless"
    shows rtk_status "RTK_STATUS_NOT_FOUND (7)"
    shows rtk_client "typedef struct rtk_client rtk_client;"
    for page in "$pages"/man3/*.3; do
        warnings=$(man --warnings -l "$page" 2>&1 >/dev/null)
        [ -z "$warnings" ] || fail "$page has errors: $warnings"
    done
    for folder in "$work/manual" "$work/manual-again"; do
        "$root/docs/manual/build" "$folder" || fail "there is no HTML manual"
    done
    diff -r "$work/manual" "$work/manual-again" || fail "the manual has other bytes the second time"
    diff -r "$work/manual/man" "$pages" || fail "the man pages are not those that were installed"
    functions=$(sed -n 's/^[a-z].*[ *]\(rtk_[a-z0-9_]*\)(.*/\1/p' "$prefix/include/participants.h")
    for function in $functions; do
        shows "$function" "[ *]$function("
        grep -q "$function()</h2>" "$work"/manual/html/group__*.html || fail "the HTML manual has no $function"
    done
    echo "ok: $(echo "$functions" | wc -l) functions in the man pages and in the HTML manual"
}

with_pkg_config() {
    export PKG_CONFIG_PATH="$lib/pkgconfig"
    [ "$(pkg-config --modversion participants)" = "$version" ] ||
        fail "participants.pc has another version than the crate"
    shared=$(pkg-config --cflags --libs participants)
    static=$(pkg-config --static --cflags --libs participants)
    this_library_static=$(echo "$static" | sed 's/-lparticipants/-l:libparticipants.a/')
    for language in c cpp; do
        compiler=$CC
        [ $language = c ] || compiler=$CXX
        source=$root/examples/$language/list_participants.$language
        out=$work/outside/pkg-config-$1-$language
        # shellcheck disable=SC2086
        {
            $compiler "$source" -o "$out-shared" $shared
            $compiler "$source" -o "$out-static" $this_library_static
            $compiler "$source" -o "$out-all-static" -static $static 2>"$out.warnings" ||
                fail "-static: $(cat "$out.warnings")"
        }
        LD_LIBRARY_PATH=$lib lists_everyone "$out-shared" "$soname"
        lists_everyone "$out-static" ""
        lists_everyone "$out-all-static" ""
    done
    unset PKG_CONFIG_PATH
}

# Builds both examples with both libraries in a project with these lines of CMake, which link a program "my_program".
with_cmake() {
    project=$work/outside/cmake-$1
    mkdir "$project"
    ln -s "$root" "$project/libparticipants"
    cat >"$project/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.18)
project(outside LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 17)
add_executable(my_program "$root/examples/c/list_participants.c")
$2
foreach(language c cpp)
  add_executable(\${language}-shared "$root/examples/\${language}/list_participants.\${language}")
  target_link_libraries(\${language}-shared PRIVATE participants::participants)
  add_executable(\${language}-static "$root/examples/\${language}/list_participants.\${language}")
  target_link_libraries(\${language}-static PRIVATE participants::participants_static)
endforeach()
END
    # The target comes from CMake's toolchain, so cargo's own variable must have no effect.
    CARGO_BUILD_TARGET=wasm32-unknown-unknown cmake -S "$project" -B "$project/build" "-DCMAKE_PREFIX_PATH=$prefix" \
        "-DPARTICIPANTS_TARGET_DIR=$target" >"$project/log" 2>&1 || fail "cmake: $(cat "$project/log")"
    CARGO_BUILD_TARGET=wasm32-unknown-unknown cmake --build "$project/build" >"$project/log" 2>&1 ||
        fail "cmake --build: $(cat "$project/log")"
    for program in my_program c-shared cpp-shared; do
        lists_everyone "$project/build/$program" "$soname"
    done
    for program in c-static cpp-static; do
        lists_everyone "$project/build/$program" ""
    done
}

# Checks that `cmake --install` in this project of with_cmake installs what install.sh did: the same names, links, modes
# and texts. The libraries are the same, but were perhaps built in another folder.
cmake_installs_the_same() {
    # The project found its libraries in $target. Without them, the installation builds them.
    cmake -S "$project" -B "$project/build" "-DCMAKE_INSTALL_PREFIX=/opt/rtk" >"$project/log" 2>&1 &&
        DESTDIR="$project/stage" cmake --install "$project/build" >"$project/log" 2>&1 ||
        fail "cmake --install: $(cat "$project/log")"
    for folder in "$prefix" "$project/stage/opt/rtk"; do
        (cd "$folder" && find . -exec stat -c '%A %N' {} + | sort) >"$project/names-$(basename "$folder")"
    done
    diff "$project/names-$(basename "$prefix")" "$project/names-rtk" || fail "CMake does not install the same files"
    diff -r --no-dereference -x '*.a' -x '*.so.*' "$prefix" "$project/stage/opt/rtk" ||
        fail "CMake does not install the same texts"
    "$CC" "$root/examples/c/list_participants.c" "-I$project/stage/opt/rtk/include" -L"$project/stage/opt/rtk/lib" \
        -lparticipants -o "$project/installed"
    LD_LIBRARY_PATH=$project/stage/opt/rtk/lib lists_everyone "$project/installed" "$soname"
    # The project may leave it out.
    cmake -S "$project" -B "$project/without" -DPARTICIPANTS_INSTALL=OFF >"$project/log" 2>&1 &&
        DESTDIR="$project/nothing" cmake --install "$project/without" >"$project/log" 2>&1 ||
        fail "cmake --install without libparticipants: $(cat "$project/log")"
    [ ! -e "$project/nothing" ] || fail "PARTICIPANTS_INSTALL=OFF installs something"
    echo "ok: cmake --install"
}

# Prints the code block of the README that is in this language and contains these words.
readme() {
    awk -v start="^\`\`\`$1\$" -v words="$2" '
        $0 ~ start { inside = 1; block = ""; next }
        inside && /^```$/ { if (index(block, words)) { printf "%s", block; exit } inside = 0 }
        inside { block = block $0 "\n" }' "$root/README.md" | grep . || fail "the README has no block ($1) with $2"
}

# Checks that find_package accepts (1) or refuses (0) this version.
find_package_says() {
    rm -rf "$work/find"
    mkdir "$work/find"
    cat >"$work/find/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.19)
project(find LANGUAGES NONE)
find_package(participants $2 CONFIG)
message(STATUS "found: \${participants_FOUND}")
END
    cmake -S "$work/find" -B "$work/find/build" "-DCMAKE_PREFIX_PATH=$prefix" >"$work/find.log" 2>&1 ||
        fail "$(cat "$work/find.log")"
    grep -q "found: $1" "$work/find.log" ||
        fail "find_package(participants $2) does not say $1: $(cat "$work/find.log")"
    echo "ok: find_package(participants $2) says $1"
}

# Runs install.sh with these arguments of `env`. Cargo's output must be in this folder, and the same files must be
# installed. It makes a debug build, which takes less time.
install_from() {
    folder=$1
    shift
    rm -rf "$work/from"
    (export DESTDIR="$work/from" PREFIX=/opt/rtk && env "$@" --quiet --profile dev)
    for file in libparticipants.so libparticipants.a; do
        cmp "$folder/$file" "$work/from/opt/rtk/lib/$file" || fail "the wrong $file was installed: $*"
    done
    grep -q '^Libs.private: -l' "$work/from/opt/rtk/lib/pkgconfig/participants.pc" || fail "no Libs.private: $*"
    echo "ok: installed from ${folder#"$target/"}"
}

# A CMake project that compiles for another system must set PARTICIPANTS_RUST_TARGET.
cross_compiling_needs_a_target() {
    mkdir "$work/cross"
    cat >"$work/cross/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.18)
project(cross LANGUAGES NONE)
add_subdirectory("$root" libparticipants)
END
    configure() {
        cmake -S "$work/cross" -B "$work/cross/build" -DCMAKE_SYSTEM_NAME=Linux "$@" >"$work/cross/log" 2>&1
    }
    configure && fail "CMake accepts a cross build without PARTICIPANTS_RUST_TARGET"
    grep -q "Set PARTICIPANTS_RUST_TARGET" "$work/cross/log" || fail "$(cat "$work/cross/log")"
    configure -DPARTICIPANTS_RUST_TARGET="$host" || fail "$(cat "$work/cross/log")"
    echo "ok: cross compiling needs PARTICIPANTS_RUST_TARGET"
}

install=$root/bindings/install.sh
install_from "$target/debug" CARGO_TARGET_DIR="$target" "$install"
install_from "$target/debug" -u CARGO_TARGET_DIR "$install" --target-dir "$target"
install_from "$target/$host/debug" CARGO_TARGET_DIR="$target" "$install" --target "$host"
install_from "$target/$host/debug" CARGO_TARGET_DIR="$target" CARGO_BUILD_TARGET="$host" "$install"
install_from "$target/$host/debug" CARGO_TARGET_DIR="$target" "$install" --config "build.target = '$host'"
install_from "$work/cargo/$host/debug" -u CARGO_TARGET_DIR "$install" --config "build.target-dir = '$work/cargo'" \
    --target "$host"
cross_compiling_needs_a_target

install_as multiarch lib/triplet PREFIX=/opt/rtk LIBDIR=lib/triplet
with_pkg_config multiarch
with_cmake multiarch "find_package(participants CONFIG REQUIRED PATHS \"$lib/cmake\" NO_DEFAULT_PATH)
target_link_libraries(my_program PRIVATE participants::participants)"

install_as plain lib PREFIX=/opt/rtk
has_a_manual
with_pkg_config plain
find_package_says 1 "$version EXACT"
find_package_says 1 0
find_package_says 1 "0.0.1...$version"
find_package_says 0 "0.0.1...<$version"
find_package_says 0 99
find_package_says 0 0.99
find_package_says 0 "$version.1"

lines=$(readme cmake find_package)
with_cmake find_package "$lines
find_package(participants CONFIG REQUIRED)"
with_cmake add_subdirectory "$(echo "$lines" | sed 's/^find_package.*/add_subdirectory(libparticipants)/')"
cmake_installs_the_same
with_cmake fetch_content "include(FetchContent)
FetchContent_Declare(participants SOURCE_DIR \"$root\")
$(echo "$lines" | sed 's/^find_package.*/FetchContent_MakeAvailable(participants)/')"

# Runs the commands of the README for pkg-config, in a new home directory.
mkdir "$work/outside/readme"
ln -s "$root/bindings" "$root/examples" "$work/outside/readme"
(
    export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
    export HOME="$work/outside/home" CARGO_TARGET_DIR="$target"
    cd "$work/outside/readme"
    readme sh bindings/install.sh >commands
    set -e
    . ./commands
)
lists_everyone "$work/outside/readme/list_participants" "$soname"
