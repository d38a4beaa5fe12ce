// SPDX-License-Identifier: Apache-2.0
#include "gui/models/change_tree.h"

#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QLocale>

namespace vexfs::gui {

namespace {

// More than anybody reads; what was left out is told.
constexpr int kMostShown = 20'000;

QString nameOf(const QString &reference)
{
    return shownName(QStringLiteral("file:///") + reference);
}

QString sizeOf(const client::FileChange &change)
{
    if (change.isFolder)
        return {};
    const QLocale locale;
    const QString now = locale.formattedDataSize(qint64(change.sizeBytes));
    const QString before = locale.formattedDataSize(qint64(change.oldSizeBytes));
    if (change.kind == QLatin1String("removed"))
        return before;
    if (change.kind == QLatin1String("modified") && change.sizeBytes != change.oldSizeBytes)
        return ChangeTree::tr("%1 → %2").arg(before, now);
    return now;
}

} // namespace

QString kindText(const QString &kind)
{
    if (kind == QLatin1String("added"))
        return ChangeTree::tr("Added");
    if (kind == QLatin1String("removed"))
        return ChangeTree::tr("Removed");
    if (kind == QLatin1String("modified"))
        return ChangeTree::tr("Changed");
    if (kind == QLatin1String("renamed"))
        return ChangeTree::tr("Renamed");
    if (kind == QLatin1String("metadata"))
        return ChangeTree::tr("Rights or times");
    if (kind == QLatin1String("type"))
        return ChangeTree::tr("Another kind of file");
    return kind;
}

ChangeTree::ChangeTree(client::Client &client, QObject *parent)
    : QStandardItemModel(0, Columns, parent), m_client(client)
{
    setHorizontalHeaderLabels({tr("File"), tr("What happened"), tr("Size")});
}

void ChangeTree::compare(const QString &volume, const QString &from, const QString &to)
{
    ++m_number;
    m_volume = volume;
    m_from = from;
    m_to = to;
    removeRows(0, rowCount());
    m_folders.clear();
    m_kinds.clear();
    m_total = 0;
    m_shown = 0;
    m_isAsked = !volume.isEmpty();
    Q_EMIT loaded();
    if (m_isAsked)
        ask({});
}

void ChangeTree::ask(const QString &after)
{
    onReply(m_client.changes(m_volume, m_from, m_to, after), this,
            [this, number = m_number](const base::Result<client::ChangePage> &page) {
                if (number != m_number)
                    return;
                if (!page) {
                    m_isAsked = false;
                    Q_EMIT failed(page.error().what);
                    return;
                }
                m_total = page->total;
                for (const client::FileChange &each : page->changes)
                    add(each);
                m_isAsked = !page->next.isEmpty() && m_shown < kMostShown;
                Q_EMIT loaded();
                if (m_isAsked)
                    ask(page->next);
            });
}

QStandardItem *ChangeTree::folderOf(const QString &path)
{
    QStandardItem *above = invisibleRootItem();
    for (qsizetype slash = path.indexOf(u'/'); slash >= 0; slash = path.indexOf(u'/', slash + 1)) {
        const QString folder = path.left(slash);
        QStandardItem *item = m_folders.value(folder);
        if (!item) {
            item = new QStandardItem(nameOf(folder));
            item->setEditable(false);
            item->setData(folder, PathRole);
            above->appendRow({item, new QStandardItem, new QStandardItem});
            m_folders.insert(folder, item);
        }
        above = item;
    }
    return above;
}

void ChangeTree::add(const client::FileChange &change)
{
    ++m_shown;
    ++m_kinds[change.kind];
    auto *name = m_folders.value(change.path);
    auto *kind = new QStandardItem(kindText(change.kind));
    auto *size = new QStandardItem(sizeOf(change));
    if (!change.oldPath.isEmpty())
        kind->setText(tr("%1, was %2").arg(kind->text(), nameOf(change.oldPath)));
    size->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    const bool isKnown = name != nullptr;
    if (!isKnown)
        name = new QStandardItem(nameOf(change.path));
    name->setData(change.path, PathRole);
    name->setData(change.oldPath, OldPathRole);
    name->setData(change.kind, KindRole);
    for (QStandardItem *item : {name, kind, size})
        item->setEditable(false);
    if (isKnown) {
        QStandardItem *above = name->parent() ? name->parent() : invisibleRootItem();
        above->setChild(name->row(), Kind, kind);
        above->setChild(name->row(), Size, size);
        return;
    }
    folderOf(change.path)->appendRow({name, kind, size});
    if (change.isFolder)
        m_folders.insert(change.path, name);
}

QString ChangeTree::summary() const
{
    QStringList parts;
    for (auto each = m_kinds.constBegin(); each != m_kinds.constEnd(); ++each)
        parts.append(tr("%1: %2").arg(kindText(each.key()), QLocale().toString(each.value())));
    return parts.join(QStringLiteral(" · "));
}

} // namespace vexfs::gui
