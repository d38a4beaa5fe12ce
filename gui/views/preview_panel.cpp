// SPDX-License-Identifier: Apache-2.0
#include "gui/views/preview_panel.h"

#include "gui/models/shown_path.h"
#include "gui/widgets/flow_layout.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/tag_bar.h"
#include "gui/widgets/theme_icon.h"

#include <QDateTime>
#include <QKeyEvent>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

constexpr qsizetype kProblemsMost = 5;
/// A program for each of many files would be a mistake.
constexpr qsizetype kOpenedMost = 20;

QString timeText(quint64 us)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(qint64(us / 1000)),
                              QLocale::ShortFormat);
}

} // namespace

SelectedFile selectedOf(const client::SearchHit &hit)
{
    SelectedFile file{hit.uri, hit.title, hit.snapshot, hit.snippet, hit.highlights, {}, {}};
    if (!hit.member.isEmpty())
        file.notes.append(PreviewPanel::tr("Inside of it: %1").arg(hit.member));
    if (hit.page > 0)
        file.notes.append(PreviewPanel::tr("Page %1").arg(hit.page));
    if (!hit.author.isEmpty())
        file.notes.append(PreviewPanel::tr("By %1").arg(hit.author));
    if (hit.documentUs > 0)
        file.notes.append(PreviewPanel::tr("Dated %1").arg(timeText(hit.documentUs)));
    // What is merely like a file has no reason of its own.
    if (!hit.matched.isEmpty())
        file.notes.append(PreviewPanel::tr("Found by %1").arg(reasonsOf(hit)));
    return file;
}

QString richPassage(const SelectedFile &file)
{
    // Highlights count code points.
    const QList<uint> points = file.passage.toUcs4();
    const auto part = [&](qsizetype begin, qsizetype end) {
        begin = std::clamp<qsizetype>(begin, 0, points.size());
        end = std::clamp<qsizetype>(end, begin, points.size());
        return QString::fromUcs4(reinterpret_cast<const char32_t *>(points.constData() + begin),
                                 end - begin)
            .toHtmlEscaped();
    };
    QString html;
    qsizetype at = 0;
    for (const client::TextRange &range : file.highlights) {
        html += part(at, range.begin) + QStringLiteral("<b>") + part(range.begin, range.end)
            + QStringLiteral("</b>");
        at = range.end;
    }
    html += part(at, points.size());
    return QStringLiteral("<p style=\"white-space: pre-wrap\">") + html + QStringLiteral("</p>");
}

QString reasonsOf(const client::SearchHit &hit)
{
    QStringList words;
    for (const QString &reason : hit.matched) {
        if (reason == QLatin1String("word"))
            words.append(PreviewPanel::tr("word"));
        else if (reason == QLatin1String("meaning"))
            words.append(PreviewPanel::tr("meaning"));
        else if (reason == QLatin1String("name"))
            words.append(PreviewPanel::tr("name"));
        else
            words.append(reason);
    }
    return words.join(QStringLiteral(" · "));
}

