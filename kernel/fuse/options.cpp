// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vexfs/posix_options.h>

namespace vexfs::fuse {

const char kUsage[] =
    "usage: vexfs-fuse IMAGE|DEVICE MOUNTPOINT [-o OPTION[,OPTION...]] [-f] [-d]\n"
    "\n"
    "  -f, --foreground   stay in the foreground; messages go to stderr\n"
    "  -d, --debug        print every request; implies -f\n"
    "  -o OPTION          mount options:\n"
    "       ro, rw            read-only or writable (the default)\n"
    "       cache=SIZE        memory for metadata, for example 256M (default 64M)\n"
    "       nodiscard         do not give freed space back to the image's host or the device\n"
    "       commit=SECONDS    age at which changes are put on disk (default 1)\n"
    "       compress=zstd     compress new data where no attribute says otherwise; zstd:LEVEL\n"
    "                         from 1 to 15 (default 3), or none; else as mkfs.vexfs was told\n"
    "       noquickwake       do not keep idle processors awake while many requests come\n"
    "       allow_other       other users may use the mount, by its permissions\n"
    "       relatime          times of access as for mount(8) (the default)\n"
    "       noatime           none are kept\n"
    "       [no]suid [no]dev [no]exec [a]sync dirsync           as for mount(8)\n"
    "  -h, --help         this text\n"
    "  -V, --version      version\n";

namespace {

/// Options that the kernel takes as they are.
constexpr std::array kForKernel = {"suid",   "nosuid", "dev",     "nodev", "exec",
                                   "noexec", "async",  "dirsync", "sync"};

/// Options that are addressed to mount(8), systemd or fstab readers and may reach a helper.
bool isForMount(std::string_view option)
{
    constexpr std::array kNames = {"defaults", "auto",   "noauto", "nofail",  "_netdev",
                                   "user",     "nouser", "users",  "nousers", "owner",
                                   "noowner",  "group",  "nogroup"};
    return std::find(kNames.begin(), kNames.end(), option) != kNames.end() ||
           option.starts_with("x-") || option.starts_with("X-") ||
           option.starts_with("comment=") || option.starts_with("user=");
}

/// A number with an optional K, M or G; 0 on any mistake.
uint64_t parseSize(const std::string &text)
{
    char *end = nullptr;
    errno = 0;
    const unsigned long long number = strtoull(text.c_str(), &end, 10);
    if (errno || end == text.c_str() || text[0] == '-')
        return 0;
    unsigned shift = 0;
    switch (*end) {
    case 'k':
    case 'K': shift = 10; break;
    case 'm':
    case 'M': shift = 20; break;
    case 'g':
    case 'G': shift = 30; break;
    case '\0': break;
    default: return 0;
    }
    if (*end && end[1])
        return 0;
    return number > (UINT64_MAX >> shift) ? 0 : static_cast<uint64_t>(number) << shift;
}

/// Suid programs and device nodes work as on any filesystem when root mounts, unless told not to.
struct RootDefaults
{
    bool hasSuid = false;
    bool hasDev = false;
};

class Parser
{
public:
    Parser(Options *options, std::string *message) : m_options(*options), m_message(*message) {}

    ParseResult parse(int argc, char **argv);

private:
    ParseResult fail(const std::string &text)
    {
        m_message = text;
        return ParseResult::Error;
    }
    ParseResult parseSwitch(const std::string &argument);
    bool parseList(const std::string &list);
    bool parseOne(const std::string &option);
    ParseResult finish();

