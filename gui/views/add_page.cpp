// SPDX-License-Identifier: Apache-2.0
#include "gui/views/add_page.h"

#include "common/base/file_uri.h"
#include "gui/models/shown_path.h"
#include "gui/views/watch_list.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/placeholder.h"
#include "gui/widgets/theme_icon.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

namespace vexfs::gui {

void FailedFilter::setOnlyFailed(bool isOn)
{
    m_isOn = isOn;
    invalidateFilter();
}

bool FailedFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    return !m_isOn || sourceModel()->index(row, 0, parent).data(AddedFiles::FailedRole).toBool();
}

AddPage::AddPage(Service &service, DropList &list, QWidget *parent)
    : QWidget(parent), m_service(service), m_list(list), m_files(service.client()),
      m_message(new MessageBar), m_sentence(new QLabel), m_folder(new QLineEdit),
      m_mode(new QComboBox), m_recursive(new QCheckBox(tr("&subfolders"))),
      m_start(new QPushButton(themeIcon(QStringLiteral("list-add")), tr("&Start"))),
      m_clear(new QPushButton(tr("&Forget Them"))), m_view(new QListView), m_progress(new QLabel),
      m_onlyFailed(new QCheckBox), m_retry(new QPushButton(tr("&Retry"))),
      m_stop(new QPushButton(tr("Sto&p"))), m_table(new QTreeView),
      m_placeholder(new Placeholder), m_stack(new QStackedWidget),
      m_watched(new WatchList(service))
{
    m_view->setModel(&m_list);
    m_view->setUniformItemSizes(true);
    m_view->setAccessibleName(tr("Files and folders to add"));
    m_running = makeProgress();
    auto *splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(m_view);
    splitter->addWidget(m_running);
    splitter->setChildrenCollapsible(false);
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(splitter);
    showPlaceholder();
    auto *column = new QVBoxLayout(this);
    column->addLayout(makeLine());
    column->addWidget(m_message);
    column->addWidget(m_stack, 1);
    column->addWidget(m_watched);
    connect(m_placeholder, &Placeholder::triggered, this, &AddPage::chooseFiles);
    connect(&m_chooser, &FileChooser::openChanged, this, &AddPage::showPlaceholder);
    connect(&m_chooser, &FileChooser::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_chooser, &FileChooser::chosen, this, [this](const QStringList &uris) {
        QMimeData mime;
        mime.setData(QStringLiteral("text/uri-list"), uris.join(QStringLiteral("\r\n")).toUtf8());
        take(mime);
    });
    connect(m_watched, &WatchList::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(m_watched, &WatchList::removed, this, &AddPage::sayRemoved);
    connect(m_message, &MessageBar::triggered, this, [this] { m_watched->add(m_removed); });
    connect(&m_service, &Service::changed, this, &AddPage::showState);
    connectList();
    showState();
    showProgress();
}

QLayout *AddPage::makeLine()
{
    m_folder->setText(tr("Inbox"));
    m_folder->setPlaceholderText(tr("Folder on the volume (empty: its top)"));
    m_folder->setAccessibleName(tr("Folder on the volume"));
    m_folder->setToolTip(tr("It is made where it is not there"));
    m_mode->addItem(tr("copy"));
    m_mode->addItem(tr("move"));
    m_mode->setAccessibleName(tr("Copy or move"));
    m_mode->setToolTip(tr("Moved: each original goes once it is safe on the volume"));
    m_recursive->setChecked(true);
    m_start->setDefault(true);
    auto *line = new QHBoxLayout;
    line->addWidget(m_sentence);
    line->addWidget(m_folder, 1);
    for (QWidget *each : std::initializer_list<QWidget *>{m_mode, m_recursive, m_start, m_clear})
        line->addWidget(each);
    connect(m_start, &QPushButton::clicked, this, &AddPage::start);
    connect(m_folder, &QLineEdit::returnPressed, this, &AddPage::start);
    connect(m_clear, &QPushButton::clicked, this, &AddPage::forget);
    return line;
}

QWidget *AddPage::makeProgress()
{
    m_filter.setSourceModel(&m_files);
    m_table->setModel(&m_filter);
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setAccessibleName(tr("Files that are added, and how far each is"));
    m_table->header()->setAccessibleName(tr("Columns of the files that are added"));
    m_table->header()->resizeSection(AddedFiles::File, fontMetrics().averageCharWidth() * 40);
    m_retry->setToolTip(tr("Adds or reads again what failed: what is selected, or all"));
    auto *running = new QWidget;
    auto *line = new QHBoxLayout;
    line->addWidget(m_progress, 1);
    line->addWidget(m_onlyFailed);
    line->addWidget(m_retry);
    line->addWidget(m_stop);
    auto *column = new QVBoxLayout(running);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(line);
    column->addWidget(m_table, 1);
    connect(m_onlyFailed, &QCheckBox::toggled, &m_filter, &FailedFilter::setOnlyFailed);
    connect(m_retry, &QPushButton::clicked, this, &AddPage::retry);
    connect(m_stop, &QPushButton::clicked, &m_files, &AddedFiles::cancel);
    connect(&m_files, &AddedFiles::changed, this, &AddPage::showProgress);
    connect(&m_files, &AddedFiles::failed, this,
            [this](const QString &what) { m_message->say(what); });
    return running;
}

void AddPage::connectList()
{
    connect(&m_list, &QAbstractItemModel::rowsInserted, this, &AddPage::showState);
    connect(&m_list, &QAbstractItemModel::modelReset, this, &AddPage::showState);
    connect(&m_list, &DropList::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_list, &DropList::started, this,
            [this](const QString &job, const client::AddOptions &options) {
                m_files.follow(job, m_service.indexedPlaceOf(options.intoUri), options);
                m_service.refresh();
            });
}

void AddPage::take(const QMimeData &mime)
{
    if (m_list.add(mime) == 0 && !DropList::accepts(mime))
        m_message->say(tr("There is neither a file nor a picture nor text in what came."));
}

void AddPage::showPlaceholder()
{
    m_placeholder->show(QStringLiteral("document-import"), tr("Drop files here"),
                        tr("Or anywhere in this window, or paste them. Pictures and text become "
                           "files. They are copied to the volume; the originals stay, unless you "
                           "choose to move them."),
                        m_chooser.isOpen() ? tr("Stop Choosing") : tr("Choose Files…"));
}

void AddPage::chooseFiles()
{
    if (m_chooser.isOpen())
        m_chooser.stop();
    else
        m_chooser.choose({QStringLiteral("files"), tr("Files to add"), {}, window()->winId()});
}

void AddPage::showState()
{
    const client::VolumeInfo *volume = m_service.current();
    const bool isReady = volume && volume->isMounted();
    const bool isShown = m_files.rowCount() > 0 || m_files.isRunning();
    m_stack->setCurrentIndex(m_list.isEmpty() && !isShown ? 0 : 1);
    m_view->setVisible(!m_list.isEmpty());
    m_running->setVisible(isShown);
    m_start->setEnabled(isReady && !m_list.isEmpty());
    m_clear->setEnabled(!m_list.isEmpty() || (isShown && !m_files.isRunning()));
    m_sentence->setText(
        isReady ? tr("Items: %1, to %2 in").arg(m_list.uris().size()).arg(volume->label)
                : tr("Mount a volume to add files to."));
}

void AddPage::showProgress()
{
    m_progress->setText(m_files.sentence());
    m_onlyFailed->setText(tr("&Only what failed (%1)").arg(m_files.failures()));
    const bool hasFailed = m_files.failures() > 0;
    m_onlyFailed->setVisible(hasFailed || m_onlyFailed->isChecked());
    m_retry->setVisible(hasFailed);
    m_stop->setVisible(m_files.isRunning());
    showState();
}

QString AddPage::folderUri() const
{
    const client::VolumeInfo *volume = m_service.current();
    const QString inside = m_folder->text().trimmed();
    if (!volume || !volume->isMounted())
        return {};
    const QString root = volume->mountUris[0];
    return inside.isEmpty() ? root
                            : root + u'/' + base::uriReferenceFromPath(QFile::encodeName(inside));
}

void AddPage::start()
{
    if (m_start->isEnabled())
        m_list.start(folderUri(), m_recursive->isChecked(), m_mode->currentIndex() == 1);
}

void AddPage::retry()
{
    QList<int> rows;
    for (const QModelIndex &each : m_table->selectionModel()->selectedRows())
        rows.append(m_filter.mapToSource(each).row());
    const auto isFailed = [this](int row) {
        return m_files.index(row, 0).data(AddedFiles::FailedRole).toBool();
    };
    if (std::none_of(rows.begin(), rows.end(), isFailed)) {
        rows.clear();
        for (int row = 0; row < m_files.rowCount(); ++row) {
            if (isFailed(row))
                rows.append(row);
        }
    }
    m_files.retry(rows);
}

void AddPage::forget()
{
    if (m_list.isEmpty())
        m_files.clear();
    else
        m_list.clear();
}

void AddPage::sayRemoved(const QString &uri)
{
    m_removed = uri;
    m_message->say(tr("%1 is no longer watched. Its files stay as they are.").arg(typedPath(uri)),
                   tr("Watch It Again"));
}

} // namespace vexfs::gui
