// SPDX-License-Identifier: Apache-2.0
#include "tests/support/figures.h"

#include <cstdio>
#include <cstdlib>

namespace vexfs::test {

void recordFigures(const std::string &test,
                   const std::vector<std::pair<std::string, uint64_t>> &figures)
{
    std::string lines;
    for (const auto &[what, count] : figures) {
        std::printf("%s: %s: %llu\n", test.c_str(), what.c_str(),
                    static_cast<unsigned long long>(count));
        lines += test + "\t" + what + "\t" + std::to_string(count) + "\n";
    }
    const char *path = getenv("VEXFS_TEST_FIGURES");
    if (!path)
        return;
    // One write in append mode, so that lines of programs that run at once stay whole.
    FILE *file = fopen(path, "a");
    if (!file) {
        std::perror(path);
        exit(1);
    }
    fwrite(lines.data(), 1, lines.size(), file);
    if (fclose(file) != 0) {
        std::perror(path);
        exit(1);
    }
}

} // namespace vexfs::test
