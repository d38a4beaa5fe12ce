// SPDX-License-Identifier: Apache-2.0
//
// gui/app/main_window.h - pages, the field that is always there, and what the service does.
#pragma once

#include "common/client/window_name.h"
#include "gui/app/presence.h"
#include "gui/models/cache_history.h"
#include "gui/models/change_tree.h"
#include "gui/models/drop_list.h"
#include "gui/models/file_history.h"
#include "gui/models/job_model.h"
#include "gui/models/map_model.h"
#include "gui/models/notices/job_views.h"
#include "gui/models/preview/file_preview.h"
#include "gui/models/search_model.h"
#include "gui/models/service.h"
#include "gui/models/snapshot_model.h"
#include "gui/models/tags/file_tags.h"

#include <QMainWindow>

#include <array>

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QSplitter;
class QStackedWidget;

namespace vexfs::gui {

class ActivityPage;
class AddPage;
class HistoryPage;
class Placeholder;
class PreviewPanel;
class SearchPage;

/// The client must outlive it.
class MainWindow : public QMainWindow
{
    Q_OBJECT

public:
    enum Page { Search, History, Snapshots, Map, Add, Activity, Volumes, Pages };

    /// stateFile: where its size and page are kept; empty: nowhere.
    MainWindow(client::Client &client, const QString &stateFile, QWidget *parent = nullptr);
    ~MainWindow() override;

    void showPage(Page page);
    Page page() const;
    void setQuery(const QString &query);
    /// Does what a start or the desktop wants, and comes to the front.
    void fulfil(const client::WindowWish &wish);
    /// All versions of a file.
    void showHistory(const QString &uri);
    Service &service() { return m_service; }
    SearchModel &searchModel() { return m_search; }
    Presence &presence() { return m_presence; }
    MapModel &mapModel() { return m_map; }
    FilePreview &preview() { return m_preview; }
    /// Whether the selected file is shown on pages that have files.
    void setPreviewShown(bool isShown);
    bool isPreviewShown() const { return m_isPreviewShown; }

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void makePages();
    void makePreview();
    void takeSelected(Page page, const SelectedFile &file);
    void followPage();
    void makeActions();
    QWidget *makeTop();
    void addPage(QWidget *page, const QString &icon, const QString &title);
    void showSimilar(const QString &uri);
    void showService();
    void showVolumes();
    void followVolume();
    void createVolume();
    void paste();
    void restoreState();
    void rememberQuery();
    void setRecent(const QStringList &queries);
    void makePresence(ActivityPage *activity);

    client::Client &m_client;
    const QString m_stateFile;
    QStringList m_recent; ///< what was searched, the last first
    Service m_service;
    SearchModel m_search;
    FileHistory m_history;
    SnapshotModel m_snapshots;
    ChangeTree m_changes;
    MapModel m_map;
    JobModel m_jobs;
    CacheHistory m_caches;
    DropList m_drops;
    FilePreview m_preview;
    FileTags m_tags;
    Presence m_presence;
    JobViews m_jobViews{m_service};

    QLineEdit *m_field;
    QComboBox *m_volumes;
    QListWidget *m_pageList;
    QStackedWidget *m_pages;
    QSplitter *m_split; ///< pages, and the preview beside them
    PreviewPanel *m_previewPanel;
    std::array<SelectedFile, Pages> m_selected; ///< on each page
    bool m_isPreviewShown = true;
    QStackedWidget *m_whole; ///< the pages, or why there is nothing to show
    Placeholder *m_away;
    QPushButton *m_status;
    QLabel *m_dropHint; ///< over everything while files are dragged here
    SearchPage *m_searchPage = nullptr;
    HistoryPage *m_historyPage = nullptr;
    AddPage *m_addPage = nullptr;
};

} // namespace vexfs::gui
