// SPDX-License-Identifier: Apache-2.0
#include "gui/views/activity_page.h"

#include "gui/models/reply.h"
#include "gui/models/shown_path.h"
#include "gui/views/budget_bar.h"
#include "gui/widgets/message_bar.h"
#include "gui/widgets/placeholder.h"

#include <QApplication>
#include <QCheckBox>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

constexpr uint32_t kPauseMinutes = 60;

/// Progress of what runs as a bar with its words in it.
class ProgressDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const QSize plain = QStyledItemDelegate::sizeHint(option, index);
        return {plain.width(), option.fontMetrics.height() * 7 / 4};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        const int percent = index.data(JobModel::PercentRole).toInt();
        // What has ended draws no eye.
        if (percent < 0) {
            QStyledItemDelegate::paint(painter, option, index);
            return;
        }
        QStyleOptionProgressBar bar;
        bar.rect = option.rect.adjusted(2, 2, -2, -2);
        bar.palette = option.palette;
        bar.state = option.state | QStyle::State_Horizontal;
        bar.minimum = 0;
        bar.maximum = 100;
        bar.progress = percent;
        bar.text = index.data().toString();
        bar.textVisible = true;
        bar.textAlignment = Qt::AlignCenter;
        const QWidget *widget = option.widget;
        QStyle *style = widget ? widget->style() : QApplication::style();
        style->drawControl(QStyle::CE_ProgressBar, &bar, painter, widget);
    }
};

} // namespace

ActivityPage::ActivityPage(Service &service, JobModel &model, QWidget *parent)
    : QWidget(parent), m_service(service), m_model(model), m_message(new MessageBar),
      m_sentence(new QLabel), m_pause(new QPushButton), m_hold(new QPushButton(tr("Pause &Job"))),
      m_cancel(new QPushButton(tr("&Cancel"))),
      m_notices(new QCheckBox(tr("&Notify when work that took long has ended"))),
      m_tray(new QCheckBox(tr("&Keep an icon in the tray"))),
      m_table(new QTreeView), m_problem(new QLabel), m_problems(new QListWidget),
      m_placeholder(new Placeholder), m_stack(new QStackedWidget)
{
    m_sentence->setWordWrap(true);
    m_table->setModel(&m_model);
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAccessibleName(tr("Jobs, newest first"));
    m_table->header()->setAccessibleName(tr("Columns of the jobs"));
    m_table->header()->setSectionResizeMode(JobModel::State, QHeaderView::Stretch);
    m_table->header()->setSectionResizeMode(JobModel::Begun, QHeaderView::ResizeToContents);
    m_table->header()->setSectionResizeMode(JobModel::What, QHeaderView::ResizeToContents);
    m_table->header()->setStretchLastSection(false);
    m_table->header()->resizeSection(JobModel::Progress, fontMetrics().averageCharWidth() * 30);
    m_table->setItemDelegateForColumn(JobModel::Progress, new ProgressDelegate(m_table));
    m_stack->addWidget(m_placeholder);
    auto *splitter = new QSplitter(Qt::Vertical);
    m_details = makeDetails();
    splitter->addWidget(m_table);
    splitter->addWidget(m_details);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    m_stack->addWidget(splitter);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_sentence, 1);
    buttons->addWidget(m_hold);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_pause);
    auto *column = new QVBoxLayout(this);
    column->addLayout(buttons);
    column->addWidget(m_message);
    column->addWidget(m_stack, 1);
    auto *budget = new BudgetBar(m_service);
    connect(budget, &BudgetBar::failed, this,
            [this](const QString &what) { m_message->say(what); });
    column->addWidget(budget);
    column->addLayout(makeWishes());
    connect(m_pause, &QPushButton::clicked, this, &ActivityPage::togglePause);
    connect(m_hold, &QPushButton::clicked, this, [this] {
        const client::JobInfo *job = m_model.job(selectedRow());
        m_model.setPaused(selectedRow(), job && job->state != QLatin1String("paused"));
    });
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_model.cancel(selectedRow()); });
    connect(&m_model, &JobModel::failed, this,
            [this](const QString &what) { m_message->say(what); });
    connect(&m_service, &Service::changed, this, &ActivityPage::showState);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &ActivityPage::showState);
    showState();
}

QLayout *ActivityPage::makeWishes()
{
    m_notices->setToolTip(tr("Only while this window is in the background or closed"));
    auto *row = new QHBoxLayout;
    for (QCheckBox *box : {m_notices, m_tray}) {
        row->addWidget(box);
        connect(box, &QCheckBox::clicked, this,
                [this] { Q_EMIT wished(m_notices->isChecked(), m_tray->isChecked()); });
    }
    row->addStretch(1);
    return row;
}