PreviewPanel::PreviewPanel(FilePreview &model, FileTags &tags, QWidget *parent)
    : QWidget(parent), m_model(model), m_tags(tags), m_back(new QToolButton), m_title(new QLabel),
      m_facts(new QLabel), m_tagBar(new TagBar), m_state(new QLabel),
      m_message(new MessageBar), m_picture(new QLabel), m_passage(new QLabel),
      m_scroll(new QScrollArea), m_relatedTitle(new QLabel), m_related(new QListWidget),
      m_open(new QPushButton(themeIcon(QStringLiteral("document-open")), tr("&Open"))),
      m_folder(new QPushButton(themeIcon(QStringLiteral("folder-open")),
                               tr("Show in &Folder"))),
      m_similar(new QPushButton(tr("Find Si&milar"))),
      m_history(new QPushButton(themeIcon(QStringLiteral("document-open-recent")),
                                tr("All &Versions")))
{
    QFont large = m_title->font();
    large.setPointSizeF(large.pointSizeF() * 1.2);
    large.setBold(true);
    m_title->setFont(large);
    for (QLabel *label : {m_title, m_facts, m_state})
        label->setTextFormat(Qt::PlainText);
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_passage->setTextFormat(Qt::RichText);
    m_passage->setAlignment(Qt::AlignTop);
    m_picture->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    for (QLabel *label : {m_title, m_facts, m_state, m_passage, m_relatedTitle}) {
        label->setWordWrap(true);
        // A name may be one word that is wider than the window.
        label->setMinimumWidth(1);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_title->setAccessibleName(tr("Title of the selected file"));
    m_facts->setAccessibleName(tr("What is known of the selected file"));
    m_passage->setAccessibleName(tr("What is in the selected file"));
    m_picture->setAccessibleName(tr("Picture of the selected file"));
    m_back->setText(tr("Back to the Selected File"));
    m_back->setAutoRaise(true);
    auto *inside = new QWidget;
    auto *insideColumn = new QVBoxLayout(inside);
    insideColumn->setContentsMargins(0, 0, 0, 0);
    insideColumn->addWidget(m_picture);
    insideColumn->addWidget(m_passage, 1);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setAccessibleName(tr("What is in the selected file"));
    m_scroll->setWidget(inside);
    makeRelated();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(fontMetrics().height() / 2, 0, 0, 0);
    for (QWidget *each : std::initializer_list<QWidget *>{m_back, m_title, m_facts, m_tagBar,
                                                          m_message, m_state})
        column->addWidget(each);
    column->addWidget(m_scroll, 1);
    column->addWidget(m_relatedTitle);
    column->addWidget(m_related);
    column->addLayout(makeButtons());
    connect(m_back, &QToolButton::clicked, this, [this] { m_model.setFile(m_selected); });
    connect(&m_opener, &Opener::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connectTags();
    connect(&m_model, &FilePreview::changed, this, &PreviewPanel::showFile);
    connect(&m_model, &FilePreview::relatedChanged, this, &PreviewPanel::showRelated);
    showFile();
    showRelated();
}

// As wide as the widest, two in a line, or one where the panel is narrow.
QLayout *PreviewPanel::makeButtons()
{
    auto *buttons = new FlowLayout;
    int width = 0;
    for (const QPushButton *button : {m_open, m_folder, m_similar, m_history})
        width = std::max(width, button->sizeHint().width());
    for (QPushButton *button : {m_open, m_folder, m_similar, m_history}) {
        button->setMinimumWidth(width);
        buttons->addWidget(button);
    }
    const auto uri = [this] { return m_model.file().uri; };
    // All that are selected, unless that are very many: then the one that is seen.
    connect(m_open, &QPushButton::clicked, this, [this, uri] {
        const QStringList &files = m_tags.files();
        m_opener.openAll(files.size() > kOpenedMost ? QStringList(uri()) : files);
    });
    connect(m_folder, &QPushButton::clicked, this, [this, uri] { m_opener.openFolderOf(uri()); });
    connect(m_similar, &QPushButton::clicked, this, [this, uri] { Q_EMIT similarAsked(uri()); });
    connect(m_history, &QPushButton::clicked, this, [this, uri] { Q_EMIT historyAsked(uri()); });
    return buttons;
}

void PreviewPanel::makeRelated()
{
    m_relatedTitle->setText(tr("Also related"));
    m_relatedTitle->setForegroundRole(QPalette::PlaceholderText);
    m_related->setAccessibleName(tr("Also related"));
    m_related->setFrameShape(QFrame::NoFrame);
    m_related->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_related->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_related->setTextElideMode(Qt::ElideMiddle);
    m_related->setUniformItemSizes(true);
    // With Enter as with a click, whatever the desktop has for files.
    connect(m_related, &QListWidget::itemActivated, this,
            [this] { lookAtRelated(m_related->currentRow()); });
    connect(m_related, &QListWidget::itemClicked, this,
            [this] { lookAtRelated(m_related->currentRow()); });
}

void PreviewPanel::lookAtRelated(int row)
{
    if (row >= 0 && row < m_model.related().size())
        m_model.setFile(selectedOf(client::SearchHit(m_model.related()[row])));
}

void PreviewPanel::setFile(const SelectedFile &file)
{
    // The same again, as often as the page hears of it: who looks at another one goes on to.
    const bool isAway = m_model.file().uri != m_selected.uri && file.uri == m_selected.uri;
    m_selected = file;
    if (!isAway)
        m_model.setFile(file);
}

void PreviewPanel::connectTags()
{
    connect(&m_tags, &FileTags::changed, this, &PreviewPanel::showTags);
    connect(&m_tags, &FileTags::done, this, &PreviewPanel::tellTagged);
    connect(&m_tags, &FileTags::silent, m_message, [this] {
        m_message->say(tr("The volume does not answer. The tags change when it does."));
    });
    connect(m_tagBar, &TagBar::addAsked, this,
            [this](const QString &name) { m_tags.change({{name}, {}}); });
    connect(m_tagBar, &TagBar::removeAsked, this,
            [this](const QString &name) { m_tags.change({{}, {name}}); });
}

void PreviewPanel::look()
{
    if (!isAncestorOf(window()->focusWidget()))
        m_focusBefore = window()->focusWidget();
    m_scroll->setFocus();
}

void PreviewPanel::editTags()
{
    if (!m_tagBar->isVisible())
        return;
    look();
    m_tagBar->edit();
}

void PreviewPanel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && m_focusBefore)
        m_focusBefore->setFocus();
    else
        QWidget::keyPressEvent(event);
}

