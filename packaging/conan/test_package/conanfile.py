"""Uses the package as a stranger does: CMake builds the examples for C and C++, and a program checks the versions."""

import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class TestPackage(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeToolchain", "CMakeDeps"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if not can_run(self):
            self.output.warning("built and not run: the programs are for another system")
            return
        programs = ["versions"]
        if os.environ.get("MEETING_ID"):
            programs += ["list_participants_c", "list_participants_cpp"]
        else:
            self.output.warning("the examples are not run: there is no MEETING_ID in the environment")
        for program in programs:
            self.run(os.path.join(self.cpp.build.bindir, program), env="conanrun")
