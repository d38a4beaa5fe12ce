// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/command.h - what every verb gets, and how it waits for the daemon.
#pragma once

#include "common/base/error.h"
#include "common/client/client.h"

#include <CLI/CLI.hpp>
#include <QEventLoop>
#include <QFutureWatcher>
#include <QTimer>

#include <functional>
#include <istream>
#include <ostream>

namespace vexfs::cli {

/// The world of a command. Borrowed; a test brings its own.
struct IoLayer
{
    std::istream &in;
    std::ostream &out;
    std::ostream &err;
    client::Client &client;
    bool isOutTerminal = false;
    bool isErrTerminal = false;
};

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNoSuchThing = 3;
constexpr int kPartly = 6;
constexpr int kInterrupted = 130;

/// Exit status, or the error that decides it.
using Outcome = base::Result<int>;

/// One run of vexctl: the options common to all verbs, and the verb that was found.
struct Command
{
    IoLayer &io;
    bool isJson = false;
    bool isQuiet = false;
    double timeoutSeconds = 0; ///< 0: as long as it takes
    std::function<Outcome()> verb;

    bool hasColour() const;
    /// Told to people, on stderr, unless they asked for quiet or for JSON.
    void say(const QString &text) const;
};

/// What to do about an error; empty where there is nothing to say.
QString suggestion(const base::Error &error);

/// Writes the error as CLI.md says and gives its exit status.
int report(const Command &command, const base::Error &error);

/// Runs the event loop until the reply is there, or the time is up.
template <class T>
base::Result<T> await(const Command &command, client::Reply<T> reply)
{
    if (!reply.isFinished()) {
        QEventLoop loop;
        QFutureWatcher<base::Result<T>> watcher;
        QObject::connect(&watcher, &QFutureWatcherBase::finished, &loop, &QEventLoop::quit);
        watcher.setFuture(reply);
        if (command.timeoutSeconds > 0) {
            const int limitMs = static_cast<int>(command.timeoutSeconds * 1000);
            QTimer::singleShot(limitMs, &loop, &QEventLoop::quit);
        }
        if (!reply.isFinished())
            loop.exec();
    }
    if (!reply.isFinished()) {
        return base::fail(base::Errc::TimedOut,
                          QStringLiteral("No answer within %1 s").arg(command.timeoutSeconds));
    }
    return reply.result();
}

/// vexctl index config, in cmd_index_config.cpp.
Outcome configureIndex(const Command &command, const std::string &volume,
                       const std::vector<std::string> &settings);

/// Each adds its verb; its callback sets command->verb.
void addVolumeVerb(CLI::App &app, Command *command);
void addAddVerb(CLI::App &app, Command *command);
void addSearchVerb(CLI::App &app, Command *command);
void addSnapshotVerb(CLI::App &app, Command *command);
void addSourceVerb(CLI::App &app, Command *command);
void addTagVerb(CLI::App &app, Command *command);
void addHistoryVerb(CLI::App &app, Command *command);
void addGuardVerb(CLI::App &app, Command *command);
void addUndoVerb(CLI::App &app, Command *command);
void addIndexVerb(CLI::App &app, Command *command);
void addExplainVerb(CLI::App &app, Command *command);
void addJobVerb(CLI::App &app, Command *command);
void addStatsVerb(CLI::App &app, Command *command);
void addStatusVerb(CLI::App &app, Command *command);
void addBenchVerb(CLI::App &app, Command *command);
/// In doctor/.
void addDoctorVerb(CLI::App &app, Command *command);

} // namespace vexfs::cli
