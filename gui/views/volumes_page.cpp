// SPDX-License-Identifier: Apache-2.0
#include "gui/views/volumes_page.h"

#include "gui/models/job_watch.h"
#include "gui/models/reply.h"
#include "gui/views/volume_card.h"
#include "gui/widgets/cache_chart.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/placeholder.h"
#include "gui/widgets/theme_icon.h"

#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTableWidget>
#include <QTabWidget>
#include <QVBoxLayout>

namespace vexfs::gui {

VolumesPage::VolumesPage(Service &service, CacheHistory &caches, QWidget *parent)
    : QWidget(parent), m_service(service), m_locks(service), m_caches(caches),
      m_tabs(new QTabWidget),
      m_message(new MessageBar), m_stack(new QStackedWidget), m_placeholder(new Placeholder),
      m_column(new QVBoxLayout), m_advice(new QLabel), m_chart(new CacheChart),
      m_table(new QTableWidget(0, 5))
{
    auto *create = new QPushButton(themeIcon(QStringLiteral("list-add")),
                                   tr("&Make a Volume…"));
    m_locks.add(create, base::Action::VolumeManage);
    m_locks.add(m_placeholder->button(), base::Action::VolumeManage);
    auto *cards = new QWidget;
    cards->setLayout(m_column);
    m_column->addStretch(1);
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(cards);
    // The ground of the tab goes on below the cards.
    scroll->viewport()->setAutoFillBackground(false);
    cards->setAutoFillBackground(false);
    m_stack->addWidget(m_placeholder);
    m_stack->addWidget(scroll);
    m_placeholder->show(QStringLiteral("drive-harddisk"), tr("No volume yet"),
                        tr("A volume holds your documents. It may be a file that grows as it "
                           "fills."),
                        tr("Make One"));
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(create);
    auto *overview = new QWidget;
    auto *column = new QVBoxLayout(overview);
    column->addLayout(buttons);
    column->addWidget(m_message);
    column->addWidget(m_stack, 1);
    m_tabs->addTab(overview, tr("&Overview"));
    m_tabs->addTab(makeStatistics(), tr("&Statistics"));
    m_tabs->tabBar()->setAccessibleName(tr("Overview and statistics of volumes"));
    auto *whole = new QVBoxLayout(this);
    whole->addWidget(m_tabs);
    connect(create, &QPushButton::clicked, this, &VolumesPage::createAsked);
    connect(m_placeholder, &Placeholder::triggered, this, &VolumesPage::createAsked);
    connect(&m_service, &Service::changed, this, &VolumesPage::showVolumes);
    connect(&m_locks, &Locks::changed, this, &VolumesPage::lockStatistics);
    connect(&m_caches, &CacheHistory::changed, this, &VolumesPage::showCaches);
    connect(&m_opener, &Opener::failed, m_message,
            [this](const QString &what) { m_message->say(what); });
    connect(m_tabs, &QTabWidget::currentChanged, this, &VolumesPage::watchCaches);
    showVolumes();
    showCaches();
}

QWidget *VolumesPage::makeStatistics()
{
    m_advice->setWordWrap(true);
    m_table->setHorizontalHeaderLabels(
        {tr("Cache"), tr("Found there"), tr("Asked"), tr("Memory"), tr("Thrown out")});
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() * 3 / 2);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_table->horizontalHeader()->setAccessibleName(tr("Columns of the caches"));
    m_table->setAccessibleName(tr("What each cache did since the volume was mounted"));
    auto *page = new QWidget;
    auto *column = new QVBoxLayout(page);
    column->addWidget(m_advice);
    column->addWidget(m_chart, 3);
    column->addWidget(m_table, 2);
    return page;
}

void VolumesPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    watchCaches();
}

void VolumesPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    watchCaches();
}

void VolumesPage::lockStatistics()
{
    const QString reason = m_service.lockReason(base::Action::Statistics);
    const auto permission = m_service.permission(base::Action::Statistics);
    m_tabs->setTabEnabled(1, permission != base::Permission::No);
    m_tabs->setTabToolTip(1, reason);
    m_tabs->setTabIcon(1, reason.isEmpty() ? QIcon() : themeIcon(QStringLiteral("object-locked")));
}

void VolumesPage::watchCaches()
{
    m_caches.setWatched(isVisible() && m_tabs->currentIndex() == 1);
}

// Cards stay where they are: who reads one is not to be disturbed every second.
void VolumesPage::showVolumes()
{
    const QList<client::VolumeInfo> &volumes = m_service.volumes();
    while (m_cards.size() > volumes.size())
        delete m_cards.takeLast();
    while (m_cards.size() < volumes.size()) {
        auto *card = new VolumeCard(m_service);
        connectCard(card);
        m_column->insertWidget(int(m_cards.size()), card);
        m_cards.append(card);
    }
    for (int i = 0; i < volumes.size(); ++i)
        m_cards[i]->show(volumes[i]);
    m_stack->setCurrentIndex(volumes.isEmpty() ? 0 : 1);
}

void VolumesPage::connectCard(const VolumeCard *card)
{
    connect(card, &VolumeCard::mountAsked, this, &VolumesPage::mount);
    connect(card, &VolumeCard::openAsked, &m_opener, &Opener::open);
    connect(card, &VolumeCard::renameAsked, this, &VolumesPage::rename);
    connect(card, &VolumeCard::growAsked, this, &VolumesPage::grow);
    connect(card, &VolumeCard::scrubAsked, this, &VolumesPage::scrub);
    connect(card, &VolumeCard::checkAsked, this, &VolumesPage::check);
}

