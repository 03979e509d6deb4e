# find_package(hakmem): the targets hakmem::hakmem (shared) and hakmem::static. Relative to this file, so
# that what was installed may be moved, or lie below a sysroot.
get_filename_component(_hakmem_libraries "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
string(REGEX REPLACE "/@LIBDIR@$" "" _hakmem_prefix "${_hakmem_libraries}")

if(NOT TARGET hakmem::hakmem)
    find_package(Threads REQUIRED)
    add_library(hakmem::hakmem SHARED IMPORTED)
    set_target_properties(hakmem::hakmem PROPERTIES
        IMPORTED_LOCATION "${_hakmem_libraries}/@SONAME@"
        IMPORTED_SONAME "@SONAME@"
        INTERFACE_INCLUDE_DIRECTORIES "${_hakmem_prefix}/include")
    add_library(hakmem::static STATIC IMPORTED)
    set_target_properties(hakmem::static PROPERTIES
        IMPORTED_LOCATION "${_hakmem_libraries}/libhakmem.a"
        INTERFACE_INCLUDE_DIRECTORIES "${_hakmem_prefix}/include"
        INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS}")
endif()
unset(_hakmem_prefix)
unset(_hakmem_libraries)
