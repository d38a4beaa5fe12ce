// SPDX-License-Identifier: Apache-2.0
#include "gui/views/map_page.h"

#include "common/base/file_uri.h"
#include "gui/models/shown_path.h"
#include "gui/widgets/map_canvas.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/placeholder.h"
#include "gui/widgets/theme_icon.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMimeData>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace vexfs::gui {

namespace {

constexpr int kCardMs = 60;
constexpr qsizetype kOpenedMost = 20;

QString cardOf(const client::MapDocument &document)
{
    const QString name = shownName(document.uri);
    const QString title = document.title.isEmpty() ? name : document.title;
    QString text = QStringLiteral("<b>%1</b><br>%2")
                       .arg(title.toHtmlEscaped(),
                            (shownFolder(document.uri) + u'/' + name).toHtmlEscaped());
    if (!document.snippet.isEmpty())
        text += QStringLiteral("<br><br>") + document.snippet.toHtmlEscaped();
    return text;
}

} // namespace

MapPage::MapPage(client::Client &client, MapModel &model, QWidget *parent)
    : QWidget(parent), m_model(model), m_saved(client), m_message(new MessageBar),
      m_canvas(new MapCanvas), m_card(new QLabel(m_canvas)), m_query(new QLineEdit),
      m_tools(new QActionGroup(this)), m_all(new QToolButton),
      m_layOut(new QPushButton(themeIcon(QStringLiteral("view-refresh")), tr("&Lay Out"))),
      m_times(new QSlider(Qt::Horizontal)), m_moment(new QLabel), m_now(new QToolButton),
      m_list(new QTreeView), m_count(new QLabel),
      m_open(new QPushButton(themeIcon(QStringLiteral("document-open")), tr("&Open"))),
      m_folder(new QPushButton(themeIcon(QStringLiteral("folder-open")), tr("&Folder"))),
      m_copy(new QPushButton(tr("&Copy"))),
      m_similar(new QPushButton(themeIcon(QStringLiteral("edit-find")), tr("Si&milar"))),
      m_save(new QPushButton(themeIcon(QStringLiteral("document-save-as")), tr("Sa&ve List…"))),
      m_search(new QToolButton), m_placeholder(new Placeholder), m_stack(new QStackedWidget)
{
    m_canvas->setAccessibleName(tr("Map of the files"));
    m_card->hide();
    m_card->setWordWrap(true);
    m_card->setTextFormat(Qt::RichText);
    m_card->setAutoFillBackground(true);
    m_card->setBackgroundRole(QPalette::ToolTipBase);
    m_card->setForegroundRole(QPalette::ToolTipText);
    m_card->setFrameShape(QFrame::StyledPanel);
    m_card->setMargin(fontMetrics().height() / 2);
    m_card->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_cardTimer.setSingleShot(true);
    m_cardTimer.setInterval(kCardMs);

    auto *splitter = new QSplitter;
    splitter->addWidget(m_canvas);
    splitter->addWidget(makeList());
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({1000, 500});
    m_canvas->setMinimumWidth(fontMetrics().height() * 14);
    splitter->setChildrenCollapsible(false);
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(splitter);
    auto *whole = new QVBoxLayout(this);
    whole->addLayout(makeTools());
    whole->addWidget(m_message);
    whole->addWidget(m_stack, 1);
    whole->addLayout(makeTimes());

    connect(&m_model, &MapModel::stateChanged, this, &MapPage::showState);
    connect(&m_model, &MapModel::pointsChanged, this, &MapPage::showPoints);
    connect(&m_model, &MapModel::documentKnown, this, &MapPage::showCard);
    connect(&m_model, &MapModel::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_model, &MapModel::momentsChanged, this, &MapPage::showMoments);
    connect(m_placeholder, &Placeholder::triggered, this, [this] {
        if (m_model.shownMoment().isEmpty())
            m_model.layOut(false);
        else
            showNow();
    });
    connect(m_canvas, &MapCanvas::toolChanged, this, [this] {
        m_tools->actions().at(int(m_canvas->tool()))->setChecked(true);
    });
    connect(m_canvas, &MapCanvas::selectionChanged, this, &MapPage::takeSelection);
    connect(m_canvas, &MapCanvas::hoverChanged, this, [this](int number) {
        m_asked = number;
        number < 0 ? hideCard() : m_cardTimer.start();
    });
    connect(m_canvas, &MapCanvas::currentChanged, this, [this](int number) {
        m_asked = number;
        m_current = m_model.points().points[number].id;
        m_model.ask(number);
    });
    connect(m_canvas, &MapCanvas::activated, this, [this](int number) {
        const client::MapDocument *known = m_model.document(number);
        if (known)
            m_opener.open(known->uri);
    });
    connect(&m_cardTimer, &QTimer::timeout, this, [this] { m_model.ask(m_asked); });
    showMoments();
    showState();
}

