// SPDX-License-Identifier: Apache-2.0
//
// vexfs-manager [QUERY...]: the window.
#include "common/client/bus_client.h"
#include "gui/app/main_window.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>

using namespace vexfs;

namespace {

QString stateFile()
{
    const QString home = qEnvironmentVariable("XDG_STATE_HOME");
    const QString base = home.isEmpty() ? QDir::homePath() + QStringLiteral("/.local/state") : home;
    return base + QStringLiteral("/vexfs/window.ini");
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("vexfs-manager"));
    QApplication::setApplicationDisplayName(QStringLiteral("VexFS"));
    QApplication::setApplicationVersion(QStringLiteral(VEXFS_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("org.vexfs.VexFS"));
    QApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("org.vexfs.VexFS")));
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QApplication::translate("main", "Searches, snapshots and cares for VexFS volumes."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("query"),
                                 QApplication::translate("main", "What to search for."),
                                 QStringLiteral("[QUERY...]"));
    parser.process(app);
    client::BusClient client;
    gui::MainWindow window(client, stateFile());
    window.show();
    if (const QStringList words = parser.positionalArguments(); !words.isEmpty())
        window.setQuery(words.join(u' '));
    return QApplication::exec();
}
