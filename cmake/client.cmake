# The web client, built by Vite into build/web and carried within the binary (tools/build_web.sh).  Without npm the node is
# built all the same, serves its API, and says at its front page that it has no screens.
option(SANJAL_WEB "build the web client into the node (needs npm)" ON)
find_program(SANJAL_NPM npm)
if(SANJAL_WEB AND SANJAL_NPM AND NOT SANJAL_FUZZ)
  file(GLOB_RECURSE client_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/web/src/*" "${CMAKE_SOURCE_DIR}/web/public/*")
  file(GLOB rules_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/rules/*" "${CMAKE_SOURCE_DIR}/src/base/*")
  list(FILTER rules_sources EXCLUDE REGEX "_test")
  set(client_pages "${CMAKE_SOURCE_DIR}/build/web/pages.cpp")
  add_custom_command(OUTPUT "${client_pages}" COMMAND "${CMAKE_SOURCE_DIR}/tools/build_web.sh" COMMAND ${CMAKE_COMMAND} -E touch_nocreate "${client_pages}"
    DEPENDS ${client_sources} "${CMAKE_SOURCE_DIR}/web/index.html" "${CMAKE_SOURCE_DIR}/web/vite.config.js" "${CMAKE_SOURCE_DIR}/web/package-lock.json"
            "${CMAKE_SOURCE_DIR}/web/pack.mjs" "${CMAKE_SOURCE_DIR}/tools/build_web.sh" "${CMAKE_SOURCE_DIR}/tools/build_wasm.sh" ${rules_sources}
    COMMENT "Building the web client" VERBATIM)
else()
  if(SANJAL_WEB AND NOT SANJAL_FUZZ)
    message(WARNING "npm is not here, so this node is built without its web client: it serves the API alone. tools/setup.sh build installs npm.")
  endif()
  set(client_pages "${CMAKE_BINARY_DIR}/generated/no_client.cpp")
  file(CONFIGURE OUTPUT "${client_pages}" CONTENT "// Generated: built without the web client.\n#include \"node/client.h\"\nnamespace sanjal::node { std::vector<ClientFile> client_files() { return {}; } }\n")
endif()
target_sources(sanjal_node PRIVATE "${client_pages}")
