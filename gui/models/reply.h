// SPDX-License-Identifier: Apache-2.0
//
// gui/models/reply.h - what to do when the daemon has answered.
#pragma once

#include "common/client/client.h"

#include <QObject>

#include <utility>

namespace vexfs::gui {

/// Calls with the value or the error in the context's thread, unless the context is gone by then.
template <class T, class Function>
void onReply(client::Reply<T> reply, QObject *context, Function &&function)
{
    reply.then(context, [call = std::forward<Function>(function)](const base::Result<T> &result) {
        call(result);
    });
}

} // namespace vexfs::gui
