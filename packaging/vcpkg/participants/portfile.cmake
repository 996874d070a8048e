# Overlay port: builds the checkout that it lies in. Needs cargo, which vcpkg does not bring.
#
#     vcpkg install participants --overlay-ports=packaging/vcpkg --binarysource=clear
#
# vcpkg's cache of binaries does not notice when the checkout changes, so the command does without it.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

# Cargo makes a release in any case, and the interface is C.
set(VCPKG_BUILD_TYPE release)
set(VCPKG_POLICY_MISMATCHED_NUMBER_OF_BINARIES enabled)

if(VCPKG_TARGET_ARCHITECTURE STREQUAL "arm64")
  set(architecture aarch64)
else()
  set(architecture x86_64)
endif()
if(VCPKG_TARGET_IS_MINGW)
  set(target ${architecture}-pc-windows-gnu)
elseif(VCPKG_TARGET_IS_WINDOWS)
  set(target ${architecture}-pc-windows-msvc)
elseif(VCPKG_TARGET_IS_OSX)
  set(target ${architecture}-apple-darwin)
else()
  set(target ${architecture}-unknown-linux-gnu)
endif()

vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}" OPTIONS "-DPARTICIPANTS_RUST_TARGET=${target}")
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/participants)
# The files are in share/participants now.
vcpkg_replace_string("${CURRENT_PACKAGES_DIR}/share/participants/participants-config.cmake" "/../../..\"" "/../..\"")
vcpkg_fixup_pkgconfig()

# A package of vcpkg has one kind of library. participants::participants is the one that is there.
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
  file(GLOB other "${CURRENT_PACKAGES_DIR}/lib/*.so*" "${CURRENT_PACKAGES_DIR}/lib/*.dylib"
    "${CURRENT_PACKAGES_DIR}/lib/*.dll.a" "${CURRENT_PACKAGES_DIR}/lib/participants.lib" "${CURRENT_PACKAGES_DIR}/bin")
else()
  set(other "${CURRENT_PACKAGES_DIR}/lib/libparticipants.a" "${CURRENT_PACKAGES_DIR}/lib/participants_static.lib")
endif()
file(REMOVE_RECURSE ${other} "${CURRENT_PACKAGES_DIR}/share/doc" "${CURRENT_PACKAGES_DIR}/share/man")

file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(
  FILE_LIST "${SOURCE_PATH}/LICENSE-MIT" "${SOURCE_PATH}/LICENSE-APACHE" "${SOURCE_PATH}/LICENSE-THIRD-PARTY")
