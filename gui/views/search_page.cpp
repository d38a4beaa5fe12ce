// SPDX-License-Identifier: Apache-2.0
#include "gui/views/search_page.h"

#include "gui/models/shown_path.h"
#include "gui/views/preview_panel.h"
#include "gui/views/query_chips.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/passage_delegate.h"
#include "gui/widgets/placeholder.h"

#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QLocale>
#include <QMimeDatabase>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

// The passage begins somewhere in a text: its lines are drawn as one.
PassageRow rowOf(const client::SearchHit &hit)
{
    static const QMimeDatabase types;
    PassageRow row;
    row.icon = types.mimeTypeForName(hit.type).iconName();
    row.title = hit.title.isEmpty() ? shownName(hit.uri) : hit.title;
    row.place = shownFolder(hit.uri) + u'/' + shownName(hit.uri);
    if (!hit.snapshot.isEmpty())
        row.place += SearchPage::tr(", as of %1").arg(hit.snapshot);
    if (hit.page > 0)
        row.place += SearchPage::tr(", page %1").arg(hit.page);
    if (!hit.member.isEmpty())
        row.place += SearchPage::tr(", in it: %1").arg(hit.member);
    row.reasons = reasonsOf(hit);
    row.passage = hit.snippet;
    row.passage.replace(u'\n', u' ');
    // Of code points; a passage outside of the basic plane is rare, and then shifted.
    const QList<uint> points = hit.snippet.toUcs4();
    const auto place = [&](uint32_t point) {
        const auto count = std::min<qsizetype>(point, points.size());
        return int(QString::fromUcs4(reinterpret_cast<const char32_t *>(points.constData()), count)
                       .size());
    };
    for (const client::TextRange &range : hit.highlights)
        row.highlights.append({place(range.begin), place(range.end)});
    return row;
}

} // namespace

SearchPage::SearchPage(Service &service, SearchModel &model, QWidget *parent)
    : QWidget(parent), m_service(service), m_model(model), m_chips(new QueryChips(service)),
      m_message(new MessageBar), m_summary(new QLabel), m_list(new QListView),
      m_placeholder(new Placeholder), m_stack(new QStackedWidget),
      m_explainer(service)
{
    addPastChip();
    m_summary->setForegroundRole(QPalette::PlaceholderText);

    m_list->setModel(&m_model);
    m_list->setUniformItemSizes(true);
    m_list->installEventFilter(this);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setAlternatingRowColors(true);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setAccessibleName(tr("Files that were found"));
    m_list->setItemDelegate(new PassageDelegate(
        [this](const QModelIndex &index) {
            const client::SearchHit *hit = m_model.hit(index);
            return hit ? rowOf(*hit) : PassageRow{};
        },
        m_list));
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(m_list);
    auto *column = new QVBoxLayout(this);
    column->addWidget(m_chips);
    column->addWidget(m_message);
    column->addWidget(m_stack, 1);
    column->addLayout(makeBelow());

    connect(m_placeholder, &Placeholder::linkTriggered, this, [this](const QString &text) {
        if (m_recent.contains(text))
            Q_EMIT queryChanged(text);
        else
            Q_EMIT forgetAsked();
    });
    connect(m_chips, &QueryChips::queryChanged, this, &SearchPage::queryChanged);
    connect(m_chips, &QueryChips::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_service, &Service::changed, this, &SearchPage::askAgainWhenIndexed);
    connect(&m_model, &SearchModel::stateChanged, this, &SearchPage::showState);
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, &SearchPage::keepSelection);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &SearchPage::showSelected);
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &SearchPage::showSelected);
    connect(m_list, &QListView::activated, this, [this](const QModelIndex &index) {
        if (const client::SearchHit *hit = m_model.hit(index))
            m_opener.open(hit->uri);
    });
    connect(&m_opener, &Opener::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    showState();
}

void SearchPage::addPastChip()
{
    m_past = m_chips->addChip(tr("Old versions, too"));
    m_past->setToolTip(tr("Also what only snapshots have"));
    connect(m_past, &QToolButton::toggled, &m_model, &SearchModel::setPastToo);
    connect(m_placeholder, &Placeholder::triggered, m_past, [this] { m_past->setChecked(true); });
}

// Whoever misses a file names it, and is told what the search makes of it.
QLayout *SearchPage::makeBelow()
{
    auto *row = new QHBoxLayout;
    m_missing = new QToolButton;
    m_missing->setText(tr("Why isn't my file here?"));
    m_missing->setAutoRaise(true);
    m_missing->setVisible(false);
    row->addWidget(m_missing);
    row->addStretch(1);
    row->addWidget(m_summary);
    connect(m_missing, &QToolButton::clicked, this, &SearchPage::askWhatIsMissing);
    connect(&m_chooser, &FileChooser::openChanged, this, [this] {
        m_missing->setText(m_chooser.isOpen() ? tr("Stop choosing")
                                              : tr("Why isn't my file here?"));
    });
    connect(&m_chooser, &FileChooser::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_chooser, &FileChooser::chosen, this, [this](const QStringList &uris) {
        m_explainer.ask(uris.constFirst(), m_model.query());
    });
    connect(&m_explainer, &FileExplainer::told, this,
            [this](const QString &sentence) { m_message->say(sentence); });
    return row;
}

