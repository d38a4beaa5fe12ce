// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/index_settings.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>
#include <array>
#include <utility>

#include <fnmatch.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr std::array kBatteryWords{std::pair(OnBattery::Pause, "pause"),
                                   std::pair(OnBattery::Slow, "slow"),
                                   std::pair(OnBattery::Run, "run")};

bool isAtOrBelow(const QByteArray &path, const QByteArray &folder)
{
    return path == folder || path.startsWith(folder + '/');
}

bool matchesGlob(const QByteArray &path, const QByteArray &glob)
{
    if (glob.contains('/'))
        return fnmatch(glob.constData(), path.constData(), 0) == 0;
    const QList<QByteArray> names = path.split('/');
    return std::any_of(names.begin(), names.end(), [&](const QByteArray &name) {
        return fnmatch(glob.constData(), name.constData(), 0) == 0;
    });
}

QString fileIn(const QString &directory)
{
    return directory + QStringLiteral("/settings.json");
}

QStringList textsOf(const QJsonValue &value)
{
    QStringList out;
    for (const QJsonValue &each : value.toArray())
        out.append(each.toString());
    return out;
}

} // namespace

QString onBatteryWord(OnBattery what)
{
    for (const auto &[value, word] : kBatteryWords) {
        if (value == what)
            return QLatin1String(word);
    }
    return {};
}

std::optional<OnBattery> onBatteryOf(const QString &word)
{
    for (const auto &[value, known] : kBatteryWords) {
        if (word == QLatin1String(known))
            return value;
    }
    return std::nullopt;
}

bool IndexSettings::takesSameFiles(const IndexSettings &other) const
{
    return roots == other.roots && exclude == other.exclude && types == other.types
        && maxFileBytes == other.maxFileBytes && ocr == other.ocr;
}

QString IndexSettings::ruleAgainst(const QByteArray &path) const
{
    const bool isInside =
        roots.isEmpty() || std::any_of(roots.begin(), roots.end(), [&](const QByteArray &root) {
            return isAtOrBelow(path, root);
        });
    if (!isInside)
        return QStringLiteral("it is in none of the folders that are indexed");
    for (const QString &each : exclude) {
        const QByteArray rule = QFile::encodeName(each);
        if (rule.startsWith('/') ? isAtOrBelow(path, rule.mid(1)) : matchesGlob(path, rule))
            return QStringLiteral("excluded by ") + each;
    }
    return {};
}

bool IndexSettings::takesType(const QString &mimeType) const
{
    return types.isEmpty() || std::any_of(types.begin(), types.end(), [&](const QString &type) {
        return type.endsWith(QLatin1String("/*")) ? mimeType.startsWith(type.chopped(1))
                                                  : mimeType == type;
    });
}

Result<IndexSettings> IndexSettings::load(const QString &directory)
{
    IndexSettings out;
    QFile file(fileIn(directory));
    if (!file.exists())
        return out;
    const QJsonDocument document =
        file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()) : QJsonDocument();
    const QJsonObject json = document.object();
    const auto battery = onBatteryOf(json[QLatin1String("on-battery")].toString());
    const double limit = json[QLatin1String("cpu-limit")].toDouble();
    if (!document.isObject() || !battery || !(limit > 0.0)) {
        return fail(Errc::Corrupt,
                    QStringLiteral("%1 is damaged: what was set of the index is not known")
                        .arg(file.fileName()));
    }
    out.isEnabled = json[QLatin1String("enabled")].toBool();
    for (const QString &root : textsOf(json[QLatin1String("roots")]))
        out.roots.append(QByteArray::fromPercentEncoding(root.toLatin1()));
    out.exclude = textsOf(json[QLatin1String("exclude")]);
    out.maxFileBytes = uint64_t(json[QLatin1String("max-file-size")].toInteger());
    out.types = textsOf(json[QLatin1String("types")]);
    if (const QJsonValue ocr = json[QLatin1String("ocr")]; ocr.isBool())
        out.ocr = ocr.toBool();
    out.onBattery = *battery;
    out.cpuLimit = limit;
    return out;
}

Status IndexSettings::save(const QString &directory) const
{
    QJsonArray rootsKept;
    for (const QByteArray &root : roots)
        rootsKept.append(QString::fromLatin1(root.toPercentEncoding("/")));
    QJsonObject json{{QStringLiteral("enabled"), isEnabled},
                     {QStringLiteral("roots"), rootsKept},
                     {QStringLiteral("exclude"), QJsonArray::fromStringList(exclude)},
                     {QStringLiteral("max-file-size"), qint64(maxFileBytes)},
                     {QStringLiteral("types"), QJsonArray::fromStringList(types)},
                     {QStringLiteral("on-battery"), onBatteryWord(onBattery)},
                     {QStringLiteral("cpu-limit"), cpuLimit}};
    if (ocr)
        json.insert(QStringLiteral("ocr"), *ocr);
    QSaveFile file(fileIn(directory));
    const QByteArray bytes = QJsonDocument(json).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return fail(Errc::Failed, QStringLiteral("cannot write %1: %2")
                                      .arg(file.fileName(), file.errorString()));
    }
    return {};
}

} // namespace vexfs::daemon
