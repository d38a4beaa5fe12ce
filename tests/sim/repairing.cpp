// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/repairing.h"

#include <vexfs/posix_hooks.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <sys/stat.h>

namespace vexfs::test {

namespace {

const bool kIsQuiet = (vexfs_posix_set_warn([](const char *, u64, u64) {}), true);

} // namespace

std::string randomVolume(uint64_t seed, SimImage *image)
{
    *image = randomImage(kBlocks, seed, 700);
    return checkImage(*image);
}

std::map<std::string, std::string> readable(const SimImage &image)
{
    std::map<std::string, std::string> out;
    SimDevice device(image);
    device.setReadOnly(true);
    vexfs_open_options options{};
    options.read_only = true;
    vexfs_volume *volume = nullptr;
    if (vexfs_volume_open(device.dev(), &options, &volume))
        return out;
    struct Frame
    {
        vexfs_volume *volume;
        std::map<std::string, std::string> *out;
        std::vector<std::pair<std::string, vexfs_id>> todo;
        std::string path;
    } frame{volume, &out, {{"", {VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO}}}, ""};
    std::set<uint64_t> seen;
    while (!frame.todo.empty()) {
        const auto [path, dir] = frame.todo.back();
        frame.todo.pop_back();
        if (!seen.insert(dir.ino).second)
            continue;
        frame.path = path;
        vexfs_volume_readdir(volume, dir, 0, [](void *context, const vexfs_entry *entry) {
            Frame &at = *static_cast<Frame *>(context);
            const std::string name(entry->name, entry->name_bytes);
            if (name == "." || name == "..")
                return true;
            const std::string full = at.path.empty() ? name : at.path + "/" + name;
            at.todo.emplace_back(full, entry->id);
            return true;
        }, &frame);
        // Files among what was found, and directories as they are entered.
        for (auto at = frame.todo.begin(); at != frame.todo.end();) {
            vexfs_attr attr{};
            if (vexfs_volume_getattr(volume, at->second, &attr)) {
                at = frame.todo.erase(at);
                continue;
            }
            if ((attr.mode & S_IFMT) == S_IFDIR) {
                ++at;
                continue;
            }
            std::string data;
            bool isWhole = (attr.mode & S_IFMT) == S_IFREG && attr.size_bytes < (4 << 20);
            while (isWhole && data.size() < attr.size_bytes) {
                std::string part(65536, '\0');
                u32 got = 0;
                isWhole = vexfs_volume_read(volume, at->second, 0, data.size(), part.data(),
                                            static_cast<u32>(part.size()), &got) == 0 && got;
                data.append(part, 0, got);
            }
            if (isWhole)
                out[at->first] = data;
            at = frame.todo.erase(at);
        }
    }
    vexfs_volume_close(volume);
    return out;
}

void Telling::tell(void *context, const vexfs_finding *finding)
{
    static_cast<Telling *>(context)->lines.emplace_back(
        std::string(finding->what) + " (tree " + std::to_string(finding->tree) + " inode " +
        std::to_string(finding->ino) + ")");
}

bool Telling::has(const std::string &what) const
{
    for (const std::string &line : lines) {
        if (line.starts_with(what))
            return true;
    }
    return false;
}

std::string Telling::text() const
{
    std::string out;
    for (const std::string &line : lines)
        out += line + "\n";
    return out;
}

int findings(const SimImage &image, u64 *count)
{
    SimDevice device(image);
    device.setReadOnly(true);
    const vexfs_check_options options{};
    vexfs_check_result result{};
    const int error = vexfs_check(device.dev(), &options, &result);
    *count = result.findings;
    return error;
}

std::string repair(SimImage *image, Telling *telling)
{
    for (int round = 0; round < 3; round++) {
        SimDevice device(*image);
        vexfs_check_options options{};
        options.report = Telling::tell;
        options.context = telling;
        u64 actions = 0;
        if (const int error = vexfs_repair(device.dev(), &options, &actions))
            return "repair gives " + std::to_string(error) + "\n" + telling->text();
        *image = device.image();
        u64 left = 0;
        if (const int error = findings(*image, &left))
            return "check gives " + std::to_string(error);
        if (left == 0)
            return "";
    }
    SimDevice device(*image);
    Telling left;
    vexfs_check_options options{};
    options.report = Telling::tell;
    options.context = &left;
    vexfs_check_result result{};
    vexfs_check(device.dev(), &options, &result);
    return "still not clean:\n" + left.text() + "after\n" + telling->text();
}

std::string use(SimImage *image)
{
    SimDevice device(*image);
    vexfs_volume *volume = nullptr;
    const vexfs_open_options options{};
    if (const int error = vexfs_volume_open(device.dev(), &options, &volume))
        return "open gives " + std::to_string(error);
    VolumeDriver driver(volume);
    const Operation operations[] = {
        {OpKind::Mkdir, "probe", "", 0, 0755, 0},
        {OpKind::CreateFile, "probe/file", "", 0, 0644, 0},
        {OpKind::Write, "probe/file", "", 0, 100000, 1},
        {OpKind::Commit, "", "", 0, 0, 0},
        {OpKind::Unlink, "probe/file", "", 0, 0, 0},
        {OpKind::Rmdir, "probe", "", 0, 0, 0},
    };
    std::string problem;
    for (const Operation &operation : operations) {
        uint64_t done = 0;
        const int error = driver.apply(operation, &done);
        if (error && error != -EEXIST)
            problem = operation.text() + " gives " + std::to_string(error);
    }
    driver.evictHeld();
    while (vexfs_volume_tick(volume) == 1) {
    }
    if (const int error = vexfs_volume_close(volume))
        return "close gives " + std::to_string(error);
    *image = device.image();
    u64 left = 0;
    if (findings(*image, &left) || left)
        problem += " not clean after use: " + checkImage(*image);
    return problem;
}

std::string repairAndUse(const SimImage &damaged, Telling *telling, SimImage *out)
{
    const auto before = readable(damaged);
    SimImage image = damaged;
    std::string problem = repair(&image, telling);
    if (!problem.empty())
        return problem;
    const auto after = readable(image);
    for (const auto &[path, data] : before) {
        const auto at = after.find(path);
        if (at == after.end())
            return "'" + path + "' was readable and is gone\n" + telling->text();
        if (at->second != data)
            return "'" + path + "' reads differently\n" + telling->text();
    }
    problem = use(&image);
    if (out)
        *out = image;
    return problem.empty() ? "" : problem + "\n" + telling->text();
}

void flip(SimImage *image, uint64_t block, size_t byte, uint8_t mask)
{
    auto copy = (*image)[block] ? std::make_shared<SimBlock>(*(*image)[block])
                                : std::make_shared<SimBlock>();
    (*copy)[byte] ^= mask;
    (*image)[block] = std::move(copy);
}

} // namespace vexfs::test
