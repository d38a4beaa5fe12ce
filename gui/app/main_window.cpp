// SPDX-License-Identifier: Apache-2.0
#include "gui/app/main_window.h"

#include "gui/dialogs/create_volume_dialog.h"
#include "gui/models/reply.h"
#include "gui/models/shown_path.h"
#include "gui/views/activity_page.h"
#include "gui/views/add_page.h"
#include "gui/views/history_page.h"
#include "gui/views/map_page.h"
#include "gui/views/preview_panel.h"
#include "gui/views/search_page.h"
#include "gui/views/snapshots_page.h"
#include "gui/views/volumes_page.h"
#include "gui/widgets/placeholder.h"
#include "gui/widgets/theme_icon.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QStyle>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

const QString kNotices = QStringLiteral("notices");
const QString kRecent = QStringLiteral("recent");
constexpr qsizetype kRecentMost = 5;
const QString kPreview = QStringLiteral("preview");
const QString kPreviewSplit = QStringLiteral("preview-split");
const QString kTray = QStringLiteral("tray");

} // namespace

MainWindow::MainWindow(client::Client &client, const QString &stateFile, QWidget *parent)
    : QMainWindow(parent), m_client(client), m_stateFile(stateFile), m_service(client),
      m_search(client), m_history(client), m_snapshots(client), m_changes(client),
      m_map(m_service), m_jobs(m_service), m_caches(client), m_drops(client), m_preview(client),
      m_presence(m_service, *this), m_field(new QLineEdit), m_volumes(new QComboBox),
      m_pageList(new QListWidget), m_pages(new QStackedWidget), m_split(new QSplitter),
      m_previewPanel(new PreviewPanel(m_preview, m_tags)), m_whole(new QStackedWidget),
      m_away(new Placeholder), m_status(new QPushButton), m_dropHint(new QLabel(this))
{
    setWindowTitle(tr("VexFS"));
    setAcceptDrops(true);
    makePages();
    makePreview();
    m_whole->addWidget(m_away);
    auto *row = new QHBoxLayout;
    row->addWidget(m_pageList);
    row->addWidget(m_split, 1);
    auto *inside = new QWidget;
    auto *column = new QVBoxLayout(inside);
    column->addWidget(makeTop());
    column->addLayout(row, 1);
    m_whole->addWidget(inside);
    setCentralWidget(m_whole);
    statusBar()->setContentsMargins(style()->pixelMetric(QStyle::PM_LayoutLeftMargin) / 2, 0, 0, 0);
    m_status->setFlat(true);
    // Of many volumes it is long; the window may be narrower than that.
    m_status->setMinimumWidth(fontMetrics().height());
    m_status->setToolTip(tr("What the service does. Activity shows more"));
    connect(m_status, &QPushButton::clicked, this, [this] { showPage(Activity); });
    statusBar()->addWidget(m_status);
    m_dropHint->setAlignment(Qt::AlignCenter);
    m_dropHint->setFrameShape(QFrame::StyledPanel);
    m_dropHint->setAutoFillBackground(true);
    m_dropHint->setBackgroundRole(QPalette::ToolTipBase);
    m_dropHint->setForegroundRole(QPalette::ToolTipText);
    m_dropHint->hide();
    makeActions();

    m_away->show({}, tr("Asking the VexFS service…"), {});
    connect(m_away, &Placeholder::triggered, &m_service, &Service::refresh);
    connect(&m_service, &Service::availabilityChanged, this, &MainWindow::showService);
    connect(&m_service, &Service::changed, this, &MainWindow::showVolumes);
    connect(&m_service, &Service::currentVolumeChanged, this, &MainWindow::followVolume);
    restoreState();
}

// Pages before the models that they show: a table that is hidden lays itself out once more.
MainWindow::~MainWindow()
{
    delete takeCentralWidget();
}

