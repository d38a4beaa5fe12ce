// SPDX-License-Identifier: Apache-2.0
// damaged_images FOLDER COUNT SEED CORPUS: writes COUNT images of damaged volumes, made from inputs
// that fuzzers found (files of CORPUS, picked at random) and, each other one, from random scripts.
#include "tests/support/image/image_editor.h"
#include "tests/support/image/image_script.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/random.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace vexfs::test;

std::vector<std::string> filesOf(const char *folder)
{
    std::vector<std::string> files;
    for (const auto &entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::string contentOf(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool write(const OverlayDevice &device, uint64_t blocks, const std::string &path)
{
    std::ofstream out(path, std::ios::binary);
    for (uint64_t block = 0; block < blocks; block++)
        out.write(reinterpret_cast<const char *>(device.at(block)), VEXFS_BLOCK_BYTES);
    return static_cast<bool>(out.flush());
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: damaged_images FOLDER COUNT SEED CORPUS\n");
        return 2;
    }
    const ImageMap map(sampleImage());
    OverlayDevice device(sampleImage());
    const std::vector<std::string> inputs = filesOf(argv[4]);
    Random random(strtoull(argv[3], nullptr, 10));
    const auto count = strtoul(argv[2], nullptr, 10);
    for (unsigned long number = 0; number < count; number++) {
        const std::string script = number % 2 ? randomImageScript(random, 4)
                                              : contentOf(inputs[random.below(inputs.size())]);
        device.reset();
        ImageEditor editor(map);
        applyImageScript(reinterpret_cast<const uint8_t *>(script.data()), script.size(), editor,
                         device);
        const std::string path = std::string(argv[1]) + "/" + std::to_string(number);
        if (!write(device, vexfs_port_dev_size_blocks(device.dev()), path)) {
            fprintf(stderr, "%s: cannot be written\n", path.c_str());
            return 1;
        }
    }
    return 0;
}
