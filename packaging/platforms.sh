# The platforms that libparticipants is built for, and the environment in which cargo builds for each. Sourced after
# toolchain.sh.

platforms=(linux-x86_64 linux-aarch64 linux-musl-x86_64 windows-x86_64 macos-x86_64 macos-aarch64)

# for_platform PLATFORM: exports what cargo needs, and sets
#   target       Rust's name of the platform
#   cargo_build  the program that stands for cargo where something is linked for users
#   build_std    arguments of cargo that build the standard library, or none
#   flags        for RUSTFLAGS
for_platform() {
  build_std=() flags=
  case $1 in
  linux-x86_64) target=x86_64-unknown-linux-gnu ;;
  linux-aarch64) target=aarch64-unknown-linux-gnu ;;
  linux-musl-x86_64) target=x86_64-unknown-linux-musl ;;
  windows-x86_64) target=x86_64-pc-windows-gnu ;;
  macos-x86_64) target=x86_64-apple-darwin ;;
  macos-aarch64) target=aarch64-apple-darwin ;;
  *) fail "there is no platform $1: ${platforms[*]}" ;;
  esac
  if [ "$1" != linux-x86_64 ]; then
    rust_with_source
    use_rust 1.96
    build_std=(-Zbuild-std=std,panic_unwind)
    export RUSTC_BOOTSTRAP=1 # for -Zbuild-std
  fi
  python_tools
  cargo_build=$PWD/packaging/cargo-zig
  case $1 in
  windows-x86_64)
    need x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64
    need llvm-dlltool llvm # makes the import library for MSVC
    export CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc CXX_x86_64_pc_windows_gnu=x86_64-w64-mingw32-g++
    cargo_build=cargo
    ;;
  linux-x86_64 | linux-aarch64)
    LINKER_TARGET=${target/-unknown/}.2.17 LINKER_GCC=cc
    if [ "$1" = linux-aarch64 ]; then
      need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
      LINKER_GCC=aarch64-linux-gnu-gcc
    fi
    export LINKER_TARGET LINKER_GCC
    flags=-Clinker=$PWD/packaging/linux/linker
    ;;
  linux-musl-x86_64) flags=-Ctarget-feature=-crt-static ;; # else there is no shared library
  macos-*) need clang clang && need ld.lld lld ;;
  esac
}
