// SPDX-License-Identifier: Apache-2.0
//
// vexfs-manager [QUERY...]: the window.
#include "common/client/bus_client.h"
#include "common/client/window_name.h"
#include "gui/app/main_window.h"
#include "gui/dialogs/file_choice_dialog.h"

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

/// Words are a query; what the desktop hands over are URIs.
client::WindowWish wishOf(const QStringList &words, const QString &page)
{
    client::WindowWish wish;
    wish.token = qEnvironmentVariable("XDG_ACTIVATION_TOKEN",
                                      qEnvironmentVariable("DESKTOP_STARTUP_ID"));
    wish.action = page;
    if (!words.isEmpty() && words.constFirst().startsWith(QStringLiteral("file:")))
        wish.uris = words;
    else if (!words.isEmpty())
        wish.argument = words.join(u' ');
    if (!wish.argument.isEmpty())
        wish.action = QStringLiteral("search");
    return wish;
}

/// What the window calls itself with; nothing for people. --title would be Qt's own.
QList<QCommandLineOption> choiceOptions()
{
    QList<QCommandLineOption> options;
    for (const char *name : {"choose", "caption", "start", "above"}) {
        options.append(QCommandLineOption(QLatin1String(name), {}, QLatin1String(name)));
        options.last().setFlags(QCommandLineOption::HiddenFromHelp);
    }
    return options;
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
    const QCommandLineOption page(
        QStringLiteral("page"),
        QApplication::translate("main", "Page to show: search, history, snapshots, map, add, "
                                        "activity or volumes."),
        QStringLiteral("PAGE"));
    parser.addOption(page);
    parser.addOptions(choiceOptions());
    parser.process(app);
    if (parser.isSet(QStringLiteral("choose"))) {
        return gui::runFileChoice(
            {parser.value(QStringLiteral("choose")), parser.value(QStringLiteral("caption")),
             parser.value(QStringLiteral("start")),
             quintptr(parser.value(QStringLiteral("above")).toULongLong())});
    }
    const client::WindowWish wish = wishOf(parser.positionalArguments(), parser.value(page));
    client::WindowName name;
    if (!name.take())
        return name.pass(wish) ? 0 : 1;
    client::BusClient client;
    gui::MainWindow window(client, stateFile());
    QObject::connect(&name, &client::WindowName::wished, &window, &gui::MainWindow::fulfil);
    // Closed, it may still have something to tell.
    QApplication::setQuitOnLastWindowClosed(false);
    QObject::connect(&window.presence(), &gui::Presence::over, &app, &QCoreApplication::quit);
    window.fulfil(wish);
    return QApplication::exec();
}
