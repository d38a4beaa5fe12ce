// SPDX-License-Identifier: Apache-2.0
#include "gui/views/schedule_bar.h"

#include <QDateTime>
#include <QLocale>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

constexpr int kPauseMs = 700;
constexpr int kMost = 1000;
const QString kEnabled = QStringLiteral("enabled");
const QString kMinFree = QStringLiteral("min-free-percent");

} // namespace

ScheduleBar::ScheduleBar(Service &service, QWidget *parent)
    : QWidget(parent), m_service(service), m_locks(service),
      m_isOn(new QCheckBox(tr("By &schedule"))), m_next(new QLabel),
      m_sentence(new QWidget)
{
    m_isOn->setToolTip(tr("Take snapshots by themselves"));
    m_locks.add(m_isOn, base::Action::Schedule);
    m_next->setForegroundRole(QPalette::PlaceholderText);
    auto *words = new QHBoxLayout(m_sentence);
    words->setContentsMargins(0, 0, 0, 0);
    addNumber(tr("Keep every hour's:"), QStringLiteral("hourly"), tr("Hourly snapshots to keep"));
    addNumber(tr("day's:"), QStringLiteral("daily"), tr("Daily snapshots to keep"));
    addNumber(tr("week's:"), QStringLiteral("weekly"), tr("Weekly snapshots to keep"));
    addNumber(tr("month's:"), QStringLiteral("monthly"), tr("Monthly snapshots to keep"));
    addNumber(tr("stop below"), kMinFree, tr("Percent of free space below which none is taken"));
    m_numbers.constLast().first->setSuffix(tr(" % free"));
    m_numbers.constLast().first->setMaximum(99);
    words->addStretch(1);
    auto *row = new QHBoxLayout;
    row->addWidget(m_isOn);
    row->addWidget(m_next, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(row);
    column->addWidget(m_sentence);
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &ScheduleBar::tell);
    connect(m_isOn, &QCheckBox::clicked, this, &ScheduleBar::tell);
    // The numbers are part of what the lock is for.
    connect(&m_locks, &Locks::changed, this, [this] {
        m_sentence->setEnabled(m_service.permission(base::Action::Schedule)
                               != base::Permission::No);
    });
    show({}, 0);
}

void ScheduleBar::addNumber(const QString &before, const QString &key, const QString &name)
{
    auto *number = new QSpinBox;
    number->setRange(0, kMost);
    number->setAccessibleName(name);
    number->setToolTip(name);
    auto *label = new QLabel(before);
    label->setBuddy(number);
    m_sentence->layout()->addWidget(label);
    m_sentence->layout()->addWidget(number);
    m_numbers.append({number, key});
    connect(number, &QSpinBox::valueChanged, &m_pause, qOverload<>(&QTimer::start));
}

void ScheduleBar::show(const QVariantMap &schedule, quint64 nextRunUs)
{
    if (m_pause.isActive())
        return;
    m_schedule = schedule;
    const bool isOn = schedule.value(kEnabled).toBool();
    m_locks.setUseful(m_isOn, !schedule.isEmpty());
    m_isOn->setChecked(isOn);
    m_sentence->setVisible(isOn);
    for (const auto &[number, key] : m_numbers) {
        const QSignalBlocker quiet(number);
        if (!number->hasFocus())
            number->setValue(qRound(schedule.value(key).toDouble()));
    }
    const QDateTime next = QDateTime::fromMSecsSinceEpoch(qint64(nextRunUs / 1000));
    m_next->setText(!isOn ? tr("No snapshots are taken by themselves.")
                    : nextRunUs == 0
                        ? QString()
                        : tr("next: %1").arg(
                            QLocale().toString(next.time(), QLocale::ShortFormat)));
}

void ScheduleBar::tell()
{
    m_pause.stop();
    QVariantMap changes;
    if (m_isOn->isChecked() != m_schedule.value(kEnabled).toBool())
        changes.insert(kEnabled, m_isOn->isChecked());
    for (const auto &[number, key] : m_numbers) {
        if (number->value() == qRound(m_schedule.value(key).toDouble()))
            continue;
        if (key == kMinFree)
            changes.insert(key, double(number->value()));
        else
            changes.insert(key, uint(number->value()));
    }
    if (!changes.isEmpty())
        Q_EMIT changed(changes);
}

} // namespace vexfs::gui
