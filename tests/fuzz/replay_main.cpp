// SPDX-License-Identifier: Apache-2.0
// Stands in for libFuzzer: runs a target once on each file of the folders that are given, so that
// what a fuzzer once found stays found, with any compiler.
#include "tests/fuzz/target.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

int main(int argc, char **argv)
{
    size_t count = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        const std::filesystem::path given = argv[i];
        std::vector<std::filesystem::path> files;
        if (std::filesystem::is_directory(given)) {
            for (const auto &entry : std::filesystem::directory_iterator(given))
                files.push_back(entry.path());
        } else {
            files.push_back(given);
        }
        for (const auto &path : files) {
            std::ifstream in(path, std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            if (!in) {
                std::fprintf(stderr, "cannot read %s\n", path.c_str());
                return 1;
            }
            // So that a crash says on which.
            std::fprintf(stderr, "%s\n", path.filename().c_str());
            LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
            count++;
        }
    }
    std::printf("%zu inputs\n", count);
    return count == 0;
}
