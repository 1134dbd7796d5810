# Registering a slice is creating its folder: every features/<slice>/feature.cpp defines sanjal::<slice>::feature, and the
# list of all of them is generated here.
file(GLOB manifests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/features/*/feature.cpp")
set(declare "")
set(names "")
set(slices "")
foreach(manifest ${manifests})
  get_filename_component(folder ${manifest} DIRECTORY)
  get_filename_component(slice ${folder} NAME)
  list(APPEND slices ${slice})
  string(APPEND declare "namespace sanjal::${slice} { extern app::Feature const feature; }\n")
  string(APPEND names "    &sanjal::${slice}::feature,\n")
endforeach()
set(generated "${CMAKE_BINARY_DIR}/generated/all_features.cpp")
file(WRITE "${generated}.new" "// Generated from the folders of src/features.\n#include \"app/feature.h\"\n#include <iterator>\n${declare}
namespace sanjal::app {\nnamespace {\nFeature const* const all[] = {\n${names}    nullptr,\n};\n}\n
std::span<Feature const* const> all_features() { return {all, std::size(all) - 1}; }\n}\n")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different "${generated}.new" "${generated}")
set(feature_libraries "")
foreach(slice ${slices})
  sanjal_library(${slice} DIR features/${slice} DEPS sanjal_app sanjal_sync sanjal_match sanjal_table sanjal_print)
  # features/<slice>/<name>.json is there as sanjal::<slice>::<name>_document.
  file(GLOB documents CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/features/${slice}/*.json")
  foreach(document ${documents})
    get_filename_component(name ${document} NAME_WE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${document})
    file(READ ${document} text)
    set(embedded "${CMAKE_BINARY_DIR}/generated/${slice}_${name}.cpp")
    file(WRITE "${embedded}.new" "// Generated from src/features/${slice}/${name}.json.\n#include <string_view>\nnamespace sanjal::${slice} {
extern std::string_view const ${name}_document;\nstd::string_view const ${name}_document = R\"JSON(${text})JSON\";\n}\n")
    execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different "${embedded}.new" "${embedded}")
    target_sources(sanjal_${slice} PRIVATE "${embedded}")
    set_source_files_properties("${embedded}" PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)  # one literal, as long as the document
  endforeach()
  list(APPEND feature_libraries sanjal_${slice})
endforeach()
add_library(sanjal_features STATIC "${generated}")
target_include_directories(sanjal_features PUBLIC "${CMAKE_SOURCE_DIR}/src")
target_link_libraries(sanjal_features PUBLIC ${feature_libraries} sanjal_app)
