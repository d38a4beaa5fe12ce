// SPDX-License-Identifier: Apache-2.0
//
// gui/views/volumes_page.h - volumes as cards, and what their caches do.
#pragma once

#include "gui/models/cache_history.h"
#include "gui/models/opener.h"
#include "gui/views/locks.h"

#include <QWidget>

#include <functional>

class QLabel;
class QStackedWidget;
class QTableWidget;
class QTabWidget;
class QVBoxLayout;

namespace vexfs::gui {

class CacheChart;
class MessageBar;
class Placeholder;
class VolumeCard;

class VolumesPage : public QWidget
{
    Q_OBJECT

public:
    VolumesPage(Service &service, CacheHistory &caches, QWidget *parent = nullptr);

Q_SIGNALS:
    void createAsked();

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    QWidget *makeStatistics();
    void showVolumes();
    void showCaches();
    void connectCard(const VolumeCard *card);
    void rename(const QString &object);
    void grow(const QString &object);
    void scrub(const QString &object);
    void check(const QString &object, bool isRepair);
    /// Follows a job and says how it ended.
    void follow(const client::Reply<QString> &started, const QString &begun,
                std::function<QString(const client::JobInfo &)> ended);
    QString nameOf(const QString &object) const;
    void mount(const QString &object, bool isMounted);
    void watchCaches();
    void lockStatistics();

    Service &m_service;
    Locks m_locks;
    Opener m_opener;
    CacheHistory &m_caches;
    QTabWidget *m_tabs;
    MessageBar *m_message;
    QStackedWidget *m_stack;
    Placeholder *m_placeholder;
    QVBoxLayout *m_column;
    QList<VolumeCard *> m_cards;
    QLabel *m_advice;
    CacheChart *m_chart;
    QTableWidget *m_table;
};

} // namespace vexfs::gui
