// SPDX-License-Identifier: Apache-2.0
#include "cli/offline/volume_file.h"

#include <cctype>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <thread>
#include <vexfs/posix_identify.h>

namespace vexfs::cli {

namespace {

/// umount(8) returns before the driver has closed the image.
constexpr std::chrono::milliseconds kBusyWait{3000};
constexpr std::chrono::milliseconds kBusyStep{50};

constexpr char kUnits[] = "KMGTPE";

} // namespace

Device openDevice(const std::string &program, const std::string &path, bool isReadOnly,
                  std::ostream &err)
{
    const u32 flags = isReadOnly ? VEXFS_DEV_READ_ONLY : 0;
    vexfs_dev *device = nullptr;
    int error = vexfs_dev_open(path.c_str(), flags, &device);
    for (auto waited = kBusyStep; error == -EBUSY && waited < kBusyWait; waited += kBusyStep) {
        std::this_thread::sleep_for(kBusyStep);
        error = vexfs_dev_open(path.c_str(), flags, &device);
    }
    if (error) {
        char text[1024];
        vexfs_explain_dev_error(path.c_str(), error, text, sizeof(text));
        err << program << ": " << text << "\n";
    }
    return Device(device);
}

std::optional<uint64_t> parseSize(const std::string &text)
{
    char *end = nullptr;
    const double number = strtod(text.c_str(), &end);
    if (end == text.c_str() || !std::isfinite(number) || number < 0 || isspace(text[0]))
        return std::nullopt;
    double factor = 1;
    std::string unit = end;
    if (!unit.empty()) {
        const std::string units = kUnits;
        const size_t power = units.find(static_cast<char>(toupper(unit[0])));
        if (power == std::string::npos)
            return std::nullopt;
        factor = std::pow(1024.0, static_cast<double>(power + 1));
        unit.erase(0, 1);
    }
    if (!unit.empty() && unit != "B" && unit != "iB")
        return std::nullopt;
    if (number * factor >= 9.2e18)
        return std::nullopt;
    return static_cast<uint64_t>(number * factor);
}

std::string sizeText(uint64_t bytes)
{
    double number = static_cast<double>(bytes);
    int power = -1;
    while (number >= 1024 && power < 5) {
        number /= 1024;
        power++;
    }
    char text[64];
    if (power < 0)
        snprintf(text, sizeof(text), "%llu bytes", static_cast<unsigned long long>(bytes));
    else
        snprintf(text, sizeof(text), "%.1f %ciB", number, kUnits[power]);
    return text;
}

bool parseUuid(const std::string &text, uint8_t (&out)[16])
{
    std::string digits;
    for (size_t i = 0; i < text.size(); i++) {
        const bool isDash = i == 8 || i == 13 || i == 18 || i == 23;
        if (isDash != (text[i] == '-') || (!isDash && !isxdigit(text[i])))
            return false;
        if (!isDash)
            digits += text[i];
    }
    if (digits.size() != 32)
        return false;
    for (size_t i = 0; i < 16; i++)
        out[i] = static_cast<uint8_t>(strtoul(digits.substr(2 * i, 2).c_str(), nullptr, 16));
    return true;
}

std::string uuidText(const uint8_t (&uuid)[16])
{
    std::string out;
    for (size_t i = 0; i < 16; i++) {
        char byte[3];
        snprintf(byte, sizeof(byte), "%02x", uuid[i]);
        out += byte;
        if (i == 3 || i == 5 || i == 7 || i == 9)
            out += '-';
    }
    return out;
}

} // namespace vexfs::cli