void MainWindow::addPage(QWidget *page, const QString &icon, const QString &title)
{
    auto *item = new QListWidgetItem(themeIcon(icon), title, m_pageList);
    item->setToolTip(tr("%1 (Ctrl+%2)").arg(title).arg(m_pageList->count()));
    // The frame has margins already: edges of all pages are those of the field above.
    page->layout()->setContentsMargins(0, 0, 0, 0);
    m_pages->addWidget(page);
}

void MainWindow::makePages()
{
    m_searchPage = new SearchPage(m_service, m_search);
    m_historyPage = new HistoryPage(m_service, m_history);
    m_addPage = new AddPage(m_service, m_drops);
    auto *volumes = new VolumesPage(m_service, m_caches);
    addPage(m_searchPage, QStringLiteral("edit-find"), tr("Search"));
    addPage(m_historyPage, QStringLiteral("document-open-recent"), tr("History"));
    auto *snapshots = new SnapshotsPage(m_service, m_snapshots, m_changes);
    addPage(snapshots, QStringLiteral("camera-photo"), tr("Snapshots"));
    auto *map = new MapPage(m_client, m_map);
    addPage(map, QStringLiteral("mark-location"), tr("Map"));
    addPage(m_addPage, QStringLiteral("list-add"), tr("Add"));
    auto *activity = new ActivityPage(m_service, m_jobs);
    addPage(activity, QStringLiteral("view-refresh"), tr("Activity"));
    makePresence(activity);
    addPage(volumes, QStringLiteral("drive-harddisk"), tr("Volumes"));
    m_pageList->setAccessibleName(tr("Pages"));
    m_pageList->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_pageList->setFrameShape(QFrame::NoFrame);
    m_pageList->setSpacing(fontMetrics().height() / 4);
    const int em = fontMetrics().height();
    m_pageList->setIconSize(QSize(em * 3 / 2, em * 3 / 2));
    m_pageList->setFixedWidth(m_pageList->sizeHintForColumn(0) + em * 2);
    connect(m_pageList, &QListWidget::currentRowChanged, m_pages, &QStackedWidget::setCurrentIndex);
    connect(m_searchPage, &SearchPage::queryChanged, this, &MainWindow::setQuery);
    connect(m_searchPage, &SearchPage::historyAsked, this, &MainWindow::showHistory);
    connect(m_searchPage, &SearchPage::forgetAsked, this, [this] { setRecent({}); });
    connect(m_searchPage, &SearchPage::leaveAsked, m_field, [this] {
        m_field->setFocus();
        m_field->selectAll();
    });
    connect(map, &MapPage::similarAsked, this, &MainWindow::showSimilar);
    connect(map, &MapPage::searchAsked, this, [this](const QString &query) {
        m_field->setText(query);
        showPage(Search);
    });
    const auto follow = [this](Page page) {
        return [this, page](const SelectedFile &file) { takeSelected(page, file); };
    };
    connect(m_searchPage, &SearchPage::fileSelected, this, follow(Search));
    connect(m_historyPage, &HistoryPage::fileSelected, this, follow(History));
    connect(snapshots, &SnapshotsPage::fileSelected, this, follow(Snapshots));
    connect(map, &MapPage::fileSelected, this, follow(Map));
    connect(volumes, &VolumesPage::createAsked, this, &MainWindow::createVolume);
    m_pageList->setCurrentRow(Search);
}

void MainWindow::makePreview()
{
    m_split->addWidget(m_pages);
    m_split->addWidget(m_previewPanel);
    m_split->setStretchFactor(0, 1);
    m_split->setStretchFactor(1, 0);
    const int em = fontMetrics().height();
    m_split->setSizes({em * 42, em * 20});
    m_split->setChildrenCollapsible(false);
    connect(m_previewPanel, &PreviewPanel::similarAsked, this, &MainWindow::showSimilar);
    connect(m_previewPanel, &PreviewPanel::historyAsked, this, &MainWindow::showHistory);
    connect(m_pages, &QStackedWidget::currentChanged, this, &MainWindow::followPage);
    followPage();
}

