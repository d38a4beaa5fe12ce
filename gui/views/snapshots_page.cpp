// SPDX-License-Identifier: Apache-2.0
#include "gui/views/snapshots_page.h"

#include "gui/views/schedule_bar.h"
#include "gui/views/snapshot_details.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/placeholder.h"
#include "gui/widgets/section_tree.h"
#include "gui/widgets/theme_icon.h"

#include <QAction>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace vexfs::gui {

namespace {

constexpr int kSettleMs = 120;
constexpr qsizetype kNamesMost = 8;

/// A question about hundreds must fit on the screen.
QString someOf(const QStringList &names)
{
    const QString shown = names.mid(0, kNamesMost).join(QStringLiteral(", "));
    return names.size() <= kNamesMost
        ? shown
        : SnapshotsPage::tr("%1 and more (%2 in all)")
              .arg(shown, QLocale().toString(names.size()));
}

/// Those for undo only where they are asked for: there are many, and nobody took them.
class SnapshotFilter : public QSortFilterProxyModel
{
public:
    explicit SnapshotFilter(const SnapshotModel &model, QObject *parent)
        : QSortFilterProxyModel(parent), m_model(model)
    {
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override
    {
        const client::SnapshotInfo *snapshot = m_model.snapshot(row);
        if (!snapshot || !QSortFilterProxyModel::filterAcceptsRow(row, parent))
            return false;
        return !snapshot->isForUndo()
            || filterRegularExpression().pattern().startsWith(QLatin1String("undo"));
    }

private:
    const SnapshotModel &m_model;
};

} // namespace

SnapshotsPage::SnapshotsPage(Service &service, SnapshotModel &model, ChangeTree &changes,
                             QWidget *parent)
    : QWidget(parent), m_service(service), m_model(model), m_locks(service),
      m_filtered(new SnapshotFilter(model, this)), m_message(new MessageBar),
      m_filter(new QLineEdit),
      m_take(new QPushButton(themeIcon(QStringLiteral("list-add")), tr("&Take One Now…"))),
      m_browse(new QPushButton(themeIcon(QStringLiteral("folder-open")), tr("&Browse"))),
      m_remove(new QPushButton(themeIcon(QStringLiteral("edit-delete")), tr("&Delete…"))),
      m_rename(new QAction(tr("&Rename…"), this)), m_lock(new QAction(tr("&Lock"), this)),
      m_rollback(new QAction(tr("R&oll Back to It…"), this)),
      m_table(new SectionTree(SnapshotModel::DayRole)),
      m_schedule(new ScheduleBar(service)),
      m_details(new SnapshotDetails(service, model, changes)),
      m_placeholder(new Placeholder), m_stack(new QStackedWidget), m_summary(new QLabel)
{
    m_filter->setPlaceholderText(tr("Filter by name (undo: those that undo needs)"));
    m_filter->setAccessibleName(tr("Filter by name"));
    m_filter->setClearButtonEnabled(true);
    makeTable();
    auto *splitter = new QSplitter(Qt::Vertical);
    auto *upper = new QWidget;
    auto *upperColumn = new QVBoxLayout(upper);
    upperColumn->setContentsMargins(0, 0, 0, 0);
    upperColumn->addWidget(m_table, 1);
    upperColumn->addWidget(m_summary);
    splitter->addWidget(upper);
    splitter->addWidget(m_details);
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({1000, 1000});
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(splitter);
    m_summary->setForegroundRole(QPalette::PlaceholderText);
    m_settle.setSingleShot(true);
    m_settle.setInterval(kSettleMs);

    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_filter, 1);
    for (QPushButton *button : {m_take, m_browse, m_remove})
        buttons->addWidget(button);
    buttons->addWidget(makeMore());
    auto *whole = new QVBoxLayout(this);
    whole->addLayout(buttons);
    whole->addWidget(m_schedule);
    whole->addWidget(m_message);
    whole->addWidget(m_stack, 1);
    addLocks();
    connectAll();
    showState();
}

