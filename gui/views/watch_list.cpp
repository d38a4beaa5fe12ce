// SPDX-License-Identifier: Apache-2.0
#include "gui/views/watch_list.h"

#include "common/base/file_uri.h"
#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

constexpr int kLines = 4;

QString lineOf(const client::SourceInfo &source)
{
    const QString files = QLocale().toString(qulonglong(source.index.files));
    if (source.state == QLatin1String("away"))
        return WatchList::tr("%1 — not there now").arg(typedPath(source.uri));
    if (!source.message.isEmpty())
        return WatchList::tr("%1 — %2").arg(typedPath(source.uri), source.message);
    if (source.index.pending > 0) {
        return WatchList::tr("%1 — files: %2, waiting: %3")
            .arg(typedPath(source.uri), files,
                 QLocale().toString(qulonglong(source.index.pending)));
    }
    return WatchList::tr("%1 — files: %2").arg(typedPath(source.uri), files);
}

} // namespace

WatchList::WatchList(Service &service, QWidget *parent)
    : QWidget(parent), m_service(service), m_list(new QListWidget), m_folder(new QLineEdit),
      m_choose(new QPushButton), m_add(new QPushButton(tr("&Watch"))),
      m_remove(new QPushButton(tr("&No Longer Watch")))
{
    auto *title = new QLabel(tr("Watched fo&lders outside of volumes: found where they lie"));
    title->setBuddy(m_folder);
    m_folder->setPlaceholderText(tr("Folder to watch"));
    m_folder->setAccessibleName(tr("Folder to watch"));
    m_list->setAccessibleName(tr("Watched folders"));
    m_list->setUniformItemSizes(true);
    m_list->setMaximumHeight(fontMetrics().height() * (kLines + 1));
    auto *line = new QHBoxLayout;
    line->addWidget(m_folder, 1);
    line->addWidget(m_choose);
    line->addWidget(m_add);
    line->addWidget(m_remove);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(title);
    column->addLayout(line);
    column->addWidget(m_list);
    connect(m_folder, &QLineEdit::textChanged, this, &WatchList::showButtons);
    connect(m_folder, &QLineEdit::returnPressed, this, &WatchList::addTyped);
    connect(m_add, &QPushButton::clicked, this, &WatchList::addTyped);
    connect(m_remove, &QPushButton::clicked, this, &WatchList::removeSelected);
    connect(m_list, &QListWidget::itemSelectionChanged, this, &WatchList::showButtons);
    connect(&m_service, &Service::changed, this, &WatchList::showState);
    connect(&m_chooser, &FileChooser::openChanged, this, &WatchList::showButtons);
    connect(&m_chooser, &FileChooser::failed, this, &WatchList::failed);
    connect(&m_chooser, &FileChooser::chosen, this, [this](const QStringList &uris) {
        if (!uris.isEmpty())
            add(uris.constFirst());
    });
    connect(m_choose, &QPushButton::clicked, this, [this] {
        if (m_chooser.isOpen())
            m_chooser.stop();
        else
            m_chooser.choose(
                {QStringLiteral("folder"), tr("Folder to watch"), {}, window()->winId()});
    });
    showState();
}

void WatchList::showState()
{
    const QList<client::SourceInfo> &sources = m_service.sources();
    // Row by row: what is selected stays so.
    while (m_list->count() > sources.size())
        delete m_list->takeItem(m_list->count() - 1);
    for (int i = 0; i < sources.size(); ++i) {
        if (i == m_list->count())
            m_list->addItem(QString());
        QListWidgetItem *item = m_list->item(i);
        item->setText(lineOf(sources[i]));
        item->setToolTip(sources[i].uri);
        item->setData(Qt::UserRole, sources[i].object);
    }
    m_list->setVisible(!sources.isEmpty());
    m_remove->setVisible(!sources.isEmpty());
    showButtons();
}

void WatchList::showButtons()
{
    m_remove->setEnabled(!m_list->selectedItems().isEmpty());
    m_add->setEnabled(!m_folder->text().trimmed().isEmpty());
    m_choose->setText(m_chooser.isOpen() ? tr("Stop Choosing") : tr("Choose a Folder…"));
}

void WatchList::addTyped()
{
    QString path = m_folder->text().trimmed();
    if (path.isEmpty())
        return;
    if (path == QLatin1String("~") || path.startsWith(QLatin1String("~/")))
        path.replace(0, 1, QDir::homePath());
    // What typedPath() could only tell by its URI can be typed so, too.
    const auto bytes = base::pathFromUri(path);
    if (!bytes) {
        Q_EMIT failed(tr("%1 is no folder: its whole path is needed, from / or ~ on").arg(path));
        return;
    }
    add(base::uriFromPath(*bytes));
}

void WatchList::add(const QString &uri)
{
    onReply(m_service.client().addSource(uri), this, [this](const base::Result<QString> &source) {
        if (source)
            m_folder->clear();
        else
            Q_EMIT failed(source.error().what);
        m_service.refresh();
    });
}

void WatchList::removeSelected()
{
    for (const QListWidgetItem *item : m_list->selectedItems()) {
        onReply(m_service.client().removeSource(item->data(Qt::UserRole).toString()), this,
                [this, uri = item->toolTip()](const base::Result<client::Done> &done) {
                    if (done)
                        Q_EMIT removed(uri);
                    else
                        Q_EMIT failed(done.error().what);
                    m_service.refresh();
                });
    }
}

} // namespace vexfs::gui
