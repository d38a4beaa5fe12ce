// SPDX-License-Identifier: Apache-2.0
#include "cli/output/human.h"
#include "cli/vexfs/command.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/index_exclude.h"
#include "cli/vexfs/json.h"

#include <QRegularExpression>

namespace vexfs::cli {

namespace {

tl::unexpected<base::Error> isNo(const QString &value, const char *what)
{
    return base::fail(base::Errc::InvalidArgs,
                      QStringLiteral("'%1' is no %2").arg(value, QLatin1String(what)));
}

/// "100", "64K", "20M": bytes.
base::Result<QVariant> bytesOf(const QString &value)
{
    static const QRegularExpression size(QStringLiteral("^(\\d{1,12})([KMG]?)$"));
    const auto match = size.match(value);
    if (!match.hasMatch())
        return isNo(value, "size, such as 20M");
    const qsizetype power = QStringLiteral("KMG").indexOf(match.captured(2)) + 1;
    const int shift = match.captured(2).isEmpty() ? 0 : int(power) * 10;
    return QVariant(match.captured(1).toULongLong() << shift);
}

/// A path becomes the URI that the interface wants; globs and names stay as they are.
QString placeOf(const QString &text, bool isAlwaysPath)
{
    const bool isPath = isAlwaysPath || text.startsWith(u'/') || text.startsWith(u'.');
    const bool isTaken = text.startsWith(QLatin1String("file:")) || text.contains(u'*');
    return isPath && !isTaken ? absoluteUri(text.toStdString()) : text;
}

/// The value in the type that the interface wants for the key; unknown ones as they are: the daemon
/// says what is wrong with them.
base::Result<QVariant> valueOf(const QString &key, const QString &value)
{
    if (key == QLatin1String("enabled") || key == QLatin1String("ocr")) {
        const bool isTrue = value == QLatin1String("true") || value == QLatin1String("yes");
        if (!isTrue && value != QLatin1String("false") && value != QLatin1String("no"))
            return isNo(value, "true or false");
        return QVariant(isTrue);
    }
    if (key == QLatin1String("max-file-size"))
        return bytesOf(value);
    if (key == QLatin1String("cpu-limit")) {
        bool isNumber = false;
        const double number = value.toDouble(&isNumber);
        return isNumber ? base::Result<QVariant>(QVariant(number)) : isNo(value, "number");
    }
    if (key == QLatin1String("on-battery"))
        return QVariant(value);
    QStringList all = value.split(u',', Qt::SkipEmptyParts);
    for (QString &each : all)
        each = placeOf(each, key == QLatin1String("roots"));
    return QVariant(all);
}

QString shownValue(const QVariant &value)
{
    if (value.typeId() == QMetaType::QStringList)
        return value.toStringList().join(u',');
    return value.toString();
}

const QString kExclude = QStringLiteral("exclude");

void writeExcluded(const Command &command, const QStringList &excluded)
{
    if (command.isJson) {
        writeJson(command.io.out,
                  {{QStringLiteral("schema"), QStringLiteral("vexctl.index-exclude/1")},
                   {kExclude, QJsonArray::fromStringList(excluded)}});
        return;
    }
    for (const QString &each : excluded)
        command.io.out << oneLine(each).toStdString() << '\n';
    if (excluded.isEmpty())
        command.say(QStringLiteral("Nothing is left out"));
}

} // namespace

Outcome excludeFromIndex(const Command &command, const std::string &volume,
                         const std::string &action, const std::vector<std::string> &globs)
{
    if (action.empty() != globs.empty()) {
        return base::fail(base::Errc::InvalidArgs,
                          QStringLiteral("Say what to %1: files, folders, or globs such as '*.log'")
                              .arg(QString::fromStdString(action)));
    }
    const auto place = findIndexed(command, QString::fromStdString(volume));
    if (!place)
        return tl::unexpected(place.error());
    QStringList excluded = place->index.configuration.value(kExclude).toStringList();
    for (const std::string &each : globs) {
        const QString glob = placeOf(QString::fromStdString(each), false);
        const qsizetype removed = excluded.removeAll(glob);
        if (action == "add")
            excluded.append(glob);
        else if (removed == 0)
            return base::fail(base::Errc::NotFound,
                              QStringLiteral("'%1' is not among what is left out").arg(glob));
    }
    if (!globs.empty()) {
        const auto done = await(
            command, command.io.client.configureIndex(place->object, {{kExclude, excluded}}));
        if (!done)
            return tl::unexpected(done.error());
    }
    writeExcluded(command, excluded);
    return kDone;
}

Outcome configureIndex(const Command &command, const std::string &volume,
                       const std::vector<std::string> &settings)
{
    const auto place = findIndexed(command, QString::fromStdString(volume));
    if (!place)
        return tl::unexpected(place.error());
    QVariantMap changes;
    for (const std::string &each : settings) {
        const QString text = QString::fromStdString(each);
        const qsizetype equals = text.indexOf(u'=');
        if (equals < 1)
            return isNo(text, "KEY=VALUE");
        const auto value = valueOf(text.left(equals), text.mid(equals + 1));
        if (!value)
            return tl::unexpected(value.error());
        changes.insert(text.left(equals), *value);
    }
    if (!changes.isEmpty()) {
        const auto done =
            await(command, command.io.client.configureIndex(place->object, changes));
        if (!done)
            return tl::unexpected(done.error());
        command.say(QStringLiteral("Set. How far it is: vexctl index status"));
        return kDone;
    }
    if (command.isJson) {
        QJsonObject out = jsonOf(place->index.configuration);
        out.insert(QStringLiteral("schema"), QStringLiteral("vexctl.index-config/1"));
        writeJson(command.io.out, out);
        return kDone;
    }
    const QVariantMap &all = place->index.configuration;
    for (auto each = all.constBegin(); each != all.constEnd(); ++each) {
        command.io.out << each.key().toStdString() << '=' << shownValue(*each).toStdString()
                       << '\n';
    }
    return kDone;
}

} // namespace vexfs::cli
