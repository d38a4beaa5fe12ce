// SPDX-License-Identifier: Apache-2.0
#include "gui/views/snapshots_page.h"

#include "gui/widgets/message_bar.h"
#include "gui/widgets/placeholder.h"

#include <QDesktopServices>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTreeView>
#include <QUrl>
#include <QVBoxLayout>

namespace vexfs::gui {

SnapshotsPage::SnapshotsPage(SnapshotModel &model, QWidget *parent)
    : QWidget(parent), m_model(model), m_filtered(new QSortFilterProxyModel(this)),
      m_message(new MessageBar), m_filter(new QLineEdit),
      m_take(new QPushButton(QIcon::fromTheme(QStringLiteral("list-add")), tr("&Take One Now…"))),
      m_browse(new QPushButton(QIcon::fromTheme(QStringLiteral("folder-open")), tr("&Browse"))),
      m_remove(new QPushButton(QIcon::fromTheme(QStringLiteral("edit-delete")), tr("&Delete…"))),
      m_table(new QTreeView), m_placeholder(new Placeholder), m_stack(new QStackedWidget),
      m_summary(new QLabel)
{
    m_filter->setPlaceholderText(tr("Filter by name"));
    m_filter->setAccessibleName(tr("Filter by name"));
    m_filter->setClearButtonEnabled(true);
    m_filtered->setSourceModel(&m_model);
    m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_table->setModel(m_filtered);
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAlternatingRowColors(true);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setAccessibleName(tr("Snapshots, newest first"));
    m_table->header()->setAccessibleName(tr("Columns of the snapshots"));
    m_table->header()->setSectionResizeMode(SnapshotModel::Name, QHeaderView::Stretch);
    m_table->header()->setStretchLastSection(false);
    for (const int column : {SnapshotModel::Created, SnapshotModel::Files, SnapshotModel::Access})
        m_table->header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(m_table);
    m_summary->setForegroundRole(QPalette::PlaceholderText);

    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_filter, 1);
    for (QPushButton *button : {m_take, m_browse, m_remove})
        buttons->addWidget(button);
    auto *whole = new QVBoxLayout(this);
    whole->addLayout(buttons);
    whole->addWidget(m_message);
    whole->addWidget(m_stack, 1);
    whole->addWidget(m_summary);

    connect(m_filter, &QLineEdit::textChanged, m_filtered,
            &QSortFilterProxyModel::setFilterFixedString);
    connect(m_take, &QPushButton::clicked, this, &SnapshotsPage::takeSnapshot);
    connect(m_placeholder, &Placeholder::triggered, this, &SnapshotsPage::takeSnapshot);
    connect(m_remove, &QPushButton::clicked, this, &SnapshotsPage::removeSelected);
    connect(m_browse, &QPushButton::clicked, this, &SnapshotsPage::browse);
    connect(m_table, &QTreeView::activated, this, &SnapshotsPage::browse);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &SnapshotsPage::showSelected);
    connect(&m_model, &SnapshotModel::loaded, this, &SnapshotsPage::showState);
    connect(&m_model, &SnapshotModel::taken, this,
            [this](const QString &name) { m_message->say(tr("Took snapshot %1.").arg(name)); });
    connect(&m_model, &SnapshotModel::failed, this,
            [this](const QString &what) { m_message->say(what); });
    showState();
}

void SnapshotsPage::showState()
{
    const bool isEmpty = m_model.rowCount() == 0;
    m_stack->setCurrentWidget(isEmpty ? static_cast<QWidget *>(m_placeholder) : m_table);
    m_placeholder->show(QStringLiteral("camera-photo"), tr("No snapshots yet"),
                        tr("A snapshot keeps everything as it is now. It takes an instant and no "
                           "space until files change."),
                        tr("Take One Now"));
    m_summary->setText(isEmpty ? QString()
                               : tr("Snapshots: %1").arg(QLocale().toString(m_model.total())));
    showSelected();
}

QList<int> SnapshotsPage::selectedRows() const
{
    QList<int> rows;
    for (const QModelIndex &each : m_table->selectionModel()->selectedRows())
        rows.append(m_filtered->mapToSource(each).row());
    return rows;
}

void SnapshotsPage::showSelected()
{
    const qsizetype count = selectedRows().size();
    m_browse->setEnabled(count == 1);
    m_remove->setEnabled(count > 0);
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
    QStringList names;
    for (const int row : selectedRows()) {
        if (const client::SnapshotInfo *snapshot = m_model.snapshot(row))
            names.append(snapshot->name);
    }
    if (names.isEmpty())
        return;
    // There is no way back from this one.
    const auto answer = QMessageBox::question(
        this, tr("Delete snapshots"),
        tr("Delete these snapshots? What exists only there is lost: %1")
            .arg(names.join(QStringLiteral(", "))),
        QMessageBox::Yes | QMessageBox::Cancel, QMessageBox::Cancel);
    if (answer == QMessageBox::Yes)
        m_model.remove(names);
}

void SnapshotsPage::browse()
{
    const QList<int> rows = selectedRows();
    const client::SnapshotInfo *snapshot = rows.isEmpty() ? nullptr : m_model.snapshot(rows[0]);
    if (snapshot && !QDesktopServices::openUrl(QUrl::fromEncoded(snapshot->uri.toUtf8())))
        m_message->say(tr("No program here opens folders. It lies at %1").arg(snapshot->uri));
}

} // namespace vexfs::gui
