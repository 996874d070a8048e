"""Prints how much of an unstripped library each crate takes: `python3 docs/size.py LIBRARY`. See size.md."""

import re
import subprocess
import sys
from collections import Counter

# The first crate named in a symbol, such as `alloc` in `<alloc::vec::Vec<rustls::Error> as core::ops::Drop>::drop`.
CRATE = re.compile(r"\b([a-z_][a-z0-9_]*)::")
STANDARD = "core alloc std std_detect hashbrown gimli addr2line rustc_demangle panic_unwind __rustc".split()


def crate(symbol):
    if symbol.startswith("rtk_"):
        return "participants_capi"
    if found := CRATE.search(symbol):
        return "standard library" if found[1] in STANDARD else found[1]
    # Primitive types have no crate, and only one crate brings C and assembly along.
    return "standard library" if symbol.startswith(("<", "rust_")) else "ring"


def symbols(library):
    nm = ["nm", "--print-size", "--demangle", library]
    return subprocess.run(nm, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


sizes, addresses = Counter(), set()
for line in symbols(sys.argv[1]):
    address, size, kind, symbol = (line.split(None, 3) + [""] * 3)[:4]
    # Text and constants; identical functions share an address.
    if symbol and kind in "TtRrDd" and address not in addresses:
        addresses.add(address)
        sizes[crate(symbol)] += int(size, 16)
for name, size in sizes.most_common():
    print(f"{size / 1024:8.1f} KiB  {name}")
print(f"{sum(sizes.values()) / 1024:8.1f} KiB  all symbols")
