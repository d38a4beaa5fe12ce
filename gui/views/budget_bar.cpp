// SPDX-License-Identifier: Apache-2.0
#include "gui/views/budget_bar.h"

#include "gui/models/reply.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSpinBox>

namespace vexfs::gui {

namespace {

constexpr int kPauseMs = 700;
const QString kLimit = QStringLiteral("cpu-limit");
const QString kBattery = QStringLiteral("on-battery");

int percentOf(const QVariantMap &configuration)
{
    return qRound(configuration.value(kLimit).toDouble() * 100);
}

} // namespace

BudgetBar::BudgetBar(Service &service, QWidget *parent)
    : QWidget(parent), m_service(service), m_percent(new QSpinBox), m_battery(new QComboBox)
{
    m_percent->setRange(1, 100);
    m_percent->setSuffix(tr(" % of the time"));
    m_percent->setAccessibleName(tr("Processor time that indexing may take"));
    m_battery->addItem(tr("pause"), QStringLiteral("pause"));
    m_battery->addItem(tr("go on slowly"), QStringLiteral("slow"));
    m_battery->addItem(tr("go on as always"), QStringLiteral("run"));
    m_battery->setAccessibleName(tr("What indexing does on battery"));
    auto *time = new QLabel(tr("&Indexing may take"));
    time->setBuddy(m_percent);
    auto *power = new QLabel(tr("On &battery:"));
    power->setBuddy(m_battery);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    for (QWidget *each : std::initializer_list<QWidget *>{time, m_percent, power, m_battery})
        row->addWidget(each);
    row->addStretch(1);
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &BudgetBar::tell);
    connect(m_percent, &QSpinBox::valueChanged, &m_pause, qOverload<>(&QTimer::start));
    connect(m_battery, &QComboBox::activated, this, &BudgetBar::tell);
    connect(&m_service, &Service::changed, this, &BudgetBar::showState);
    connect(&m_service, &Service::currentVolumeChanged, this, &BudgetBar::showState);
    showState();
}

void BudgetBar::showState()
{
    const client::VolumeInfo *volume = m_service.current();
    const QVariantMap configuration = volume ? volume->index.configuration : QVariantMap();
    setEnabled(configuration.contains(kLimit));
    setToolTip(configuration.contains(kLimit)
                   ? tr("Of %1. Searches are not held back.").arg(volume->label)
                   : tr("Mount a volume to set what its index may take."));
    // What is being changed is not put back meanwhile; that of another volume is another.
    if (volume && volume->object == m_volume && (m_pause.isActive() || m_isTelling))
        return;
    m_volume = volume ? volume->object : QString();
    const QSignalBlocker quiet(m_percent);
    if (configuration.contains(kLimit))
        m_percent->setValue(percentOf(configuration));
    m_pause.stop();
    const int battery = m_battery->findData(configuration.value(kBattery));
    if (battery >= 0)
        m_battery->setCurrentIndex(battery);
}

void BudgetBar::tell()
{
    m_pause.stop();
    const client::VolumeInfo *volume = m_service.current();
    if (!volume || volume->object != m_volume)
        return;
    QVariantMap changes;
    if (m_percent->value() != percentOf(volume->index.configuration))
        changes.insert(kLimit, m_percent->value() / 100.0);
    const QString battery = m_battery->currentData().toString();
    if (battery != volume->index.configuration.value(kBattery).toString())
        changes.insert(kBattery, battery);
    if (changes.isEmpty())
        return;
    m_isTelling = true;
    onReply(m_service.client().configureIndex(m_volume, changes), this,
            [this](const base::Result<client::Done> &done) {
                m_isTelling = false;
                if (!done)
                    Q_EMIT failed(done.error().what);
                m_service.refresh();
            });
}

} // namespace vexfs::gui
