// SPDX-License-Identifier: Apache-2.0
// Linked into the tests of coverage builds: notes where in the engine errors are born, and appends
// "file line" of each to the file that VEXFS_TEST_BIRTHS names when the program ends.
#include <vexfs/posix_hooks.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace {

std::mutex birthsMutex;

std::set<std::pair<const char *, int>> &births()
{
    static auto *const kBirths = new std::set<std::pair<const char *, int>>; // outlives exit
    return *kBirths;
}

/// Called for each error, -ENOENT included: most are known, and are told by one comparison.
void note(int, const char *file, int line)
{
    static std::array<std::atomic<uint64_t>, 4096> known;
    const uint64_t key = reinterpret_cast<uintptr_t>(file) * 4099 + static_cast<uint64_t>(line);
    std::atomic<uint64_t> &slot = known[key % known.size()];
    if (slot.exchange(key, std::memory_order_relaxed) == key)
        return;
    const std::lock_guard lock(birthsMutex);
    births().insert({file, line});
}

void dump()
{
    const char *path = getenv("VEXFS_TEST_BIRTHS");
    FILE *out = path ? fopen(path, "a") : nullptr;
    if (!out)
        return;
    std::string text;
    const std::lock_guard lock(birthsMutex);
    for (const auto &[file, line] : births())
        text += std::string(file) + " " + std::to_string(line) + "\n";
    fwrite(text.data(), 1, text.size(), out);
    fclose(out);
}

__attribute__((constructor(1000))) void begin()
{
    vexfs_posix_set_trace(note);
    atexit(dump);
}

} // namespace
