#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/folder_for_test.h"
#include "sync/courier_file.h"

using namespace sanjal;
using namespace sanjal::sync;
namespace files = std::filesystem;

namespace {

using Folder = FolderForTest;

std::string const here(43, 'H');
std::string const there(43, 'T');
std::string name_of(char c) { return std::string(32, c); }

}  // namespace

TEST_CASE("a parcel comes as it was sent, oldest name first, until it is acknowledged, and to nobody else") {
    Folder const stick;
    FolderCourier sender(stick.path);
    REQUIRE(sender.send({there, here, name_of('b'), std::string("second\0bytes", 12)}));
    REQUIRE(sender.send({there, here, name_of('a'), std::string(300'000, 'x')}));
    REQUIRE(sender.send({there, here, name_of('a'), "another content under the same name changes nothing"}));
    FolderCourier receiver(stick.path);
    auto const got = receiver.collect(there, 10);
    REQUIRE(got);
    REQUIRE(got->size() == 2);
    CHECK((*got)[0].bytes == std::string(300'000, 'x'));
    CHECK((*got)[1].bytes == std::string("second\0bytes", 12));
    CHECK((*got)[1].from == here);
    CHECK(receiver.collect(there, 1)->size() == 1);
    CHECK(receiver.collect(here, 10)->empty());
    CHECK(receiver.acknowledge((*got)[0]));
    CHECK(receiver.acknowledge((*got)[0]));
    CHECK(receiver.collect(there, 10)->size() == 1);
}

TEST_CASE("what is no parcel is refused or left alone, and half a file is never one") {
    Folder const stick;
    FolderCourier courier(stick.path);
    CHECK(courier.send({"../../etc", here, name_of('a'), ""}).error().code == "courier.parcel");
    CHECK(courier.send({there, here, "../x", ""}).error().code == "courier.parcel");
    CHECK(courier.collect("../..", 5).error().code == "courier.parcel");
    files::create_directories(stick.path + "/" + there);
    std::ofstream(stick.path + "/" + there + "/holiday.jpg") << "a photo";
    std::ofstream(stick.path + "/" + there + "/" + here + "." + name_of('c') + ".parcel.new") << "half";
    std::ofstream(stick.path + "/" + there + "/" + here + "." + name_of('G') + ".parcel") << "no name";
    CHECK(courier.collect(there, 5)->empty());
    CHECK(files::exists(stick.path + "/" + there + "/holiday.jpg"));
}

TEST_CASE("a stick that is gone or full is said so, and nothing half stays") {
    FolderCourier nowhere("/proc/nowhere");
    CHECK(nowhere.send({there, here, name_of('a'), "x"}).error().fault == Fault::Io);
    Folder const stick;
    files::create_directories(stick.path + "/" + there);
    files::create_symlink("/dev/full", stick.path + "/" + there + "/" + here + "." + name_of('a') + ".parcel.new");
    FolderCourier full(stick.path);
    auto const sent = full.send({there, here, name_of('a'), std::string(100'000, 'x')});
    REQUIRE(!sent);
    CHECK(sent.error().code == "courier.disk_full");
    CHECK(full.collect(there, 5)->empty());
    CHECK(full.send({there, here, name_of('a'), "x"}));
}
