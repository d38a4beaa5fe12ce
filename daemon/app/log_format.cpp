// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/log_format.h"

#include <QString>
#include <QtGlobal>

namespace vexfs::daemon {

void setUpLogging()
{
    if (qEnvironmentVariableIsSet("QT_MESSAGE_PATTERN"))
        return;
    const bool isJournal = qEnvironmentVariableIsSet("JOURNAL_STREAM");
    const QString level =
        isJournal
            ? QStringLiteral("%{if-debug}<7>%{endif}%{if-info}<6>%{endif}%{if-warning}<4>%{endif}"
                             "%{if-critical}<3>%{endif}%{if-fatal}<2>%{endif}")
            : QStringLiteral("%{time yyyy-MM-ddTHH:mm:ss.zzz} %{type} ");
    qSetMessagePattern(level + QStringLiteral("%{category}: %{message}"));
}

} // namespace vexfs::daemon
