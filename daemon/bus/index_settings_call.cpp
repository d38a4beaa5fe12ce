// SPDX-License-Identifier: Apache-2.0
//
// Index.Configure, and what it has set as the property Configuration.
#include "common/base/file_uri.h"
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "daemon/bus/volume_object.h"

#include <QFile>

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

const QStringList kKeys{QStringLiteral("enabled"),    QStringLiteral("roots"),
                        QStringLiteral("exclude"),    QStringLiteral("max-file-size"),
                        QStringLiteral("types"),      QStringLiteral("ocr"),
                        QStringLiteral("on-battery"), QStringLiteral("cpu-limit")};
constexpr quint64 kFileBytesMost = 256ULL << 20;
constexpr double kCpuLimitLeast = 0.01;
constexpr qsizetype kRulesMax = 1000;

/// The path below the root of a place: of a URI or an absolute path. NotOnVolume.
Result<QByteArray> relativeOf(const IndexedPlace &place, const QString &uri)
{
    const auto path = base::pathFromUri(uri);
    if (!path)
        return path;
    if (*path == place.root)
        return QByteArray();
    if (!path->startsWith(place.root + '/'))
        return base::fail(Errc::NotOnVolume,
                          QStringLiteral("%1 is not in what is indexed").arg(uri));
    return path->mid(place.root.size() + 1);
}

Result<QVector<QByteArray>> rootsOf(const IndexedPlace &place, const QStringList &uris)
{
    QVector<QByteArray> roots;
    for (const QString &uri : uris) {
        const auto path = relativeOf(place, uri);
        if (!path)
            return tl::unexpected(path.error());
        roots.append(*path);
    }
    // The root itself is all.
    if (roots.contains(QByteArray()))
        roots.clear();
    return roots;
}

/// URIs become paths from the root; globs stay.
Result<QStringList> rulesOf(const IndexedPlace &place, const QStringList &wanted)
{
    QStringList rules;
    for (const QString &each : wanted) {
        if (each.isEmpty())
            return base::fail(Errc::InvalidArgs, QStringLiteral("An empty rule excludes nothing"));
        if (!each.startsWith(QLatin1String("file:")) && !each.startsWith(u'/')) {
            rules.append(each);
            continue;
        }
        const auto path = relativeOf(place, each);
        if (!path)
            return tl::unexpected(path.error());
        if (path->isEmpty()) {
            return base::fail(Errc::InvalidArgs,
                              QStringLiteral("All of it is excluded by enabled=false"));
        }
        rules.append(u'/' + QFile::decodeName(*path));
    }
    return rules;
}

Result<QStringList> typesOf(const QStringList &wanted)
{
    QStringList types;
    for (const QString &each : wanted) {
        const auto known = mimeTypesOf(each);
        if (!known)
            return tl::unexpected(known.error());
        types += *known;
    }
    types.removeDuplicates();
    return types;
}

/// The settings with the changes made.
Result<IndexSettings> changed(IndexSettings settings, const IndexedPlace &place,
                              const QVariantMap &changes)
{
    for (auto each = changes.constBegin(); each != changes.constEnd(); ++each) {
        if (!kKeys.contains(each.key())) {
            return base::fail(Errc::InvalidArgs,
                              QStringLiteral("'%1' is none of %2")
                                  .arg(each.key(), kKeys.join(QStringLiteral(", "))));
        }
    }
    dbus::Options values(changes, {"enabled", "roots", "exclude", "max-file-size", "types", "ocr",
                                   "on-battery", "cpu-limit"});
    settings.isEnabled = values.boolean("enabled", settings.isEnabled);
    settings.maxFileBytes = values.number("max-file-size", settings.maxFileBytes, kFileBytesMost);
    if (values.has("ocr"))
        settings.ocr = values.boolean("ocr");
    const QStringList words{QStringLiteral("pause"), QStringLiteral("slow"), QStringLiteral("run")};
    const auto battery =
        onBatteryOf(values.word("on-battery", onBatteryWord(settings.onBattery), words));
    settings.cpuLimit = values.real("cpu-limit", settings.cpuLimit, kCpuLimitLeast, 1.0);
    const auto roots = rootsOf(place, values.texts("roots"));
    const auto exclude = rulesOf(place, values.texts("exclude"));
    const auto types = typesOf(values.texts("types"));
    for (const base::Error *error :
         {roots ? nullptr : &roots.error(), exclude ? nullptr : &exclude.error(),
          types ? nullptr : &types.error()}) {
        if (error)
            return tl::unexpected(*error);
    }
    if (auto fits = values.status(); !fits)
        return tl::unexpected(fits.error());
    if (std::max({roots->size(), exclude->size(), types->size()}) > kRulesMax)
        return base::fail(Errc::TooLarge, QStringLiteral("More than %1 rules").arg(kRulesMax));
    settings.onBattery = *battery;
    if (values.has("roots"))
        settings.roots = *roots;
    if (values.has("exclude"))
        settings.exclude = *exclude;
    if (values.has("types"))
        settings.types = *types;
    return settings;
}

} // namespace

QVariantMap configurationOf(const IndexedPlace &place)
{
    if (!place.index)
        return {};
    const IndexSettings settings = place.index->settings();
    QStringList roots;
    for (const QByteArray &each : settings.roots)
        roots.append(base::uriFromPath(place.root + '/' + each));
    QStringList exclude;
    for (const QString &each : settings.exclude) {
        exclude.append(each.startsWith(u'/')
                           ? base::uriFromPath(place.root + QFile::encodeName(each))
                           : each);
    }
    QVariantMap out{
        {QStringLiteral("enabled"), settings.isEnabled},
        {QStringLiteral("roots"), roots},
        {QStringLiteral("exclude"), exclude},
        {QStringLiteral("max-file-size"), static_cast<qulonglong>(settings.maxFileBytes)},
        {QStringLiteral("types"), settings.types},
        {QStringLiteral("on-battery"), onBatteryWord(settings.onBattery)},
        {QStringLiteral("cpu-limit"), settings.cpuLimit},
    };
    if (settings.ocr)
        out.insert(QStringLiteral("ocr"), *settings.ocr);
    return out;
}

void configureIndex(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    const auto place = context.services.indexed->find(uuid);
    if (!options.status() || !place)
        return call.fail(place ? options.status().error() : place.error());
    if (!place->index) {
        return call.fail({Errc::IndexNotReady,
                          QStringLiteral("The volume is not indexed: ") + place->indexError});
    }
    const auto settings =
        changed(place->index->settings(), *place, call.map(0));
    if (!settings)
        return call.fail(settings.error());
    answerFromPool(context, call,
                   [index = place->index, settings = *settings]() -> Result<QVariantList> {
        const auto done = index->configure(settings);
        if (!done)
            return tl::unexpected(done.error());
        return QVariantList();
    });
}

} // namespace vexfs::daemon
