// SPDX-License-Identifier: Apache-2.0
#include "gui/views/add_page.h"

#include "common/base/file_uri.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/placeholder.h"
#include "gui/widgets/theme_icon.h"

#include <QCheckBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace vexfs::gui {

AddPage::AddPage(Service &service, DropList &list, QWidget *parent)
    : QWidget(parent), m_service(service), m_list(list), m_message(new MessageBar),
      m_sentence(new QLabel), m_folder(new QLineEdit),
      m_recursive(new QCheckBox(tr("with &subfolders"))),
      m_start(new QPushButton(themeIcon(QStringLiteral("list-add")), tr("&Start"))),
      m_clear(new QPushButton(tr("&Forget Them"))), m_view(new QListView),
      m_placeholder(new Placeholder), m_stack(new QStackedWidget)
{
    m_folder->setPlaceholderText(tr("Folder on the volume (empty: its top)"));
    m_folder->setAccessibleName(tr("Folder on the volume"));
    m_recursive->setChecked(true);
    m_start->setDefault(true);
    m_view->setModel(&m_list);
    m_view->setUniformItemSizes(true);
    m_view->setAccessibleName(tr("Files and folders to add"));
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(m_view);
    showPlaceholder();
    auto *line = new QHBoxLayout;
    line->addWidget(m_sentence);
    line->addWidget(m_folder, 1);
    line->addWidget(m_recursive);
    line->addWidget(m_start);
    line->addWidget(m_clear);
    auto *column = new QVBoxLayout(this);
    column->addLayout(line);
    column->addWidget(m_message);
    column->addWidget(m_stack, 1);
    connect(m_start, &QPushButton::clicked, this, &AddPage::start);
    connect(m_folder, &QLineEdit::returnPressed, this, &AddPage::start);
    connect(m_clear, &QPushButton::clicked, &m_list, &DropList::clear);
    connect(m_placeholder, &Placeholder::triggered, this, &AddPage::chooseFiles);
    connect(&m_chooser, &FileChooser::openChanged, this, &AddPage::showPlaceholder);
    connect(&m_chooser, &FileChooser::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_chooser, &FileChooser::chosen, this, [this](const QStringList &uris) {
        QMimeData mime;
        mime.setData(QStringLiteral("text/uri-list"), uris.join(QStringLiteral("\r\n")).toUtf8());
        take(mime);
    });
    connect(&m_list, &QAbstractItemModel::rowsInserted, this, &AddPage::showState);
    connect(&m_list, &QAbstractItemModel::modelReset, this, &AddPage::showState);
    connect(&m_list, &DropList::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_list, &DropList::started, this, [this](const QString &job) {
        m_message->say(tr("They are being added. Activity shows how far it is."));
        Q_EMIT started(job);
    });
    connect(&m_service, &Service::changed, this, &AddPage::showState);
    showState();
}

void AddPage::take(const QMimeData &mime)
{
    if (m_list.add(mime) == 0)
        m_message->say(tr("There is no file in what came; only files and folders can be added."));
}

void AddPage::showPlaceholder()
{
    m_placeholder->show(QStringLiteral("document-import"), tr("Drop files here"),
                        tr("Or anywhere in this window, or paste them. They are copied to the "
                           "volume; the originals stay."),
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
    m_stack->setCurrentIndex(m_list.isEmpty() ? 0 : 1);
    m_start->setEnabled(isReady && !m_list.isEmpty());
    m_clear->setEnabled(!m_list.isEmpty());
    m_sentence->setText(
        isReady ? tr("Items: %1, to %2 in").arg(m_list.uris().size()).arg(volume->label)
                : tr("Mount a volume to add files to."));
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
        m_list.start(folderUri(), m_recursive->isChecked());
}

} // namespace vexfs::gui