void MainWindow::takeSelected(Page of, const SelectedFile &file)
{
    m_selected[of] = file;
    if (of == page())
        m_previewPanel->setFile(file);
}

void MainWindow::followPage()
{
    const bool hasFiles = page() <= Map;
    // The preview takes what only pages without it need of the width.
    for (int each = 0; each < m_pages->count(); ++each) {
        m_pages->widget(each)->setSizePolicy(
            each == page() ? QSizePolicy::Preferred : QSizePolicy::Ignored,
            QSizePolicy::Preferred);
    }
    m_previewPanel->setVisible(m_isPreviewShown && hasFiles);
    if (hasFiles)
        m_previewPanel->setFile(m_selected[page()]);
}

void MainWindow::setPreviewShown(bool isShown)
{
    m_isPreviewShown = isShown;
    followPage();
}

void MainWindow::showSimilar(const QString &uri)
{
    m_search.setSimilarTo(uri, shownName(uri));
    showPage(Search);
}

void MainWindow::makePresence(ActivityPage *activity)
{
    connect(&m_presence, &Presence::windowAsked, this, [this] { fulfil({}); });
    connect(&m_presence, &Presence::activityAsked, this, [this](const QString &token) {
        client::WindowWish wish;
        wish.action = QStringLiteral("activity");
        wish.token = token;
        fulfil(wish);
    });
    PresenceWishes wishes;
    if (!m_stateFile.isEmpty()) {
        const QSettings state(m_stateFile, QSettings::IniFormat);
        wishes.hasNotices = state.value(kNotices, true).toBool();
        wishes.hasTray = state.value(kTray, false).toBool();
    }
    m_presence.setWishes(wishes);
    // Whether there is a tray is a question to the desktop: not before somebody looks.
    connect(m_pageList, &QListWidget::currentRowChanged, this, [this, activity](int row) {
        const PresenceWishes &now = m_presence.wishes();
        if (row == Activity)
            activity->setWishes(now.hasNotices, now.hasTray, Presence::canHaveTray());
    });
    connect(activity, &ActivityPage::wished, this, [this](bool hasNotices, bool hasTray) {
        m_presence.setWishes({hasNotices, hasTray});
        if (m_stateFile.isEmpty())
            return;
        QSettings state(m_stateFile, QSettings::IniFormat);
        state.setValue(kNotices, hasNotices);
        state.setValue(kTray, hasTray);
    });
}

QWidget *MainWindow::makeTop()
{
    m_field->setPlaceholderText(tr("Search by words or by meaning"));
    m_field->setAccessibleName(tr("Search"));
    m_field->setClearButtonEnabled(true);
    m_field->installEventFilter(this);
    m_volumes->setAccessibleName(tr("Volume"));
    auto *top = new QWidget;
    auto *row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_field, 1);
    row->addWidget(m_volumes);
    connect(m_field, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_search.setQuery(text);
        m_searchPage->followQuery(text);
        if (!text.isEmpty())
            showPage(Search);
    });
    connect(m_field, &QLineEdit::returnPressed, this, [this] {
        rememberQuery();
        m_search.askNow();
        m_searchPage->focusResults();
    });
    connect(m_volumes, &QComboBox::activated, this, [this](int index) {
        m_service.setCurrentVolume(m_volumes->itemData(index).toString());
    });
    return top;
}