void SnapshotsPage::makeTable()
{
    m_filtered->setSourceModel(&m_model);
    m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_table->setModel(m_filtered);
    m_table->setRootIsDecorated(false);
    m_table->setAlternatingRowColors(true);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setAccessibleName(tr("Snapshots, newest first"));
    m_table->header()->setAccessibleName(tr("Columns of the snapshots"));
    m_table->header()->setStretchLastSection(false);
    for (int column = 0; column < SnapshotModel::Columns; ++column)
        m_table->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    m_table->header()->setSectionResizeMode(SnapshotModel::Name, QHeaderView::Stretch);
}

QToolButton *SnapshotsPage::makeMore()
{
    auto *menu = new QMenu(this);
    menu->setToolTipsVisible(true);
    for (QAction *action : {m_rename, m_lock, m_rollback})
        menu->addAction(action);
    m_rename->setShortcut(QKeySequence(Qt::Key_F2));
    auto *more = new QToolButton;
    more->setText(tr("&More"));
    more->setAccessibleName(tr("More to do with the selected snapshot"));
    more->setPopupMode(QToolButton::InstantPopup);
    more->setMenu(menu);
    return more;
}

void SnapshotsPage::addLocks()
{
    m_locks.add(m_take, base::Action::SnapshotCreate);
    m_locks.add(m_placeholder->button(), base::Action::SnapshotCreate);
    m_locks.add(m_remove, base::Action::SnapshotDelete);
    m_locks.add(m_rename, base::Action::SnapshotCreate);
    m_locks.add(m_lock, base::Action::SnapshotDelete);
    m_locks.add(m_rollback, base::Action::SnapshotRollback);
}

void SnapshotsPage::connectAll()
{
    connect(m_filter, &QLineEdit::textChanged, m_filtered,
            &QSortFilterProxyModel::setFilterFixedString);
    connect(m_take, &QPushButton::clicked, this, &SnapshotsPage::takeSnapshot);
    connect(m_placeholder, &Placeholder::triggered, this, &SnapshotsPage::takeSnapshot);
    connect(m_remove, &QPushButton::clicked, this, &SnapshotsPage::removeSelected);
    connect(m_browse, &QPushButton::clicked, this, &SnapshotsPage::browse);
    connect(m_rename, &QAction::triggered, this, &SnapshotsPage::renameSelected);
    connect(m_lock, &QAction::triggered, this, &SnapshotsPage::lockSelected);
    connect(m_rollback, &QAction::triggered, this, &SnapshotsPage::rollbackToSelected);
    connect(m_table, &QTreeView::activated, this, &SnapshotsPage::browse);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, &m_settle,
            qOverload<>(&QTimer::start));
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &SnapshotsPage::showState);
    connect(&m_settle, &QTimer::timeout, this, &SnapshotsPage::showSelected);
    connect(m_schedule, &ScheduleBar::changed, &m_model, &SnapshotModel::setSchedule);
    connect(&m_service, &Service::changed, this, &SnapshotsPage::showSchedule);
    connect(&m_model, &SnapshotModel::scheduled, &m_service, &Service::refresh);
    connect(&m_model, &SnapshotModel::modelAboutToBeReset, this, &SnapshotsPage::keepSelection);
    connect(&m_model, &SnapshotModel::loaded, this, &SnapshotsPage::selectAgain);
    connect(&m_model, &SnapshotModel::loaded, this, &SnapshotsPage::showState);
    connect(&m_model, &SnapshotModel::loaded, &m_settle, qOverload<>(&QTimer::start));
    connect(&m_model, &SnapshotModel::estimated, this, &SnapshotsPage::showSpace);
    connect(&m_model, &SnapshotModel::onlyThere, this, &SnapshotsPage::showOnlyThere);
    connect(&m_model, &SnapshotModel::taken, this,
            [this](const QString &name) { m_message->say(tr("Took snapshot %1.").arg(name)); });
    connect(&m_model, &SnapshotModel::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_opener, &Opener::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_model, &SnapshotModel::rolledBack, this,
            [this](const QString &name, const QString &before) {
                m_message->say(tr("Everything is as it was in %1. What was there before is in the "
                                  "snapshot %2.")
                                   .arg(name, before));
            });
    connect(&m_model, &SnapshotModel::restored, this, [this](quint64 count, bool isUndoable) {
        m_message->say(count > 0 ? tr("Brought back: %1").arg(QLocale().toString(count))
                                 : tr("Nothing was changed: the same is there already."),
                       isUndoable && count > 0 ? tr("&Undo") : QString());
    });
    connect(&m_model, &SnapshotModel::undone, this,
            [this] { m_message->say(tr("Undone: everything is as it was before.")); });
    connect(m_message, &MessageBar::triggered, &m_model, &SnapshotModel::undo);
    connect(m_details, &SnapshotDetails::fileSelected, this, &SnapshotsPage::fileSelected);
}