QHBoxLayout *MapPage::makeTools()
{
    m_query->setPlaceholderText(tr("Point out what is about…"));
    m_query->setAccessibleName(tr("Point out on the map"));
    m_query->setClearButtonEnabled(true);
    connect(m_query, &QLineEdit::textChanged, &m_model, &MapModel::setQuery);
    auto *row = new QHBoxLayout;
    const auto addTool = [&](const QString &text, const QString &hint, MapCanvas::Tool tool) {
        auto *action = new QAction(text, m_tools);
        action->setCheckable(true);
        action->setToolTip(hint);
        auto *button = new QToolButton;
        button->setDefaultAction(action);
        row->addWidget(button);
        connect(action, &QAction::triggered, this, [this, tool] { m_canvas->setTool(tool); });
        return action;
    };
    addTool(tr("Move"), tr("Drag to move, turn the wheel to zoom"), MapCanvas::Tool::Pan)
        ->setChecked(true);
    addTool(tr("Rectangle"), tr("Choose files in a rectangle (R, or drag with Shift)"),
            MapCanvas::Tool::Rectangle);
    addTool(tr("Lasso"), tr("Choose files by drawing around them (L, or drag with Ctrl)"),
            MapCanvas::Tool::Lasso);
    m_all->setText(tr("Show All"));
    m_all->setToolTip(tr("Show the whole map (Home)"));
    connect(m_all, &QToolButton::clicked, m_canvas, &MapCanvas::showAll);
    row->addWidget(m_all);
    row->addWidget(m_query, 1);
    m_search->setText(tr("Show as Search"));
    m_search->setToolTip(tr("The same question on the Search page, with passages and reasons"));
    connect(m_search, &QToolButton::clicked, this,
            [this] { Q_EMIT searchAsked(m_query->text()); });
    row->addWidget(m_search);
    row->addWidget(m_layOut);
    m_layOut->setToolTip(tr("Give places to new files; those on the map keep theirs"));
    connect(m_layOut, &QPushButton::clicked, this, [this] { m_model.layOut(false); });
    return row;
}

// Time runs as one reads: the oldest snapshot first, now at the end.
QHBoxLayout *MapPage::makeTimes()
{
    m_times->setAccessibleName(tr("Moment that the map shows"));
    m_times->setToolTip(tr("The map at a snapshot: left is before, right is after, End is now"));
    m_times->setTickPosition(QSlider::TicksBelow);
    m_times->setTickInterval(1);
    m_times->setPageStep(5);
    m_moment->setMinimumWidth(fontMetrics().height() * 12);
    m_now->setText(tr("Now"));
    m_now->setToolTip(tr("Show the files that there are now"));
    auto *row = new QHBoxLayout;
    row->addWidget(m_times, 1);
    row->addWidget(m_moment);
    row->addWidget(m_now);
    connect(m_times, &QSlider::valueChanged, this, [this](int value) {
        const auto &moments = m_model.moments();
        m_model.setMoment(value < moments.size() ? moments[value].snapshot : QString());
        showMoment();
    });
    connect(m_now, &QToolButton::clicked, this, &MapPage::showNow);
    return row;
}