QString VolumesPage::nameOf(const QString &object) const
{
    const client::VolumeInfo *volume = m_service.volume(object);
    if (!volume)
        return {};
    return volume->label.isEmpty() ? volume->uuid : volume->label;
}

void VolumesPage::rename(const QString &object)
{
    const client::VolumeInfo *volume = m_service.volume(object);
    const QString old = volume ? volume->label : QString();
    bool isChosen = false;
    const QString label = QInputDialog::getText(this, tr("Rename a volume"), tr("Name:"),
                                                QLineEdit::Normal, old, &isChosen);
    if (!isChosen || label == old)
        return;
    onReply(m_service.client().setLabel(object, label), this,
            [this](const base::Result<client::Done> &done) {
                if (!done)
                    m_message->say(done.error().what);
                m_service.refresh();
            });
}

void VolumesPage::grow(const QString &object)
{
    constexpr double kGib = 1ULL << 30;
    constexpr double kMostGib = 1ULL << 20;
    const client::VolumeInfo *volume = m_service.volume(object);
    if (!volume)
        return;
    const double now = double(volume->sizeBytes) / kGib;
    bool isChosen = false;
    const double wanted = QInputDialog::getDouble(
        this, tr("Grow a volume"), tr("Size of %1 in GiB:").arg(nameOf(object)), now, now,
        kMostGib, 1, &isChosen);
    const auto bytes = quint64(wanted * kGib);
    if (!isChosen || bytes <= volume->sizeBytes)
        return;
    follow(m_service.client().resizeVolume(object, bytes), tr("%1 grows.").arg(nameOf(object)),
           [](const client::JobInfo &job) {
               const auto size = job.result.value(QStringLiteral("size")).toULongLong();
               return tr("The volume has %1 now.")
                   .arg(QLocale().formattedDataSize(qint64(size)));
           });
}

void VolumesPage::scrub(const QString &object)
{
    follow(m_service.client().scrubVolume(object, 0),
           tr("All of %1 is read and verified. Activity shows how far it is.").arg(nameOf(object)),
           [](const client::JobInfo &job) {
               const auto read = job.result.value(QStringLiteral("bytes")).toULongLong();
               const auto wrong = job.result.value(QStringLiteral("findings")).toULongLong();
               const QString amount = QLocale().formattedDataSize(qint64(read));
               return wrong == 0
                   ? tr("Read %1: all as it was written.").arg(amount)
                   : tr("Read %1. Blocks that are wrong: %2. Restore these files from a snapshot "
                        "or a backup.")
                         .arg(amount, QLocale().toString(wrong));
           });
}

void VolumesPage::check(const QString &object, bool isRepair)
{
    client::CheckOptions options;
    options.isRepair = isRepair;
    follow(m_service.client().checkVolume(object, options),
           tr("%1 is checked. Activity shows how far it is.").arg(nameOf(object)),
           [isRepair](const client::JobInfo &job) {
               if (job.result.value(QStringLiteral("consistent")).toBool())
                   return tr("The volume is as it should be.");
               return isRepair ? tr("Some damage could not be repaired: copy what can be read, and "
                                    "restore the rest from a backup.")
                               : tr("The volume is damaged: repair it with Check and Repair.");
           });
}

void VolumesPage::follow(const client::Reply<QString> &started, const QString &begun,
                         std::function<QString(const client::JobInfo &)> ended)
{
    const auto end = [this, ended](const base::Result<client::JobInfo> &finished) {
        const auto job = succeeded(finished);
        m_message->say(job ? ended(*job) : job.error().what);
        m_service.refresh();
    };
    onReply(started, this, [this, begun, end](const base::Result<QString> &job) {
        m_message->say(job ? begun : job.error().what);
        if (job)
            whenFinished(m_service.client(), *job, this, end);
    });
}

void VolumesPage::mount(const QString &object, bool isMounted)
{
    const auto say = [this](const auto &result) {
        if (!result)
            m_message->say(result.error().what);
        m_service.refresh();
    };
    if (isMounted)
        onReply(m_service.client().mount(object, {}), this, say);
    else
        onReply(m_service.client().unmount(object, false), this, say);
}

void VolumesPage::showCaches()
{
    const QLocale locale;
    QVector<ChartLine> lines;
    m_table->setRowCount(int(m_caches.series().size()));
    for (int row = 0; row < m_caches.series().size(); ++row) {
        const CacheSeries &series = m_caches.series()[row];
        ChartLine line{shownCache(series.name), {}, {}};
        for (const CachePoint &point : series.points) {
            line.seconds.append(point.atSeconds - series.points.constLast().atSeconds);
            line.percent.append(point.hitShare * 100.0);
        }
        lines.append(line);
        const double asked = double(series.hits + series.misses);
        const QStringList texts{
            shownCache(series.name),
            asked > 0 ? locale.toString(100.0 * double(series.hits) / asked, 'f', 1)
                            + QStringLiteral(" %")
                      : QStringLiteral("–"),
            locale.toString(qulonglong(asked)),
            locale.formattedDataSize(qint64(series.bytes)),
            locale.toString(qulonglong(series.evictions))};
        for (int columnIndex = 0; columnIndex < texts.size(); ++columnIndex) {
            auto *item = m_table->item(row, columnIndex);
            if (!item) {
                item = new QTableWidgetItem;
                m_table->setItem(row, columnIndex, item);
            }
            item->setText(texts[columnIndex]);
            if (columnIndex > 0)
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        }
    }
    m_chart->setLines(lines);
    m_advice->setText(m_caches.series().isEmpty() ? tr("Nothing was counted yet.")
                                                  : m_caches.advice());
}

} // namespace vexfs::gui
