// SPDX-License-Identifier: Apache-2.0
//
// vexfsd, the daemon: puts the services together and serves them on the session bus.
#include "daemon/app/log_format.h"
#include "daemon/app/termination.h"
#include "daemon/bus/bus_server.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDBusConnection>
#include <QDir>
#include <QStandardPaths>

#include <cstdio>

namespace {

using namespace vexfs;

constexpr int kUsage = 2;
constexpr int kNoBus = 5;

int complain(int status, const QString &message)
{
    fprintf(stderr, "vexfsd: %s\n", qPrintable(message));
    return status;
}

QString stateDirectory()
{
    const QString home = qEnvironmentVariable("XDG_STATE_HOME");
    const QString base = home.isEmpty() ? QDir::homePath() + QStringLiteral("/.local/state") : home;
    return base + QStringLiteral("/vexfs");
}

/// Default mount points lie here; the runtime directory is the user's alone.
QString mountDirectory()
{
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    if (!runtime.isEmpty())
        return runtime + QStringLiteral("/vexfs");
    return stateDirectory() + QStringLiteral("/mounts");
}

int serve()
{
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) {
        return complain(kNoBus,
                        QStringLiteral("There is no session bus (%1). Start one, for example "
                                       "with: dbus-run-session vexfsd")
                            .arg(bus.lastError().message()));
    }
    daemon::Termination termination;
    daemon::JobRegistry jobs;
    daemon::VolumeService volumes(stateDirectory(), mountDirectory());
    daemon::SnapshotService snapshots(&volumes);
    daemon::MaintenanceService maintenance(&volumes);
    daemon::DocumentService documents(&volumes);
    daemon::SourceService sources(stateDirectory(), &volumes);
    const daemon::IndexedPlaces indexed(&volumes, &sources);
    daemon::SearchService search(&indexed);
    daemon::WorkPolicy policy;
    daemon::SnapshotScheduler scheduler(&volumes, &snapshots, &policy);
    daemon::BusServer server(bus, {&jobs, &volumes, &sources, &indexed, &snapshots,
                                   &maintenance, &scheduler, &documents, &search, &policy});
    // The name first: a second daemon must not touch volumes.
    if (auto started = server.start(); !started)
        return complain(1, started.error().what);
    if (auto started = volumes.start(); !started)
        return complain(1, started.error().what);
    if (auto started = sources.start(); !started)
        return complain(1, started.error().what);
    scheduler.start();
    QObject::connect(&termination, &daemon::Termination::requested, qApp, &QCoreApplication::quit);
    QDBusConnection(bus).connect(QString(), QStringLiteral("/org/freedesktop/DBus/Local"),
                                 QStringLiteral("org.freedesktop.DBus.Local"),
                                 QStringLiteral("Disconnected"), qApp, SLOT(quit()));
    const int status = QCoreApplication::exec();
    // Jobs first: they work on volumes.
    jobs.stop();
    scheduler.stop();
    sources.stop();
    volumes.stop();
    return status;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("vexfsd"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VEXFS_VERSION));
    daemon::setUpLogging();

    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Serves VexFS volumes and their search on the session bus."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption(
        {QStringLiteral("user"), QStringLiteral("Serve the session bus (the default).")});
    parser.process(app);
    if (!parser.positionalArguments().isEmpty())
        return complain(kUsage, QStringLiteral("takes no arguments; see --help"));
    return serve();
}