QWidget *MapPage::makeList()
{
    m_list->setModel(&m_model);
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAlternatingRowColors(true);
    m_list->setAccessibleName(tr("Files on the map"));
    m_list->header()->setAccessibleName(tr("Columns of the files"));
    m_list->header()->setSectionResizeMode(MapModel::Name, QHeaderView::Interactive);
    m_list->header()->resizeSection(MapModel::Name, fontMetrics().height() * 11);
    m_count->setForegroundRole(QPalette::PlaceholderText);
    m_count->setWordWrap(true);
    // In two lines: in one the list would take the room that the map needs.
    auto *buttons = new QGridLayout;
    for (QPushButton *button : {m_open, m_folder, m_copy, m_similar, m_save})
        buttons->addWidget(button, buttons->count() / 3, buttons->count() % 3);
    m_copy->setToolTip(tr("Copy the files, to be pasted in a file manager; as text, their paths"));
    m_save->setToolTip(tr("Save what is listed, chosen or pointed out as CSV, JSON or paths"));
    connect(m_save, &QPushButton::clicked, this, &MapPage::saveList);
    connect(&m_chooser, &FileChooser::openChanged, this, [this] {
        m_save->setText(m_chooser.isOpen() ? tr("Stop &Choosing") : tr("Sa&ve List…"));
    });
    connect(&m_chooser, &FileChooser::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_chooser, &FileChooser::chosen, this, [this](const QStringList &uris) {
        if (const auto path = base::pathFromUri(uris.constFirst()))
            m_saved.save(QFile::decodeName(*path));
    });
    connect(&m_saved, &FileList::saved, this, [this](quint64 files) {
        m_message->say(tr("Saved: %1").arg(QLocale().toString(qulonglong(files))));
    });
    connect(&m_saved, &FileList::failed, this,
            [this](const QString &what) { m_message->say(what); });
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    auto *side = new QWidget;
    auto *column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_count);
    column->addWidget(m_list, 1);
    column->addLayout(buttons);
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &MapPage::showActions);
    connect(&m_model, &MapModel::modelReset, this, &MapPage::showActions);
    connect(&m_model, &MapModel::dataChanged, this, &MapPage::showActions);
    connect(m_list, &QTreeView::activated, this, [this] {
        m_opener.open(m_model.uri(m_list->currentIndex().row()));
    });
    connect(m_open, &QPushButton::clicked, this, [this] { m_opener.openAll(chosenUris()); });
    connect(m_folder, &QPushButton::clicked, this,
            [this] { m_opener.openFoldersOf(chosenUris()); });
    connect(m_copy, &QPushButton::clicked, this, &MapPage::copyChosen);
    connect(&m_opener, &Opener::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connect(m_similar, &QPushButton::clicked, this, [this] {
        if (chosenUris().size() == 1)
            Q_EMIT similarAsked(chosenUris().constFirst());
    });
    return side;
}

void MapPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    // As it was meanwhile.
    if (m_model.state() != MapModel::State::LayingOut)
        m_model.reload();
}

// Not by the slider: of a snapshot that is no longer listed it stands at the end already.
void MapPage::showNow()
{
    m_model.setMoment(QString());
    showMoments();
}

void MapPage::showMoments()
{
    const auto &moments = m_model.moments();
    const auto found = std::find_if(moments.begin(), moments.end(), [this](const MapMoment &each) {
        return each.snapshot == m_model.moment();
    });
    const bool isNow = m_model.moment().isEmpty();
    const QSignalBlocker quiet(m_times);
    m_times->setRange(0, int(moments.size()));
    m_times->setValue(isNow ? int(moments.size()) : int(found - moments.begin()));
    showMoment();
}

// What there is to see, in words.
void MapPage::describeCanvas()
{
    const auto shown = [](quint64 count) { return QLocale().toString(qulonglong(count)); };
    const auto &clusters = m_model.clusters();
    QString text = tr("Map, %1 files in %2 groups.")
                       .arg(shown(quint64(m_model.points().points.size())),
                            shown(quint64(clusters.size())));
    if (!clusters.isEmpty() && !clusters.constFirst().label.isEmpty()) {
        text += u' '
            + tr("The largest: %1, %2.")
                  .arg(clusters.constFirst().label, shown(clusters.constFirst().size));
    }
    m_canvas->setAccessibleDescription(
        text + u' '
        + tr("Arrows go from file to file, N to the next one that is pointed out, plus and minus "
             "zoom, Home shows all, Space chooses, Escape chooses none, Enter opens. The table "
             "beside it has the same files."));
}

QString MapPage::momentText(const QString &snapshot) const
{
    for (const MapMoment &each : m_model.moments()) {
        if (each.snapshot == snapshot) {
            const auto taken = QDateTime::fromMSecsSinceEpoch(qint64(each.createdUs / 1000));
            return tr("%1, %2").arg(snapshot, QLocale().toString(taken, QLocale::ShortFormat));
        }
    }
    return snapshot.isEmpty() ? tr("Now") : snapshot;
}

void MapPage::showMoment()
{
    const QString text = momentText(m_model.moment());
    m_moment->setText(m_model.isBusy() && m_model.moment() != m_model.shownMoment()
                          ? tr("%1 …").arg(text)
                          : text);
    m_times->setAccessibleDescription(text);
    const bool isMap = !m_model.points().points.isEmpty() || !m_model.moment().isEmpty();
    for (QWidget *each : std::initializer_list<QWidget *>{m_times, m_moment, m_now})
        each->setVisible(isMap && !m_model.moments().isEmpty());
    m_now->setEnabled(!m_model.moment().isEmpty());
}

