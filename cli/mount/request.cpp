// SPDX-License-Identifier: Apache-2.0
#include "cli/mount/request.h"

#include <algorithm>
#include <getopt.h>
#include <iterator>
#include <string_view>

namespace vexfs::cli {

namespace {

/// Of FUSE, or of a process; the kernel does not know them, and what they ask for is so there.
constexpr std::string_view kFuseOnly[] = {"allow_other", "default_permissions", "quickwake",
                                          "noquickwake"};
/// A driver in user space opens an image by itself; sloppy mounts need no other.
constexpr std::string_view kKernelOnly[] = {"loop"};

constexpr std::string_view kDriver = "driver=";

template <size_t kCount>
bool isIn(std::string_view name, const std::string_view (&names)[kCount])
{
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

void addOption(const std::string &option, MountRequest *request, std::string *message)
{
    if (!option.starts_with(kDriver)) {
        if (!option.empty())
            request->options.push_back(option);
        return;
    }
    const std::string choice = option.substr(kDriver.size());
    if (choice == "kernel")
        request->driver = DriverChoice::Kernel;
    else if (choice == "fuse")
        request->driver = DriverChoice::Fuse;
    else if (choice == "auto")
        request->driver = DriverChoice::Auto;
    else
        *message = option + ": kernel, fuse or auto";
}

/// At commas; a value in quotes may have some, as for mount(8).
void addOptions(const std::string &list, MountRequest *request, std::string *message)
{
    std::string option;
    bool isQuoted = false;
    for (const char c : list) {
        isQuoted ^= c == '"';
        if (c != ',' || isQuoted) {
            option += c;
            continue;
        }
        addOption(option, request, message);
        option.clear();
    }
    addOption(option, request, message);
}

/// Calls @p take for each switch; false when one of the arguments is not known or @p take says so.
/// Fills @p places with what is no switch.
template <class Take>
bool forEachSwitch(int argc, const char *const *argv, const char *letters, Take take,
                   std::vector<std::string> *places, std::string *message)
{
    static const option kLong[] = {{"help", no_argument, nullptr, 'h'}, {}};
    std::vector<char *> words;
    for (int i = 0; i < argc; i++)
        words.push_back(const_cast<char *>(argv[i])); // sorted by getopt, not changed
    words.push_back(nullptr);
    optind = 0; // from the start, whoever called it before
    int letter;
    while ((letter = getopt_long(argc, words.data(), letters, kLong, nullptr)) != -1) {
        if (letter == ':') {
            *message = std::string("-") + static_cast<char>(optopt) + " needs a value";
        } else if (letter == '?') {
            *message = "unknown argument " + (optopt ? std::string("-") + static_cast<char>(optopt)
                                                     : std::string(words[optind - 1]));
        } else {
            take(static_cast<char>(letter));
        }
        if (!message->empty())
            return false;
    }
    places->assign(words.begin() + optind, words.begin() + argc);
    return true;
}

} // namespace

bool parseMount(int argc, const char *const *argv, MountRequest *request, std::string *message)
{
    std::vector<std::string> places;
    // -N: mount(8) is in that namespace already when it calls a helper. -t: the type that we have.
    const auto take = [request, message](char letter) {
        switch (letter) {
        case 'o': addOptions(optarg, request, message); break;
        case 'f': request->isFake = true; break;
        case 's': request->isSloppy = true; break;
        case 'n': request->hasNoTable = true; break;
        case 'r': request->options.emplace_back("ro"); break;
        case 'w': request->options.emplace_back("rw"); break;
        case 'h': request->wantsHelp = true; break;
        default: break;
        }
    };
    if (!forEachSwitch(argc, argv, ":fhno:rsvwN:t:", take, &places, message))
        return false;
    if (request->wantsHelp)
        return true;
    if (places.size() != 2) {
        *message = "a device or image and a mount point are needed";
        return false;
    }
    request->source = places[0];
    request->target = places[1];
    return true;
}

bool parseUmount(int argc, const char *const *argv, UmountRequest *request, std::string *message)
{
    std::vector<std::string> places;
    const auto take = [request](char letter) {
        switch (letter) {
        case 'f': request->isForced = true; break;
        case 'l': request->isLazy = true; break;
        case 'n': request->hasNoTable = true; break;
        case 'r': request->isReadOnlyElse = true; break;
        case 'h': request->wantsHelp = true; break;
        default: break;
        }
    };
    if (!forEachSwitch(argc, argv, ":fhlnrvN:t:", take, &places, message))
        return false;
    if (!request->wantsHelp && places.size() != 1) {
        *message = "one mount point is needed";
        return false;
    }
    if (!places.empty())
        request->target = places[0];
    return true;
}

std::vector<std::string> optionsForKernel(const MountRequest &request)
{
    std::vector<std::string> options;
    for (const std::string &option : request.options) {
        if (!isIn(option, kFuseOnly))
            options.push_back(option);
    }
    return options;
}

std::vector<std::string> optionsForFuse(const MountRequest &request, bool isRoot)
{
    std::vector<std::string> options;
    for (const std::string &option : request.options) {
        if (!isIn(option, kKernelOnly))
            options.push_back(option);
    }
    // A mount by the kernel is for all users, and so is this in its place.
    if (isRoot && std::find(options.begin(), options.end(), "allow_other") == options.end())
        options.emplace_back("allow_other");
    return options;
}

std::string joined(const std::vector<std::string> &options)
{
    std::string list;
    for (const std::string &option : options)
        list += (list.empty() ? "" : ",") + option;
    return list;
}

} // namespace vexfs::cli
