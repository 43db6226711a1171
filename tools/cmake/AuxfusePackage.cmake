# What is installed beside the program and its plugins, and the Debian package made from all of it:
#   cmake --build --preset release --target package
install(FILES ${CMAKE_SOURCE_DIR}/docs/auxfuse.1 DESTINATION share/man/man1)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION share/doc/auxfuse RENAME copyright)
install(FILES ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION share/doc/auxfuse)

# Each shell's completion script, printed by the program that is being installed.
set(completions "")
foreach(place bash/bash-completion/completions/auxfuse zsh/zsh/vendor-completions/_auxfuse
    fish/fish/vendor_completions.d/auxfuse.fish)
  string(REGEX MATCH "^([a-z]+)/((.*)/[^/]+)$" words ${place})
  set(shell ${CMAKE_MATCH_1})
  set(script ${CMAKE_BINARY_DIR}/share/${CMAKE_MATCH_2})
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/${CMAKE_MATCH_3})
  add_custom_command(OUTPUT ${script} COMMAND auxfuse completion ${shell} > ${script} DEPENDS auxfuse VERBATIM)
  install(FILES ${script} DESTINATION share/${CMAKE_MATCH_3})
  list(APPEND completions ${script})
endforeach()
add_custom_target(axf_completions ALL DEPENDS ${completions})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME auxfuse)
set(CPACK_PACKAGE_CONTACT "The auxfuse authors <auxfuse@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "trains and compares classifiers of posts, text and image")
set(CPACK_PACKAGE_DESCRIPTION
  "auxfuse trains classifiers of social-media posts, a text and an image each, with
auxiliary losses that tie the two together, and compares them. An experiment is a
YAML file; encoders, fusions, losses, datasets and backends are plugins.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package-permissions.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # the libraries of the program and of every plugin
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gcc | clang, cmake") # for plugins of one's own
include(CPack)
