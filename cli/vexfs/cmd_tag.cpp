// SPDX-License-Identifier: Apache-2.0
//
// Tags are an attribute of the file, the desktop's: no daemon is asked.
#include "cli/output/human.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"

#include <QFile>

#include <cerrno>
#include <memory>

#include <sys/xattr.h>

namespace vexfs::cli {

namespace {

const char kTags[] = "user.xdg.tags";
constexpr size_t kTagsBytesMax = 4096;

base::Result<QStringList> tagsOf(const QByteArray &path)
{
    char value[kTagsBytesMax];
    const ssize_t got = getxattr(path.constData(), kTags, value, sizeof value);
    if (got < 0 && errno != ENODATA) {
        return base::failErrno(errno,
                               QStringLiteral("Cannot read the tags of %1").arg(shownPath(path)));
    }
    QStringList tags;
    if (got > 0)
        tags = QString::fromUtf8(value, got).split(u',', Qt::SkipEmptyParts);
    for (QString &each : tags)
        each = each.trimmed();
    return tags;
}

base::Status setTags(const QByteArray &path, const QStringList &tags)
{
    const QByteArray value = tags.join(u',').toUtf8();
    if (value.size() > qsizetype(kTagsBytesMax)) {
        return base::fail(base::Errc::TooLarge,
                          QStringLiteral("More than %1 bytes of tags").arg(kTagsBytesMax));
    }
    const bool isSet = value.isEmpty()
        ? removexattr(path.constData(), kTags) == 0 || errno == ENODATA
        : setxattr(path.constData(), kTags, value.constData(), size_t(value.size()), 0) == 0;
    if (!isSet) {
        return base::failErrno(errno,
                               QStringLiteral("Cannot set the tags of %1").arg(shownPath(path)));
    }
    return {};
}

/// +a adds a, -b takes b away; nothing only tells.
Outcome tag(const Command &command, const std::string &file, const std::vector<std::string> &words)
{
    const QByteArray path = absolutePath(file);
    auto tags = tagsOf(path);
    if (!tags)
        return tl::unexpected(tags.error());
    for (const std::string &each : words) {
        const QString word = QString::fromStdString(each);
        const QString name = word.mid(1).trimmed();
        const bool isAdded = word.startsWith(u'+');
        if ((!isAdded && !word.startsWith(u'-')) || name.isEmpty() || name.contains(u',')) {
            return base::fail(base::Errc::InvalidArgs,
                              QStringLiteral("'%1' is neither +TAG nor -TAG").arg(word));
        }
        tags->removeAll(name);
        if (isAdded)
            tags->append(name);
    }
    if (!words.empty()) {
        if (auto done = setTags(path, *tags); !done)
            return tl::unexpected(done.error());
    }
    if (command.isJson) {
        writeJson(command.io.out, {{QStringLiteral("schema"), QStringLiteral("vexctl.tag/1")},
                                   {QStringLiteral("tags"), QJsonArray::fromStringList(*tags)}});
    } else if (!command.isQuiet) {
        command.io.out << tags->join(QStringLiteral(", ")).toStdString() << '\n';
    }
    return kDone;
}

} // namespace

void addTagVerb(CLI::App &app, Command *command)
{
    auto file = std::make_shared<std::string>();
    CLI::App *verb = app.add_subcommand("tag", "Tells and changes the tags of a file: FILE +a -b");
    verb->add_option("FILE", *file)->required();
    verb->allow_extras();
    // -b would be an option of vexctl's.
    verb->fallthrough(false);
    verb->callback([command, file, verb] {
        command->verb = [command, file, words = verb->remaining()] {
            return tag(*command, *file, words);
        };
    });
}

} // namespace vexfs::cli