    Options &m_options;
    std::string &m_message;
    std::vector<std::string> m_positional;
    RootDefaults m_given;
    bool m_isHelper = false; ///< called as mount.*: mount(8)'s conventions
};

bool Parser::parseOne(const std::string &option)
{
    const std::string value = option.substr(std::min(option.find('=') + 1, option.size()));
    if (option.empty() || isForMount(option) || option == "default_permissions")
        return true; // default_permissions is always on
    if (option == "ro" || option == "rw") {
        m_options.isReadOnly = option == "ro";
        return true;
    }
    if (option == "relatime" || option == "noatime") {
        m_options.isNoAtime = option == "noatime";
        if (m_options.isNoAtime)
            m_options.mountOptions.push_back(option);
        return true;
    }
    if (option == "allow_other") {
        m_options.mountOptions.push_back(option);
        return true;
    }
    if (option == "discard" || option == "nodiscard") {
        m_options.doesDiscard = option == "discard";
        return true;
    }
    if (option == "quickwake" || option == "noquickwake") {
        m_options.isQuickToWake = option == "quickwake";
        return true;
    }
    if (option.starts_with("cache=")) {
        m_options.cacheBytes = parseSize(value);
        if (m_options.cacheBytes < 1 << 20)
            m_message = "cache=" + value + ": a size of at least 1M, for example cache=256M";
        return m_message.empty();
    }
    if (option.starts_with("commit=")) {
        const uint64_t seconds = parseSize(value);
        if (seconds < 1 || seconds > 3600)
            m_message = "commit=" + value + ": a number of seconds from 1 to 3600";
        m_options.commitIntervalMs = static_cast<uint32_t>(seconds * 1000);
        return m_message.empty();
    }
    if (option.starts_with("compress=")) {
        if (vexfs_parse_compression(value.c_str(), &m_options.compress) != 0)
            m_message =
                "compress=" + value + ": zstd, zstd:LEVEL with a level from 1 to 15, or none";
        return m_message.empty();
    }
    if (std::find(kForKernel.begin(), kForKernel.end(), option) != kForKernel.end()) {
        m_given.hasSuid |= option == "suid" || option == "nosuid";
        m_given.hasDev |= option == "dev" || option == "nodev";
        m_options.mountOptions.push_back(option);
        return true;
    }
    m_message = "unknown mount option '" + option + "'; see vexfs-fuse --help";
    return false;
}

bool Parser::parseList(const std::string &list)
{
    std::istringstream in(list);
    for (std::string option; std::getline(in, option, ',');) {
        if (!parseOne(option))
            return false;
    }
    return true;
}

ParseResult Parser::parseSwitch(const std::string &argument)
{
    if (argument == "-h" || argument == "--help")
        return ParseResult::Help;
    if (argument == "-V" || argument == "--version")
        return ParseResult::Version;
    // Of mount(8): sloppy options, no mtab, verbose. Nothing that we would do differently.
    if (m_isHelper && (argument == "-s" || argument == "-n" || argument == "-v"))
        return ParseResult::Run;
    if (m_isHelper && argument == "-f")
        m_options.isFake = true;
    else if (argument == "-f" || argument == "--foreground")
        m_options.isForeground = true;
    else if (argument == "-d" || argument == "--debug")
        m_options.isDebug = m_options.isForeground = true;
    else
        return fail("unknown argument '" + argument + "'; see vexfs-fuse --help");
    return ParseResult::Run;
}

ParseResult Parser::finish()
{
    if (m_positional.size() != 2)
        return fail("an image or device and a mount point are needed; see vexfs-fuse --help");
    char resolved[PATH_MAX];
    // An image that does not exist is reported by whoever opens it.
    m_options.image =
        realpath(m_positional[0].c_str(), resolved) ? resolved : m_positional[0];
    const std::string &mountpoint = m_positional[1];
    if (!realpath(mountpoint.c_str(), resolved)) {
        return fail(mountpoint + ": " + strerror(errno) +
                    (errno == ENOENT ? "; make the mount point with: mkdir " + mountpoint : ""));
    }
    m_options.mountpoint = resolved;
    struct stat info{};
    if (stat(resolved, &info) != 0 || !S_ISDIR(info.st_mode))
        return fail(mountpoint + ": the mount point is not a directory");
    if (m_options.isReadOnly)
        m_options.mountOptions.emplace_back("ro");
    if (geteuid() == 0 && !m_given.hasSuid)
        m_options.mountOptions.emplace_back("suid");
    if (geteuid() == 0 && !m_given.hasDev)
        m_options.mountOptions.emplace_back("dev");
    return ParseResult::Run;
}

ParseResult Parser::parse(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    m_isHelper = std::string_view(slash ? slash + 1 : argv[0]).starts_with("mount.");
    bool onlyPositional = false;
    for (int i = 1; i < argc; i++) {
        const std::string argument = argv[i];
        const bool isSwitch = !onlyPositional && argument.size() > 1 && argument[0] == '-';
        if (argument == "--" && !onlyPositional) {
            onlyPositional = true;
        } else if (isSwitch && (argument == "-o" || (m_isHelper && argument == "-t"))) {
            if (i + 1 >= argc)
                return fail(argument + " needs a value; see vexfs-fuse --help");
            i++;
            if (argument == "-o" && !parseList(argv[i]))
                return ParseResult::Error;
        } else if (isSwitch && argument.starts_with("-o")) {
            if (!parseList(argument.substr(2)))
                return ParseResult::Error;
        } else if (isSwitch) {
            const ParseResult result = parseSwitch(argument);
            if (result != ParseResult::Run)
                return result;
        } else {
            m_positional.push_back(argument);
        }
    }
    return finish();
}

} // namespace

ParseResult parseOptions(int argc, char **argv, Options *options, std::string *message)
{
    return Parser(options, message).parse(argc, argv);
}

} // namespace vexfs::fuse
