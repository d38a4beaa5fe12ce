// SPDX-License-Identifier: Apache-2.0
//
// cli/vexfs/job_wait.h - follows a job to its end.
#pragma once

#include "cli/vexfs/command.h"

namespace vexfs::cli {

/// Shows its progress until it has ended, well or badly. The first Ctrl-C cancels the job, a second
/// leaves at once. TimedOut leaves the job at work.
base::Result<client::JobInfo> waitForJob(const Command &command, const QString &object);

/// The same for the job that a call has begun, which must have been begun and must succeed.
base::Result<client::JobInfo> succeededJob(const Command &command,
                                           const client::Reply<QString> &begun);

/// Tells the number of the job that a call has begun, and leaves it at work.
Outcome leaveJob(const Command &command, const client::Reply<QString> &begun);

/// The error of a job that did not succeed; success when it did.
base::Status jobOutcome(const client::JobInfo &job);

/// Lists what failed while the job went on, for people.
void sayProblems(const Command &command, const client::JobInfo &job);

} // namespace vexfs::cli
