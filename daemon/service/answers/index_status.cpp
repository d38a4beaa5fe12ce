// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/answers/index_status.h"

namespace vexfs::daemon {

QString indexStateWord(IndexState state)
{
    switch (state) {
    case IndexState::Disabled:
        return QStringLiteral("disabled");
    case IndexState::Scanning:
        return QStringLiteral("scanning");
    case IndexState::Indexing:
        return QStringLiteral("indexing");
    case IndexState::Idle:
        return QStringLiteral("idle");
    case IndexState::Paused:
        return QStringLiteral("paused");
    case IndexState::Waiting:
        return QStringLiteral("waiting");
    case IndexState::Error:
        break;
    }
    return QStringLiteral("error");
}

} // namespace vexfs::daemon
