// SPDX-License-Identifier: Apache-2.0
#include "gui/dialogs/file_choice_dialog.h"

#include "common/base/file_uri.h"

#include <QFile>
#include <QFileDialog>
#include <QGuiApplication>
#include <QUrl>
#include <QWindow>

#include <cstdio>

namespace vexfs::gui {

namespace {

constexpr int kUsage = 2;

/// Where windows of different programs can be above each other.
void putAbove(QFileDialog &dialog, quintptr windowId)
{
    if (windowId == 0 || QGuiApplication::platformName() != QLatin1String("xcb"))
        return;
    dialog.winId();
    dialog.windowHandle()->setTransientParent(QWindow::fromWinId(windowId));
}

} // namespace

int runFileChoice(const FileChoice &choice)
{
    QFileDialog dialog;
    dialog.setWindowTitle(choice.title);
    dialog.setWindowModality(Qt::ApplicationModal);
    if (choice.kind == QLatin1String("file")) {
        dialog.setFileMode(QFileDialog::ExistingFile);
    } else if (choice.kind == QLatin1String("files")) {
        dialog.setFileMode(QFileDialog::ExistingFiles);
    } else if (choice.kind == QLatin1String("folder")) {
        dialog.setFileMode(QFileDialog::Directory);
        dialog.setOption(QFileDialog::ShowDirsOnly);
    } else if (choice.kind == QLatin1String("new-file")) {
        dialog.setFileMode(QFileDialog::AnyFile);
        dialog.setAcceptMode(QFileDialog::AcceptSave);
        // Who asked says it beside the name.
        dialog.setOption(QFileDialog::DontConfirmOverwrite);
    } else {
        return kUsage;
    }
    const QUrl start = QUrl::fromEncoded(choice.startUri.toUtf8());
    if (choice.kind == QLatin1String("new-file")) {
        dialog.setDirectoryUrl(start.adjusted(QUrl::RemoveFilename));
        dialog.selectUrl(start);
    } else if (!start.isEmpty()) {
        dialog.setDirectoryUrl(start);
    }
    putAbove(dialog, choice.windowId);
    if (dialog.exec() != QDialog::Accepted)
        return 0;
    for (const QString &file : dialog.selectedFiles())
        printf("%s\n", qPrintable(base::uriFromPath(QFile::encodeName(file))));
    return fflush(stdout) == 0 ? 0 : 1;
}

} // namespace vexfs::gui
