// SPDX-License-Identifier: Apache-2.0
#include "gui/views/volume_card.h"

#include "gui/widgets/theme_icon.h"
#include "gui/widgets/usage_bar.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QUrl>

namespace vexfs::gui {

namespace {

QString warningText(const QString &warning)
{
    if (warning == QLatin1String("nearly-full"))
        return VolumeCard::tr("It is nearly full: delete files or old snapshots.");
    if (warning == QLatin1String("checksum-errors"))
        return VolumeCard::tr("Data with wrong checksums was found: restore those files.");
    if (warning == QLatin1String("driver-ended"))
        return VolumeCard::tr("Its driver ended by itself: mount it again.");
    if (warning == QLatin1String("index-error"))
        return VolumeCard::tr("Its index cannot be used: its files are there, and are not found.");
    if (warning == QLatin1String("device-errors"))
        return VolumeCard::tr("Its disk reports errors: make a copy of it now.");
    if (warning == QLatin1String("scrub-overdue"))
        return VolumeCard::tr("It was not scrubbed for long.");
    if (warning == QLatin1String("index-stale"))
        return VolumeCard::tr("Its index is not up to date.");
    return warning;
}

QString factsOf(const client::VolumeInfo &volume)
{
    const QLocale locale;
    QStringList lines{volume.devices.join(QStringLiteral(", "))};
    if (!volume.isMounted())
        lines.append(VolumeCard::tr("Not mounted"));
    else
        lines.append(VolumeCard::tr("Mounted at %1 (%2)")
                         .arg(QUrl(volume.mountUris[0]).toLocalFile(), volume.driver));
    if (volume.isMounted()) {
        lines.append(VolumeCard::tr("Files that can be found: %1, with %2 passages")
                         .arg(locale.toString(qulonglong(volume.index.files)),
                              locale.toString(qulonglong(volume.index.chunks))));
        // What is as it should be is not worth a word.
        if (volume.index.pending > 0)
            lines.append(VolumeCard::tr("Still to be indexed: %1")
                             .arg(locale.toString(qulonglong(volume.index.pending))));
        if (volume.index.failed > 0)
            lines.append(VolumeCard::tr("Could not be read: %1. Search for one by name, and ask "
                                        "there why it is missing.")
                             .arg(locale.toString(qulonglong(volume.index.failed))));
        lines.append(VolumeCard::tr("Snapshots: %1").arg(volume.snapshots));
    }
    for (const QString &warning : volume.warnings)
        lines.append(QStringLiteral("⚠ ") + warningText(warning));
    return lines.join(u'\n');
}

} // namespace

VolumeCard::VolumeCard(Service &service, QWidget *parent)
    : QGroupBox(parent), m_locks(service), m_usage(new UsageBar), m_facts(new QLabel),
      m_mount(new QPushButton),
      m_open(new QPushButton(themeIcon(QStringLiteral("folder-open")), tr("Open"))),
      m_rename(new QAction(tr("&Rename…"), this)), m_grow(new QAction(tr("&Grow…"), this)),
      m_scrub(new QAction(tr("&Scrub: Read and Verify All of It"), this)),
      m_check(new QAction(tr("&Check"), this)),
      m_repair(new QAction(tr("Check and Re&pair"), this)),
      m_care(makeCare()), m_remedy(new QPushButton)
{
    m_locks.add(m_mount, base::Action::VolumeMount);
    m_locks.add(m_rename, base::Action::VolumeManage);
    m_locks.add(m_grow, base::Action::VolumeManage);
    m_locks.add(m_scrub, base::Action::Maintain);
    m_locks.add(m_check, base::Action::Maintain);
    m_locks.add(m_repair, base::Action::MaintainRepair);
    m_facts->setTextFormat(Qt::PlainText);
    m_facts->setWordWrap(true);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_remedy->hide();
    connect(m_remedy, &QPushButton::clicked, this, [this] {
        if (m_remedyItem)
            m_remedyItem->trigger();
    });
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_remedy);
    buttons->addWidget(m_care);
    buttons->addWidget(m_open);
    buttons->addWidget(m_mount);
    auto *column = new QVBoxLayout(this);
    column->addWidget(m_usage);
    column->addWidget(m_facts);
    column->addLayout(buttons);
    connect(m_mount, &QPushButton::clicked, this,
            [this] { Q_EMIT mountAsked(m_object, !m_isMounted); });
    connect(m_open, &QPushButton::clicked, this, [this] { Q_EMIT openAsked(m_uri); });
}

