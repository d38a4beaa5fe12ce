// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/work_policy.h - when work in the background has to wait, and how much it may take.
//
// Programs may hold it back for a while (Inhibit). What a battery means is set for each index.
// What is asked for by name, and searches, never wait.
#pragma once

#include <QList>
#include <QObject>
#include <QString>

#include <mutex>

namespace vexfs::daemon {

/// Someone who holds work back.
struct Inhibitor
{
    QString what; ///< "indexing", colon-separated where it is several
    QString who;
    QString why;
    uint32_t uid = 0;
};

/// What background work may do now.
struct WorkLimits
{
    QString hold;          ///< "" or why it waits: "inhibited"
    QString message;       ///< for people, when it waits
    bool isOnBattery = false; ///< what that means is set for each index
    bool operator==(const WorkLimits &) const = default;
};

/// Owner: main; thread: any, the signal comes on that of whoever changed something.
class WorkPolicy : public QObject
{
    Q_OBJECT

public:
    explicit WorkPolicy(QObject *parent = nullptr) : QObject(parent) {}

    /// The words of what: 'indexing', 'snapshots', 'maintenance'; false when one is none of them.
    static bool isKnown(const QString &what);

    uint32_t addInhibitor(const Inhibitor &inhibitor);
    void removeInhibitor(uint32_t id);
    QList<Inhibitor> inhibitors() const;

    void setBattery(bool isOnBattery);

    WorkLimits limits() const;

Q_SIGNALS:
    /// limits() or inhibitors() are others now.
    void changed();

private:
    mutable std::mutex m_mutex; ///< guards what follows
    QList<std::pair<uint32_t, Inhibitor>> m_inhibitors;
    uint32_t m_lastId = 0;
    bool m_isOnBattery = false;
};

} // namespace vexfs::daemon