void PreviewPanel::showTags()
{
    const qsizetype files = m_tags.files().size();
    QList<TagChip> chips;
    for (const TagCount &tag : m_tags.tags()) {
        chips.append({tag.name, tag.files < files ? tr("%1 of %2")
                                                        .arg(QLocale().toString(tag.files),
                                                             QLocale().toString(files))
                                                  : QString()});
    }
    m_tagBar->setTags(chips);
}

// A few by name; all are counted.
void PreviewPanel::tellTagged(qsizetype files, const QStringList &problems)
{
    if (problems.isEmpty()) {
        m_message->hide();
        return;
    }
    QStringList lines = problems.mid(0, kProblemsMost);
    if (problems.size() > lines.size())
        lines.append(tr("and %1 more").arg(QLocale().toString(problems.size() - lines.size())));
    lines.prepend(tr("The tags did not change on %1 of %2 files:")
                      .arg(QLocale().toString(problems.size()),
                           QLocale().toString(files + problems.size())));
    m_message->say(lines.join(u'\n'));
}

QString PreviewPanel::factsOf(const SelectedFile &file) const
{
    const FileLook &look = m_model.look();
    QStringList lines{shownFolder(file.uri)};
    if (!file.snapshot.isEmpty())
        lines.append(tr("As of the snapshot %1").arg(file.snapshot));
    const bool isThere = m_model.state() == FilePreview::State::Ready
        && look.state != FileLook::State::Gone;
    if (isThere && look.isFolder)
        lines.append(shownType(look.type));
    else if (isThere && !look.type.isEmpty())
        lines.append(tr("%1, %2").arg(
            shownType(look.type), QLocale().formattedDataSize(qint64(look.sizeBytes))));
    if (isThere && look.mtimeUs > 0)
        lines.append(tr("Changed %1").arg(timeText(look.mtimeUs)));
    return (lines + file.notes).join(u'\n');
}

void PreviewPanel::showFile()
{
    const SelectedFile &file = m_model.file();
    const bool isFile = !file.uri.isEmpty();
    const FileLook &look = m_model.look();
    const bool isGone = m_model.state() == FilePreview::State::Ready
        && look.state == FileLook::State::Gone;
    const bool isOther = file.uri != m_selected.uri;
    m_back->setVisible(isOther);
    const QStringList chosen = isOther || m_selected.chosen.isEmpty()
        ? QStringList(file.uri)
        : m_selected.chosen;
    const bool isMany = chosen.size() > 1;
    m_tags.setFiles(isFile || isMany ? chosen : QStringList());
    // What a snapshot has does not change.
    m_tagBar->setVisible((isFile || isMany) && !isGone && !look.isFolder);
    m_tagBar->setEditable(file.snapshot.isEmpty());
    m_title->setVisible(isFile || isMany);
    if (m_shownUri != file.uri)
        m_message->hide();
    m_shownUri = file.uri;
    m_title->setText(file.title.isEmpty() ? shownName(file.uri) : file.title);
    m_title->setToolTip(shownFolder(file.uri) + u'/' + shownName(file.uri));
    m_facts->setText(isFile ? factsOf(file) : tr("Select a file to see what is in it."));
    if (isMany) {
        const QString count
            = tr("Selected files: %1").arg(QLocale().toString(qlonglong(chosen.size())));
        if (isFile)
            m_facts->setText(m_facts->text() + u'\n' + count);
        else
            m_title->setText(count);
    }
    for (QPushButton *button : {m_open, m_folder, m_similar, m_history})
        button->setVisible(isFile);
    m_open->setEnabled(!isGone);
    // A search for what is like a file asks for one that there is now.
    m_similar->setEnabled(!isGone && !look.isFolder && file.snapshot.isEmpty());
    m_history->setEnabled(!look.isFolder);
    showContents();
}

