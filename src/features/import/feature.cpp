// Tables in and out: old data by the pack's import formats and by column maps (P32), cases out as CSV and Excel workbooks.  A long
// file may also be imported beside the node, from the command line (src/cli/table_commands.cpp).
#include "app/feature.h"
#include "features/import/routes.h"
#include "features/import/upload.h"

namespace sanjal::import {
namespace {

using app::Body;
using app::Method;
using app::Needs;
using app::Run;

constexpr app::Route routes[] = {
    {Method::Post, "/api/v1/import-files", "import.upload", Needs::Session, Run::Write, app::answered<upload>, receive_file, Body::Streamed},
    {Method::Get, "/api/v1/import-files/{id}/preview", "import.preview", Needs::Session, Run::Read, app::answered<preview>},
    {Method::Post, "/api/v1/import-files/{id}/check", "import.check", Needs::Session, Run::Read, app::answered<check>},
    {Method::Get, "/api/v1/imports", "import.list", Needs::Session, Run::Read, app::answered<list_imports>},
    {Method::Post, "/api/v1/imports", "import.start", Needs::Session, Run::Write, app::answered<start>, prepare_start},
    {Method::Get, "/api/v1/imports/{id}", "import.read", Needs::Session, Run::Read, app::answered<one_import>},
    {Method::Get, "/api/v1/imports/{id}/refused", "import.refused", Needs::Session, Run::Read, app::answered<refused_rows>},
    {Method::Post, "/api/v1/imports/{id}/undo", "import.undo", Needs::Session, Run::Write, app::answered<undo>},
    {Method::Get, "/api/v1/column-maps", "import.maps", Needs::Session, Run::Read, app::answered<maps>},
    {Method::Post, "/api/v1/column-maps", "import.map_save", Needs::Session, Run::Write, app::answered<keep_map>},
    {Method::Get, "/api/v1/column-maps/{name}", "import.maps", Needs::Session, Run::Read, app::answered<one_map>},
    app::behind_password({Method::Get, "/api/v1/exports/{format}", "import.export", Needs::Session, Run::Read, app::answered<export_table>}),
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "import", .routes = routes};

}  // namespace sanjal::import