void MainWindow::makeActions()
{
    const auto add = [this](const QList<QKeySequence> &keys, auto &&function) {
        auto *action = new QAction(this);
        action->setShortcuts(keys);
        connect(action, &QAction::triggered, this, function);
        addAction(action);
    };
    add({QKeySequence::Find, QKeySequence(Qt::CTRL | Qt::Key_K)}, [this] {
        m_field->setFocus();
        m_field->selectAll();
    });
    for (int page = 0; page < Pages; ++page)
        add({QKeySequence(Qt::CTRL | Qt::Key(Qt::Key_1 + page))}, [this, page] {
            showPage(Page(page));
        });
    add({QKeySequence(Qt::Key_F11)}, [this] {
        if (page() <= Map)
            setPreviewShown(!m_isPreviewShown);
    });
    const auto toPreview = [this](void (PreviewPanel::*part)()) {
        if (page() > Map)
            return;
        setPreviewShown(true);
        (m_previewPanel->*part)();
    };
    add({QKeySequence(Qt::CTRL | Qt::Key_T)},
        [toPreview] { toPreview(&PreviewPanel::editTags); });
    add({QKeySequence(Qt::ALT | Qt::Key_Return), QKeySequence(Qt::ALT | Qt::Key_Enter)},
        [toPreview] { toPreview(&PreviewPanel::look); });
    add({QKeySequence::Refresh}, [this] {
        m_service.refresh();
        m_service.askPermissions();
        m_snapshots.reload();
        m_map.reload();
        m_preview.reload();
        m_tags.reload();
    });
    add({QKeySequence::Quit}, [this] {
        close();
        m_presence.quit();
    });
    auto *pasteAction = new QAction(this);
    pasteAction->setShortcut(QKeySequence::Paste);
    connect(pasteAction, &QAction::triggered, this, &MainWindow::paste);
    m_pages->addAction(pasteAction);
    pasteAction->setShortcutContext(Qt::WidgetWithChildrenShortcut);
}

void MainWindow::showPage(Page page)
{
    m_pageList->setCurrentRow(page);
}

MainWindow::Page MainWindow::page() const
{
    return Page(m_pages->currentIndex());
}

void MainWindow::setQuery(const QString &query)
{
    m_field->setText(query);
}

void MainWindow::fulfil(const client::WindowWish &wish)
{
    // In the order of Page.
    static const QStringList names{
        QStringLiteral("search"),   QStringLiteral("history"), QStringLiteral("snapshots"),
        QStringLiteral("map"),      QStringLiteral("add"),     QStringLiteral("activity"),
        QStringLiteral("volumes")};
    const qsizetype named = names.indexOf(wish.action);
    if (named >= 0)
        showPage(Page(named));
    if (named == Search) {
        if (!wish.argument.isEmpty())
            setQuery(wish.argument);
        m_field->setFocus();
        m_field->selectAll();
    }
    if (!wish.uris.isEmpty())
        showHistory(wish.uris.constFirst());
    // Where the desktop lets only those come to the front that it was asked for.
    if (!wish.token.isEmpty())
        qputenv("XDG_ACTIVATION_TOKEN", wish.token.toUtf8());
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::showHistory(const QString &uri)
{
    showPage(History);
    m_historyPage->setFile(uri);
}

void MainWindow::showService()
{
    if (m_service.isAvailable()) {
        m_whole->setCurrentIndex(1);
        m_snapshots.reload();
        m_field->setFocus();
        return;
    }
    m_away->show(QStringLiteral("network-offline"), tr("The VexFS service does not answer"),
                 tr("%1\nThis window goes on as soon as it is there.").arg(m_service.problem()),
                 tr("Ask Again"));
    m_whole->setCurrentIndex(0);
    m_status->setText({});
    m_status->hide();
}

void MainWindow::showVolumes()
{
    if (!m_service.isAvailable())
        return;
    // A flat button's text is no access key.
    m_status->setText(m_service.activity().replace(u'&', QStringLiteral("&&")));
    m_status->setAccessibleName(tr("What the service does: %1").arg(m_service.activity()));
    m_status->show();
    const QList<client::VolumeInfo> &volumes = m_service.volumes();
    m_volumes->setVisible(volumes.size() > 1);
    QStringList names;
    for (const client::VolumeInfo &each : volumes)
        names.append(each.label.isEmpty() ? each.uuid : each.label);
    QStringList shown;
    for (int i = 0; i < m_volumes->count(); ++i)
        shown.append(m_volumes->itemText(i));
    if (names != shown) {
        m_volumes->clear();
        for (int i = 0; i < volumes.size(); ++i)
            m_volumes->addItem(names[i], volumes[i].object);
    }
    m_volumes->setCurrentIndex(m_volumes->findData(m_service.currentVolume()));
    if (const client::VolumeInfo *volume = m_service.current())
        m_snapshots.follow(volume->snapshots);
}

void MainWindow::followVolume()
{
    const QString object = m_service.currentVolume();
    m_snapshots.setVolume(object);
    m_map.setVolume(object);
    m_caches.setVolume(object);
}

void MainWindow::createVolume()
{
    CreateVolumeDialog dialog(this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    onReply(m_client.createVolume(dialog.options()), this,
            [this](const base::Result<QString> &job) {
                if (job) {
                    m_service.refresh();
                    showPage(Activity);
                } else {
                    QMessageBox::warning(this, tr("No volume was made"), job.error().what);
                }
            });
}

void MainWindow::paste()
{
    const QMimeData *mime = QApplication::clipboard()->mimeData();
    if (!mime)
        return;
    showPage(Add);
    m_addPage->take(*mime);
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (!DropList::accepts(*event->mimeData()))
        return;
    event->acceptProposedAction();
    const client::VolumeInfo *volume = m_service.current();
    m_dropHint->setText(volume && volume->isMounted()
                            ? tr("Drop to add to %1").arg(volume->label)
                            : tr("Drop here; a volume has to be mounted to add files to"));
    m_dropHint->setGeometry(rect().marginsRemoved(QMargins(1, 1, 1, 1) * fontMetrics().height()));
    m_dropHint->raise();
    m_dropHint->show();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent *)
{
    m_dropHint->hide();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    m_dropHint->hide();
    event->acceptProposedAction();
    showPage(Add);
    m_addPage->take(*event->mimeData());
}

// From the field the arrow goes into the list.
bool MainWindow::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress
        && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Down) {
        m_searchPage->focusResults();
        return true;
    }
    return QMainWindow::eventFilter(watched, event);
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    m_service.setPolling(true);
    m_presence.follow();
}