void MapPage::showState()
{
    const auto state = m_model.state();
    const bool isReady = state == MapModel::State::Ready && !m_model.points().points.isEmpty();
    m_stack->setCurrentIndex(isReady ? 1 : 0);
    m_layOut->setEnabled(!m_model.isLayingOut() && state != MapModel::State::NoVolume);
    m_layOut->setText(m_model.isLayingOut()
                          ? tr("%1 %").arg(int(std::max(0.0, m_model.progress()) * 100))
                          : tr("&Lay Out"));
    m_query->setEnabled(isReady);
    m_search->setEnabled(isReady && !m_query->text().trimmed().isEmpty());
    m_save->setEnabled(isReady);
    for (QAction *tool : m_tools->actions())
        tool->setEnabled(isReady);
    m_all->setEnabled(isReady);
    QList<CanvasLabel> labels;
    for (const client::MapCluster &each : m_model.clusters()) {
        if (!each.label.isEmpty())
            labels.append({{each.x, each.y}, each.label});
    }
    m_canvas->setLabels(labels);
    showPlaceholder(isReady);
    describeCanvas();
    showMoment();
    const auto shown = [](qsizetype count) { return QLocale().toString(qulonglong(count)); };
    QString text = m_model.chosen() > 0
        ? tr("Chosen: %1 of %2").arg(shown(m_model.chosen()), shown(m_model.points().points.size()))
        : tr("Files: %1").arg(shown(m_model.points().points.size()));
    if (!m_query->text().isEmpty())
        text += tr(" · pointed out: %1").arg(shown(m_model.hits()));
    if (!m_model.shownMoment().isEmpty())
        text += tr(" · as of %1").arg(momentText(m_model.shownMoment()));
    else if (m_model.points().isStale && !m_model.isLayingOut())
        text += tr(" · files have changed since it was laid out");
    m_count->setText(text);
}

void MapPage::showPlaceholder(bool isReady)
{
    const auto state = m_model.state();
    const QString icon = QStringLiteral("mark-location");
    const QString explanation
        = tr("A map puts files that are about the same thing beside each other. It is made from "
             "the index, on this machine.");
    if (state == MapModel::State::LayingOut) {
        m_placeholder->show(icon, tr("The map is being laid out…"),
                            m_model.progress() < 0
                                ? QString()
                                : tr("%1 % is done.").arg(int(m_model.progress() * 100)));
    } else if (state == MapModel::State::Loading) {
        m_placeholder->show(icon, tr("Reading the map…"), {});
    } else if (state == MapModel::State::NoVolume) {
        m_placeholder->show(icon, tr("No volume to show"), explanation);
    } else if (!isReady && !m_model.shownMoment().isEmpty()) {
        m_placeholder->show(icon, tr("This snapshot has no file for the map"),
                            state == MapModel::State::Failed
                                ? m_model.problem()
                                : tr("None that the index has read, or that you may read."),
                            tr("Show Now"));
    } else if (state == MapModel::State::Failed) {
        m_placeholder->show(QStringLiteral("dialog-error"), tr("The map cannot be shown"),
                            m_model.problem(), tr("Lay It Out Again"));
    } else if (!isReady) {
        m_placeholder->show(icon, tr("There is no map yet"), explanation, tr("Lay It Out"));
    }
}

void MapPage::showPoints()
{
    hideCard();
    std::vector<CanvasPoint> points;
    points.reserve(size_t(m_model.points().points.size()));
    for (const client::MapPoint &each : m_model.points().points) {
        const quint32 hollow = each.isGone ? kHollowPoint : 0;
        points.push_back({each.x, each.y, (each.cluster & ~kHollowPoint) | hollow, each.score});
    }
    const QSignalBlocker quiet(m_canvas);
    m_canvas->setPoints(std::move(points));
    m_canvas->setSelection(m_model.chosenPoints());
    m_canvas->setCurrent(m_current == 0 ? -1 : m_model.numberOf(m_current));
    // Another kind of map has nothing where it was.
    if (m_projection != m_model.points().projection)
        m_canvas->showAll();
    m_projection = m_model.points().projection;
    showState();
}

void MapPage::takeSelection()
{
    m_model.choose(m_canvas->selection());
    showState();
}

