"""Conan 2 recipe: builds libparticipants from this checkout with cargo, through bindings/install.sh.

conan create packaging/conan
conan create packaging/conan -o "participants/*:shared=True"
"""

import re
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import cross_building
from conan.tools.env import Environment
from conan.tools.files import copy, load, rm, rmdir
from conan.tools.microsoft import is_msvc, unix_path

ROOT = ("..", "..")
ARCHITECTURES = {"x86_64": "x86_64", "armv8": "aarch64"}


class ParticipantsConan(ConanFile):
    name = "participants"
    description = "Lists everyone who was added to a Cloudflare RealtimeKit meeting"
    license = "MIT OR Apache-2.0"
    url = "https://github.com/libparticipants/libparticipants"
    homepage = url
    topics = ("cloudflare", "realtimekit", "participants")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    def set_version(self):
        manifest = load(self, Path(self.recipe_folder, *ROOT, "Cargo.toml"))
        self.version = re.search('^version = "(.*)"', manifest, re.MULTILINE).group(1)

    def export_sources(self):
        source = Path(self.recipe_folder, *ROOT)
        # With the members of the workspace that the library does not need: cargo reads their manifests.
        for pattern in ("Cargo.*", "src/*", "include/*", "bindings/c/*", "bindings/cmake/*", "bindings/install.sh",
                        "bindings/man-pages", "bindings/*.in", "testkit/*", "cli/*", "benches/compare/service/*",
                        "benches/parts.rs", "LICENSE-*", "README.md", "CHANGELOG.md"):
            copy(self, pattern, source, self.export_sources_folder, excludes="*/target/*")

    def configure(self):
        # The interface is C; the C++ header is compiled by whoever includes it.
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def layout(self):
        self.folders.build = "build"

    def package_id(self):
        # Cargo builds a release in any case.
        del self.info.settings.build_type
        if self.info.settings.os != "Windows":
            del self.info.settings.compiler

    def validate(self):
        self._rust_target()

    def build_requirements(self):
        if self.settings_build.os == "Windows":
            self.win_bash = True
            if not self.conf.get("tools.microsoft.bash:path", check_type=str):
                self.tool_requires("msys2/cci.latest")

    def _rust_target(self):
        """Rust's name of the system to build for."""
        system = {
            "Linux": "unknown-linux-gnu",
            "Macos": "apple-darwin",
            "Windows": "pc-windows-msvc" if is_msvc(self) else "pc-windows-gnu",
        }.get(str(self.settings.os))
        architecture = ARCHITECTURES.get(str(self.settings.arch))
        if not system or not architecture or (system == "pc-windows-gnu" and architecture != "x86_64"):
            raise ConanInvalidConfiguration(f"participants is not for {self.settings.os} on {self.settings.arch}")
        return f"{architecture}-{system}"

    def build(self):
        environment = Environment()
        environment.define("PREFIX", unix_path(self, str(Path(self.build_folder, "prefix"))))
        arguments = ""
        # Elsewhere cargo builds for its own system, which may have another C library.
        if cross_building(self) or self.settings.os == "Windows":
            target = self._rust_target()
            arguments = f" --target {target}"
            compiler = self.conf.get("tools.build:compiler_executables", default={}, check_type=dict).get("c")
            if compiler:
                variable = target.replace("-", "_")
                environment.define(f"CC_{variable}", compiler)
                environment.define(f"CARGO_TARGET_{variable.upper()}_LINKER", compiler)
        with environment.vars(self).apply():
            self.run(f'sh "{unix_path(self, self.source_folder)}/bindings/install.sh"{arguments}')

    def package(self):
        prefix = Path(self.build_folder, "prefix")
        copy(self, "*", prefix, self.package_folder)
        copy(self, "LICENSE-*", prefix / "share/doc/libparticipants", Path(self.package_folder, "licenses"))
        # Conan writes the files for CMake and pkg-config. The latter is read below.
        rmdir(self, Path(self.package_folder, "lib/cmake"))
        rmdir(self, Path(self.package_folder, "share"))
        library = Path(self.package_folder, "lib")
        if self.options.shared:
            for file in library.iterdir():
                if file.name in ("libparticipants.a", "participants_static.lib"):
                    file.unlink()
        else:
            for pattern in ("*.so*", "*.dylib", "*.dll.a", "participants.lib"):
                rm(self, pattern, library)
            rmdir(self, Path(self.package_folder, "bin"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "participants")
        self.cpp_info.set_property("cmake_target_name", "participants::participants")
        self.cpp_info.set_property("pkg_config_name", "participants")
        if self.options.shared:
            self.cpp_info.libs = ["participants"]
            return
        self.cpp_info.libs = ["participants_static" if is_msvc(self) else "participants"]
        text = load(self, Path(self.package_folder, "lib/pkgconfig/participants.pc"))
        needed = re.search("^Libs.private:(.*)$", text, re.MULTILINE).group(1)
        self.cpp_info.frameworks = re.findall(r"-framework (\S+)", needed)
        self.cpp_info.system_libs = re.findall(r"-l(\S+)", needed) + re.findall(r"(\S+)\.lib", needed)
