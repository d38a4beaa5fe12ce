// SPDX-License-Identifier: Apache-2.0
#include "gui/dialogs/create_volume_dialog.h"

#include "common/base/file_uri.h"
#include "gui/models/volume_reader.h"

#include "gui/widgets/theme_icon.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

namespace vexfs::gui {

namespace {

constexpr int kDefaultGib = 64;
constexpr quint64 kSmallestBytes = 64ULL << 20;

} // namespace

CreateVolumeDialog::CreateVolumeDialog(QWidget *parent)
    : QDialog(parent), m_label(new QLineEdit(tr("Documents"))), m_path(new QLineEdit),
      m_size(new QSpinBox), m_unit(new QComboBox), m_summary(new QLabel),
      m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel))
{
    setWindowTitle(tr("Make a volume"));
    m_path->setText(QDir::homePath() + QStringLiteral("/documents.vexfs"));
    m_size->setRange(1, 1 << 20);
    m_size->setValue(kDefaultGib);
    m_unit->addItem(tr("MiB"), qulonglong(1) << 20);
    m_unit->addItem(tr("GiB"), qulonglong(1) << 30);
    m_unit->addItem(tr("TiB"), qulonglong(1) << 40);
    m_unit->setCurrentIndex(1);
    m_summary->setWordWrap(true);
    auto *choose = new QToolButton;
    choose->setIcon(themeIcon(QStringLiteral("document-save-as")));
    choose->setText(tr("Choose…"));
    choose->setAccessibleName(tr("Choose where the image file is made"));
    m_label->setAccessibleName(tr("Name of the volume"));
    m_path->setAccessibleName(tr("Image file"));
    m_size->setAccessibleName(tr("Size"));
    m_unit->setAccessibleName(tr("Unit of the size"));
    auto *place = new QHBoxLayout;
    place->addWidget(m_path, 1);
    place->addWidget(choose);
    auto *size = new QHBoxLayout;
    size->addWidget(m_size);
    size->addWidget(m_unit);
    size->addStretch(1);
    auto *form = new QFormLayout;
    form->addRow(tr("&Name:"), m_label);
    form->addRow(tr("&Image file:"), place);
    form->addRow(tr("At &most:"), size);
    m_buttons->button(QDialogButtonBox::Ok)->setText(tr("Make and Mount"));
    auto *column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addWidget(m_summary);
    column->addWidget(m_buttons);
    connect(choose, &QToolButton::clicked, this, &CreateVolumeDialog::choosePlace);
    connect(&m_chooser, &FileChooser::failed, this, &CreateVolumeDialog::showProblem);
    connect(&m_chooser, &FileChooser::openChanged, choose, [this, choose] {
        choose->setAccessibleName(m_chooser.isOpen() ? tr("Stop choosing")
                                                     : tr("Choose where the image file is made"));
        choose->setIcon(themeIcon(m_chooser.isOpen() ? QStringLiteral("window-close")
                                                     : QStringLiteral("document-save-as")));
        choose->setToolTip(choose->accessibleName());
    });
    connect(&m_chooser, &FileChooser::chosen, this, [this](const QStringList &uris) {
        if (const auto path = base::pathFromUri(uris.constFirst()))
            m_path->setText(QFile::decodeName(*path));
    });
    connect(m_path, &QLineEdit::textChanged, this, &CreateVolumeDialog::check);
    connect(m_size, &QSpinBox::valueChanged, this, &CreateVolumeDialog::check);
    connect(m_unit, &QComboBox::currentIndexChanged, this, &CreateVolumeDialog::check);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    check();
}

client::CreateVolumeOptions CreateVolumeDialog::options() const
{
    client::CreateVolumeOptions options;
    options.device = m_path->text();
    options.label = m_label->text();
    options.sizeBytes = quint64(m_size->value()) * m_unit->currentData().toULongLong();
    options.isMounted = true;
    return options;
}

void CreateVolumeDialog::choosePlace()
{
    if (m_chooser.isOpen()) {
        m_chooser.stop();
        return;
    }
    m_chooser.choose({QStringLiteral("new-file"), tr("Image file"),
                      base::uriFromPath(QFile::encodeName(m_path->text())), winId()});
}

void CreateVolumeDialog::check()
{
    ++m_number;
    const QString path = m_path->text();
    const qsizetype slash = path.lastIndexOf(u'/');
    if (!path.startsWith(u'/') || slash + 1 == path.size())
        return showProblem(tr("Give the whole path of the image file."));
    if (options().sizeBytes < kSmallestBytes)
        return showProblem(tr("A volume has at least 64 MiB."));
    // The path may lead to a volume that hangs.
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
    const QString folder = path.left(std::max<qsizetype>(slash, 1));
    const auto uri = [](const QString &each) {
        return base::uriFromPath(QFile::encodeName(each));
    };
    areThere({uri(path), uri(folder)})
        .then(this, [this, path, folder, number = m_number](const QList<bool> &are) {
            if (number != m_number)
                return;
            if (are[0])
                showProblem(
                    tr("%1 is there already. What is there is never overwritten from here.")
                        .arg(path.mid(path.lastIndexOf(u'/') + 1)));
            else
                showProblem(are[1] ? QString() : tr("There is no folder %1.").arg(folder));
        });
}

void CreateVolumeDialog::showProblem(const QString &problem)
{
    m_summary->setText(problem.isEmpty()
                           ? tr("The file grows as the volume fills, up to %1.")
                                 .arg(locale().formattedDataSize(qint64(options().sizeBytes)))
                           : problem);
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(problem.isEmpty());
}

} // namespace vexfs::gui