void ActivityPage::setWishes(bool hasNotices, bool hasTray, bool canHaveTray)
{
    m_notices->setChecked(hasNotices);
    m_tray->setChecked(hasTray);
    m_tray->setEnabled(canHaveTray);
    m_tray->setToolTip(
        canHaveTray ? tr("It says what the service does, and stays when the window is closed")
                    : tr("This desktop has no tray"));
}

QWidget *ActivityPage::makeDetails()
{
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problems->setAccessibleName(tr("What went wrong in the selected job"));
    m_problems->setToolTip(tr("Enter shows the folder of the file"));
    m_problems->setWordWrap(true);
    connect(m_problems, &QListWidget::itemActivated, this, [this](const QListWidgetItem *item) {
        m_opener.openFolderOf(item->data(Qt::UserRole).toString());
    });
    connect(&m_opener, &Opener::failed, this,
            [this](const QString &what) { m_message->say(what); });
    auto *details = new QWidget;
    auto *column = new QVBoxLayout(details);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_problem);
    column->addWidget(m_problems, 1);
    details->hide();
    return details;
}

void ActivityPage::showDetails()
{
    const client::JobInfo *job = m_model.job(selectedRow());
    const bool isWrong = job && (job->problems > 0 || !job->errorMessage.isEmpty());
    m_details->setVisible(isWrong);
    if (!isWrong) {
        m_shownJob.clear();
        return;
    }
    m_problem->setText(job->errorMessage.isEmpty()
                           ? tr("What could not be done in %1:").arg(jobTitle(*job))
                           : tr("%1 failed: %2").arg(jobTitle(*job), job->errorMessage));
    m_problems->setVisible(job->problems > 0);
    if (job->object != m_shownJob || job->problems != m_shownProblems)
        askProblems(*job);
}

void ActivityPage::askProblems(const client::JobInfo &job)
{
    m_shownJob = job.object;
    m_shownProblems = job.problems;
    m_problems->clear();
    if (job.problems == 0)
        return;
    onReply(m_service.client().jobProblems(job.object), this,
            [this, object = job.object](const base::Result<QList<client::JobProblem>> &problems) {
                if (object != m_shownJob)
                    return;
                m_problems->clear();
                if (!problems) {
                    m_problems->addItem(problems.error().what);
                    return;
                }
                for (const client::JobProblem &each : *problems) {
                    auto *item = new QListWidgetItem(
                        tr("%1: %2").arg(shownName(each.uri), each.message), m_problems);
                    item->setToolTip(each.uri);
                    item->setData(Qt::UserRole, each.uri);
                }
            });
}

int ActivityPage::selectedRow() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? -1 : rows[0].row();
}

void ActivityPage::showState()
{
    m_sentence->setText(m_service.activity());
    const client::VolumeInfo *volume = m_service.current();
    const bool isPaused = volume && volume->index.state == QLatin1String("paused");
    m_pause->setText(isPaused ? tr("&Go On") : tr("&Pause for an Hour"));
    m_pause->setEnabled(volume && volume->isMounted());
    const client::JobInfo *job = m_model.job(selectedRow());
    m_cancel->setEnabled(job && job->isCancelable && !job->isFinished());
    const bool isHeld = job && job->state == QLatin1String("paused");
    m_hold->setText(isHeld ? tr("Resume &Job") : tr("Pause &Job"));
    m_hold->setEnabled(job && job->isPausable && !job->isFinished());
    const bool isEmpty = m_model.rowCount() == 0;
    m_stack->setCurrentIndex(isEmpty ? 0 : 1);
    showDetails();
    if (isEmpty) {
        m_placeholder->show(QStringLiteral("emblem-default"), tr("Nothing runs"),
                            tr("Work that takes longer than a moment is shown here, whoever "
                               "started it."));
    }
}

void ActivityPage::togglePause()
{
    const client::VolumeInfo *volume = m_service.current();
    if (!volume)
        return;
    const bool isPaused = volume->index.state == QLatin1String("paused");
    auto reply = isPaused
        ? m_service.client().resumeIndex(volume->object)
        : m_service.client().pauseIndex(volume->object, kPauseMinutes, tr("asked in the window"));
    onReply(reply, this, [this](const base::Result<client::Done> &done) {
        if (!done)
            m_message->say(done.error().what);
        m_service.refresh();
    });
}

} // namespace vexfs::gui