void MainWindow::hideEvent(QHideEvent *event)
{
    QMainWindow::hideEvent(event);
    m_service.setPolling(false);
    m_presence.follow();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (!m_stateFile.isEmpty()) {
        QSettings state(m_stateFile, QSettings::IniFormat);
        state.setValue(QStringLiteral("geometry"), saveGeometry());
        state.setValue(QStringLiteral("page"), int(page()));
        state.setValue(kPreview, m_isPreviewShown);
        state.setValue(kPreviewSplit, m_split->saveState());
    }
    QMainWindow::closeEvent(event);
}

// Enter means that it was what was meant; what is half typed is not kept.
void MainWindow::rememberQuery()
{
    const QString query = m_field->text().trimmed();
    if (query.isEmpty())
        return;
    QStringList recent = m_recent;
    recent.removeAll(query);
    recent.prepend(query);
    setRecent(recent.mid(0, kRecentMost));
}

void MainWindow::setRecent(const QStringList &queries)
{
    m_recent = queries;
    m_searchPage->setRecent(queries);
    if (!m_stateFile.isEmpty())
        QSettings(m_stateFile, QSettings::IniFormat).setValue(kRecent, queries);
}

void MainWindow::restoreState()
{
    const int em = fontMetrics().height();
    // Versions side by side and the preview want room, where the screen has it.
    resize(QSize(em * 88, em * 54)
               .boundedTo(screen()->availableSize())
               .expandedTo(QSize(em * 72, em * 44)));
    if (m_stateFile.isEmpty())
        return;
    const QSettings state(m_stateFile, QSettings::IniFormat);
    setRecent(state.value(kRecent).toStringList());
    restoreGeometry(state.value(QStringLiteral("geometry")).toByteArray());
    m_split->restoreState(state.value(kPreviewSplit).toByteArray());
    setPreviewShown(state.value(kPreview, true).toBool());
    const int last = state.value(QStringLiteral("page")).toInt();
    if (last >= 0 && last < Pages)
        showPage(Page(last));
}

} // namespace vexfs::gui
