// SPDX-License-Identifier: Apache-2.0
#include "gui/views/history_page.h"

#include "common/base/file_uri.h"
#include "gui/models/shown_path.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/picture_compare.h"
#include "gui/widgets/placeholder.h"
#include "gui/widgets/text_compare.h"
#include "gui/widgets/theme_icon.h"
#include "gui/widgets/time_axis.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace vexfs::gui {

namespace {

constexpr int kPatienceMs = 500;

} // namespace

HistoryPage::HistoryPage(Service &service, FileHistory &model, QWidget *parent)
    : QWidget(parent), m_service(service), m_model(model), m_locks(service),
      m_message(new MessageBar),
      m_field(new QLineEdit),
      m_choose(new QPushButton(themeIcon(QStringLiteral("document-open")),
                               tr("&Choose a File…"))),
      m_axis(new TimeAxis), m_table(new QTreeView),
      m_open(new QPushButton(themeIcon(QStringLiteral("document-open")), tr("&Open"))),
      m_copy(new QPushButton(themeIcon(QStringLiteral("document-save-as")),
                             tr("&Save a Copy…"))),
      m_beside(new QPushButton(tr("Restore &Beside"))),
      m_replace(new QPushButton(tr("&Replace What Is There"))), m_compare(new TextCompare),
      m_pictures(new PictureCompare), m_noCompare(new Placeholder),
      m_compareStack(new QStackedWidget),
      m_placeholder(new Placeholder), m_stack(new QStackedWidget)
{
    m_axis->setAccessibleName(tr("Versions on a line of time"));
    m_compareStack->addWidget(m_noCompare);
    m_compareStack->addWidget(m_compare);
    m_compareStack->addWidget(m_pictures);
    auto *splitter = new QSplitter;
    setUpVersions();
    splitter->addWidget(m_table);
    splitter->addWidget(m_compareStack);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 3);
    splitter->setSizes({1000, 1500});
    splitter->setChildrenCollapsible(false);
    auto *inside = new QWidget;
    auto *insideColumn = new QVBoxLayout(inside);
    insideColumn->setContentsMargins(0, 0, 0, 0);
    insideColumn->addWidget(m_axis);
    insideColumn->addWidget(splitter, 1);
    insideColumn->addLayout(makeButtons());
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(inside);
    auto *column = new QVBoxLayout(this);
    column->addWidget(makeTop());
    column->addWidget(m_message);
    column->addWidget(m_stack, 1);
    connectAll();
    showState();
}

QWidget *HistoryPage::makeTop()
{
    m_field->setPlaceholderText(tr("A file on the volume"));
    m_field->setAccessibleName(tr("File whose versions are shown"));
    m_field->setClearButtonEnabled(true);
    connect(m_choose, &QPushButton::clicked, this, &HistoryPage::chooseFile);
    auto *top = new QWidget;
    auto *row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_field, 1);
    row->addWidget(m_choose);
    return top;
}

void HistoryPage::setUpVersions()
{
    m_table->setModel(&m_model);
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAlternatingRowColors(true);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setAccessibleName(tr("Versions, newest first"));
    m_table->header()->setAccessibleName(tr("Columns of the versions"));
    m_table->header()->setStretchLastSection(true);
    for (const int column : {FileHistory::Changed, FileHistory::Size})
        m_table->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    m_copy->setToolTip(tr("Write this version into a new file, wherever you like"));
    m_beside->setToolTip(tr("Put this version beside what is there, under a name with its time"));
    m_replace->setToolTip(tr("Put this version in place of what is there. That can be undone"));
    for (QPushButton *button : {m_beside, m_replace})
        m_locks.add(button, base::Action::SnapshotRestoreOwn);
}

// Below both halves: beside the list they would take the room that the comparison needs.
QLayout *HistoryPage::makeButtons()
{
    auto *buttons = new QHBoxLayout;
    for (QPushButton *button : {m_open, m_copy, m_beside, m_replace})
        buttons->addWidget(button);
    buttons->addStretch(1);
    return buttons;
}

