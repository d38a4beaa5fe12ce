// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/model_fs.h"
#include "tests/support/operation.h"
#include "tests/support/sim_device.h"

#include <optional>
#include <string>
#include <vector>

namespace vexfs::test {

/// The operations over a small namespace of which workloads are made. Their numbers are parts of
/// the names of workloads: append only.
const std::vector<Operation> &smallOperations();

/// A small volume to begin with, as image and model.
struct SmallBase
{
    SimImage image;
    ModelVolume model;
};

/// 0: directories A and B, files foo (three blocks) and A/foo (inline). 1: the same with a
/// snapshot s0 of it, so that every node and block is shared. Stops the program on failure.
const SmallBase &smallBase(size_t index);
constexpr size_t kSmallBases = 3;

/// What follows an operation: nothing, fsync of its file, of that file's directory, or a commit.
enum class Sync : char { None = 'n', File = 'f', Directory = 'd', Commit = 'c' };

/// One workload: a base and up to three operations. Its name is as in 0-12f-3c: base, then number
/// and sync of each operation.
struct Workload
{
    size_t base = 0;
    std::vector<std::pair<size_t, Sync>> steps;

    std::string text() const;
    static std::optional<Workload> parse(const std::string &text);
    std::vector<Operation> script() const;
};

} // namespace vexfs::test
