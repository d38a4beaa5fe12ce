// SPDX-License-Identifier: Apache-2.0
//
// gui/models/job_model.h - running and recent jobs, newest first.
#pragma once

#include "gui/models/service.h"

#include <QAbstractTableModel>

namespace vexfs::gui {

class JobModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { What, Begun, State, Progress, Problems, Columns };
    /// 0..100, or -1 when it is not known.
    static constexpr int PercentRole = Qt::UserRole + 1;

    explicit JobModel(Service &service, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    const client::JobInfo *job(int row) const;
    void cancel(int row);
    void setPaused(int row, bool isPaused);

Q_SIGNALS:
    void failed(const QString &what);

private:
    void follow(client::Reply<client::Done> reply);
    void take();

    Service &m_service;
    QList<client::JobInfo> m_jobs;
};

/// The name of a kind of job, for people.
QString jobTitle(const client::JobInfo &job);
/// How far it is, and the time that is left where it takes long. nowUs: since the epoch.
QString jobProgress(const client::JobInfo &job, quint64 nowUs);
/// In the unit that fits.
QString shownDuration(quint64 seconds);

} // namespace vexfs::gui