void HistoryPage::connectAll()
{
    connect(m_field, &QLineEdit::returnPressed, this, &HistoryPage::askTyped);
    connect(m_placeholder, &Placeholder::triggered, this, &HistoryPage::chooseFile);
    connect(&m_chooser, &FileChooser::openChanged, this, [this] {
        m_choose->setText(m_chooser.isOpen() ? tr("Stop &Choosing") : tr("&Choose a File…"));
    });
    connect(&m_chooser, &FileChooser::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_chooser, &FileChooser::chosen, this,
            [this](const QStringList &uris) { setFile(uris.constFirst()); });
    connect(m_open, &QPushButton::clicked, this, &HistoryPage::openSelected);
    connect(m_beside, &QPushButton::clicked, this, [this] {
        m_model.restore(selectedRows().value(0, -1), false);
    });
    connect(m_replace, &QPushButton::clicked, this, [this] {
        m_model.restore(selectedRows().value(0, -1), true);
    });
    connect(m_table, &QTreeView::activated, this, &HistoryPage::openSelected);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &HistoryPage::showSelected);
    connect(m_axis, &TimeAxis::chosen, this, [this](int row, bool isAdded) {
        m_table->selectionModel()->setCurrentIndex(
            m_model.index(row, 0),
            (isAdded ? QItemSelectionModel::Select : QItemSelectionModel::ClearAndSelect)
                | QItemSelectionModel::Rows);
    });
    connect(&m_model, &FileHistory::loaded, this, &HistoryPage::showState);
    connect(&m_model, &FileHistory::failed, this, [this](const QString &what) {
        m_problem = what;
        if (m_model.rowCount() > 0)
            m_message->say(what);
        showState();
    });
    connect(&m_model, &FileHistory::restored, this, [this](quint64 count, bool isUndoable) {
        m_message->say(count > 0 ? tr("Brought back.")
                                 : tr("Nothing was changed: the same is there already."),
                       isUndoable && count > 0 ? tr("&Undo") : QString());
    });
    connect(&m_model, &FileHistory::undone, this,
            [this] { m_message->say(tr("Undone: everything is as it was before.")); });
    connect(&m_opener, &Opener::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connect(m_message, &MessageBar::triggered, &m_model, &FileHistory::undo);
    connectCopying();
}

void HistoryPage::connectCopying()
{
    connect(m_copy, &QPushButton::clicked, this, &HistoryPage::saveCopy);
    connect(&m_copyChooser, &FileChooser::openChanged, this, &HistoryPage::showCopying);
    connect(&m_copyChooser, &FileChooser::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_copyChooser, &FileChooser::chosen, this,
            [this](const QStringList &uris) { m_copier.copy(m_copied, uris.constFirst()); });
    connect(&m_copier, &FileCopier::changed, this, &HistoryPage::showCopying);
    connect(&m_copier, &FileCopier::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_copier, &FileCopier::copied, m_message, [this](const QString &uri) {
        m_message->say(tr("Saved as %1").arg(shownFolder(uri) + u'/' + shownName(uri)));
    });
}

void HistoryPage::showCopying()
{
    m_copy->setText(m_copyChooser.isOpen() ? tr("Stop C&hoosing")
                        : m_copier.isCopying() ? tr("&Stop Copying")
                                               : tr("&Save a Copy…"));
    m_copy->setEnabled(m_copyChooser.isOpen() || m_copier.isCopying()
                       || selectedRows().size() == 1);
}

// Under a name that says of which day it is; in the home folder, for volumes may be read-only.
void HistoryPage::saveCopy()
{
    if (m_copyChooser.isOpen()) {
        m_copyChooser.stop();
        return;
    }
    if (m_copier.isCopying()) {
        m_copier.stop();
        return;
    }
    const client::FileVersion *version = m_model.version(selectedRows().value(0, -1));
    const auto path = version ? base::pathFromUri(version->uri)
                              : base::Result<QByteArray>(QByteArray());
    if (!version || !path)
        return;
    const QByteArray name = path->mid(path->lastIndexOf('/') + 1);
    const qsizetype dot = name.lastIndexOf('.');
    const QDateTime changed = QDateTime::fromMSecsSinceEpoch(qint64(version->mtimeUs / 1000));
    const QByteArray day = " (" + changed.date().toString(Qt::ISODate).toLatin1() + ')';
    const QByteArray proposed
        = dot > 0 ? name.left(dot) + day + name.mid(dot) : name + day;
    m_copied = version->uri;
    m_copyChooser.choose({QStringLiteral("new-file"), tr("Save a copy"),
                          base::uriFromPath(QFile::encodeName(QDir::homePath()) + '/' + proposed),
                          window()->winId()});
}

void HistoryPage::setFile(const QString &uri)
{
    m_message->hide();
    m_problem.clear();
    m_field->setText(typedPath(uri));
    const client::VolumeInfo *volume = m_service.volumeOf(uri);
    if (!volume) {
        m_problem = tr("It is on no volume that is mounted.");
        m_model.setFile({}, {});
        showState();
        return;
    }
    m_model.setFile(volume->object, uri);
}

void HistoryPage::openField()
{
    m_field->setFocus();
    m_field->selectAll();
}

void HistoryPage::askTyped()
{
    QString path = m_field->text().trimmed();
    if (path.startsWith(QStringLiteral("~/")))
        path = QDir::homePath() + path.mid(1);
    if (path.isEmpty()) {
        m_problem.clear();
        m_model.setFile({}, {});
    } else if (path.startsWith(QStringLiteral("file:"))) {
        setFile(path);
    } else if (path.startsWith(u'/')) {
        setFile(base::uriFromPath(path.toUtf8()));
    } else {
        m_problem = tr("Give the whole path of the file.");
        m_model.setFile({}, {});
    }
}

void HistoryPage::chooseFile()
{
    if (m_chooser.isOpen()) {
        m_chooser.stop();
        return;
    }
    const client::VolumeInfo *volume = m_service.current();
    m_chooser.choose({QStringLiteral("file"), tr("Versions of"),
                      volume && volume->isMounted() ? volume->mountUris.constFirst() : QString(),
                      window()->winId()});
}