// What was missing may be there now; rows stay where they are.
void SearchPage::askAgainWhenIndexed()
{
    if (m_model.isWhole() && m_model.reply().pending > 0 && m_service.pendingFiles() == 0
        && m_model.state() != SearchModel::State::Idle)
        m_model.askNow();
}

void SearchPage::setRecent(const QStringList &queries)
{
    m_recent = queries;
    showState();
}

void SearchPage::askWhatIsMissing()
{
    if (m_chooser.isOpen()) {
        m_chooser.stop();
        return;
    }
    const client::VolumeInfo *volume = m_service.current();
    m_chooser.choose({QStringLiteral("file"), tr("The file that should be found"),
                      volume && volume->isMounted() ? volume->mountUris.constFirst() : QString(),
                      window()->winId()});
}

void SearchPage::followQuery(const QString &text)
{
    m_chips->setQuery(text);
}

void SearchPage::focusResults()
{
    if (m_model.rowCount() == 0)
        return;
    // Before it has the focus: with it comes a current row that is not selected.
    if (!m_list->selectionModel()->hasSelection())
        m_list->setCurrentIndex(m_model.index(0));
    m_list->setFocus();
}

// The list takes Enter with any other key for Enter: the file would be opened besides.
bool SearchPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_list && event->type() == QEvent::KeyPress) {
        auto *key = static_cast<QKeyEvent *>(event);
        const bool isEnter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (isEnter && (key->modifiers() & Qt::ControlModifier)) {
            keyPressEvent(key);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void SearchPage::keyPressEvent(QKeyEvent *event)
{
    const client::SearchHit *hit = m_model.hit(m_list->currentIndex());
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    const auto control = event->modifiers() & Qt::ControlModifier;
    if (event->key() == Qt::Key_Escape)
        Q_EMIT leaveAsked();
    else if (hit && isEnter && control)
        m_opener.openFolderOf(hit->uri);
    else if (hit && event->key() == Qt::Key_S && control
             && (event->modifiers() & Qt::ShiftModifier))
        m_model.setSimilarTo(hit->uri, shownName(hit->uri));
    else if (hit && event->key() == Qt::Key_H && control
             && (event->modifiers() & Qt::ShiftModifier))
        Q_EMIT historyAsked(hit->uri);
    else
        QWidget::keyPressEvent(event);
}

void SearchPage::showState()
{
    using State = SearchModel::State;
    const State state = m_model.state();
    m_missing->setVisible(state != State::Idle && state != State::Failed);
    m_stack->setCurrentWidget(m_model.rowCount() > 0 ? static_cast<QWidget *>(m_list)
                                                     : m_placeholder);
    // What is half an answer would flicker with each key, and lay the page out anew.
    if (m_model.isWhole() || m_model.rowCount() == 0)
        showSummary();
    m_placeholder->setLinks(state == State::Idle && !m_recent.isEmpty()
                                ? m_recent + QStringList{tr("Forget these")}
                                : QStringList());
    switch (state) {
    case State::Idle:
        m_placeholder->show(QStringLiteral("edit-find"), tr("Find files by what they say"),
                            tr("Type words, or what you mean. Conditions go among them: type:pdf, "
                               "after:2025-01, in:~/Work, \"exact phrase\", -without."));
        break;
    case State::Searching:
        m_placeholder->show({}, tr("Searching…"), {});
        break;
    case State::Nothing:
        m_placeholder->show(QStringLiteral("edit-find"),
                            tr("No file fits “%1”").arg(m_model.query()),
                            tr("Fewer words or fewer conditions find more."),
                            m_model.isPastToo() ? QString() : tr("Search Old Versions, Too"));
        break;
    case State::Failed:
        m_placeholder->show(QStringLiteral("dialog-error"), tr("The search failed"),
                            m_model.problem());
        break;
    case State::Found:
    case State::Weak:
        break;
    }
    showSelected();
}

void SearchPage::showSummary()
{
    using State = SearchModel::State;
    const State state = m_model.state();
    const client::SearchReply &reply = m_model.reply();
    const QString more = m_model.hasMore() ? QStringLiteral("+") : QString();
    const QString count = QString::number(m_model.rowCount()) + more;
    m_summary->setText(m_model.rowCount() == 0
                           ? QString()
                           : tr("Files: %1, in %2 ms")
                                 .arg(count, QLocale().toString(double(reply.tookUs) / 1000.0,
                                                                'f', 1)));
    if (state == State::Weak)
        m_message->say(tr("Nothing fits “%1” well. These come nearest.").arg(m_model.query()));
    else if (reply.pending > 0 && state == State::Found)
        m_message->say(tr("Some files may be missing here. Still to be indexed: %1")
                           .arg(QLocale().toString(qulonglong(reply.pending))));
    else
        m_message->hide();
}

void SearchPage::showSelected()
{
    const client::SearchHit *hit = m_model.hit(m_list->currentIndex());
    SelectedFile file = hit ? selectedOf(*hit) : SelectedFile();
    for (const QModelIndex &each : m_list->selectionModel()->selectedRows()) {
        if (const client::SearchHit *one = m_model.hit(each))
            file.chosen.append(one->uri);
    }
    Q_EMIT fileSelected(file);
}

// Rows come between while meaning joins the words; the view keeps the index, and so the file.
void SearchPage::keepSelection()
{
    if (m_model.rowCount() > 0)
        m_stack->setCurrentWidget(m_list);
}

} // namespace vexfs::gui
