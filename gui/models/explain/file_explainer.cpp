// SPDX-License-Identifier: Apache-2.0
#include "gui/models/explain/file_explainer.h"

#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QLocale>

namespace vexfs::gui {

namespace {

QString textOf(const QVariantMap &report, const char *key)
{
    return report.value(QLatin1String(key)).toString();
}

QString numberOf(const QVariantMap &report, const char *key)
{
    return QLocale().toString(report.value(QLatin1String(key)).toULongLong());
}

/// It is indexed: what the search made of it.
QString verdictOf(const QString &name, const QVariantMap &report)
{
    const QString verdict = textOf(report, "verdict");
    if (verdict == QLatin1String("found"))
        return FileExplainer::tr("%1 is found: it is number %2.")
            .arg(name, numberOf(report, "rank"));
    if (verdict == QLatin1String("filtered"))
        return FileExplainer::tr("%1 is left out by a condition of the search.").arg(name);
    if (verdict == QLatin1String("below-floor")) {
        return FileExplainer::tr("%1 has none of these words, and is about something else.")
            .arg(name);
    }
    if (verdict == QLatin1String("outranked")) {
        return FileExplainer::tr("%1 fits, but there are too many files that fit better (%2).")
            .arg(name, numberOf(report, "ranked"));
    }
    return FileExplainer::tr("%1 is indexed, and can be found.").arg(name);
}

} // namespace

QString explanationOf(const QString &name, const QVariantMap &report)
{
    const QString state = textOf(report, "state");
    if (state == QLatin1String("indexed"))
        return verdictOf(name, report);
    if (state == QLatin1String("pending"))
        return FileExplainer::tr("%1 still waits to be indexed.").arg(name);
    if (state == QLatin1String("excluded"))
        return FileExplainer::tr("%1 is left out of the index by the rule %2.")
            .arg(name, textOf(report, "rule"));
    if (state == QLatin1String("unsupported"))
        return FileExplainer::tr("%1 has no text that could be read (%2). It is found by its name.")
            .arg(name, textOf(report, "type"));
    if (state == QLatin1String("failed"))
        return FileExplainer::tr("%1 could not be read: %2").arg(name, textOf(report, "error"));
    if (state == QLatin1String("forbidden"))
        return FileExplainer::tr("%1 is not yours to read.").arg(name);
    if (state == QLatin1String("missing"))
        return FileExplainer::tr("There is no file %1.").arg(name);
    return FileExplainer::tr("%1 is on no volume and in no folder that is indexed.").arg(name);
}

FileExplainer::FileExplainer(Service &service, QObject *parent)
    : QObject(parent), m_service(service)
{
}

void FileExplainer::ask(const QString &uri, const QString &query)
{
    const QString name = shownName(uri);
    const QString place = m_service.indexedPlaceOf(uri);
    ++m_number;
    if (place.isEmpty()) {
        Q_EMIT told(explanationOf(name, {}));
        return;
    }
    onReply(m_service.client().explain(place, uri, query), this,
            [this, name, number = m_number](const base::Result<QVariantMap> &report) {
                if (number == m_number)
                    Q_EMIT told(report ? explanationOf(name, *report) : report.error().what);
            });
}

} // namespace vexfs::gui
