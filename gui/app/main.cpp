// SPDX-License-Identifier: Apache-2.0
//
// vexfs-manager [QUERY...]: the window.
#include "common/client/bus_client.h"
#include "gui/app/main_window.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QLibraryInfo>
#include <QTranslator>

using namespace vexfs;

namespace {

QString stateFile()
{
    const QString home = qEnvironmentVariable("XDG_STATE_HOME");
    const QString base = home.isEmpty() ? QDir::homePath() + QStringLiteral("/.local/state") : home;
    return base + QStringLiteral("/vexfs/window.ini");
}

/// Ours, and Qt's own; in English where there is none for the locale.
void translate(QApplication &app)
{
    auto *ours = new QTranslator(&app);
    if (ours->load(QLocale(), QStringLiteral("vexfs"), QStringLiteral("_"),
                   QStringLiteral(":/translations")))
        QApplication::installTranslator(ours);
    auto *qt = new QTranslator(&app);
    if (qt->load(QLocale(), QStringLiteral("qtbase"), QStringLiteral("_"),
                 QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QApplication::installTranslator(qt);
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
    translate(app);
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
