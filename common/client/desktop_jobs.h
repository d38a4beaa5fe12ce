// SPDX-License-Identifier: Apache-2.0
//
// common/client/desktop_jobs.h - jobs in the desktop's own view of what goes on: KDE's
// org.kde.JobViewServer, whose views can be asked to stop.
#pragma once

#include <QHash>
#include <QObject>
#include <QVariantMap>

namespace vexfs::client {

/// A job as the desktop shows it.
struct DesktopJob
{
    QString title;
    QString details; ///< a line about what it does now
    double progress = -1; ///< 0..1, or -1 when unknown
    quint64 filesDone = 0;
    quint64 filesTotal = 0; ///< 0 when unknown
    quint64 bytesDone = 0;
    quint64 bytesTotal = 0;
    quint64 bytesPerSecond = 0;
    bool isCancelable = false;
};

/// Where no desktop offers such a view, nothing is shown and nothing fails. Owner: main; lives in
/// the GUI thread, and never waits.
class DesktopJobs : public QObject
{
    Q_OBJECT

public:
    explicit DesktopJobs(QObject *parent = nullptr);

    /// Shows it, or what is new of it. id: what cancelAsked() names it by.
    void show(const QString &id, const DesktopJob &job);
    /// Takes its view away; why: what went wrong, or empty.
    void end(const QString &id, const QString &why);
    QStringList shown() const { return m_views.keys(); }

Q_SIGNALS:
    void cancelAsked(const QString &id);

private:
    struct View
    {
        QString object; ///< of the desktop; empty before it has answered, or where there is none
        QVariantMap wanted;
        QVariantMap told;
    };

    void ask(const QString &id, bool isCancelable);
    void open(const QString &id, const QString &object);
    void update(View &view);
    void terminate(const QString &object, const QString &why);

    QHash<QString, View> m_views;
};

} // namespace vexfs::client
