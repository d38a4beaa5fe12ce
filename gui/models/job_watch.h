// SPDX-License-Identifier: Apache-2.0
//
// gui/models/job_watch.h - what to do when a job of ours is finished.
#pragma once

#include "common/client/client.h"

#include <QObject>

#include <functional>

namespace vexfs::gui {

using JobEnd = std::function<void(const base::Result<client::JobInfo> &)>;

/// Calls once, in the context's thread, however the job ended; never when the context is gone by
/// then. An error: it cannot be asked any more.
void whenFinished(client::Client &client, const QString &object, QObject *context, JobEnd end);

/// An error when the job did not succeed.
base::Result<client::JobInfo> succeeded(const base::Result<client::JobInfo> &job);

} // namespace vexfs::gui
