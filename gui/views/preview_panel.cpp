// SPDX-License-Identifier: Apache-2.0
#include "gui/views/preview_panel.h"

#include "gui/models/shown_path.h"
#include "gui/widgets/theme_icon.h"

#include <QDateTime>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

QString timeText(quint64 us)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(qint64(us / 1000)),
                              QLocale::ShortFormat);
}

QString factsOf(const client::SearchHit &hit)
{
    QStringList lines{shownFolder(hit.uri)};
    if (!hit.member.isEmpty())
        lines.append(PreviewPanel::tr("Inside of it: %1").arg(hit.member));
    if (hit.page > 0)
        lines.append(PreviewPanel::tr("Page %1").arg(hit.page));
    lines.append(PreviewPanel::tr("%1, %2").arg(
        shownType(hit.type), QLocale().formattedDataSize(qint64(hit.sizeBytes))));
    lines.append(PreviewPanel::tr("Changed %1").arg(timeText(hit.mtimeUs)));
    if (!hit.author.isEmpty())
        lines.append(PreviewPanel::tr("By %1").arg(hit.author));
    if (hit.documentUs > 0)
        lines.append(PreviewPanel::tr("Dated %1").arg(timeText(hit.documentUs)));
    lines.append(PreviewPanel::tr("Found by %1").arg(reasonsOf(hit)));
    return lines.join(u'\n');
}

} // namespace

QString richPassage(const client::SearchHit &hit)
{
    // Highlights count code points.
    const QList<uint> points = hit.snippet.toUcs4();
    const auto part = [&](qsizetype begin, qsizetype end) {
        begin = std::clamp<qsizetype>(begin, 0, points.size());
        end = std::clamp<qsizetype>(end, begin, points.size());
        return QString::fromUcs4(reinterpret_cast<const char32_t *>(points.constData() + begin),
                                 end - begin)
            .toHtmlEscaped();
    };
    QString html;
    qsizetype at = 0;
    for (const client::TextRange &range : hit.highlights) {
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

PreviewPanel::PreviewPanel(QWidget *parent)
    : QWidget(parent), m_title(new QLabel), m_facts(new QLabel), m_passage(new QLabel),
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
    m_title->setTextFormat(Qt::PlainText);
    m_facts->setTextFormat(Qt::PlainText);
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_passage->setTextFormat(Qt::RichText);
    m_passage->setAlignment(Qt::AlignTop);
    for (QLabel *label : {m_title, m_facts, m_passage}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_title->setAccessibleName(tr("Title of the selected file"));
    m_facts->setAccessibleName(tr("What is known of the selected file"));
    m_passage->setAccessibleName(tr("Passage that fits"));
    auto *column = new QVBoxLayout(this);
    column->addWidget(m_title);
    column->addWidget(m_facts);
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setAccessibleName(tr("Passage that fits"));
    scroll->setWidget(m_passage);
    column->addWidget(scroll, 1);
    auto *buttons = new QGridLayout;
    buttons->addWidget(m_open, 0, 0);
    buttons->addWidget(m_folder, 0, 1);
    buttons->addWidget(m_similar, 1, 0);
    buttons->addWidget(m_history, 1, 1);
    column->addLayout(buttons);
    connect(m_open, &QPushButton::clicked, this, [this] { Q_EMIT openAsked(m_uri); });
    connect(m_folder, &QPushButton::clicked, this, [this] { Q_EMIT folderAsked(m_uri); });
    connect(m_similar, &QPushButton::clicked, this, [this] { Q_EMIT similarAsked(m_uri); });
    connect(m_history, &QPushButton::clicked, this, [this] { Q_EMIT historyAsked(m_uri); });
    show(nullptr);
}

void PreviewPanel::show(const client::SearchHit *maybeHit)
{
    for (QPushButton *button : {m_open, m_folder, m_similar, m_history})
        button->setVisible(maybeHit != nullptr);
    m_uri = maybeHit ? maybeHit->uri : QString();
    if (!maybeHit) {
        m_title->clear();
        m_facts->setText(tr("Select a file to see what fits in it."));
        m_passage->clear();
        return;
    }
    m_title->setText(maybeHit->title.isEmpty() ? shownName(m_uri) : maybeHit->title);
    m_facts->setText(factsOf(*maybeHit));
    m_passage->setText(richPassage(*maybeHit));
}

} // namespace vexfs::gui
