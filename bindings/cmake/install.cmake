# The installation rules of CMakeLists.txt. They install what bindings/install.sh installs, from the same templates;
# bindings/check-install.sh compares the two.

set(libdir "${CMAKE_INSTALL_LIBDIR}")
if(NOT libdir)
  set(libdir lib)
elseif(IS_ABSOLUTE "${libdir}")
  message(FATAL_ERROR "CMAKE_INSTALL_LIBDIR must be a folder in the prefix, such as lib64, but is ${libdir}")
endif()

# `cmake --install` without `cmake --build`.
install(CODE "
  if(NOT EXISTS \"${participants_built}/${static}\")
    execute_process(COMMAND \"${CMAKE_COMMAND}\" --build \"${CMAKE_BINARY_DIR}\" --target participants_build
      RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR \"libparticipants can't be built\")
    endif()
  endif()")

# Makes the import library for MSVC, which does not take MinGW's.
function(make_import_library)
  find_program(PARTICIPANTS_DLLTOOL NAMES llvm-dlltool x86_64-w64-mingw32-dlltool dlltool REQUIRED)
  file(STRINGS include/participants.h lines REGEX "^[a-z].*[ *]rtk_[a-z0-9_]*\\(")
  set(exports)
  foreach(line IN LISTS lines)
    string(REGEX MATCH "rtk_[a-z0-9_]*\\(" function "${line}")
    string(REPLACE "(" "\n" function "${function}")
    string(APPEND exports "${function}")
  endforeach()
  file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/participants.def" "LIBRARY participants.dll\nEXPORTS\n${exports}")
  execute_process(COMMAND "${PARTICIPANTS_DLLTOOL}" -m i386:x86-64 -d participants.def -l participants.lib
    WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${PARTICIPANTS_DLLTOOL} made no participants.lib")
  endif()
endfunction()

set(links)
set(static_name ${static})
if(PARTICIPANTS_RUST_TARGET MATCHES "windows")
  set(shared bin/${loaded})
  if(PARTICIPANTS_RUST_TARGET MATCHES "msvc")
    # Cargo's name of MSVC's static library is that of every other import library.
    set(static_name participants_static.lib)
    install(FILES "${participants_built}/${import}" DESTINATION "${libdir}" RENAME participants.lib)
  else()
    make_import_library()
    install(FILES "${participants_built}/${import}" "${CMAKE_CURRENT_BINARY_DIR}/participants.lib"
      DESTINATION "${libdir}")
  endif()
elseif(PARTICIPANTS_RUST_TARGET MATCHES "apple")
  set(shared ${libdir}/${loaded})
  set(links ${cargo_shared})
else()
  set(shared ${libdir}/${cargo_shared}.${abi})
  set(links ${cargo_shared} ${loaded})
endif()

get_filename_component(folder "${shared}" DIRECTORY)
get_filename_component(name "${shared}" NAME)
install(PROGRAMS "${participants_built}/${cargo_shared}" DESTINATION "${folder}" RENAME "${name}")
install(FILES "${participants_built}/${static}" DESTINATION "${libdir}" RENAME "${static_name}")
foreach(link IN LISTS links)
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/links")
  file(CREATE_LINK "${name}" "${CMAKE_CURRENT_BINARY_DIR}/links/${link}" SYMBOLIC)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/links/${link}" DESTINATION "${libdir}")
endforeach()

# The templates' variables are those of bindings/install.sh.
string(REGEX REPLACE "[^/]+" ".." up "${libdir}")
set(static ${static_name})
string(REPLACE ";" " " libs "${libs}")
set(filled "${CMAKE_CURRENT_BINARY_DIR}/filled")
foreach(file participants-config participants-config-version)
  configure_file(bindings/cmake/${file}.cmake.in "${filled}/${file}.cmake" @ONLY)
  install(FILES "${filled}/${file}.cmake" DESTINATION "${libdir}/cmake/participants")
endforeach()
configure_file(bindings/participants.pc.in "${filled}/participants.pc" @ONLY)
install(FILES "${filled}/participants.pc" DESTINATION "${libdir}/pkgconfig")
install(FILES include/participants.h include/participants.hpp DESTINATION include)
if(NOT PARTICIPANTS_RUST_TARGET MATCHES "windows")
  execute_process(COMMAND sh bindings/man-pages "${CMAKE_CURRENT_BINARY_DIR}/man3"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "bindings/man-pages made no man pages; PARTICIPANTS_INSTALL=OFF does without them")
  endif()
  install(DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/man3" DESTINATION share/man FILE_PERMISSIONS
    OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endif()
install(FILES LICENSE-MIT LICENSE-APACHE LICENSE-THIRD-PARTY README.md CHANGELOG.md
  DESTINATION share/doc/libparticipants)