void SnapshotsPage::showSchedule()
{
    const client::VolumeInfo *volume = m_service.current();
    m_schedule->setVisible(volume && volume->isMounted());
    if (volume)
        m_schedule->show(volume->schedule, volume->nextRunUs);
}

void SnapshotsPage::showState()
{
    const bool isEmpty = m_model.rowCount() == 0;
    m_stack->setCurrentIndex(isEmpty ? 0 : 1);
    m_placeholder->show(QStringLiteral("camera-photo"), tr("No snapshots yet"),
                        tr("A snapshot keeps everything as it is now. It takes an instant and no "
                           "space until files change."),
                        tr("Take One Now"));
    const qsizetype count = selectedRows().size();
    // Without those that are not shown; while pages are still to come, only all are known.
    const qint64 shown = qint64(m_model.rowCount()) < qint64(m_model.total())
        ? qint64(m_model.total())
        : qint64(m_filtered->rowCount());
    m_summary->setText(
        count == 0 ? tr("Snapshots: %1").arg(QLocale().toString(qlonglong(shown)))
                   : tr("Selected: %1").arg(QLocale().toString(qlonglong(count))));
    const client::SnapshotInfo *one = onlySelected();
    m_browse->setEnabled(one);
    for (const QAction *item : {m_rename, m_rollback, m_lock})
        m_locks.setUseful(item, one != nullptr);
    m_lock->setText(one && one->isLocked ? tr("Un&lock") : tr("&Lock"));
    m_locks.setUseful(m_remove, count > 0);
}

void SnapshotsPage::showSelected()
{
    const QList<int> rows = selectedRows();
    m_space.clear();
    m_onlyThere.clear();
    m_details->showRows(rows);
    m_model.estimate(selectedNames());
    m_model.countOnlyThere(rows.size() == 1 ? rows[0] : -1);
}

void SnapshotsPage::showSpace(quint64 bytes)
{
    const qsizetype count = selectedRows().size();
    if (count > 0) {
        const QString size = QLocale().formattedDataSize(qint64(bytes));
        m_space = count == 1 ? tr("Deleting it frees %1.").arg(size)
                             : tr("Selected: %1. Deleting them together frees %2.")
                                   .arg(QLocale().toString(qlonglong(count)), size);
        m_summary->setText((m_space + u' ' + m_onlyThere).trimmed());
    }
}

void SnapshotsPage::showOnlyThere(quint64 files, bool isLeast)
{
    if (selectedRows().size() != 1)
        return;
    const QString count = QLocale().toString(files) + (isLeast ? QStringLiteral("+") : QString());
    m_onlyThere = tr("Versions of files that exist only in it: %1").arg(count);
    if (!m_space.isEmpty())
        m_summary->setText(m_space + u' ' + m_onlyThere);
}

QList<int> SnapshotsPage::selectedRows() const
{
    QList<int> rows;
    for (const QModelIndex &each : m_table->selectionModel()->selectedRows())
        rows.append(m_filtered->mapToSource(each).row());
    std::sort(rows.begin(), rows.end());
    return rows;
}

