// SPDX-License-Identifier: Apache-2.0
//
// gui/dialogs/create_volume_dialog.h - what a new volume in an image file is to be.
#pragma once

#include "gui/models/choosing/file_chooser.h"
#include "gui/models/service.h"

#include <QDialog>

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace vexfs::gui {

class CreateVolumeDialog : public QDialog
{
    Q_OBJECT

public:
    explicit CreateVolumeDialog(QWidget *parent = nullptr);

    client::CreateVolumeOptions options() const;

private:
    void choosePlace();
    void check();
    void showProblem(const QString &problem); ///< empty: it can be made

    FileChooser m_chooser;
    QLineEdit *m_label;
    QLineEdit *m_path;
    QSpinBox *m_size;
    QComboBox *m_unit;
    QLabel *m_summary;
    QDialogButtonBox *m_buttons;
    quint64 m_number = 0; ///< of the check that counts
};

} // namespace vexfs::gui
