# sanjal_embed(target namespace folder): every folder/<name>.json under src/ is in that library as
# sanjal::<namespace>::<name>_document, a std::string_view.
function(sanjal_embed target namespace folder)
  file(GLOB documents CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${folder}/*.json")
  foreach(document ${documents})
    get_filename_component(name ${document} NAME_WE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${document})
    file(READ ${document} text)
    set(embedded "${CMAKE_BINARY_DIR}/generated/${namespace}_${name}.cpp")
    file(WRITE "${embedded}.new" "// Generated from src/${folder}/${name}.json.\n#include <string_view>\nnamespace sanjal::${namespace} {
extern std::string_view const ${name}_document;\nstd::string_view const ${name}_document = R\"JSON(${text})JSON\";\n}\n")
    execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different "${embedded}.new" "${embedded}")
    target_sources(${target} PRIVATE "${embedded}")
    set_source_files_properties("${embedded}" PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)  # one literal, as long as the document
  endforeach()
endfunction()
