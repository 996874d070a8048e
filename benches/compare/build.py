"""Builds the library, its peers and the service."""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = HERE / "target" / "run"
BINDING = ROOT / "bindings" / "python"
PYTHON_PACKAGES = "requests==2.34.2", "cloudflare==5.9.0"
NODE_PACKAGE = "cloudflare@7.3.0"
NEEDED = {
    "cargo": "Rust",
    "cc": "gcc",
    "valgrind": "valgrind",
    "curl-config": "libcurl4-openssl-dev",
    "node": "nodejs",
    "npm": "npm",
}

OURS, CURL, CURL_KEEPING, UREQ, REQWEST, URLLIB, REQUESTS_JSON, RAW, OURS_PYTHON, SDK_PYTHON, SDK_NODE = (
    "libparticipants",
    "libcurl + yyjson, copying",
    "libcurl + yyjson, keeping",
    "ureq + serde",
    "reqwest + serde",
    "Python urllib + json",
    "Python requests + json",
    "raw socket, no parsing",
    "libparticipants, Python",
    "Cloudflare's SDK, Python",
    "Cloudflare's SDK, TypeScript",
)
PYTHON = (OURS_PYTHON, URLLIB, REQUESTS_JSON)

# What the measured programs see of the environment.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(BINDING),
    "PYTHONPYCACHEPREFIX": str(BUILD / "pycache"),
    "LIBPARTICIPANTS_PATH": str(BUILD / "libparticipants.so.0"),
    "NODE_PATH": str(BUILD / "node_modules"),
}


def command(*argv, **options):
    done = subprocess.run([str(part) for part in argv], check=True, stdout=subprocess.PIPE, text=True, **options)
    return done.stdout.strip()


def everything():
    """Gives the command of each program, and the versions."""
    for tool, package in NEEDED.items():
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: install {package}")
    BUILD.mkdir(parents=True, exist_ok=True)
    cargo = ("--locked", "--manifest-path", HERE / "Cargo.toml")
    library = ("--package", "participants-capi", "--target-dir", ROOT / "target")
    command("cargo", "build", "-q", "--locked", "--release", *library, cwd=ROOT)
    shutil.copy(ROOT / "target/release/libparticipants.so", BUILD / "libparticipants.so.0")
    for package in ("compare", "bench-service"):  # each alone: neither gets features that the other one asks for
        command("cargo", "build", "-q", "--release", *cargo, "--package", package, "--target-dir", HERE / "target")
    packages = json.loads(command("cargo", "metadata", "--format-version", "1", *cargo))["packages"]
    crates = {package["name"]: package for package in packages}
    c_programs(yyjson=Path(crates["yyjson-sys"]["manifest_path"]).parent / "yyjson/src")
    python = BUILD / "venv/bin/python"
    if not python.exists():
        command(sys.executable, "-m", "venv", BUILD / "venv")
    command(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PYTHON_PACKAGES)
    command("npm", "install", "--silent", "--no-save", "--prefix", BUILD, NODE_PACKAGE)
    return programs(python), versions(python, {name: package["version"] for name, package in crates.items()})


def c_programs(yyjson):
    c = HERE / "c"
    command("cc", "-O2", c / "measure.c", "-o", BUILD / "measure")
    command(
        "cc",
        "-O2",
        "-I",
        ROOT / "include",
        c / "ours.c",
        BUILD / "libparticipants.so.0",
        "-Wl,-rpath,$ORIGIN",
        "-o",
        BUILD / "ours",
    )
    command(
        "cc",
        "-O3",
        "-DNDEBUG",
        "-I",
        yyjson,
        c / "curl_yyjson.c",
        yyjson / "yyjson.c",
        "-lcurl",
        "-o",
        BUILD / "curl_yyjson",
    )


def programs(python):
    rust, scripts = HERE / "target/release", HERE / "python"
    known = {
        OURS: [BUILD / "ours"],
        CURL: [BUILD / "curl_yyjson"],
        CURL_KEEPING: [BUILD / "curl_yyjson"],
        UREQ: [rust / "naive_ureq"],
        REQWEST: [rust / "reqwest_blocking"],
        URLLIB: [python, scripts / "urllib_json.py"],
        REQUESTS_JSON: [python, scripts / "requests_json.py"],
        RAW: [rust / "raw_socket"],
        OURS_PYTHON: [python, scripts / "ours.py"],
        SDK_PYTHON: [python, scripts / "cloudflare_sdk.py"],
        SDK_NODE: [shutil.which("node"), HERE / "node/cloudflare_sdk.js"],
    }
    return {name: [str(part) for part in argv] for name, argv in known.items()}


def versions(python, crates):
    curl, yyjson = command(BUILD / "curl_yyjson", "version").split("; yyjson ")
    with open("/proc/cpuinfo") as lines:
        cpu = next(line.split(": ")[1].strip() for line in lines if line.startswith("model name"))
    return {
        "measured on": time.strftime("%Y-%m-%d", time.gmtime()),
        "libparticipants": command(BUILD / "ours", "version")
        + " "
        + command("git", "describe", "--always", "--dirty", cwd=ROOT),
        "libcurl": " ".join(curl.split()[:2]),
        "yyjson": yyjson,
        **{crate: crates[crate] for crate in ("ureq", "reqwest", "serde_json")},
        "Python": platform.python_version(),
        "requests": command(python, HERE / "python/requests_json.py", "version"),
        SDK_PYTHON: command(python, HERE / "python/cloudflare_sdk.py", "version"),
        SDK_NODE: command("node", HERE / "node/cloudflare_sdk.js", "version", env=ENVIRONMENT),
        "Node.js": command("node", "--version"),
        "rustc": command("rustc", "--version"),
        "cc": command("cc", "--version").splitlines()[0],
        "CPU": f"{cpu}, {os.cpu_count()} cores",
        "kernel": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
    }
