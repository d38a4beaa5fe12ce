// SPDX-License-Identifier: Apache-2.0
//
// Tags are an attribute of the file, the desktop's: no daemon is asked.
#include "cli/output/human.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "common/base/file_tags.h"

#include <memory>

namespace vexfs::cli {

namespace {

/// +a adds a, -b takes b away; nothing only tells.
Outcome tag(const Command &command, const std::string &file, const std::vector<std::string> &words)
{
    const QByteArray path = absolutePath(file);
    base::TagChange change;
    for (const std::string &each : words) {
        const QString word = QString::fromStdString(each);
        const QString name = word.mid(1).trimmed();
        const bool isAdded = word.startsWith(u'+');
        if ((!isAdded && !word.startsWith(u'-')) || !base::isTagName(name)) {
            return base::fail(base::Errc::InvalidArgs,
                              QStringLiteral("'%1' is neither +TAG nor -TAG").arg(word));
        }
        // The last word of a name counts.
        change.added.removeAll(name);
        change.removed.removeAll(name);
        (isAdded ? change.added : change.removed).append(name);
    }
    const auto tags = base::changeTags(path, shownPath(path), change);
    if (!tags)
        return tl::unexpected(tags.error());
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
