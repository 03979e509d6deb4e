# cmake runs a script of lists and strings and makes build files for a large tree
needs=(cmake gcc)
seen=(cmake)
prepare() {
    mkdir tree
    cat >tree/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(many C)
foreach(i RANGE 1 120)
    file(WRITE "${CMAKE_BINARY_DIR}/src/f${i}.c" "int f${i}(void) { return ${i}; }\n")
    add_library(l${i} STATIC "${CMAKE_BINARY_DIR}/src/f${i}.c")
    math(EXPR before "${i} - 1")
    if(i GREATER 1)
        target_link_libraries(l${i} PUBLIC l${before})
    endif()
    target_compile_definitions(l${i} PUBLIC "D${i}=\"${CMAKE_PROJECT_NAME}\"")
endforeach()
END
    cat >lists.cmake <<'END'
set(all "")
foreach(i RANGE 1 4000)
    math(EXPR n "(${i} * 7919) % 5003")
    list(APPEND all "item${n}")
    string(APPEND text "${n};")
endforeach()
list(SORT all)
list(REMOVE_DUPLICATES all)
string(REGEX REPLACE "([0-9])([0-9])" "\\2\\1" text "${text}")
string(SHA256 sum "${all}${text}")
list(LENGTH all length)
message("${length} ${sum}")
END
}
run() {
    with cmake -P "$inputs/lists.cmake"
    with cmake -S "$inputs/tree" -B build -G 'Unix Makefiles' -DCMAKE_C_COMPILER=gcc --log-level=ERROR
    find build -name '*.make' -o -name Makefile | sort | xargs cat | sha256sum
    with cmake --build build --target l7 -- -s
    find build -name "*.a" | wc -l
}
