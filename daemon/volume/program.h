// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/program.h - the programs that the daemon starts, and what they say.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QStringList>

#include <functional>

namespace vexfs::daemon {

struct ProgramOutput
{
    int exitStatus = 0;
    QByteArray out;
    QByteArray err;

    /// The first line that the program wrote on stderr, else on stdout.
    QString complaint() const;
};

/// Path of a program: in $VEXFS_BIN_DIR, else beside this program, else in PATH. Failed.
base::Result<QString> findProgram(const QString &name);

/// Runs it to its end; blocks. An exit status other than 0 is a normal answer. Failed (not
/// found, or it crashed), TimedOut (it was killed).
base::Result<ProgramOutput> runProgram(const QString &name, const QStringList &arguments,
                                       int timeoutMs);

/// The same for work of any length; it is killed, and this is Cancelled, once isCancelled().
base::Result<ProgramOutput> runProgramUntil(const QString &name, const QStringList &arguments,
                                            const std::function<bool()> &isCancelled);

} // namespace vexfs::daemon