QStringList SnapshotsPage::selectedNames() const
{
    QStringList names;
    for (const int row : selectedRows()) {
        if (const client::SnapshotInfo *snapshot = m_model.snapshot(row))
            names.append(snapshot->name);
    }
    return names;
}

// The list is read anew after each change, by whomever; what is chosen in it stays chosen.
void SnapshotsPage::keepSelection()
{
    const QStringList names = selectedNames();
    m_kept.clear();
    if (m_model.volume() == m_shownVolume)
        m_kept = QSet<QString>(names.begin(), names.end());
}

void SnapshotsPage::selectAgain()
{
    m_shownVolume = m_model.volume();
    if (m_kept.isEmpty())
        return;
    QItemSelection rows;
    for (int row = 0; row < m_model.rowCount(); ++row) {
        if (!m_kept.remove(m_model.snapshot(row)->name))
            continue;
        const QModelIndex index = m_filtered->mapFromSource(m_model.index(row, 0));
        if (index.isValid())
            rows.select(index, index);
    }
    // Those of pages that are still to come stay kept; others are gone.
    if (m_model.rowCount() >= int(m_model.total()))
        m_kept.clear();
    m_table->selectionModel()->select(rows,
                                      QItemSelectionModel::Select | QItemSelectionModel::Rows);
}

const client::SnapshotInfo *SnapshotsPage::onlySelected() const
{
    const QList<int> rows = selectedRows();
    return rows.size() == 1 ? m_model.snapshot(rows[0]) : nullptr;
}

void SnapshotsPage::takeSnapshot()
{
    bool isChosen = false;
    const QString name = QInputDialog::getText(
        this, tr("Take a snapshot"), tr("Name (empty: the time):"), QLineEdit::Normal, {},
        &isChosen);
    if (isChosen)
        m_model.take(name.trimmed());
}

void SnapshotsPage::removeSelected()
{
    const QStringList names = selectedNames();
    if (names.isEmpty())
        return;
    // There is no way back from this one.
    const auto answer = QMessageBox::question(
        this, tr("Delete snapshots"),
        tr("Delete these snapshots? What exists only there is lost: %1").arg(someOf(names))
            + QStringLiteral("\n\n") + m_summary->text(),
        QMessageBox::Yes | QMessageBox::Cancel, QMessageBox::Cancel);
    if (answer == QMessageBox::Yes)
        m_model.remove(names);
}

void SnapshotsPage::renameSelected()
{
    const client::SnapshotInfo *one = onlySelected();
    if (!one)
        return;
    const QString old = one->name;
    bool isChosen = false;
    const QString name = QInputDialog::getText(this, tr("Rename a snapshot"), tr("Name:"),
                                               QLineEdit::Normal, old, &isChosen)
                             .trimmed();
    if (isChosen && !name.isEmpty() && name != old)
        m_model.rename(old, name);
}

void SnapshotsPage::lockSelected()
{
    if (const client::SnapshotInfo *one = onlySelected())
        m_model.setLocked(one->name, !one->isLocked);
}

void SnapshotsPage::rollbackToSelected()
{
    const client::SnapshotInfo *one = onlySelected();
    if (!one)
        return;
    const QString name = one->name;
    const auto answer = QMessageBox::question(
        this, tr("Roll back"),
        tr("Make all files of the volume what they were in %1?\n\nWhat is there now becomes a "
           "snapshot first, so that you can come back to it. The comparison below the list shows "
           "what changed since.")
            .arg(name),
        QMessageBox::Yes | QMessageBox::Cancel, QMessageBox::Cancel);
    if (answer == QMessageBox::Yes)
        m_model.rollback(name);
}

void SnapshotsPage::browse()
{
    if (const client::SnapshotInfo *snapshot = onlySelected())
        m_opener.open(snapshot->uri);
}

} // namespace vexfs::gui
