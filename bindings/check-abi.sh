#!/bin/sh
# Compares the C ABI of the library with the recorded one, bindings/participants.abi, and fails if they differ.
# DESIGN.md says under "The C ABI and its version" what may change, and when. BLESS=1 records the current ABI.
#
# It needs abidw and abidiff (Debian: abigail-tools).
set -eu

fail() {
    echo "check-abi.sh: $1" >&2
    exit 1
}

for tool in cargo abidw abidiff; do
    command -v "$tool" >/dev/null || fail "this needs $tool, which is not there"
done

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
work=$target/tmp/abi
mkdir -p "$work"
# With all debug information, and with one codegen unit, so that the record does not depend on how rustc divides the
# crate.
cargo rustc --quiet --locked --package participants-capi --target-dir "$target" \
    -- -C codegen-units=1 -C debuginfo=full

# Handles are opaque, so only the functions and the names of their types belong to the ABI.
cat >"$work/suppressions" <<'END'
[suppress_type]
  name_regexp = ::
  name_not_regexp = ::rtk_[a-z]+$
  drop = yes
[suppress_function]
  symbol_name_not_regexp = ^rtk_
  drop = yes
[suppress_variable]
  name_regexp = .
  drop = yes
END
abidw --suppressions "$work/suppressions" --type-id-style hash --no-show-locs --no-corpus-path --no-comp-dir-path \
    --no-elf-needed --no-architecture "$target/debug/libparticipants.so" >"$work/dump"
handle="<class-decl name='rtk_[a-z]*'"
sed -e "s|\(<abi-instr .*\)path='[^']*'|\1path='participants'|" -e '/<data-member/,/<\/data-member>/d' \
    -e "/$handle/s|size-in-bits='[0-9]*' \(.*visibility='default'\)|\1 is-declaration-only='yes'|" \
    "$work/dump" |
    awk '/<abi-instr/ { opened = $0; next }
        /<\/abi-instr/ && opened { opened = ""; next }
        opened { print opened; opened = "" }
        { print }' >"$work/abi"

functions=$(grep -c "<elf-symbol name='rtk_.* type='func-type'" "$work/abi" || true)
described=$(grep -c "<function-decl name='rtk_" "$work/abi" || true)
[ "$functions" -gt 0 ] && [ "$functions" -eq "$described" ] ||
    fail "the debug information describes $described of $functions functions: this says nothing about the ABI"

if [ -n "${BLESS:-}" ]; then
    cp "$work/abi" bindings/participants.abi
    echo "recorded: bindings/participants.abi"
else
    abidiff bindings/participants.abi "$work/abi" ||
        fail "the C ABI has changed. If that is meant: see DESIGN.md, then BLESS=1 bindings/check-abi.sh"
    echo "ok: the C ABI is as recorded, $functions functions"
fi
