// SPDX-License-Identifier: Apache-2.0
#include "tests/support/operation.h"

#include "tests/support/random.h"

#include <sstream>

namespace vexfs::test {

namespace {

const char *kindName(OpKind kind)
{
    static const char *const kNames[] = {
        "mkdir",      "create",   "symlink",          "mkfifo",          "link",
        "unlink",     "unlink-held", "evict-held",    "rmdir",           "rename",
        "write",      "write-vectors", "truncate",    "truncate-vectors", "chmod",
        "chown",      "utimes",   "setxattr",         "removexattr",     "snapshot-create",
        "snapshot-delete", "snapshot-rename", "rollback",
        "commit", "tick", "fsync", "create-unnamed",  "reserve",
        "reserve-keep", "punch", "zero-range", "zero-range-keep", "copy-range",
        "trim",
    };
    return kNames[static_cast<int>(kind)];
}

} // namespace

std::string Operation::text() const
{
    std::ostringstream out;
    out << kindName(kind) << " '" << path << "' '" << second << "' offset=" << offset
        << " number=" << number << " seed=" << seed << " target=" << target;
    return out.str();
}

std::string Operation::content() const
{
    Random random(seed);
    // Half of the content is compressible, as real content is.
    if (seed % 2 == 0)
        return random.bytes(number);
    std::string out;
    while (out.size() < number)
        out += "line " + std::to_string(seed) + " at " + std::to_string(out.size()) + "\n";
    out.resize(number);
    return out;
}

} // namespace vexfs::test
