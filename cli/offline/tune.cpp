// SPDX-License-Identifier: Apache-2.0
// vexfs-tune: changes label and uuid of a volume that is not mounted, and shows them.
#include "cli/offline/tools.h"
#include "cli/offline/volume_file.h"

#include <vexfs/maintain.h>
#include <vexfs/posix_identify.h>

#include <CLI/CLI.hpp>

#include <cstring>
#include <iostream>

namespace vexfs::cli {

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

struct Wish
{
    std::string path;
    std::optional<std::string> label;
    std::optional<std::string> uuid; ///< "random" or digits
};

/// False when @p text is neither "random" nor a uuid.
bool readUuid(const std::string &text, uint8_t (&out)[16])
{
    if (text != "random")
        return parseUuid(text, out);
    vexfs_port_random(out, sizeof(out));
    out[6] = static_cast<uint8_t>((out[6] & 0x0f) | 0x40); // RFC 4122, version 4
    out[8] = static_cast<uint8_t>((out[8] & 0x3f) | 0x80);
    return true;
}

int change(const Wish &wish, vexfs_volume *volume, std::ostream &err)
{
    int error = 0;
    if (wish.label)
        error = vexfs_volume_set_label(volume, wish.label->data(),
                                       static_cast<u32>(wish.label->size()));
    uint8_t uuid[16];
    if (!error && wish.uuid && readUuid(*wish.uuid, uuid))
        error = vexfs_volume_set_uuid(volume, uuid);
    if (error)
        err << "vexfs-tune: " << wish.path << ": " << strerror(-error) << "\n";
    return error ? kExitFailure : 0;
}

int tune(const Wish &wish, std::ostream &out, std::ostream &err)
{
    const bool isReadOnly = !wish.label && !wish.uuid;
    const Device device = openDevice("vexfs-tune", wish.path, isReadOnly, err);
    if (!device)
        return kExitFailure;
    vexfs_open_options options{};
    options.read_only = isReadOnly;
    vexfs_volume *volume = nullptr;
    if (const int error = vexfs_volume_open(device.get(), &options, &volume)) {
        char text[1024];
        vexfs_explain_volume_error(wish.path.c_str(), device.get(), error, text, sizeof(text));
        err << "vexfs-tune: " << text << "\n";
        return kExitFailure;
    }
    int code = change(wish, volume, err);
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    if (const int error = vexfs_volume_close(volume)) {
        err << "vexfs-tune: " << wish.path << ": " << strerror(-error) << "\n";
        code = kExitFailure;
    }
    if (code == 0)
        out << "label: " << info.label << "\nuuid: " << uuidText(info.uuid) << "\n";
    return code;
}

} // namespace

int runTune(int argc, const char *const *argv, std::ostream &out, std::ostream &err)
{
    Wish wish;
    CLI::App app("Shows label and uuid of a VexFS volume that is not mounted, or changes them.",
                 "vexfs-tune");
    app.add_option("-L,--label", wish.label, "The new label; \"\" for none");
    app.add_option("-U,--uuid", wish.uuid, "The new uuid, or \"random\"");
    app.add_option("IMAGE|DEVICE", wish.path, "The volume")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, out, err) == 0 ? 0 : kExitUsage;
    }
    uint8_t uuid[16];
    if (wish.uuid && !readUuid(*wish.uuid, uuid)) {
        err << "vexfs-tune: " << *wish.uuid << ": not a uuid; give one, or \"random\"\n";
        return kExitUsage;
    }
    if (wish.label && wish.label->size() > VEXFS_LABEL_MAX_BYTES) {
        err << "vexfs-tune: the label is longer than " << VEXFS_LABEL_MAX_BYTES << " bytes\n";
        return kExitUsage;
    }
    return tune(wish, out, err);
}

} // namespace vexfs::cli