void HistoryPage::showState()
{
    const int count = m_model.rowCount();
    m_stack->setCurrentIndex(count > 0 ? 1 : 0);
    QList<QDateTime> moments;
    for (int row = 0; row < count; ++row)
        moments.append(
            QDateTime::fromMSecsSinceEpoch(qint64(m_model.version(row)->mtimeUs / 1000)));
    m_axis->setMoments(moments);
    if (count == 0)
        tellSelected(nullptr);
    if (count > 0) {
        if (selectedRows().isEmpty())
            m_table->setCurrentIndex(m_model.index(0, 0));
        showSelected();
    } else if (m_model.isAsked()) {
        m_placeholder->show({}, tr("Looking into the snapshots…"), {});
    } else if (!m_problem.isEmpty()) {
        m_placeholder->show(QStringLiteral("dialog-error"), tr("No versions to show"), m_problem,
                            tr("Choose Another File…"));
    } else {
        m_placeholder->show(QStringLiteral("document-open-recent"),
                            tr("Every version of a file"),
                            tr("Choose a file, or press Ctrl+Shift+H on one that was found: each "
                               "version that a snapshot has is listed once."),
                            tr("Choose a File…"));
    }
}

QList<int> HistoryPage::selectedRows() const
{
    QList<int> rows;
    for (const QModelIndex &each : m_table->selectionModel()->selectedRows())
        rows.append(each.row());
    std::sort(rows.begin(), rows.end());
    return rows;
}

QString HistoryPage::titleOf(int row) const
{
    return tr("%1, %2").arg(m_model.index(row, FileHistory::Changed).data().toString(),
                            m_model.index(row, FileHistory::Where).data().toString());
}

// One is compared with what came after it, the newest with what was before it.
void HistoryPage::showSelected()
{
    const QList<int> rows = selectedRows();
    m_axis->setChosen(rows);
    const client::FileVersion *one = rows.size() == 1 ? m_model.version(rows[0]) : nullptr;
    m_open->setEnabled(one != nullptr);
    showCopying();
    for (const QPushButton *button : {m_beside, m_replace})
        m_locks.setUseful(button, one && !one->isLive);
    tellSelected(one);
    ++m_number;
    if (rows.isEmpty() || rows.size() > 2) {
        m_noCompare->show({}, {}, tr("Select one version, or two to compare them."));
        m_compareStack->setCurrentWidget(m_noCompare);
    } else if (rows.size() == 2) {
        compare(rows[1], rows[0]);
    } else if (m_model.rowCount() == 1) {
        compare(-1, rows[0]);
    } else {
        compare(std::max(rows[0], 1), std::max(rows[0], 1) - 1);
    }
}

void HistoryPage::tellSelected(const client::FileVersion *maybeVersion)
{
    SelectedFile file;
    if (maybeVersion) {
        file.uri = maybeVersion->uri;
        if (!maybeVersion->isLive)
            file.snapshot = maybeVersion->snapshots.value(0);
    }
    Q_EMIT fileSelected(file);
}

void HistoryPage::compare(int older, int newer)
{
    // Where there is only one version, it stands against itself.
    const QString newerUri = m_model.version(newer)->uri;
    const QString olderUri = older < 0 ? newerUri : m_model.version(older)->uri;
    compareFiles(olderUri, newerUri)
        .then(this, [this, older, newer, number = m_number](const Comparison &comparison) {
            if (number != m_number)
                return;
            m_isComparing = false;
            showComparison(comparison, older < 0 ? newer : older, newer);
        });
    m_isComparing = true;
    QTimer::singleShot(kPatienceMs, this, [this, number = m_number] {
        if (number != m_number || !m_isComparing)
            return;
        m_noCompare->show({}, {}, tr("Reading both versions…"));
        m_compareStack->setCurrentWidget(m_noCompare);
    });
}

void HistoryPage::showComparison(const Comparison &comparison, int older, int newer)
{
    if (!comparison.problem.isEmpty()) {
        m_noCompare->show(QStringLiteral("text-x-generic"), tr("No comparison here"),
                          comparison.problem);
        m_compareStack->setCurrentWidget(m_noCompare);
        return;
    }
    if (!comparison.left.isNull()) {
        m_pictures->setPictures(comparison.left, comparison.right, titleOf(older),
                                titleOf(newer));
        m_compareStack->setCurrentWidget(m_pictures);
        return;
    }
    QList<CompareRow> rows;
    for (const DiffLine &line : comparison.lines) {
        const bool isChanged = line.kind == LineKind::Changed;
        rows.append({line.left, line.right, isChanged || line.kind == LineKind::Removed,
                     isChanged || line.kind == LineKind::Added});
    }
    m_compare->setRows(rows, titleOf(older), titleOf(newer));
    m_compareStack->setCurrentWidget(m_compare);
}

void HistoryPage::openSelected()
{
    const client::FileVersion *version = m_model.version(selectedRows().value(0, -1));
    if (version)
        m_opener.open(version->uri);
}

} // namespace vexfs::gui