// In words where there is nothing to see.
void PreviewPanel::showContents()
{
    const SelectedFile &file = m_model.file();
    const FileLook &look = m_model.look();
    QString why;
    if (m_model.state() == FilePreview::State::Silent)
        why = tr("The volume does not answer. The file is shown when it does.");
    else if (m_model.state() != FilePreview::State::Ready)
        why.clear();
    else if (look.state == FileLook::State::Gone)
        why = file.snapshot.isEmpty()
            ? tr("It is gone: moved or deleted since.")
            : tr("It is gone: the snapshot %1 does not have it, or is gone itself.")
                  .arg(file.snapshot);
    else if (look.state == FileLook::State::Unreadable)
        why = tr("It cannot be read: %1").arg(look.problem);
    else if (look.isFolder)
        why = tr("A folder.");
    else if (look.sizeBytes == 0)
        why = tr("It is empty.");
    else if (file.passage.isEmpty() && look.text.isEmpty() && look.picture.isNull())
        why = tr("There is no preview of this kind of file. Open it to see it.");
    m_state->setText(why);
    m_state->setVisible(!why.isEmpty());
    SelectedFile shown = file;
    if (shown.passage.isEmpty())
        shown.passage = look.isCut ? look.text + u'…' : look.text;
    m_passage->setText(shown.passage.isEmpty() ? QString() : richPassage(shown));
    showPicture();
}

void PreviewPanel::showPicture()
{
    const QImage &picture = m_model.look().picture;
    m_picture->setVisible(!picture.isNull());
    if (picture.isNull())
        return;
    const qreal ratio = devicePixelRatioF();
    const QSize room(int(m_scroll->viewport()->width() * ratio), int(height() * ratio / 2));
    QSize size = picture.size();
    if (size.width() > room.width() || size.height() > room.height())
        size.scale(room, Qt::KeepAspectRatio);
    QPixmap pixmap = QPixmap::fromImage(
        picture.scaled(size, Qt::KeepAspectRatio, Qt::SmoothTransformation));
    pixmap.setDevicePixelRatio(ratio);
    m_picture->setPixmap(pixmap);
}

void PreviewPanel::showRelated()
{
    const auto state = m_model.relatedState();
    QString title = tr("Also related");
    if (state == FilePreview::Related::Asked)
        title = tr("Also related: looking…");
    else if (state == FilePreview::Related::Failed)
        title = tr("Also related: the index does not know it yet");
    else if (m_model.related().isEmpty())
        title = tr("Also related: nothing");
    m_relatedTitle->setText(title);
    m_relatedTitle->setVisible(state != FilePreview::Related::None);
    m_related->clear();
    for (const client::SearchHit &hit : m_model.related()) {
        auto *item = new QListWidgetItem(hit.title.isEmpty() ? shownName(hit.uri) : hit.title,
                                         m_related);
        item->setToolTip(shownFolder(hit.uri) + u'/' + shownName(hit.uri));
    }
    m_related->setVisible(m_related->count() > 0);
    m_related->setFixedHeight(m_related->count() * std::max(1, m_related->sizeHintForRow(0)) + 2);
}

void PreviewPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_model.setWanted(true);
    m_tags.setWanted(true);
}

void PreviewPanel::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_model.setWanted(false);
    m_tags.setWanted(false);
}

void PreviewPanel::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    showPicture();
}

} // namespace vexfs::gui
