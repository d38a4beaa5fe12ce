// SPDX-License-Identifier: Apache-2.0
#include "gui/views/snapshot_details.h"

#include "gui/widgets/placeholder.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

namespace vexfs::gui {

SnapshotDetails::SnapshotDetails(Service &service, SnapshotModel &model, ChangeTree &changes,
                                 QWidget *parent)
    : QWidget(parent), m_service(service), m_locks(service), m_model(model), m_changes(changes),
      m_against(new QComboBox), m_sentence(new QLabel),
      m_beside(new QPushButton(tr("Restore Be&side"))),
      m_replace(new QPushButton(tr("Rep&lace What Is There"))), m_tree(new QTreeView),
      m_placeholder(new Placeholder), m_stack(new QStackedWidget)
{
    m_against->addItem(tr("Since the one before"), Before);
    m_against->addItem(tr("From then until now"), Now);
    m_against->setAccessibleName(tr("What the snapshot is compared with"));
    m_sentence->setWordWrap(true);
    m_beside->setToolTip(tr("Put the selected files beside what is there now"));
    m_replace->setToolTip(tr("Put them in place of what is there. That can be undone"));
    for (QPushButton *button : {m_beside, m_replace})
        m_locks.add(button, base::Action::SnapshotRestoreOwn);
    m_tree->setModel(&m_changes);
    m_tree->setUniformRowHeights(true);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_tree->setAccessibleName(tr("Files that differ"));
    m_tree->header()->setAccessibleName(tr("Columns of the files that differ"));
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(ChangeTree::Name, QHeaderView::Stretch);
    for (const int column : {ChangeTree::Kind, ChangeTree::Size})
        m_tree->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(m_tree);
    auto *top = new QHBoxLayout;
    top->addWidget(m_against);
    top->addWidget(m_sentence, 1);
    top->addWidget(m_beside);
    top->addWidget(m_replace);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(top);
    column->addWidget(m_stack, 1);
    connect(m_against, &QComboBox::currentIndexChanged, this, &SnapshotDetails::compare);
    connect(m_beside, &QPushButton::clicked, this, [this] { restoreSelected(false); });
    connect(m_replace, &QPushButton::clicked, this, [this] { restoreSelected(true); });
    connect(&m_changes, &ChangeTree::loaded, this, &SnapshotDetails::showState);
    connect(&m_changes, &ChangeTree::failed, this, [this](const QString &what) {
        m_problem = what;
        showState();
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &SnapshotDetails::showSelected);
    showState();
}

void SnapshotDetails::showRows(const QList<int> &rows)
{
    m_rows = rows;
    m_against->setEnabled(rows.size() == 1);
    compare();
}

int SnapshotDetails::rowBefore(int row) const
{
    for (int before = row + 1; const client::SnapshotInfo *each = m_model.snapshot(before);
         ++before) {
        if (!each->isForUndo())
            return before;
    }
    return -1;
}

void SnapshotDetails::compare()
{
    m_problem.clear();
    const auto name = [this](int row) {
        const client::SnapshotInfo *snapshot = m_model.snapshot(row);
        return snapshot ? snapshot->name : QString();
    };
    if (m_rows.size() == 2) {
        m_changes.compare(m_model.volume(), name(m_rows[1]), name(m_rows[0]));
    } else if (m_rows.size() == 1 && m_against->currentData().toInt() == Now) {
        m_changes.compare(m_model.volume(), name(m_rows[0]), {});
    } else if (m_rows.size() == 1 && rowBefore(m_rows[0]) >= 0) {
        m_changes.compare(m_model.volume(), name(rowBefore(m_rows[0])), name(m_rows[0]));
    } else {
        if (m_rows.size() == 1)
            m_problem = tr("It is the first one. Compare it with now.");
        m_changes.compare({}, {}, {});
    }
}

void SnapshotDetails::showState()
{
    const bool isEmpty = m_changes.rowCount() == 0;
    m_stack->setCurrentIndex(isEmpty ? 0 : 1);
    showSelected();
    QString sentence = m_changes.summary();
    if (quint64(m_changes.shown()) < m_changes.total() && !m_changes.isAsked())
        sentence = tr("The first %1 of %2. %3")
                       .arg(QLocale().toString(m_changes.shown()),
                            QLocale().toString(m_changes.total()), sentence);
    m_sentence->setText(sentence);
    if (!isEmpty) {
        // What is a few folders is read at once; what is many is opened by who reads.
        if (m_changes.shown() <= 200)
            m_tree->expandAll();
        return;
    }
    if (!m_problem.isEmpty())
        m_placeholder->show({}, {}, m_problem);
    else if (m_rows.isEmpty() || m_rows.size() > 2)
        m_placeholder->show({}, {}, tr("Select one snapshot to see what changed, or two to "
                                       "compare them."));
    else if (m_changes.isAsked())
        m_placeholder->show({}, {}, tr("Comparing…"));
    else
        m_placeholder->show({}, {}, tr("Nothing changed."));
}

void SnapshotDetails::showSelected()
{
    const bool isRestorable = !restorable().isEmpty();
    for (const QPushButton *button : {m_beside, m_replace})
        m_locks.setUseful(button, isRestorable);
    Q_EMIT fileSelected(selectedFile());
}

SelectedFile SnapshotDetails::selectedFile() const
{
    const QModelIndexList chosen = m_tree->selectionModel()->selectedRows();
    const QModelIndex row = chosen.contains(m_tree->currentIndex().siblingAtColumn(0))
        ? m_tree->currentIndex().siblingAtColumn(0)
        : chosen.value(0);
    const QString path = row.data(ChangeTree::PathRole).toString();
    const client::VolumeInfo *volume = m_service.volume(m_model.volume());
    if (path.isEmpty() || !volume || !volume->isMounted())
        return {};
    const QString kind = row.data(ChangeTree::KindRole).toString();
    const bool isGone = kind == QLatin1String("removed");
    SelectedFile file;
    file.snapshot = isGone ? m_changes.from() : m_changes.to();
    if (!kind.isEmpty())
        file.notes.append(tr("What happened: %1")
                              .arg(row.siblingAtColumn(ChangeTree::Kind).data().toString()));
    file.uri = volume->mountUris.constFirst() + u'/' + path;
    if (file.snapshot.isEmpty())
        return file;
    for (int each = 0; const client::SnapshotInfo *snapshot = m_model.snapshot(each); ++each) {
        if (snapshot->name == file.snapshot)
            file.uri = snapshot->uri + u'/' + path;
    }
    return file;
}

// Only what the snapshot has.
QStringList SnapshotDetails::restorable() const
{
    const client::SnapshotInfo *snapshot
        = m_rows.size() == 1 ? m_model.snapshot(m_rows[0]) : nullptr;
    if (!snapshot)
        return {};
    const bool isUntilNow = m_against->currentData().toInt() == Now;
    const QString missing = isUntilNow ? QStringLiteral("added") : QStringLiteral("removed");
    QStringList uris;
    for (const QModelIndex &row : m_tree->selectionModel()->selectedRows()) {
        const QString kind = row.data(ChangeTree::KindRole).toString();
        if (kind.isEmpty() || kind == missing)
            continue;
        const QString old = row.data(ChangeTree::OldPathRole).toString();
        const QString path = isUntilNow && !old.isEmpty()
            ? old
            : row.data(ChangeTree::PathRole).toString();
        uris.append(snapshot->uri + u'/' + path);
    }
    return uris;
}

void SnapshotDetails::restoreSelected(bool isReplaced)
{
    const QStringList uris = restorable();
    if (!uris.isEmpty())
        m_model.restore(m_model.snapshot(m_rows[0])->name, uris, isReplaced);
}

} // namespace vexfs::gui