void MapPage::showCard(int number)
{
    const client::MapDocument *known = m_model.document(number);
    if (number != m_asked || !known || known->uri.isEmpty())
        return;
    m_card->setText(cardOf(*known));
    m_card->setFixedWidth(std::min(m_canvas->width() - 16, fontMetrics().height() * 22));
    m_card->setFixedHeight(std::min(m_card->heightForWidth(m_card->width()),
                                    m_canvas->height() / 2));
    const QPointF place = m_canvas->placeOf(number);
    const int room = fontMetrics().height();
    QPoint corner(int(place.x()) + room, int(place.y()) + room);
    if (corner.x() + m_card->width() > m_canvas->width())
        corner.setX(std::max(4, int(place.x()) - room - m_card->width()));
    if (corner.y() + m_card->height() > m_canvas->height())
        corner.setY(std::max(4, int(place.y()) - room - m_card->height()));
    m_card->move(corner);
    m_card->show();
}

void MapPage::hideCard()
{
    m_asked = -1;
    m_cardTimer.stop();
    m_card->hide();
}

// Rows that are selected; where none is, all that was chosen on the map.
QStringList MapPage::chosenUris() const
{
    QStringList uris;
    const QModelIndexList rows = m_list->selectionModel()->selectedRows();
    for (const QModelIndex &each : rows)
        uris.append(m_model.uri(each.row()));
    for (int row = 0; rows.isEmpty() && m_model.chosen() > 0 && row < m_model.rowCount(); ++row)
        uris.append(m_model.uri(row));
    uris.removeAll(QString());
    return uris;
}

void MapPage::showActions()
{
    showSelected();
    const qsizetype count = chosenUris().size();
    m_copy->setEnabled(count > 0);
    // A search for what is like a file asks for one that there is now.
    m_similar->setEnabled(count == 1 && m_model.shownMoment().isEmpty());
    // A program for each of many files would be a mistake.
    for (QPushButton *button : {m_open, m_folder}) {
        button->setEnabled(count > 0 && count <= kOpenedMost);
        button->setToolTip(count > kOpenedMost ? tr("At most %1 files at once").arg(kOpenedMost)
                                               : QString());
    }
}

// The row where the keys are; without a selection, what is alone in the list.
void MapPage::showSelected()
{
    const QModelIndexList rows = m_list->selectionModel()->selectedRows();
    const QModelIndex current = m_list->currentIndex().siblingAtColumn(0);
    int row = rows.contains(current) ? current.row() : rows.value(0).row();
    if (rows.isEmpty() && m_model.chosen() == 1)
        row = 0;
    SelectedFile file;
    file.snapshot = m_model.shownMoment();
    const client::MapDocument *known = m_model.documentOfRow(row);
    if (known) {
        file.uri = known->uri;
        file.title = known->title;
        file.passage = known->snippet;
    }
    if (rows.size() > 1 || rows.isEmpty())
        file.chosen = chosenUris();
    Q_EMIT fileSelected(file);
}

void MapPage::copyChosen()
{
    const QStringList uris = chosenUris();
    QStringList paths;
    for (const QString &uri : uris)
        paths.append(typedPath(uri));
    auto *mime = new QMimeData;
    mime->setData(QStringLiteral("text/uri-list"),
                  (uris.join(QStringLiteral("\r\n")) + QStringLiteral("\r\n")).toUtf8());
    mime->setText(paths.join(u'\n'));
    QApplication::clipboard()->setMimeData(mime);
    m_message->say(tr("Copied: %1").arg(QLocale().toString(qulonglong(uris.size()))));
}

// Rows that are selected; where none is, all that is listed, also beyond the rows.
QList<qulonglong> MapPage::listedIds() const
{
    QList<qulonglong> ids;
    for (const QModelIndex &each : m_list->selectionModel()->selectedRows())
        ids.append(m_model.id(each.row()));
    return ids.isEmpty() ? m_model.listed() : ids;
}

void MapPage::saveList()
{
    if (m_chooser.isOpen()) {
        m_chooser.stop();
        return;
    }
    // What is listed when it is asked for, whatever comes while the dialog is open.
    m_saved.choose(m_model.volume(), m_model.shownMoment(), listedIds());
    m_chooser.choose({QStringLiteral("new-file"),
                      tr("Save the list: .csv, .json, or .txt for paths"),
                      base::uriFromPath(QFile::encodeName(QDir::homePath()) + "/files.csv"),
                      window()->winId()});
}

} // namespace vexfs::gui
