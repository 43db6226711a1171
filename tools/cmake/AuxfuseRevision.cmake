# auxfuse --version names the commit that was built. Each build asks git and writes revision.c anew only if the answer is
# another, so that a commit compiles one small file and links the program. As a script (cmake -P) this file does the asking;
# SOURCE and OUTPUT are set then.
if(CMAKE_SCRIPT_MODE_FILE)
  # A source archive without git has no revision, also where it was unpacked inside somebody's own repository.
  set(revision "")
  execute_process(COMMAND git -C ${SOURCE} rev-parse --show-cdup OUTPUT_VARIABLE up ERROR_QUIET RESULT_VARIABLE code
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(code EQUAL 0 AND up STREQUAL "")
    execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=7 --exclude=* OUTPUT_VARIABLE revision
      ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
    "extern const char axf_revision[];\nconst char axf_revision[] = \"${revision}\"; /* the commit, or nothing */\n")
  return()
endif()

set(revision_file ${CMAKE_BINARY_DIR}/revision.c)
add_custom_target(axf_revision BYPRODUCTS ${revision_file} COMMENT "" VERBATIM
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${revision_file} -P ${CMAKE_CURRENT_LIST_FILE})
target_sources(auxfuse PRIVATE ${revision_file})
add_dependencies(auxfuse axf_revision)