QToolButton *VolumeCard::makeCare()
{
    auto *menu = new QMenu(this);
    menu->setToolTipsVisible(true);
    for (QAction *action : {m_rename, m_grow, m_scrub, m_check, m_repair})
        menu->addAction(action);
    connect(m_rename, &QAction::triggered, this, [this] { Q_EMIT renameAsked(m_object); });
    connect(m_grow, &QAction::triggered, this, [this] { Q_EMIT growAsked(m_object); });
    connect(m_scrub, &QAction::triggered, this, [this] { Q_EMIT scrubAsked(m_object); });
    connect(m_check, &QAction::triggered, this, [this] { Q_EMIT checkAsked(m_object, false); });
    connect(m_repair, &QAction::triggered, this, [this] { Q_EMIT checkAsked(m_object, true); });
    auto *care = new QToolButton;
    care->setText(tr("&Care"));
    care->setPopupMode(QToolButton::InstantPopup);
    care->setMenu(menu);
    care->setFocusPolicy(Qt::StrongFocus);
    return care;
}

void VolumeCard::show(const client::VolumeInfo &volume)
{
    m_object = volume.object;
    m_isMounted = volume.isMounted();
    m_uri = m_isMounted ? volume.mountUris[0] : QString();
    const QString name = volume.label.isEmpty() ? volume.uuid : volume.label;
    setTitle(name);
    setAccessibleName(tr("Volume %1").arg(name));
    const quint64 vectors = std::min(volume.vectorsBytes, volume.usedBytes);
    m_usage->setParts({{tr("Data"), volume.usedBytes - vectors}, {tr("Vectors"), vectors}},
                      volume.sizeBytes);
    m_usage->setVisible(m_isMounted);
    m_facts->setText(factsOf(volume));
    m_facts->setAccessibleName(tr("About volume %1").arg(name));
    m_mount->setText(m_isMounted ? tr("Unmount") : tr("Mount"));
    m_mount->setAccessibleName(m_isMounted ? tr("Unmount %1").arg(name) : tr("Mount %1").arg(name));
    m_open->setVisible(m_isMounted);
    // A scrub and growing are of a mounted one, a check of one that is not.
    const QString mountFirst = m_isMounted ? QString() : tr("Mount it first");
    for (const QAction *item : {m_grow, m_scrub}) {
        m_locks.setUseful(item, m_isMounted);
        m_locks.setToolTip(item, mountFirst);
    }
    const QString unmountFirst = m_isMounted ? tr("Unmount it first") : QString();
    for (const QAction *item : {m_check, m_repair}) {
        m_locks.setUseful(item, !m_isMounted);
        m_locks.setToolTip(item, unmountFirst);
    }
    showRemedy(volume.warnings, name);
    m_care->setAccessibleName(tr("Care for %1").arg(name));
    m_open->setAccessibleName(tr("Open %1").arg(name));
}

// Of the first warning that something here helps against; to mount it has a button already.
void VolumeCard::showRemedy(const QStringList &warnings, const QString &name)
{
    m_remedyItem = nullptr;
    for (const QString &warning : warnings) {
        if (!m_remedyItem && warning == QLatin1String("nearly-full"))
            m_remedyItem = m_grow;
        else if (!m_remedyItem && warning == QLatin1String("checksum-errors"))
            m_remedyItem = m_isMounted ? m_scrub : m_repair;
    }
    m_remedy->setVisible(m_remedyItem);
    if (!m_remedyItem)
        return;
    m_remedy->setText(m_remedyItem->text());
    m_remedy->setEnabled(m_remedyItem->isEnabled());
    m_remedy->setAccessibleName(
        tr("%1: %2").arg(name, m_remedyItem->text().remove(u'&')));
}

} // namespace vexfs::gui
