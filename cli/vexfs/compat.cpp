// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/compat.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace vexfs::cli {

namespace {

struct Verb
{
    std::string_view before;
    std::array<const char *, 2> now;
};

constexpr std::array kVerbs{Verb{"fsck", {"volume", "check"}}, Verb{"health", {"doctor", nullptr}},
                            Verb{"list-indexes", {"status", nullptr}}};

/// Of vexctl itself, before the verb; a value follows in a word of its own.
constexpr std::array<std::string_view, 3> kWithValue{"--timeout", "--format", "-f"};

} // namespace

std::vector<std::string> withPresentVerb(std::vector<std::string> arguments)
{
    auto word = arguments.begin();
    while (word != arguments.end() && word->starts_with('-')) {
        const bool hasValue = std::find(kWithValue.begin(), kWithValue.end(), *word)
            != kWithValue.end();
        if (++word != arguments.end() && hasValue)
            ++word;
    }
    if (word == arguments.end())
        return arguments;
    for (const Verb &each : kVerbs) {
        if (*word != each.before)
            continue;
        *word = each.now[0];
        if (each.now[1])
            arguments.insert(word + 1, each.now[1]);
        break;
    }
    return arguments;
}

} // namespace vexfs::cli
